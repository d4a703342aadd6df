"""Rise: since when a crisis grew, and when it crossed three times what was expected."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mentions.series import Series
from nlp.spike_band import outlook_of
from nlp.spike_bars import CALM_RATIO
from nlp.spike_expectation import Outlook

HOUR = timedelta(hours=1)
LONGEST_RISE = timedelta(hours=24)
CROSSING_RATIO = 3.0
CROSSING_MINIMUM = 10
"""Three times one post a night is nothing; a spike rule asks for ten in an hour, too."""


@dataclass(frozen=True, slots=True)
class Rise:
    """`onset` is the bucket with which an hour was no longer calm; `crossed_at` the end of the
    first hour with three times its expectation, None where the series is too young to expect any.
    """

    onset: datetime
    crossed_at: datetime | None


def rise(series: Series, *, began: datetime) -> Rise:
    """How the series rose to what was noticed at `began`, by the detector's own expectation."""
    last = min(len(series.counts), (began - series.start) // series.bucket + 1) - 1
    if last < 0 or not any(series.counts):
        return Rise(began, None)
    seen = outlook_of(series, HOUR)
    first = _first_restless(series, seen, last)
    onset = min(began, series.start + series.bucket * first)
    high = seen.known & (seen.observed >= CROSSING_MINIMUM)
    high &= seen.observed >= CROSSING_RATIO * seen.expected
    crossed = np.flatnonzero(high[first:])
    if not len(crossed):
        return Rise(onset, None)
    return Rise(onset, series.start + series.bucket * (first + int(crossed[0]) + 1))


def _first_restless(series: Series, seen: Outlook, last: int) -> int:
    """The bucket after the last calm one before `last`; a day back at most."""
    earliest = max(0, last - LONGEST_RISE // series.bucket)
    calm = seen.observed <= np.maximum(CALM_RATIO * seen.expected, 1.0)
    before = np.flatnonzero(calm[earliest:last])
    return earliest + int(before[-1]) + 1 if len(before) else earliest
