"""Quiet hours: when an alert is recorded and not told, and what may be told all the same.

Hours are those of a clock on a wall: 22:00 is 22:00 in summer and in winter. Where a change of
clocks repeats or leaves out the hour named, quiet begins at the earlier and ends at the later of
what it may mean.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_serializer,
    field_validator,
)

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)
LONGEST = timedelta(days=8)
"""Quiet hours come back every week: what is quiet for longer never ends."""
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
_BROKEN_BY = re.compile(r"(?:severity\s*)?([1-4])")


def _days(given: object) -> object:
    """'mon-fri', 'sat, sun' or 'daily' as numbers of weekdays, Monday 0."""
    said = ",".join(given) if isinstance(given, list | tuple) else given
    if not isinstance(said, str):
        return given
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


def _broken(given: object) -> object:
    """'severity 1' as 1: what is as bad as that is told at once."""
    if isinstance(given, str):
        found = _BROKEN_BY.fullmatch(given.strip().lower())
        if not found:
            raise ValueError(
                f"{given!r} breaks nothing; write severity 1, severity 2 or severity 3"
            )
        return int(found[1])
    return given


class QuietHours(BaseModel):
    """From `from` to `until` on the days on which that begins; over midnight if it is not later.

    `broken_by: severity 1` lets alerts through that are as bad as that.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True
    )

    days: Annotated[frozenset[int], BeforeValidator(_days)] = frozenset(range(7))
    begins: Annotated[time, BeforeValidator(_clock)] = Field(alias="from")
    until: Annotated[time, BeforeValidator(_clock)]
    zone: str = "UTC"
    broken_by: Annotated[Literal[1, 2, 3] | None, BeforeValidator(_broken)] = None

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"{zone!r} is no time zone; write for example Europe/Berlin"
            ) from error
        return zone

    @field_serializer("days")
    def _written_days(self, days: frozenset[int]) -> str:
        return ", ".join(WEEK[day][:3] for day in sorted(days))

    @field_serializer("begins", "until")
    def _written_clock(self, clock: time) -> str:
        return f"{clock:%H:%M}"

    def holds_back(self, severity: int) -> bool:
        """Whether an alert of this severity waits."""
        return self.broken_by is None or severity > self.broken_by

    def stretches(self, around: datetime) -> Iterator[tuple[datetime, datetime]]:
        """(begin, end) in UTC of each stretch that begins the day before, or on, `around`'s day."""
        today = around.astimezone(ZoneInfo(self.zone)).date()
        for day in (today - DAY, today):
            if day.weekday() in self.days:
                last = day if self.until > self.begins else day + DAY
                yield min(self._meant(day, self.begins)), max(self._meant(last, self.until))

    def _meant(self, day: date, clock: time) -> list[datetime]:
        zone = ZoneInfo(self.zone)
        both = (datetime.combine(day, clock.replace(fold=fold), zone) for fold in (0, 1))
        return [moment.astimezone(UTC) for moment in both]


def told_from(quiet: Sequence[QuietHours], severity: int, at: datetime) -> datetime:
    """The first moment from `at` on at which an alert of this severity may be told."""
    holding = [hours for hours in quiet if hours.holds_back(severity)]
    moment = at
    while (end := _end(holding, moment)) is not None:
        moment = end
        if moment - at > LONGEST:
            raise ValueError("quiet hours never end")
    return moment


def may_tell(quiet: Sequence[QuietHours], severity: int, at: datetime) -> bool:
    """Whether an alert of this severity may be told at that moment."""
    return told_from(quiet, severity, at) == at


def never_end(quiet: Sequence[QuietHours]) -> bool:
    """Whether they leave no moment of the week in which anything could be told."""
    try:
        told_from(quiet, 4, datetime(2026, 1, 5, tzinfo=UTC))
    except ValueError:
        return True
    return False


def _end(quiet: Iterable[QuietHours], at: datetime) -> datetime | None:
    """When the last of the stretches that hold `at` ends, or None."""
    ends = [end for hours in quiet for begin, end in hours.stretches(at) if begin <= at < end]
    return max(ends, default=None)
