"""Firing: a rule holds now, and what it says. The rules themselves are in alerts/kinds."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule holds at `at`. `key` names the thing that is wrong, whatever the moment.

    `began` is when it last became true: a firing that began after an alert was closed by hand
    is news, one that began before is not.
    """

    key: str
    rule: str
    kind: str
    brand: str
    signal: str
    at: datetime
    began: datetime
    severity: int
    observed: float
    expected: float
    reason: str
    mention_ids: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is wrong, in a few words."""
        if self.kind == "flatline":
            return f"{self.brand} is quiet" if self.brand else f"source {self.signal} is silent"
        if self.kind in ("crisis", "watchlist", "influencer"):
            return f"{self.brand}: {self.kind}"
        if self.kind == "unanswered":
            return f"{self.brand}: mentions without an answer"
        if self.kind == "trend":
            what, _, topic = self.signal.partition(":")
            said = "ask for" if what == "feature_request" else "speak of"
            return f"{self.brand}: more people {said} {topic}"
        return f"{self.brand}: {self.kind} of {self.signal} mentions"


def alert_key(kind: str, rule: str, brand: str, what: str) -> str:
    """The dedup key, the same after any restart: `spike:negative spike:Acme:negative`.

    A colon inside a rule's or brand's name is escaped, so that two keys never run together.
    """
    rule, brand = (part.replace("%", "%25").replace(":", "%3A") for part in (rule, brand))
    return f"{kind}:{rule}:{brand}:{what}"
