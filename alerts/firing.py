"""Deciders: what a rule says about what was found. Pure; nothing here reads or writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alerts.rules import FlatlineRule, SpikeRule, UnansweredRule
from mentions.mention import Mention
from mentions.series import Spike
from mentions.times import said_duration


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
            return f"source {self.signal} is silent"
        return f"{self.brand}: {self.kind} of {self.signal} mentions"


def alert_key(kind: str, rule: str, brand: str, what: str) -> str:
    """The dedup key, the same after any restart: `spike:negative spike:Acme:negative`.

    A colon inside a rule's or brand's name is escaped, so that two keys never run together.
    """
    rule, brand = (part.replace("%", "%25").replace(":", "%3A") for part in (rule, brand))
    return f"{kind}:{rule}:{brand}:{what}"


def spike_firing(
    rule: SpikeRule, spike: Spike, at: datetime, *, mention_ids: tuple[str, ...] = ()
) -> Firing:
    """The firing of a spike that is in progress at `at`."""
    return Firing(
        key=alert_key("spike", rule.name, spike.brand, spike.signal),
        rule=rule.name,
        kind="spike",
        brand=spike.brand,
        signal=spike.signal,
        at=at,
        began=spike.started_at,
        severity=rule.severity,
        observed=spike.observed,
        expected=spike.expected,
        reason=spike.reason,
        mention_ids=mention_ids,
    )


def flatline_firing(
    rule: FlatlineRule, source: str, at: datetime, *, since: datetime, expected: float, why: str
) -> Firing | None:
    """The firing of a source that is silent `since` then, or None where that is not long enough.

    `expected` is the posts that were usual in that time.
    """
    if not rule.hears(source) or at - since < rule.after:
        return None
    return Firing(
        key=alert_key("flatline", rule.name, "", source),
        rule=rule.name,
        kind="flatline",
        brand="",
        signal=source,
        at=at,
        began=since,
        severity=rule.severity,
        observed=0.0,
        expected=expected,
        reason=f"source {source} is silent: {why}",
    )


def unanswered_firings(
    rule: UnansweredRule, mentions: Iterable[Mention], at: datetime
) -> list[Firing]:
    """A firing for each brand, or each mention, that waits longer than the rule allows.

    Of the mentions given (those that match the rule's query), the answered, the too young and
    the too old do not count, so a caller may give too many.
    """
    waiting: dict[tuple[str, str], list[Mention]] = {}
    for mention in sorted(mentions, key=lambda mention: (mention.published, mention.id)):
        if not _waits(rule, mention, at):
            continue
        for brand in mention.brands:
            if rule.covers(brand.name):
                what = mention.id if rule.group_by == "mention" else "needs_reply"
                waiting.setdefault((brand.name, what), []).append(mention)
    return [_unanswered(rule, brand, what, found, at) for (brand, what), found in waiting.items()]


def _waits(rule: UnansweredRule, mention: Mention, at: datetime) -> bool:
    is_answered = mention.answered_at is not None and mention.answered_at <= at
    age = at - mention.published
    return not is_answered and rule.after <= age <= rule.lookback


def _unanswered(
    rule: UnansweredRule, brand: str, what: str, waiting: list[Mention], at: datetime
) -> Firing:
    """`waiting` is oldest first."""
    worst = min((mention.severity for mention in waiting if mention.severity), default=4)
    said = (
        f"1 mention of {brand} has"
        if len(waiting) == 1
        else f"{len(waiting)} mentions of {brand} have"
    )
    oldest = said_duration(at - waiting[0].published)
    since = f"for {oldest}" if len(waiting) == 1 else f"the oldest for {oldest}"
    return Firing(
        key=alert_key("unanswered", rule.name, brand, what),
        rule=rule.name,
        kind="unanswered",
        brand=brand,
        signal="needs_reply",
        at=at,
        began=waiting[-1].published + rule.after,
        severity=min(rule.severity, worst),
        observed=float(len(waiting)),
        expected=0.0,
        reason=f"{said} no answer, {since}",
        mention_ids=tuple(mention.id for mention in waiting),
    )
