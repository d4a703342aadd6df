"""On-call: who is told at a moment, as an iCalendar (RFC 5545) says. Pure.

An event that has ATTENDEEs is theirs, by name or address; any other is whoever its SUMMARY names.
Events that overlap are all on call: nobody is left out because of an entry somebody forgot. To
hand over one shift of a series, edit that shift, which replaces it.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]  # it comes without types
from icalendar import Calendar

from mentions.errors import SettingsError

EVERY = {
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
    "MONTHLY": timedelta(days=30),
    "YEARLY": timedelta(days=365),
}
"""How often a shift may repeat; SECONDLY and MINUTELY are nobody's shifts."""
MOST_REPETITIONS = 300_000
"""All rules together, from their beginnings on, as the library counts through them: 100,000 take
a second. An hourly rule since 2000 has 230,000, a weekly one 1,400."""
MARGIN = timedelta(days=2)
"""Whole days are of the calendar's own zone, at most 14 hours from UTC; the rest is caution."""


@dataclass(frozen=True, slots=True)
class Shift:
    """From when (included) until when (excluded) somebody is on call.

    `summary` and `attendees` are the event's own words; `agents` are whom they mean.
    """

    since: datetime
    until: datetime
    summary: str
    attendees: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()


def shifts(
    text: str, *, since: datetime, until: datetime, zone: str, agents: Collection[str]
) -> list[Shift]:
    """The shifts that touch the window, in order. Raises SettingsError for what is no calendar."""
    try:
        calendar = _parsed(text)
        home = ZoneInfo(str(calendar.get("X-WR-TIMEZONE") or zone))
        _refuse_endless(calendar, home, until)
        events = recurring_ical_events.of(calendar).between(since - MARGIN, until + MARGIN)
        found = [_shift(event, home, agents) for event in events if not _is_cancelled(event)]
    except SettingsError:
        raise
    except Exception as error:  # whatever a stranger's calendar makes the library trip over
        raise SettingsError(f"the calendar cannot be read: {error}") from error
    touching = [one for one in found if one.since < until and one.until > since]
    return sorted(touching, key=lambda one: (one.since, one.until, one.summary))


def on_call_at(text: str, at: datetime, *, zone: str, agents: Collection[str]) -> list[Shift]:
    """The shifts at a moment that mean an agent; several where events overlap."""
    soon = at + timedelta(microseconds=1)
    found = shifts(text, since=at, until=soon, zone=zone, agents=agents)
    return [one for one in found if one.agents]


def gaps(
    found: Iterable[Shift], *, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """The stretches of the window in which no agent is on call."""
    open_since, empty = since, []
    for shift in sorted(found, key=lambda one: one.since):
        if not shift.agents:
            continue
        if shift.since > open_since:
            empty.append((open_since, min(shift.since, until)))
        open_since = max(open_since, shift.until)
    if open_since < until:
        empty.append((open_since, until))
    return [(begin, end) for begin, end in empty if begin < end]


@lru_cache(maxsize=16)
def _parsed(text: str) -> Calendar:
    # The library mends a calendar that breaks off; we would lose the shifts behind the break.
    lines = text.strip().splitlines()
    if not lines or (lines[0].upper(), lines[-1].upper()) != ("BEGIN:VCALENDAR", "END:VCALENDAR"):
        raise SettingsError(
            "this is no whole iCalendar; it begins with BEGIN:VCALENDAR and ends with END:VCALENDAR"
        )
    return Calendar.from_ical(text)


def _refuse_endless(calendar: Calendar, home: ZoneInfo, until: datetime) -> None:
    """Raise SettingsError where expanding the calendar's rules would take many seconds."""
    repetitions = 0.0
    event: Any
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            summary = str(event.get("SUMMARY", ""))
            if (every := EVERY.get(str(rule["FREQ"][0]).upper())) is None:
                raise SettingsError(
                    f"event {summary!r} repeats more often than hourly; give it a longer interval"
                )
            ends = min(until, *(_moment(one, home) for one in rule.get("UNTIL", [])), until)
            times = (ends - _moment(event.start, home)) / every / rule.get("INTERVAL", [1])[0]
            for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
                times *= max(1, len(rule.get(part, [])))
            repetitions += max(0.0, times)
    if repetitions > MOST_REPETITIONS:
        raise SettingsError(
            f"its rules repeat {repetitions:,.0f} times until today; let them begin later"
        )


def _shift(event: Any, home: ZoneInfo, agents: Collection[str]) -> Shift:
    summary = str(event.get("SUMMARY", ""))
    given = event.get("ATTENDEE", [])
    invited = [one for one in (given if isinstance(given, list) else [given]) if _takes_part(one)]
    names = tuple(_names(one)[0] for one in invited)
    meant = (
        [agent for agent in agents if any(_is(agent, one) for one in invited)]
        if invited
        else named_in(summary, agents)
    )
    since, until = _moment(event.start, home), _moment(event.end, home)
    return Shift(since, until, summary, names, tuple(meant))


def _moment(given: date | datetime, home: ZoneInfo) -> datetime:
    """A whole day begins at midnight of the calendar's zone, and a floating time is of it, too."""
    if not isinstance(given, datetime):
        given = datetime(given.year, given.month, given.day, tzinfo=home)
    return given if given.tzinfo else given.replace(tzinfo=home)


def _is_cancelled(event: Any) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def _takes_part(attendee: Any) -> bool:
    return str(attendee.params.get("PARTSTAT", "")).upper() != "DECLINED"


def _names(attendee: Any) -> Sequence[str]:
    """An attendee's name, address, and the part of it before the @; without what is missing."""
    address = re.sub(r"(?i)^mailto:", "", str(attendee))
    names = (str(attendee.params.get("CN", "")), address, address.partition("@")[0])
    return [name for name in names if name]


def _is(agent: str, attendee: Any) -> bool:
    return agent.casefold() in {name.casefold() for name in _names(attendee)}


def named_in(words: str, agents: Collection[str]) -> list[str]:
    """The agents whose names stand in the words, in their order; a longer name comes first."""
    rest, places = words.casefold(), {}
    for agent in sorted(agents, key=len, reverse=True):
        found = re.search(rf"(?<!\w){re.escape(agent.casefold())}(?!\w)", rest)
        if found:
            places[agent] = found.start()
            rest = rest[: found.start()] + "\0" * len(found.group()) + rest[found.end() :]
    return sorted(places, key=places.__getitem__)
