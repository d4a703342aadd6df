"""Windows: what the trailing windows of a series held, beside what was expected of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mentions.series import Series
from nlp.spike_band import outlook_of
from nlp.spike_expectation import Outlook
from nlp.spike_surprise import log_tail


@dataclass(frozen=True, slots=True)
class Window:
    """A trailing window from `since` to `until`. `is_known`: its time of day was seen before."""

    since: datetime
    until: datetime
    observed: float
    expected: float
    is_known: bool


def last_and_loudest(series: Series, span: timedelta, *, since: datetime) -> list[Window]:
    """The window that ends with the series, and the loudest of those that end after `since`.

    Loudest is the one with the most in it; the last one stands first, and alone if it is both.
    Nothing of it looks ahead. A series that never held anything has none.
    """
    if not any(series.counts):
        return []
    seen = outlook_of(series, span)
    last, first = len(series.counts) - 1, max(0, (since - series.start) // series.bucket)
    loudest = min(first, last) + int(np.argmax(seen.observed[min(first, last) :]))
    return [_window(series, seen, place, span) for place in dict.fromkeys((last, loudest))]


QUIET_SHARE = 0.1
"""A tenth of what is usual, or less, is quiet."""
QUIET_SCORE = 4.0
"""As unlikely as 1 in 10,000, like a spike."""


def quiet_window(series: Series, spans: Sequence[timedelta]) -> Window | None:
    """The first of the windows that end with the series which holds next to nothing, or None.

    Unusually little, of what was usual at that time of day. Nothing is called quiet while the
    series is learning.
    """
    for span in spans:
        if not _may_be_quiet(series, span):
            continue
        seen = outlook_of(series, span)
        is_low = seen.observed[-1] <= QUIET_SHARE * seen.expected[-1] and seen.known[-1]
        if is_low and log_tail(-seen.z[-1:])[0] >= QUIET_SCORE:
            return _window(series, seen, len(series.counts) - 1, span)
    return None


LIVELIEST = 4
"""No hour of the day is more than so many times as lively as the mean of the last week."""
LEAST_EXPECTED = 5
"""Of fewer that were expected, none at all is no wonder."""


def _may_be_quiet(series: Series, span: timedelta) -> bool:
    """Whether so little was said that the costly look is worth it."""
    buckets = max(1, round(span / series.bucket))
    week = series.counts[-round(timedelta(days=7) / series.bucket) :]
    liveliest = LIVELIEST * buckets * sum(week) / max(1, len(week))
    observed = sum(series.counts[-buckets:])
    return liveliest >= LEAST_EXPECTED and observed <= QUIET_SHARE * liveliest


def _window(series: Series, seen: Outlook, place: int, span: timedelta) -> Window:
    until = series.start + series.bucket * (place + 1)
    return Window(
        since=until - span,
        until=until,
        observed=float(seen.observed[place]),
        expected=float(seen.expected[place]),
        is_known=bool(seen.known[place]),
    )
