"""What a window must reach to begin a spike, by sensitivity, and what ends one."""

import math
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from nlp.spike_expectation import Flags, Looking, Outlook
from nlp.spike_surprise import Floats, log_tail

Sensitivity = Literal["few", "balanced", "many"]

HOUR = timedelta(hours=1)
LONG = timedelta(hours=6)
LONG_MINIMUM = 2
"""Six hours must hold twice what one hour must."""
TRIPLED = 3.0
"""An hour of three times the expected is told on less evidence: a crisis must be heard at once."""
TRIPLED_POSTS = 10
"""Three posts where one was expected are no crisis."""
TRIPLED_LIVED = timedelta(days=7)
"""Nor is three times an expectation that rests on a few days: it has not seen every weekday."""
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
    """What a window must reach: -log10 of its probability, and observed over expected.

    `tripled` is enough for an hour of three times the expected; infinite, nothing less than `hour`.
    """

    hour: float
    long: float
    ratio: float
    tripled: float = math.inf


BARS = MappingProxyType(
    {
        "few": Bar(hour=5.0, long=3.2, ratio=2.5, tripled=3.75),
        "balanced": Bar(hour=4.0, long=2.3, ratio=2.0, tripled=2.75),
        "many": Bar(hour=3.0, long=2.0, ratio=1.5, tripled=2.0),
    }
)
"""Measured by bench/spikes.py on simulated weeks that drift and burst but hold no event: one false
spike a series in 80 to 500, 18 to 40 and 8 to 25 days. With `tripled` at 2.5 or less, five mentions
an hour have twice as many; without it, a third of their crises is told more than a quarter of an
hour after they crossed three times the expected."""


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


@dataclass(frozen=True, slots=True)
class Spans:
    """How many buckets each window has."""

    hour: int
    long: int
    calm: int
    calm_long: int
    lived: int
    week: int

    @classmethod
    def of(cls, bucket: timedelta) -> "Spans":
        """For this bucket."""
        spans = (HOUR, LONG, CALM_SPAN, CALM_LONG_SPAN, LEARNING_LIVED, TRIPLED_LIVED)
        return cls(*(max(1, round(span / bucket)) for span in spans))


@dataclass(frozen=True, slots=True)
class HourBar:
    """What an hour must reach at each moment to begin a spike: all three, or all three of an hour
    of three times the expected.
    """

    score: Floats
    ratio: Floats
    minimum: Floats
    tripled_score: Floats
    tripled_minimum: float


def hour_bar(hour: Outlook, spans: Spans, asked: SpikeSettings) -> HourBar:
    """The bar of the last hour; stricter while the time of day was never seen before."""
    bar, known = asked.bar, hour.known
    return HourBar(
        score=np.where(known, bar.hour, BARS["few"].hour),
        ratio=np.where(known, bar.ratio, LEARNING_RATIO),
        minimum=np.where(known, 1.0, LEARNING_MINIMUM) * asked.minimum,
        tripled_score=np.where(known & (hour.lived >= spans.week), bar.tripled, np.inf),
        tripled_minimum=float(max(asked.minimum, TRIPLED_POSTS)),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Per series and bucket: the scores of the windows that are high enough to count (else 0), and
    where one of them begins a spike.
    """

    hour: Floats
    long: Floats
    bursts: Flags
    rises: Flags


def verdict(hour: Outlook, long: Outlook, spans: Spans, asked: SpikeSettings) -> Verdict:
    """Judge every bucket's end by the settings."""
    bar, at_hour = asked.bar, hour_bar(hour, spans, asked)
    is_high = (hour.observed >= at_hour.minimum) & (hour.observed >= at_hour.ratio * hour.expected)
    is_high &= hour.known | (hour.lived >= spans.lived)
    hour_score = _scored(hour, is_high)
    is_high = (long.observed >= LONG_MINIMUM * asked.minimum) & long.known
    is_high &= long.observed >= bar.ratio * long.expected
    long_score = _scored(long, is_high)
    is_tripled = hour.observed >= np.maximum(TRIPLED * hour.expected, at_hour.tripled_minimum)
    bursts = (hour_score >= at_hour.score) | (is_tripled & (hour_score >= at_hour.tripled_score))
    rises = long_score >= bar.long
    return Verdict(hour_score, long_score, bursts, rises)


def _scored(seen: Outlook, is_high: Flags) -> Floats:
    """Scores where they are asked for: few windows are high."""
    scores = np.zeros_like(seen.z)
    scores[is_high] = log_tail(seen.z[is_high])
    return scores


def calm(looking: Looking, spans: Spans) -> tuple[Flags, Flags]:
    """Where the last two hours, and the last eight, were back near the expected."""
    seen, usual = looking.observed(spans.calm), looking.expected(spans.calm)
    soon = (usual >= CALM_EVIDENCE) & (seen <= CALM_RATIO * usual)
    seen, usual = looking.observed(spans.calm_long), looking.expected(spans.calm_long)
    return soon, seen <= np.maximum(CALM_RATIO * usual, usual + 2)
