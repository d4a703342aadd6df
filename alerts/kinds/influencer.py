"""Influencer: somebody whom many follow speaks of a brand."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from pydantic import model_validator

from alerts.firing import Firing
from alerts.kinds.noted import Noted, NotedRule, noted_firings, said_author
from alerts.rule import Count


class InfluencerRule(NotedRule):
    """Mentions by authors with `followers` or more, or that `reach` so many people.

    Negative ones, or all with `sentiment: any`.
    """

    kind: Literal["influencer"] = "influencer"
    followers: Count | None = 10_000
    reach: Count | None = None
    sentiment: Literal["negative", "any"] = "negative"

    @model_validator(mode="after")
    def _has_a_bound(self) -> "InfluencerRule":
        if self.followers is None and self.reach is None:
            raise ValueError("points at everybody; give followers, reach, or both")
        return self


def influencer_firings(rule: InfluencerRule, noted: Iterable[Noted], at: datetime) -> list[Firing]:
    """A firing for each mention, or brand, that the rule points out."""
    return noted_firings(rule, "influencer", noted, at, said=_said)


def _said(brand: str, noted: Sequence[Noted]) -> str:
    widest = max(noted, key=lambda one: one.mention.reach)
    if len(noted) == 1:
        return f"{said_author(widest.mention)} {widest.why} {brand}"
    return (
        f"{len(noted)} widely read mentions of {brand}; {said_author(widest.mention)} {widest.why} "
        "it"
    )
