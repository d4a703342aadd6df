"""The band in which a series is expected to move: what a chart draws behind the counts.

Above `high` a window begins a spike of the last hour at that sensitivity, below `low` it is as
unusually quiet. Both come from the detector's own expectation, so a chart never argues with an
alert.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mentions.series import Series
from nlp.spike_expectation import Outlook
from nlp.spike_surprise import Floats, deviance_z, log_tail
from nlp.spikes import HOUR, SpikeSettings, hour_bar, outlook_of

_HALVINGS = 40
"""Enough for a part in 10**12 of the widest bracket."""


@dataclass(frozen=True, slots=True)
class Band:
    """Per bucket of a series, for the window that ends with it: what was expected, and how far
    from it counts may lie. `is_learning` where the time of day was never seen before.
    """

    window: timedelta
    expected: Floats
    low: Floats
    high: Floats
    is_learning: np.ndarray[tuple[int], np.dtype[np.bool_]]


def expected_band(
    series: Series,
    settings: SpikeSettings | None = None,
    *,
    known_since: datetime | None = None,
    window: timedelta = HOUR,
) -> Band:
    """What the trailing `window` at the end of each bucket should hold, from what lay before it.

    `high` is the fewest mentions that tell a spike where the window is the hour: unlikely enough,
    high enough over the expectation, and at least the settings' minimum. For another window it is
    the same bar without the minimum. A series without any mention expects none.
    """
    asked = settings or SpikeSettings()
    seen = outlook_of(series, window, known_since=known_since)
    if seen is None:
        nothing = np.zeros(len(series.counts))
        return Band(window, nothing, nothing, nothing + asked.minimum, nothing == 0)
    bar = hour_bar(seen.known, asked)
    high = np.maximum(_reaching(seen, bar.score), bar.ratio * seen.expected)
    if window == HOUR:
        high = np.maximum(high, bar.minimum)
    low = np.where(seen.known, _falling(seen, bar.score), 0.0)
    return Band(window, seen.expected, low, np.ceil(high), ~seen.known)


def _reaching(seen: Outlook, score: Floats) -> Floats:
    """The count above the expectation at which a window's score reaches `score`."""
    low = seen.expected
    # At 10,000 times the expectation and more, every score that is asked for is passed.
    high = 1e4 * seen.expected + 1e4
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        z = deviance_z(middle, seen.expected, seen.dispersion) / seen.wildness
        is_enough = log_tail(z) >= score
        low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
    return high


def _falling(seen: Outlook, score: Floats) -> Floats:
    """The count below the expectation that is as unlikely, or 0."""
    low, high = np.zeros_like(seen.expected), seen.expected
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        z = deviance_z(middle, seen.expected, seen.dispersion) / seen.wildness
        is_enough = log_tail(-z) >= score
        low, high = np.where(is_enough, middle, low), np.where(is_enough, high, middle)
    return low
