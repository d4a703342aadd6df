"""The band in which a series is expected to move: what a chart draws behind the counts.

Above `high` a window begins a spike of the last hour at that sensitivity, below `low` it is as
unusually quiet. Both come from the detector's own expectation, so a chart never argues with an
alert.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import numpy as np

from mentions.series import Series
from nlp.spike_bars import HOUR, TRIPLED, Spans, SpikeSettings, hour_bar
from nlp.spike_expectation import Flags, Outlook
from nlp.spike_history import History, look
from nlp.spike_layout import Layout, Watched
from nlp.spike_surprise import Floats, deviance_z, log_tail

_ALL = slice(None)
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
    is_learning: Flags


def expected_band(
    series: Series,
    settings: SpikeSettings | None = None,
    *,
    known_since: datetime | None = None,
    window: timedelta = HOUR,
    shown: slice | Sequence[int] = _ALL,
) -> Band:
    """What the trailing `window` at the end of each bucket should hold, from what lay before it.

    `high` is the fewest mentions that tell a spike where the window is the hour: unlikely enough,
    high enough over the expectation, and at least the settings' minimum. For another window it is
    the same bar without the minimum. A series without any mention expects none.

    The band has the `shown` buckets alone: what leads to them is four weeks, of which a chart shows
    a day and a half.
    """
    asked = settings or SpikeSettings()
    if not any(series.counts):
        nothing = np.zeros(len(series.counts))[shown]
        return Band(window, nothing, nothing, nothing + asked.minimum, nothing == 0)
    every = outlook_of(series, window, known_since=known_since)
    seen = Outlook(**{field.name: getattr(every, field.name)[shown] for field in fields(Outlook)})
    bar = hour_bar(seen, Spans.of(series.bucket), asked)
    high = np.maximum(_reaching(seen, bar.score), bar.ratio * seen.expected)
    tripled = np.maximum(_reaching(seen, bar.tripled_score), TRIPLED * seen.expected)
    if window == HOUR:
        high = np.maximum(high, bar.minimum)
        tripled = np.maximum(tripled, bar.tripled_minimum)
    high = np.minimum(high, tripled)
    low = np.where(seen.known, _falling(seen, bar.score), 0.0)
    return Band(window, seen.expected, low, np.ceil(high), ~seen.known)


def outlook_of(
    series: Series, window: timedelta, *, known_since: datetime | None = None
) -> Outlook:
    """What the trailing window at the end of each bucket should hold, of a series with mentions."""
    seen = outlooks_of([series], window, known_since=known_since)
    return Outlook(**{field.name: getattr(seen, field.name)[0] for field in fields(Outlook)})


def outlooks_of(
    series: Sequence[Series], window: timedelta, *, known_since: datetime | None = None
) -> Outlook:
    """The same of several series that share start, bucket and length, a row each.

    Six take little longer than one: days are gone through once for all.
    """
    layout = Layout(Watched.of(series, known_since=known_since))
    counts = np.array([one.counts for one in series], dtype=np.float64)
    births = layout.births(counts, first=layout.lead)
    whole = layout.whole_days(counts.shape[1])
    span = max(1, round(window / series[0].bucket))
    history = History(len(series), layout.per_day, days=whole, windows=(span,))
    outlooks: list[Outlook] = []
    for number in range(whole + 1):
        day = layout.day(number, counts[:, layout.columns(number)], births)
        if number < whole:
            seen = history.add(day)
        else:
            known = history.morning(), history.doubts(), history.windows
            seen = look(*known, day)
        outlooks += seen.outlooks
    cut = slice(layout.lead, layout.lead + counts.shape[1])
    parts = {
        field.name: np.concatenate([getattr(one, field.name) for one in outlooks], axis=1)[:, cut]
        for field in fields(Outlook)
    }
    return Outlook(**parts)


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
