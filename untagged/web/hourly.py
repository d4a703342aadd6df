"""Figures of months are counted once an hour and kept: a quarter of a year changes little in one.

What is kept is in this process alone; with several, each counts for itself.
"""

import threading
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from fastapi import Request

from mentions.times import floored

HOUR = timedelta(hours=1)
MOST_KEPT = 64
"""Figures; the oldest go first. The cockpit has fewer than twenty kinds of them."""

Figures = TypeVar("Figures")


class Hourly:
    """Keeps what was counted, until the hour is over."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[datetime, Any]] = {}
        self._lock = threading.Lock()

    def counted(
        self, what: Hashable, count: Callable[[datetime], Figures], *, now: datetime
    ) -> tuple[Figures, datetime]:
        """The figures of this hour and when they were counted; `count` is given that moment."""
        with self._lock:
            kept = self._kept.get(what)
        if kept is not None and floored(kept[0], HOUR) == floored(now, HOUR) and kept[0] <= now:
            return kept[1], kept[0]
        figures = count(now)
        with self._lock:
            self._kept.pop(what, None)
            self._kept[what] = now, figures
            while len(self._kept) > MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
        return figures, now


def hourly_of(request: Request) -> Hourly:
    """What this cockpit keeps."""
    state = request.app.state
    if not hasattr(state, "hourly"):
        state.hourly = Hourly()
    kept: Hourly = state.hourly
    return kept
