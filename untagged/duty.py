"""Duty: who is on call by each schedule, until when, and what is wrong with the schedule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alerts import calendars
from alerts.schedule import Schedule
from mentions.errors import SettingsError
from mentions.times import said_duration
from untagged.escalating import agents_of, calendar_of, channels_of
from untagged.settings import Settings

if TYPE_CHECKING:
    from alerts.on_call import Shift

AHEAD = timedelta(days=14)
"""How far the next change is looked for."""
CHECKED = timedelta(days=7)
"""How far ahead a schedule is checked: who keeps it plans at least a week."""
SHOWN_GAPS = 3


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on call at `at`, through which channels, and until when; None is past two weeks.

    `problem` is why the calendar could not be read lately; what is said comes from the copy of
    `read_at` then, if there is one.
    """

    schedule: str
    at: datetime
    agents: tuple[str, ...] = ()
    until: datetime | None = None
    channels: tuple[str, ...] = ()
    read_at: datetime | None = None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """Every field, times as ISO 8601 in UTC."""
        return {
            "schedule": self.schedule,
            "at": self.at.isoformat(),
            "agents": list(self.agents),
            "until": self.until.isoformat() if self.until else None,
            "channels": list(self.channels),
            "read_at": self.read_at.isoformat() if self.read_at else None,
            "problem": self.problem,
        }


def duty(connection: Any, settings: Settings, schedule: Schedule, at: datetime) -> Duty:
    """Who is on call at a moment, by the last good copy of the schedule's calendar."""
    copy = calendars.kept(connection, schedule)
    read_at, problem = (copy.read_at, copy.error) if copy else (None, "")
    try:
        found = _shifts(connection, settings, schedule, at, at + AHEAD)
    except SettingsError as error:
        return Duty(schedule.name, at, read_at=read_at, problem=str(error))
    agents = _agents_at(found, at)
    return Duty(
        schedule=schedule.name,
        at=at,
        agents=agents,
        until=_next_change(found, at),
        channels=tuple(channels_of(settings, agents)),
        read_at=read_at,
        problem=problem,
    )


def checked(connection: Any, settings: Settings, schedule: Schedule, now: datetime) -> str:
    """What `untagged doctor` says of a schedule. Raises SettingsError where it wants mending."""
    today = duty(connection, settings, schedule, now)
    if today.problem:
        used = f"; the copy of {_said(today.read_at)} is used" if today.read_at else ""
        raise SettingsError(f"the calendar cannot be read: {today.problem}{used}")
    found = _shifts(connection, settings, schedule, now, now + CHECKED)
    if wrong := "; ".join(_wrong(settings, found, now)):
        raise SettingsError(wrong)
    until = f" until {_said(today.until)}" if today.until else ""
    return f"{', '.join(today.agents)} on call{until}; nobody is missing for 7 days"


def _wrong(settings: Settings, found: list["Shift"], now: datetime) -> Iterator[str]:
    """What would keep somebody from being told in the next days."""
    from alerts.on_call import gaps  # noqa: PLC0415  # see `_shifts`

    strangers = dict.fromkeys(
        ", ".join(shift.attendees) or shift.summary for shift in found if not shift.agents
    )
    for name in strangers:
        yield f"event {name!r} names no agent of the settings ({', '.join(agents_of(settings))})"
    for name in dict.fromkeys(agent for shift in found for agent in shift.agents):
        if not channels_of(settings, [name]):
            yield f"agent {name!r} is on call and has no channels; give them notify"
    empty = gaps(found, since=now, until=now + CHECKED)
    for begin, end in empty[:SHOWN_GAPS]:
        yield f"nobody is on call from {_said(begin)} for {said_duration(end - begin)}"
    if len(empty) > SHOWN_GAPS:
        yield f"and {len(empty) - SHOWN_GAPS} more gaps in the next 7 days"


def _said(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _agents_at(found: list["Shift"], at: datetime) -> tuple[str, ...]:
    names = [name for one in found if one.since <= at < one.until for name in one.agents]
    return tuple(dict.fromkeys(names))


def _next_change(found: list["Shift"], at: datetime) -> datetime | None:
    """When somebody else is on call than at `at`."""
    edges = sorted({edge for one in found for edge in (one.since, one.until) if edge > at})
    now = _agents_at(found, at)
    return next((edge for edge in edges if set(_agents_at(found, edge)) != set(now)), None)


def _shifts(
    connection: Any, settings: Settings, schedule: Schedule, since: datetime, until: datetime
) -> list["Shift"]:
    # The iCalendar library takes half a second to load, for those who have a schedule.
    from alerts.on_call import shifts  # noqa: PLC0415  # see above

    body = calendar_of(connection, schedule)
    return shifts(body, since=since, until=until, zone=schedule.zone, agents=agents_of(settings))
