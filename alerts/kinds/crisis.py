"""Crisis: many people at once have something bad to say about a brand, and more read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from alerts.firing import Firing, alert_key
from alerts.kinds.crisis_words import said_storm
from alerts.kinds.storm import Storm
from alerts.rule import Count, RuleBase
from alerts.sensitivity import Figures, Sensitivity

FIGURES = MappingProxyType(
    {
        "few": Figures(score=3.0, times=4.0, slow_score=3.2),
        "balanced": Figures(score=1.0, times=3.0, slow_score=2.3),
        "many": Figures(score=1.0, times=2.0, slow_score=1.8),
    }
)
"""The score only keeps out what a wild series does every day: people, share and pace decide."""
LEARNING_TIMES, LEARNING_MINIMUM = 5.0, 3
"""On a brand's first day nothing is usual yet, so five times as much of three times as many."""
LONG_MINIMUM = 2
"""More than an hour must hold twice what one hour must."""
SHARE_ODDS = 1.5
"""Negative to other mentions, against the usual: 50 % where 40 % are usual, 82 % where 75 % are."""
WIDE_PACE = 2 / 3
"""A wide reach makes a crisis of two thirds of the pace that makes one alone."""
WIDE_REACH, LEAST_REACH = 5.0, 10_000
"""Five times what is usual for the window, and not only a small brand's one known customer."""


class CrisisRule(RuleBase):
    """Negative mentions by many people, a share well above the usual, and pace or reach.

    At least `minimum` mentions by `minimum_authors` people in an hour. `negative_share` (0 to 1)
    and `reach` (people) are exact figures for what else is judged by the brand's usual. The
    severity is computed; `severity` is the least that an alert has.
    """

    kind: Literal["crisis"] = "crisis"
    sensitivity: Sensitivity = "balanced"
    minimum: Count = 10
    minimum_authors: Count = 6
    negative_share: float | None = Field(None, gt=0, le=1)
    reach: Count | None = None
    severity: int = Field(3, ge=1, le=4)

    @property
    def figures(self) -> Figures:
        """The sensitivity in figures."""
        asked = self.sensitivity
        return asked if isinstance(asked, Figures) else FIGURES[asked]


def crisis_firing(
    rule: CrisisRule, storm: Storm, at: datetime, *, mention_ids: tuple[str, ...] = ()
) -> Firing | None:
    """The firing of a storm that is a crisis, or None; `storm.began` is since when it goes on."""
    if not is_crisis(rule, storm):
        return None
    computed, grounds = severity_of(storm)
    severity = min(rule.severity, computed)
    return Firing(
        key=alert_key("crisis", rule.name, storm.brand, "crisis"),
        rule=rule.name,
        kind="crisis",
        brand=storm.brand,
        signal="negative",
        at=at,
        began=storm.began,
        severity=severity,
        observed=float(storm.posts),
        expected=storm.expected,
        reason=said_storm(storm, severity=severity, grounds=grounds),
        mention_ids=mention_ids,
    )


def is_crisis(rule: CrisisRule, storm: Storm) -> bool:
    """Whether enough people say it, in a share that is unusual, and fast or widely."""
    return (
        _is_enough(rule, storm) and _is_negative(rule, storm) and (_pace(rule, storm) is not None)
    )


def _is_enough(rule: CrisisRule, storm: Storm) -> bool:
    minimum = rule.minimum * (LONG_MINIMUM if storm.span > timedelta(hours=1) else 1)
    minimum *= LEARNING_MINIMUM if storm.is_learning else 1
    return storm.voices >= minimum and storm.authors >= rule.minimum_authors


def _is_negative(rule: CrisisRule, storm: Storm) -> bool:
    if rule.negative_share is not None:
        return storm.share >= rule.negative_share
    usual = storm.usual_share
    return storm.share * (1 - usual) >= SHARE_ODDS * usual * (1 - storm.share)


def _pace(rule: CrisisRule, storm: Storm) -> Literal["speed", "reach"] | None:
    """What makes it a crisis: that it is fast, or that it is widely read."""
    times = rule.figures.times
    if storm.is_learning:
        times = max(times, LEARNING_TIMES)
    if storm.times >= times:
        return "speed"
    wide = rule.reach or max(WIDE_REACH * storm.usual_reach, LEAST_REACH)
    is_wide = storm.reach >= wide and storm.times >= WIDE_PACE * times
    return "reach" if is_wide else None


@dataclass(frozen=True, slots=True)
class Ground:
    """Something that makes a crisis worse, by how many steps, and how it is said."""

    steps: int
    said: str


def severity_of(storm: Storm) -> tuple[int, list[str]]:
    """1 (worst) to 4, and the grounds: one step up from 4 for each, two for the gravest."""
    grounds = list(_grounds(storm))
    return max(1, 4 - sum(ground.steps for ground in grounds)), [each.said for each in grounds]


def _grounds(storm: Storm) -> Iterator[Ground]:
    times = storm.times
    if times >= 5:
        is_tenfold = times >= 10
        yield Ground(1 + is_tenfold, f"over {'ten' if is_tenfold else 'five'} times the expected")
    if storm.authors >= 50:
        yield Ground(1, f"{storm.authors:,} people")
    if storm.reach >= max(WIDE_REACH * storm.usual_reach, LEAST_REACH):
        yield Ground(1, f"read by up to {storm.reach:,}")
    if storm.dangers >= 3:
        yield Ground(2, f"{storm.dangers} tell of danger to people, data or money")
    elif storm.incidents >= 3 and storm.incidents >= 0.2 * storm.posts:
        yield Ground(1, f"{storm.incidents} report an incident")
    if storm.regulators >= 2:
        which = ", ".join(storm.regulator_names[:3])
        yield Ground(1, f"{storm.regulators} name a regulator ({which})")
