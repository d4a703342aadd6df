"""Windows: what the trailing windows of a series held, beside what was expected of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mentions.series import Series
from nlp.spike_expectation import Past, Tuning, lay_out
from nlp.spikes import day_shape


@dataclass(frozen=True, slots=True)
class Window:
    """A trailing window that ends at `until`. `is_known`: its time of day was seen before."""

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
    counts = np.asarray(series.counts, dtype=np.float64)
    alive = np.where(np.arange(len(counts)) >= np.flatnonzero(counts)[0], 1.0, 0.0)
    per_day, lead = day_shape(series.start, series.bucket)
    past = Past(lay_out(counts, alive, per_day=per_day, lead=lead), Tuning())
    seen = past.outlook(max(1, round(span / series.bucket)))
    last, first = len(counts) - 1, max(0, (since - series.start) // series.bucket)
    loudest = min(first, last) + int(np.argmax(seen.observed[min(first, last) :]))
    return [
        Window(
            until=series.start + series.bucket * (place + 1),
            observed=float(seen.observed[place]),
            expected=float(seen.expected[place]),
            is_known=bool(seen.known[place]),
        )
        for place in dict.fromkeys((last, loudest))
    ]
