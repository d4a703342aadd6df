"""Spikes in a series of counts: streaming, without look-ahead, with the reason in words.

At the end of each bucket two trailing windows are judged: the last hour, for bursts, and the last
six hours, for what rises slowly. A spike begins when one of them is too unlikely, and high enough,
for the sensitivity asked for; it lasts until the counts are back near what is expected, so a level
that stays high is one spike. All state is rebuilt from the series at each call.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from mentions.series import Series, Spike
from nlp.spike_expectation import Flags, Outlook, Past, Places, Tuning, lay_out
from nlp.spike_reason import said
from nlp.spike_surprise import Floats, log_tail

Sensitivity = Literal["few", "balanced", "many"]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LONG = timedelta(hours=6)
LONG_MINIMUM = 2
"""Six hours must hold twice what one hour must."""
CALM_RATIO = 1.5
CALM_SPAN = timedelta(hours=2)
CALM_EVIDENCE = 4.0
"""Two calm hours end a spike only if they were expected to hold this many posts; a quiet night
says nothing about the morning."""
CALM_LONG_SPAN = timedelta(hours=8)
LEARNING_RATIO = 5.0
LEARNING_MINIMUM = 3
LEARNING_LIVED = timedelta(hours=6)
"""Before that, an hour has nothing to be compared with."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a window must reach: -log10 of its probability, and observed over expected."""

    hour: float
    long: float
    ratio: float


BARS = MappingProxyType(
    {
        "few": Bar(hour=5.0, long=3.2, ratio=2.5),
        "balanced": Bar(hour=4.0, long=2.3, ratio=2.0),
        "many": Bar(hour=3.0, long=1.8, ratio=1.5),
    }
)
"""Measured by bench/spikes.py on simulated weeks that drift and burst but hold no event: about one
false spike a series in 150, 35 and 12 days. On the airline week any `hour` from 3 to 6 with any
`long` from 1.8 to 2.6 meets the promise on six labellings, from a person's to a crude lexicon's;
the defaults stand in the middle of that plateau."""


class SpikeSettings(BaseModel):
    """How sure one must be (a word or a bar) and the fewest mentions in an hour that count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sensitivity: Sensitivity | Bar = "balanced"
    minimum: int = Field(10, ge=1)

    @property
    def bar(self) -> Bar:
        """The sensitivity in figures."""
        asked = self.sensitivity
        return asked if isinstance(asked, Bar) else BARS[asked]


def find_spikes(
    series: Series, settings: SpikeSettings | None = None, *, known_since: datetime | None = None
) -> list[Spike]:
    """Every spike, oldest first, each as it would have been told at the time.

    `started_at` is the bucket at whose end it could first be told; `ended_at` is since when it has
    been calm, which is known only when the calm has lasted. Without `known_since` the series is
    taken to begin with its first mention, because zeros before it may only mean that nobody
    listened.
    """
    asked = settings or SpikeSettings()
    if not any(series.counts):
        return []
    watch = _Watch(series, asked, known_since)
    return [watch.spike(*stretch) for stretch in watch.stretches()]


def current_spike(
    series: Series, settings: SpikeSettings | None = None, *, known_since: datetime | None = None
) -> Spike | None:
    """The spike that is in progress at the series' end, given only its past."""
    found = find_spikes(series, settings, known_since=known_since)
    return found[-1] if found and found[-1].ended_at is None else None


@dataclass(frozen=True, slots=True)
class HourBar:
    """What an hour must reach at each moment to begin a spike: all three."""

    score: Floats
    ratio: Floats
    minimum: Floats


def hour_bar(known: Flags, asked: SpikeSettings) -> HourBar:
    """The bar of the last hour; stricter while the series is learning (not `known`)."""
    bar = asked.bar
    return HourBar(
        score=np.where(known, bar.hour, BARS["few"].hour),
        ratio=np.where(known, bar.ratio, LEARNING_RATIO),
        minimum=np.where(known, 1.0, LEARNING_MINIMUM) * asked.minimum,
    )


def outlook_of(
    series: Series, window: timedelta, *, known_since: datetime | None
) -> Outlook | None:
    """What each trailing window of a series should hold, or None if it never held anything."""
    if not any(series.counts):
        return None
    return _past_of(series, known_since).outlook(max(1, round(window / series.bucket)))


def _past_of(series: Series, known_since: datetime | None) -> Past:
    counts = np.asarray(series.counts, dtype=np.float64)
    born = int(np.flatnonzero(counts)[0])
    if known_since is not None:
        born = min(born, max(0, (known_since - series.start) // series.bucket))
    alive = np.where(np.arange(len(counts)) >= born, 1.0, 0.0)
    per_day, lead = day_shape(series.start, series.bucket)
    return Past(lay_out(counts, alive, per_day=per_day, lead=lead), Tuning())


class _Watch:
    """One series with both windows judged at each bucket's end."""

    def __init__(self, series: Series, asked: SpikeSettings, known_since: datetime | None) -> None:
        self._series = series
        self._past = _past_of(series, known_since)
        _, self._lead = day_shape(series.start, series.bucket)
        self._spans = (self._buckets(HOUR), self._buckets(LONG))
        self._hour = self._past.outlook(self._spans[0])
        self._long = self._past.outlook(self._spans[1])
        bar = asked.bar
        hour = hour_bar(self._hour.known, asked)
        self._hour_score = self._scored_hour(hour)
        self._long_score = self._scored_long(asked, bar)
        self._bar = hour.score, bar.long

    def _buckets(self, span: timedelta) -> int:
        return max(1, round(span / self._series.bucket))

    def _scored_hour(self, bar: HourBar) -> Floats:
        """Score of each hour that is high enough to count, else 0."""
        seen = self._hour
        enough = (seen.observed >= bar.minimum) & (seen.observed >= bar.ratio * seen.expected)
        enough &= seen.known | (seen.lived >= self._buckets(LEARNING_LIVED))
        return np.where(enough, log_tail(seen.z), 0.0)

    def _scored_long(self, asked: SpikeSettings, bar: Bar) -> Floats:
        """Score of each six hours that are high enough to count, else 0; none while learning."""
        seen = self._long
        enough = (seen.observed >= LONG_MINIMUM * asked.minimum) & seen.known
        enough &= seen.observed >= bar.ratio * seen.expected
        return np.where(enough, log_tail(seen.z), 0.0)

    def stretches(self) -> list[tuple[int, int | None, int]]:
        """(first bucket, first calm bucket or None, last bucket it lasted) of each spike."""
        bursts = np.flatnonzero(self._hour_score >= self._bar[0])
        rises = np.flatnonzero(self._long_score >= self._bar[1])
        calm = self._calm()
        found: list[tuple[int, int | None, int]] = []
        at, calm_since = 0, 1 - self._spans[1]
        while True:
            # Six hours that still hold the last spike say nothing new.
            fresh = max(at, calm_since + self._spans[1] - 1)
            candidates = (_next(bursts, at), _next(rises, fresh))
            begins = [place for place in candidates if place is not None]
            if not begins:
                return found
            begin = min(begins)
            # Calm must be seen in a whole span after the beginning, not mixed with it.
            ends = [
                (end, span)
                for places, span in calm
                if (end := _next(places, begin + span)) is not None
            ]
            if not ends:
                return [*found, (begin, None, len(self._series.counts) - 1)]
            end, span = min(ends)
            at, calm_since = end + 1, end + 1 - span
            found.append((begin, calm_since, end))

    def _calm(self) -> list[tuple[Places, int]]:
        """Last buckets of spans in which counts were back near the expected, and their length."""
        brief, ample = self._buckets(CALM_SPAN), self._buckets(CALM_LONG_SPAN)
        seen, usual = self._window(brief)
        soon = (usual >= CALM_EVIDENCE) & (seen <= CALM_RATIO * usual)
        seen, usual = self._window(ample)
        late = seen <= np.maximum(CALM_RATIO * usual, usual + 2)
        return [(np.flatnonzero(soon), brief), (np.flatnonzero(late), ample)]

    def _window(self, buckets: int) -> tuple[Floats, Floats]:
        cut = slice(self._lead, self._lead + len(self._series.counts))
        return self._past.observed(buckets)[cut], self._past.expected(buckets)[cut]

    def spike(self, begin: int, calm_since: int | None, last: int) -> Spike:
        """The stretch as a Spike, described by the window that scored highest."""
        series = self._series
        hour, long = self._hour_score[begin : last + 1], self._long_score[begin : last + 1]
        is_long = float(long.max()) > float(hour.max())
        best = begin + int(np.argmax(long if is_long else hour))
        seen: Outlook = self._long if is_long else self._hour
        score = float((self._long_score if is_long else self._hour_score)[best])
        until = series.start + series.bucket * (best + 1)
        observed, expected = float(seen.observed[best]), float(seen.expected[best])
        reason = said(
            signal=series.signal,
            observed=observed,
            expected=expected,
            score=score,
            window=series.bucket * self._spans[is_long],
            until=until,
            days=float(seen.lived[best]) * series.bucket / DAY,
            is_learning=not seen.known[best],
        )
        ended = None if calm_since is None else series.start + series.bucket * calm_since
        return Spike(
            brand=series.brand,
            signal=series.signal,
            started_at=series.start + series.bucket * begin,
            ended_at=ended,
            observed=observed,
            expected=expected,
            score=score,
            reason=reason,
        )


def _next(places: Places, at: int) -> int | None:
    """The first of sorted `places` that is not before `at`."""
    found = int(np.searchsorted(places, at))
    return int(places[found]) if found < len(places) else None


def day_shape(start: datetime, bucket: timedelta) -> tuple[int, int]:
    """Buckets in a day, and how many lie between the midnight (UTC) before `start` and `start`."""
    per_day = max(1, round(DAY / bucket))
    local = start.astimezone(UTC) if start.tzinfo else start
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return per_day, min((local - midnight) // bucket, per_day - 1)
