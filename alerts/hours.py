"""Hours: the part of the week in which a step of an escalation may be taken."""

from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
LOOK_AHEAD_DAYS = 15
"""A week, and one more for hours of one day that the change to summer time swallows."""


def _minute(given: object) -> object:
    """'08:30' as minutes since midnight; YAML itself reads a bare 10:30 as 630 (base 60)."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    hour, colon, minute = str(given).partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise ValueError(f"{given!r} is no time of day; write for example '08:30'")
    if int(minute) > 59:
        raise ValueError(f"{given!r} is no time of day; write for example '08:30'")
    return int(hour) * 60 + int(minute)


Minute = Annotated[int, BeforeValidator(_minute), Field(ge=0, le=DAY_MINUTES)]


def checked_zone(name: str) -> str:
    """The name, if it is a time zone's. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"{name!r} is no time zone; write for example Europe/Berlin or UTC"
        ) from error
    return name


class Hours(BaseModel):
    """On `days`, from `from` (included) until `until` (excluded), by the clocks of `zone`.

    Hours that end before they begin run past midnight and belong to the day they begin on.
    `outside` them a step is passed over (`pass`), or the chain waits until they begin (`wait`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[Day, ...] = Field(DAYS, min_length=1)
    since: Minute = Field(0, alias="from")
    until: Minute = DAY_MINUTES
    zone: str = "UTC"
    outside: Literal["pass", "wait"] = "pass"

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        return checked_zone(zone)

    @model_validator(mode="after")
    def _are_hours(self) -> "Hours":
        if self.since in (self.until, DAY_MINUTES):
            raise ValueError("hours begin and end at the same time; give different ones")
        return self

    def hold(self, at: datetime) -> bool:
        """Whether the moment lies in them."""
        local = at.astimezone(self._zone)
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if self.since < self.until:
            return DAYS[today] in self.days and self.since <= minute < self.until
        began_today = DAYS[today] in self.days and minute >= self.since
        began_yesterday = DAYS[today - 1] in self.days and minute < self.until
        return began_today or began_yesterday

    def next_begin(self, after: datetime) -> datetime:
        """The first moment after this one at which they begin."""
        local = after.astimezone(self._zone)
        opening = time(self.since // 60, self.since % 60)
        for days in range(LOOK_AHEAD_DAYS):
            date = local.date() + timedelta(days=days)
            begins = datetime.combine(date, opening, self._zone).astimezone(after.tzinfo)
            if begins > after and self.hold(begins):
                return begins
        raise ValueError(f"{self} never begin after {after.isoformat()}")

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)
