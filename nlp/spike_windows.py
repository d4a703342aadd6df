"""Windows: what the trailing windows of a series held, beside what was expected of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mentions.series import Series
from nlp.spikes import outlook_of


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
    seen = outlook_of(series, span, known_since=None)
    if seen is None:
        return []
    last, first = len(series.counts) - 1, max(0, (since - series.start) // series.bucket)
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
