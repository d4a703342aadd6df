"""The window of a search and the buckets of a series, in the stores' microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.query.values import micros
from mentions.times import as_utc

MAX_BUCKETS = 50_000
"""Over a year of ten-minute buckets; Elasticsearch gives at most 65,536 in one answer."""


@dataclass(frozen=True, slots=True)
class Window:
    """`since` (included) to `until` (excluded) in microseconds; None is open."""

    since: int | None
    until: int | None


@dataclass(frozen=True, slots=True)
class Buckets:
    """`count` buckets of `width` microseconds from `start` on; the last may reach past `until`.

    Within a `stretch` of so many buckets what is distinct counts once.
    """

    start: int
    until: int
    width: int
    count: int
    stretch: int = 1

    def counts(self, found: Mapping[int, int]) -> tuple[int, ...]:
        """What was found by bucket number as one count a bucket, zero where nothing was."""
        counts = [0] * self.count
        for number, count in found.items():
            counts[number] = count
        return tuple(counts)


def window(since: datetime | None, until: datetime | None) -> Window:
    """The window in microseconds. Raises ValueError for a time without a zone."""
    return Window(_micros(since), _micros(until))


def buckets(
    since: datetime, until: datetime, width: timedelta, *, once_in: timedelta | None = None
) -> Buckets:
    """The buckets that cover the window. Raises ValueError if they are none or too many."""
    start, end, size = micros(as_utc(since)), micros(as_utc(until)), width // timedelta.resolution
    if size <= 0:
        raise ValueError(f"a bucket must last longer than nothing, not {width}")
    count = max(0, -((start - end) // size))
    if count > MAX_BUCKETS:
        raise ValueError(
            f"{count} buckets are more than {MAX_BUCKETS}; take longer buckets or a shorter window"
        )
    stretch = 1 if once_in is None else once_in // width
    if once_in is not None and (stretch < 1 or once_in % width):
        raise ValueError(f"what counts once in {once_in} cannot be told in buckets of {width}")
    if start % (stretch * size) and stretch > 1:
        raise ValueError(f"what counts once in {once_in} must begin with one, not at {since}")
    return Buckets(start, end, size, count, stretch)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(as_utc(moment))
