"""Hours of a week, by a clock on a wall: 22:00 is 22:00 in summer and in winter.

Where a change of clocks repeats or leaves out the hour named, they begin at the earlier and end at
the later of what it may mean.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_serializer,
    model_validator,
)

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)
LOOK_AHEAD_DAYS = 8
"""Hours of one day of the week come back after seven."""
MIDNIGHT = time()
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")


def checked_zone(name: str) -> str:
    """The name, if it is a time zone's. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"{name!r} is no time zone; write for example Europe/Berlin or UTC"
        ) from error
    return name


def _days(given: object) -> object:
    """'mon-fri', 'sat, sun' or 'daily' as numbers of weekdays, Monday 0."""
    if isinstance(given, list | tuple):
        if not all(isinstance(day, str) for day in given):
            raise ValueError(f"{given!r} are no days; write for example mon-fri, sat or daily")
        given = ",".join(given)
    if not isinstance(given, str):
        return given
    said = given
    found: set[int] = set()
    if not said.strip():
        return frozenset(found)
    for part in said.lower().replace("daily", "mon-sun").split(","):
        first, _, last = part.partition("-")
        begin = _weekday(first.strip(), part)
        end = _weekday(last.strip(), part) if last else begin
        found.update(day % 7 for day in range(begin, end + 1 + 7 * (end < begin)))
    return frozenset(found)


def _weekday(said: str, part: str) -> int:
    for number, name in enumerate(WEEK):
        if len(said) >= 3 and name.startswith(said):
            return number
    raise ValueError(f"{part.strip()!r} is no day; write for example mon-fri, sat or daily")


def _clock(given: object) -> object:
    """'22:00' as a time; YAML reads 22:00 without quotes as 1,320."""
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 1_440:
        return time(given // 60, given % 60)
    if isinstance(given, str):
        if not _CLOCK.fullmatch(given.strip()):
            raise ValueError(f'{given!r} is no time of day; write for example "22:00"')
        hours, minutes = (int(part) for part in given.strip().split(":"))
        return time(hours % 24, minutes)
    return given


Days = Annotated[frozenset[int], BeforeValidator(_days)]
Clock = Annotated[time, BeforeValidator(_clock)]
Zone = Annotated[str, AfterValidator(checked_zone)]


class WallHours(BaseModel):
    """From `from` to `until` on the days on which that begins; over midnight if it is not later.

    Left out, they are the whole of each day.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True
    )

    days: Days = frozenset(range(7))
    begins: Clock = Field(MIDNIGHT, alias="from")
    until: Clock = MIDNIGHT
    zone: Zone = "UTC"

    @field_serializer("days")
    def _written_days(self, days: frozenset[int]) -> str:
        return ", ".join(WEEK[day][:3] for day in sorted(days))

    @field_serializer("begins", "until")
    def _written_clock(self, clock: time) -> str:
        return f"{clock:%H:%M}"

    def stretches(self, around: datetime, *, days: int = 1) -> Iterator[tuple[datetime, datetime]]:
        """(begin, end) in UTC of each stretch that begins the day before `around`'s day, or in the
        `days` from it on.
        """
        today = around.astimezone(ZoneInfo(self.zone)).date()
        for day in (today + number * DAY for number in range(-1, days)):
            if day.weekday() in self.days:
                last = day if self.until > self.begins else day + DAY
                yield min(self._meant(day, self.begins)), max(self._meant(last, self.until))

    def hold(self, at: datetime) -> bool:
        """Whether the moment lies in them."""
        return any(begin <= at < end for begin, end in self.stretches(at))

    def _meant(self, day: date, clock: time) -> list[datetime]:
        zone = ZoneInfo(self.zone)
        both = (datetime.combine(day, clock.replace(fold=fold), zone) for fold in (0, 1))
        return [moment.astimezone(UTC) for moment in both]


class StepHours(WallHours):
    """The part of the week in which a step of an escalation may be taken.

    `outside` them a step is passed over (`pass`), or the chain waits until they begin (`wait`).
    """

    outside: Literal["pass", "wait"] = "pass"

    @model_validator(mode="after")
    def _are_hours(self) -> "StepHours":
        if not self.days:
            raise ValueError("hours of no day never come; write for example mon-fri or daily")
        if self.begins == self.until != MIDNIGHT:
            raise ValueError("hours begin and end at the same time; give different ones")
        return self

    def next_begin(self, after: datetime) -> datetime:
        """The first moment after this one at which they begin."""
        ahead = self.stretches(after, days=LOOK_AHEAD_DAYS)
        return min(begin for begin, _ in ahead if begin > after)
