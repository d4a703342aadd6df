"""Pacing: when a source is asked next, from what its last passes brought.

A source that brings nothing is asked more and more seldom, within bounds. One that only fails has a
circuit breaker: its faults add up, whole ones and fractions, until it is open; then the source
rests, each time twice as long, and every pass after a rest is a trial. Whatever works again ends
both at once. All of it follows from the passes that were remembered, so a restart changes nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.errors import SourceBusy, SourceResting, SourceUnavailable
from spiders.source import Source

REMEMBERED = 40
"""Passes that are looked at. Long before, both the interval and the rest have reached their end."""
OPENS_AT = 3.0
"""Faults after which a source rests: three refusals, or six passes in which it did not answer."""
LONGEST_REST = timedelta(hours=1)
"""Whatever is mended is noticed within that time, unless the source is asked more seldom anyway."""
SLOWER = 1.5
"""What each pass without a post multiplies the interval by; four make it five times as long."""

RESTED = 0.01
"""A host that asks for a rest sets its own pace: next to nothing, but the pass did not work."""
BROKE_OFF = 0.5
"""The fault of a pass whose process ended: it may have been this source or another one."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one run says about the source: when it ended, its fault (0 to 1) and its posts.

    The fault is 0 where the run worked, if only in part.
    """

    ended_at: datetime
    fault: float
    posts: int


@dataclass(frozen=True, slots=True)
class Turn:
    """When a source is asked next. `asked_at` is the last time, `strain` the sum of its faults."""

    at: datetime
    asked_at: datetime
    strain: float

    @property
    def is_resting(self) -> bool:
        """Whether the breaker is open: the source rests until `at`."""
        return self.strain >= OPENS_AT


def fault_of(error: BaseException) -> float:
    """What a failed pass counts: 1 where somebody must mend something, less where time may help."""
    match error:
        case SourceResting():
            return RESTED
        case SourceBusy():
            return 0.25
        case SourceUnavailable():
            return 0.5
        case _:
            return 1.0


def next_turn(source: Source, passes: Sequence[Pass]) -> Turn:
    """The source's next turn after these passes, the oldest first and at least one."""
    strain, empty = 0.0, 0
    for each in passes:
        strain = strain + each.fault if each.fault else 0.0
        empty = 0 if each.posts or each.fault else empty + 1
    last = passes[-1].ended_at
    if strain >= OPENS_AT:
        doublings = 1 + math.floor(strain - OPENS_AT)
        interval = max(source.every, min(source.every * 2**doublings, LONGEST_REST))
    else:
        interval = min(source.every * SLOWER**empty, source.slowest)
    return Turn(last + interval, last, strain)
