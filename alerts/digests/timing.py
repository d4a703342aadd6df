"""When a digest is made: 'weekly monday 08:00' or a cron line, by the clocks of a zone.

A digest's period is from one occasion to the next: no post is told of twice, and none is left out
but what is collected after the digest of its period was made.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from alerts.hours import WEEK

DAY = timedelta(days=1)
LOOK_BACK_DAYS = 8 * 366
"""29 February may be eight years ago, as around 1900."""
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
EXAMPLES = "write for example weekly monday 08:00, daily 07:30, monthly 1 08:00, or cron: 0 8 * * 1"
_PLAIN = re.compile(r"(daily|weekly|monthly)(?: (\w+))? (\d{1,2}):(\d{2})")
_PART = re.compile(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class Timing:
    """The days and the times of day; `either` is cron's rule that one of two kinds of days will do.

    Weekdays are numbered as Python does, Monday 0.
    """

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool = False

    def is_on(self, day: date) -> bool:
        """Whether the day is one of them."""
        by_day, by_weekday = day.day in self.days, day.weekday() in self.weekdays
        is_day = by_day or by_weekday if self.either else by_day and by_weekday
        return is_day and day.month in self.months

    def until(self, now: datetime, zone: str) -> Iterator[datetime]:
        """The occasions that are not after `now`, the last first, in UTC."""
        there = ZoneInfo(zone)
        today = now.astimezone(there).date()
        for number in range(-1, LOOK_BACK_DAYS):  # west of the zone, tomorrow may have begun
            day = today - number * DAY
            if self.is_on(day):
                moments = {datetime.combine(day, one, there).astimezone(UTC) for one in self.times}
                yield from (one for one in sorted(moments, reverse=True) if one <= now)


@dataclass(frozen=True, slots=True)
class Period:
    """From an occasion to the next one."""

    since: datetime
    until: datetime


def last_period(said: str, zone: str, *, now: datetime) -> Period:
    """The period that ended last."""
    until, since = islice(read_timing(said).until(now, zone), 2)
    return Period(since, until)


@lru_cache(maxsize=256)
def read_timing(said: str) -> Timing:
    """Read the words or the cron line. Raises ValueError that says what to write."""
    words = " ".join(said.lower().split())
    if plain := _PLAIN.fullmatch(words):
        return _plain(said, *plain.groups())
    if len(words.split()) == len(FIELDS):
        return _cron(said, words.split())
    raise ValueError(f"{said!r} says no time; {EXAMPLES}")


@dataclass(frozen=True, slots=True)
class Pace:
    """What was said, taken apart: every day, or on a weekday (Monday 0) or a day of the month."""

    clock: str
    weekday: int | None = None
    day: int | None = None


def read_pace(said: str) -> Pace | None:
    """The parts of 'weekly monday 08:00'; None for a cron line."""
    plain = _PLAIN.fullmatch(" ".join(said.lower().split()))
    if plain is None:
        return None
    pace, day, hour, minute = plain.groups()
    clock = f"{int(hour):02}:{minute}"
    if pace == "daily":
        return Pace(clock)
    if pace == "monthly":
        return Pace(clock, day=int(day))
    return Pace(clock, weekday=[one.startswith(day) for one in WEEK].index(True))


def said_timing(said: str) -> str:
    """For a sentence: 'every Monday at 08:00', 'on day 1 of every month at 08:00'."""
    pace = read_pace(said)
    if pace is None:
        return f"at “{said}”"
    if pace.weekday is not None:
        return f"every {WEEK[pace.weekday].capitalize()} at {pace.clock}"
    if pace.day is not None:
        return f"on day {pace.day} of every month at {pace.clock}"
    return f"every day at {pace.clock}"


def _plain(said: str, pace: str, day: str | None, hour: str, minute: str) -> Timing:
    every = frozenset(range(1, 32)), frozenset(range(1, 13)), frozenset(range(7))
    if int(hour) > 23 or int(minute) > 59 or (pace == "daily") != (day is None):
        raise ValueError(f"{said!r} says no time; {EXAMPLES}")
    at = (time(int(hour), int(minute)),)
    if pace == "daily":
        return Timing(at, *every)
    days, months, _ = every
    if pace == "weekly":
        said_day = str(day) if len(str(day)) > 2 else "?"
        found = [number for number, name in enumerate(WEEK) if name.startswith(said_day)]
        if len(found) != 1:
            raise ValueError(f"{day!r} is no day of the week; {EXAMPLES}")
        return Timing(at, days, months, frozenset(found))
    if not str(day).isdecimal() or not 1 <= int(str(day)) <= 28:
        raise ValueError(f"{day!r} is no day that every month has; write 1 to 28")
    return Timing(at, frozenset({int(str(day))}), months, frozenset(range(7)))


def _cron(said: str, fields: list[str]) -> Timing:
    minutes, hours, days, months, weekdays = (
        _numbers(said, field, *meant) for field, meant in zip(fields, FIELDS, strict=True)
    )
    timing = Timing(
        tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)),
        days,
        months,
        frozenset((number - 1) % 7 for number in weekdays),  # cron's Sunday is 0, and 7
        # crontab(5): if both are restricted, either will do.
        either=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )
    year = (date(2024, 1, 1) + number * DAY for number in range(366))
    if not any(timing.is_on(day) for day in year):
        raise ValueError(f"{said!r} never comes; {EXAMPLES}")
    return timing


def _numbers(said: str, field: str, name: str, first: int, last: int) -> frozenset[int]:
    found = set[int]()
    for part in field.split(","):
        meant = _PART.fullmatch(part)
        if not meant:
            raise ValueError(f"{part!r} in {said!r} is no {name}; write numbers, *, 1-5 or */15")
        begin, _, end = meant[1].partition("-")
        low, high = (first, last) if begin == "*" else (int(begin), int(end or begin))
        if meant[2] and begin != "*" and not end:
            high = last
        step = int(meant[2] or 1)
        if not first <= low <= high <= last or not step:
            raise ValueError(f"{part!r} in {said!r} is no {name}; they go from {first} to {last}")
        found.update(range(low, high + 1, step))
    return frozenset(found)


def _checked(said: str) -> str:
    read_timing(said)
    return " ".join(said.split())


TimingText = Annotated[str, AfterValidator(_checked)]
"""A field of settings that says when."""
