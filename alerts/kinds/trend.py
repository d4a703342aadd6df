"""Trend: a topic or a feature request of which more people speak than in the weeks before."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from alerts.firing import Firing, alert_key
from alerts.rule import Condition, Count, Duration, Name, RuleBase, Span
from alerts.sensitivity import Figures, Sensitivity
from mentions.times import said_duration

FIGURES = MappingProxyType(
    {
        "few": Figures(score=4.0, times=3.0),
        "balanced": Figures(score=3.0, times=2.0),
        "many": Figures(score=2.0, times=1.5),
    }
)
"""At a score of 3, one of a thousand topics that do not grow is told by chance in a window."""
What = Literal["topics", "feature_requests"]


class TrendRule(RuleBase):
    """A topic of which at least `minimum` people speak in `window`, and far fewer did before.

    It is compared with as many windows before as `before` says. `what` is topics, feature requests
    (by topic) or both; `topics` narrows it to those named, `query` to the mentions that match.
    """

    kind: Literal["trend"] = "trend"
    what: tuple[What, ...] = Field(("topics", "feature_requests"), min_length=1)
    topics: tuple[Name, ...] = ()
    query: Condition = "*"
    window: Annotated[Span, Field(ge=timedelta(days=1), le=timedelta(days=31))] = timedelta(days=7)
    before: int = Field(4, ge=2, le=12)
    minimum: Annotated[Count, Field(ge=2)] = 10
    sensitivity: Sensitivity = "balanced"
    severity: int = Field(4, ge=1, le=4)
    repeat: Duration | None = timedelta(days=7)

    @property
    def figures(self) -> Figures:
        """The sensitivity in figures."""
        asked = self.sensitivity
        return asked if isinstance(asked, Figures) else FIGURES[asked]


@dataclass(frozen=True, slots=True)
class Trend:
    """How many people spoke of a brand's topic in a window, and in those before, oldest first.

    `score` is how unlikely that is. `brand_times` is how the brand's mentions as a whole compare.
    """

    brand: str
    what: What
    topic: str
    since: datetime
    until: datetime
    authors: int
    earlier: tuple[int, ...]
    expected: float
    score: float
    brand_times: float

    @property
    def signal(self) -> str:
        """'topic:baggage' or 'feature_request:seating'."""
        return f"{self.what.removesuffix('s')}:{self.topic}"


def trend_firing(
    rule: TrendRule, trend: Trend, at: datetime, *, mention_ids: tuple[str, ...] = ()
) -> Firing | None:
    """The firing of a trend that is strong enough, or None."""
    asked = rule.figures
    times = trend.authors / trend.expected
    if trend.authors < rule.minimum or times < asked.times or trend.score < asked.score:
        return None
    return Firing(
        key=alert_key("trend", rule.name, trend.brand, trend.signal),
        rule=rule.name,
        kind="trend",
        brand=trend.brand,
        signal=trend.signal,
        at=at,
        began=trend.since,
        severity=rule.severity,
        observed=float(trend.authors),
        expected=trend.expected,
        reason=_said(trend, times),
        mention_ids=mention_ids,
    )


def _said(trend: Trend, times: float) -> str:
    until = trend.until.astimezone(UTC)
    verb = "asked for something about" if trend.what == "feature_requests" else "spoke of"
    span = said_duration(trend.until - trend.since)
    odds = 10 ** min(trend.score, 9.0)
    size = 10 ** int(min(trend.score, 9.0))
    return (
        f"{trend.authors:,} people {verb} {trend.topic} in the {span} to "
        f"{until.day} {until:%b %H:%M} UTC, {_said_before(trend, times)}: as unlikely as 1 in "
        f"{round(odds / size) * size:,}; {trend.brand} as a whole was mentioned by "
        f"{trend.brand_times:.1f} times as many"
    )


def _said_before(trend: Trend, times: float) -> str:
    if not any(trend.earlier):
        return f"nobody in {len(trend.earlier)} times that before"
    *first, last = [f"{count:,}" for count in trend.earlier]
    before = f"{', '.join(first)} and {last}" if first else last
    return f"{before} in the same time before ({times:.1f} times the usual)"
