"""A sample of what matches: how much of each stretch of its window both stores read."""

from collections.abc import Sequence
from itertools import pairwise

from mentions.store import MAX_PAGE
from mentions.windows import Buckets, Window

STRETCHES = 20
"""Of half an hour, each is a minute and a half: what comes in waves is in the sample as it came."""


def check_sample(limit: int) -> None:
    """Raise ValueError, saying what would do, unless a store can take a sample of this size."""
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"a sample holds 1 to {MAX_PAGE} mentions, not {limit}; iterate reads all")


def stretches(window: Window) -> Buckets:
    """The window in stretches of one length."""
    if window.since is None or window.until is None:
        raise ValueError("a sample is taken of a window that begins and ends")
    width = max(1, -((window.since - window.until) // STRETCHES))
    count = max(0, -((window.since - window.until) // width))
    return Buckets(window.since, window.until, width, count)


def shares(counts: Sequence[int], limit: int) -> list[int]:
    """How many of each stretch are read, together `limit` or all: as large a part of each.

    Rounded so that what is left over of one stretch goes to the next, else few in each of many
    would come to none.
    """
    there = sum(counts)
    if there <= limit:
        return list(counts)
    ends, passed = [0], 0
    for count in counts:
        passed += count
        ends.append(passed * limit // there)
    return [end - begin for begin, end in pairwise(ends)]
