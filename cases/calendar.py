"""Calendar: when a team (or an agent) works, and arithmetic in its working time. Pure.

It is open whenever the clock on the wall of its zone shows an open time. On the day the clocks go
forward a shift over the change is therefore an hour shorter, and an hour longer on the day they go
back. A holiday closes the shifts that begin on it, those over midnight with their whole length.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

if TYPE_CHECKING:
    from holidays import HolidayBase

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
FEWEST_MINUTES = 60
"""A week. Less is a slip of the keyboard, and a promise would be due years ahead."""
LONGEST_LOOK = 20_000
"""Days. A promise of 30 days of work at an hour a week is due after 5,000."""
_SHIFT = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")

Stretch = tuple[datetime, datetime]


class Calendar(BaseModel):
    """Working hours by the clocks of `zone`, such as {'mon-fri': '08:00-12:00, 13:00-17:30'}.

    A shift that ends before it begins runs past midnight and belongs to the day it begins on.
    Closed are the public holidays of `country` (ISO 3166, with its `subdivision`) and the dates
    `closed`; dates `worked` are open although they are holidays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "UTC"
    hours: Mapping[str, str] = Field(min_length=1)
    country: str = ""
    subdivision: str = ""
    closed: tuple[date, ...] = ()
    worked: tuple[date, ...] = ()

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"{zone!r} is no time zone; write for example Europe/Berlin or UTC"
            ) from error
        return zone

    @model_validator(mode="after")
    def _can_be_kept(self) -> "Calendar":
        minutes = sum(end - start for shifts in self._week for start, end in shifts)
        if minutes < FEWEST_MINUTES:
            raise ValueError("a calendar needs at least an hour of work a week")
        if self.subdivision and not self.country:
            raise ValueError(f"subdivision {self.subdivision!r} needs a country, such as DE")
        if self.country:
            self._holidays  # noqa: B018  # builds them, which refuses a country unknown
        return self

    def is_open(self, at: datetime) -> bool:
        """Whether somebody works at the moment."""
        return any(start <= at < end for start, end in self._open(at.astimezone(UTC).date()))

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """How much of the window is working time; none if it ends before it starts."""
        total = timedelta(0)
        for opens, closes in self._stretches(start.astimezone(UTC), end.astimezone(UTC)):
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        return total

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The first moment by which `span` of working time has passed since `start`."""
        left = span
        if left <= timedelta(0):
            return start
        for opens, closes in self._stretches(start.astimezone(UTC), None):
            begins = max(opens, start)
            if closes - begins >= left:
                return (begins + left).astimezone(UTC)
            left -= max(closes - begins, timedelta(0))
        raise ValueError(f"{self} leaves no time for {span} after {start.isoformat()}")

    def before(self, end: datetime, span: timedelta) -> datetime:
        """The last moment from which on `span` of working time passes until `end`."""
        left, last = span, end.astimezone(UTC)
        if left <= timedelta(0):
            return last
        for number in range(LONGEST_LOOK):
            for opens, closes in reversed(self._open(last.date() - number * DAY)):
                until = min(closes, last)
                if until - opens >= left:
                    return until - left
                left -= max(until - opens, timedelta(0))
        raise ValueError(f"{self} leaves no time for {span} before {end.isoformat()}")

    def next_open(self, at: datetime) -> datetime:
        """The moment itself if it is open, else when work begins again."""
        if self.is_open(at):
            return at
        return self.after(at, timedelta.resolution) - timedelta.resolution

    def said(self, at: datetime) -> str:
        """The moment for people who live by this calendar: 'Mon 2 Mar 08:00 Europe/Berlin'."""
        local = at.astimezone(self._zone)
        return f"{local:%a} {local.day} {local:%b %H:%M} {self.zone}"

    def local_date(self, at: datetime) -> date:
        """The date on the wall."""
        return at.astimezone(self._zone).date()

    def _stretches(self, start: datetime, end: datetime | None) -> Iterator[Stretch]:
        """Open stretches of the UTC days from `start` on, in order."""
        first = start.date()
        days = LONGEST_LOOK if end is None else (end.date() - first).days + 1
        for number in range(days):
            yield from self._open(first + number * DAY)

    def _open(self, day: date) -> tuple[Stretch, ...]:
        """The open stretches of a day of UTC."""
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = tuple(self._computed(day))
        return found

    def _computed(self, day: date) -> Iterator[Stretch]:
        for start, end in _even_stretches(day, self._zone):
            offset = _offset(start, self._zone)
            wall_start, wall_end = ((at + offset).replace(tzinfo=None) for at in (start, end))
            dates = {wall_start.date() + number * DAY for number in (-1, 0, 1)}
            shifts = sorted(shift for one in sorted(dates) for shift in self._wall_shifts(one))
            for opens, closes in _joined(shifts):
                begins, ends = max(opens, wall_start), min(closes, wall_end)
                if begins < ends:
                    yield _utc(begins - offset), _utc(ends - offset)

    def _wall_shifts(self, on: date) -> Iterator[Stretch]:
        """The shifts that begin on a date, as times on the wall."""
        if self._is_closed(on):
            return
        midnight = datetime(on.year, on.month, on.day)  # noqa: DTZ001  # a wall has no offset
        for start, end in self._week[on.weekday()]:
            yield midnight + start * MINUTE, midnight + end * MINUTE

    def _is_closed(self, on: date) -> bool:
        if on in self.worked:
            return False
        return on in self.closed or (bool(self.country) and on in self._holidays)

    @cached_property
    def _known(self) -> dict[date, tuple[Stretch, ...]]:
        return {}

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _week(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The shifts of each weekday, in minutes since its midnight."""
        week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
        for days, shifts in self.hours.items():
            for day in _weekdays(days):
                week[day] += _shifts(shifts)
        for day, its in enumerate(week):
            its.sort()
            if any(end > start for (_, end), (start, _) in pairwise(its)):
                raise ValueError(f"two shifts of {DAYS[day]} overlap; join them into one")
        return tuple(tuple(its) for its in week)

    @cached_property
    def _holidays(self) -> "HolidayBase":
        # It takes over half a second to load, for those who have holidays.
        from holidays import country_holidays  # noqa: PLC0415  # see above

        try:
            return country_holidays(self.country, subdiv=self.subdivision or None)
        except NotImplementedError as error:
            raise ValueError(
                f"the holidays of {self.country} {self.subdivision}".rstrip()
                + " are not known; write a code of ISO 3166 such as DE and BE, or list the dates"
                " under closed"
            ) from error


def working_time(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """Working time in a window; without a calendar all of it is."""
    return end - start if calendar is None else calendar.working_time(start, end)


def after(calendar: Calendar | None, start: datetime, span: timedelta) -> datetime:
    """When `span` of working time has passed; without a calendar that is day and night."""
    return start + span if calendar is None else calendar.after(start, span)


def before(calendar: Calendar | None, end: datetime, span: timedelta) -> datetime:
    """When `span` of working time is left until `end`; without a calendar that is day and night."""
    return end - span if calendar is None else calendar.before(end, span)


def _weekdays(said: str) -> Iterable[int]:
    """'mon-fri', 'sat, sun', 'fri-mon' as numbers of weekdays."""
    found: list[int] = []
    for part in said.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"{said!r} are no days; write for example mon-fri or sat,sun")
        start, count = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
        found += [(start + number) % 7 for number in range(count + 1)]
    return found


def _shifts(said: str) -> Iterator[tuple[int, int]]:
    for part in said.split(","):
        match = _SHIFT.fullmatch(part.strip())
        start, end = _minutes(match) if match else (0, 0)
        if match is None or start >= DAY_MINUTES or end > DAY_MINUTES or start == end:
            raise ValueError(f"{part.strip()!r} is no shift; write for example 08:00-12:00")
        yield start, end if end > start else end + DAY_MINUTES


def _minutes(match: re.Match[str]) -> tuple[int, int]:
    hour, minute, to_hour, to_minute = (int(number) for number in match.groups())
    if max(minute, to_minute) > 59:
        return 0, 0
    return hour * 60 + minute, to_hour * 60 + to_minute


def _joined(shifts: Iterable[Stretch]) -> list[Stretch]:
    """Sorted stretches without overlaps: a night shift may run into the next day's first."""
    found: list[Stretch] = []
    for start, end in shifts:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _even_stretches(day: date, zone: ZoneInfo) -> list[Stretch]:
    """A day of UTC, parted where the zone changes its offset (at most once in a day)."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + DAY
    if _offset(start, zone) == _offset(end - timedelta.resolution, zone):
        return [(start, end)]
    low, high = start, end
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, zone) == _offset(start, zone):
            low = middle
        else:
            high = middle
    return [(start, high), (high, end)]


def _utc(plain: datetime) -> datetime:
    return plain.replace(tzinfo=UTC)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "a zone's moments have an offset"  # noqa: S101  # for the types
    return offset
