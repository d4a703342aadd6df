"""History: how many cases came in each hour so far, and which hours were a crisis."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

HOUR = timedelta(hours=1)
DAY_HOURS = 24
WEEK_HOURS = 7 * DAY_HOURS
BEFORE_FIRST = timedelta(days=1)
"""So long before its first case a team is taken to have been there: on the first day of all, a team
whose cases began at noon had none in the morning, and its forecast would else be twice as high,
and higher than that of all teams together."""
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class History:
    """Counts of the hours [start + i h, start + (i+1) h); `start` is on the hour, UTC.

    `left_out` are the numbers of hours that are not to be learnt from: they were a crisis. `zone`
    is where the clock hangs by which people write.
    """

    start: datetime
    counts: tuple[int, ...]
    left_out: frozenset[int] = frozenset()
    zone: str = "UTC"

    @classmethod
    def of(
        cls,
        moments: Iterable[datetime],
        *,
        since: datetime,
        until: datetime,
        spikes: Collection[Stretch] = (),
        zone: str = "UTC",
    ) -> "History":
        """Of the cases published at `moments` since then; see `counted`."""
        hours = Counter(floor_hour(at) for at in moments if at >= since)
        return cls.counted(hours, until=until, spikes=spikes, zone=zone)

    @classmethod
    def counted(
        cls,
        hours: Mapping[datetime, int],
        *,
        until: datetime,
        spikes: Collection[Stretch] = (),
        zone: str = "UTC",
        begun: datetime | None = None,
    ) -> "History":
        """Of the cases that each hour brought, by its beginning, from the first of them on.

        The hour that `until` lies in has not ended and is left away. Every hour that a spike of
        `spikes` touches is left out. `begun` is when there were cases at all: up to BEFORE_FIRST
        before these ones hours since then count, too, as hours that brought none.
        """
        end = floor_hour(until)
        start = min((at for at in hours if at < end), default=end)
        if begun is not None:
            start = min(start, max(floor_hour(begun), start - BEFORE_FIRST))
        counts = [hours.get(start + number * HOUR, 0) for number in range((end - start) // HOUR)]
        left_out = {
            number
            for begin, stop in spikes
            for number in range(
                max((begin - start) // HOUR, 0), min(-((start - stop) // HOUR), len(counts))
            )
        }
        return cls(start, tuple(counts), frozenset(left_out), zone)

    @property
    def end(self) -> datetime:
        """The first moment after the last hour."""
        return self.start + len(self.counts) * HOUR

    def until(self, hours: int) -> "History":
        """The first so many hours alone: what was known when they had passed."""
        known = frozenset(number for number in self.left_out if number < hours)
        return replace(self, counts=self.counts[:hours], left_out=known)

    def places(self, hours: int) -> Whole:
        """Where in the week, by the clock on the wall, each of so many hours from `start` on lies.

        0 is Monday's first hour, 167 Sunday's last. Where clocks go forward one is skipped, where
        they go back one comes twice.
        """
        wall = ZoneInfo(self.zone)
        local = ((self.start + number * HOUR).astimezone(wall) for number in range(hours))
        return np.array([at.weekday() * DAY_HOURS + at.hour for at in local], np.int64)

    def learnt_from(self) -> NDArray[np.bool_]:
        """Which hours count. Where all of them were a crisis that is how it usually is: all do."""
        kept = np.ones(len(self.counts), np.bool_)
        kept[list(self.left_out)] = False
        return kept if kept.any() else ~kept


def floor_hour(at: datetime) -> datetime:
    """The hour that the moment lies in, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
