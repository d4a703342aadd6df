"""Counts laid out in days that begin at midnight (UTC), a row a series and a column a bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mentions.series import Series
from nlp.spike_expectation import DayCounts

Counts = NDArray[np.generic]
Places = NDArray[np.intp]

DAY = timedelta(days=1)
NEVER = int(np.iinfo(np.intp).max)


@dataclass(frozen=True, slots=True)
class Watched:
    """Which series the rows are, and when they begin.

    `certain_until` may hold a moment for each row, from which on its counts are too low.
    """

    names: Sequence[tuple[str, str]]
    start: datetime
    bucket: timedelta
    known_since: datetime | None = None
    certain_until: Sequence[datetime | None] = ()

    @classmethod
    def of(cls, series: Sequence[Series], *, known_since: datetime | None = None) -> "Watched":
        """These series, which must share start, bucket and length."""
        first = series[0]
        if any((one.start, one.bucket) != (first.start, first.bucket) for one in series):
            raise ValueError("series that are watched together must share their start and bucket")
        return cls(
            names=[(one.brand, one.signal) for one in series],
            start=first.start,
            bucket=first.bucket,
            known_since=known_since,
            certain_until=[one.uncertain_since for one in series],
        )


class Layout:
    """Where each bucket lies: buckets are numbered from the midnight before the start."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self.per_day, self.lead = day_shape(watched.start, watched.bucket)
        self._known_at = self._place(watched.known_since)
        self._certain = self._certainties()

    def moment(self, place: int) -> datetime:
        """When a bucket begins."""
        return self._watched.start + (place - self.lead) * self._watched.bucket

    def whole_days(self, held: int) -> int:
        """How many days `held` buckets from the start complete."""
        return (self.lead + held) // self.per_day

    def columns(self, day: int) -> slice:
        """The day's columns in counts from the start on."""
        first = day * self.per_day - self.lead
        return slice(max(first, 0), first + self.per_day)

    def lead_of(self, day: int) -> int:
        """How many buckets of the day lie before the start."""
        return self.lead if day == 0 else 0

    def births(self, counts: Counts, *, first: int) -> Places:
        """From which bucket on each series is known: its first mention's, or `known_since`."""
        there = counts != 0
        if not there.shape[1]:
            return np.full(len(counts), NEVER, dtype=np.intp)
        births = first + np.argmax(there, axis=1)
        if self._known_at is not None:
            births = np.minimum(births, self._known_at)
        return np.where(there.any(axis=1), births, NEVER).astype(np.intp)

    def day(self, number: int, counts: Counts, births: Places) -> DayCounts:
        """A day's counts so far; what has not come yet is not known."""
        lead = self.lead_of(number)
        end = lead + counts.shape[1]
        padded = np.zeros((len(counts), self.per_day))
        padded[:, lead:end] = counts
        places = number * self.per_day + np.arange(self.per_day)
        alive = places >= np.maximum(births, self.lead)[:, np.newaxis]
        alive[:, end:] = False
        sure = alive.copy()
        if self._certain is not None:
            sure &= places < self._certain[:, np.newaxis]
        return DayCounts(padded, alive, sure)

    def _place(self, moment: datetime | None) -> int | None:
        if moment is None:
            return None
        return self.lead + max(0, (moment - self._watched.start) // self._watched.bucket)

    def _certainties(self) -> Places | None:
        if not any(self._watched.certain_until):
            return None
        places = [self._place(until) for until in self._watched.certain_until]
        return np.array([NEVER if place is None else place for place in places], dtype=np.intp)


def day_shape(start: datetime, bucket: timedelta) -> tuple[int, int]:
    """Buckets in a day, and how many lie between the midnight (UTC) before `start` and `start`."""
    per_day = max(1, round(DAY / bucket))
    local = start.astimezone(UTC) if start.tzinfo else start
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return per_day, min((local - midnight) // bucket, per_day - 1)
