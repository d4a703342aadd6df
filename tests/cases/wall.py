"""Due times by another way than the desk's: looking at the clock on the wall, minute by minute.

Shifts are minutes since midnight, a list of them for each weekday; one over midnight goes on past
1440. Nothing here knows `cases.calendar` or `cases.clocks`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
Week = Sequence[Sequence[tuple[int, int]]]
Stand = tuple[datetime, datetime]
"""Since when and until when clocks stood still."""


def is_worked(week: Week, zone: ZoneInfo, closed: Collection[date], minute: datetime) -> bool:
    """What the clock on the wall says, by itself."""
    local = minute.astimezone(zone)
    for back in (0, 1):
        began = local.date() - timedelta(days=back)
        at = local.hour * 60 + local.minute + back * 1440
        if began in closed:
            continue
        if any(start <= at < end for start, end in week[began.weekday()]):
            return True
    return False


def when_passed(
    is_open: Callable[[datetime], bool],
    since: datetime,
    promised: timedelta,
    stands: Iterable[Stand] = (),
) -> datetime:
    """When so many open minutes have passed in which nothing stood still; all in whole minutes."""
    ends = dict(stands)
    left, at = promised, since
    while True:
        if at in ends and ends[at] > at:
            at = ends[at]
        elif left <= timedelta(0):
            return at
        else:
            left -= MINUTE * is_open(at)
            at += MINUTE
