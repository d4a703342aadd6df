"""Calendars: each on-call calendar is read or fetched now and then, and its last good copy kept.

A calendar that is away, or was damaged, changes nothing: the copy before it goes on to say who is
on call, and the reason is kept and shown.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from alerts.outbox import Begin
from alerts.schedule import Schedule
from alerts.tables import on_call_calendars
from mentions.errors import UntaggedError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Copy:
    """A calendar as it was last read well at `read_at`; `error` is why it was not since then."""

    name: str
    address: str
    body: str
    etag: str
    last_modified: str
    read_at: datetime | None
    tried_at: datetime
    error: str


def kept(conn: Connection, schedule: Schedule) -> Copy | None:
    """The copy of the schedule's calendar; None before the first try, or at a new address."""
    wanted = select(on_call_calendars).where(on_call_calendars.c.name == schedule.name)
    row = conn.execute(wanted).mappings().first()
    if row is None or row["address"] != _digest(schedule):
        return None
    return Copy(**{field.name: row[field.name] for field in fields(Copy)})


def refresh(
    begin: Begin, schedules: Iterable[Schedule], *, now: datetime, at_once: bool = False
) -> None:
    """Read every calendar whose turn it is (with `at_once`, all) and keep what could be read.

    Nothing is raised for a calendar that cannot be: see `Copy.error`. Fetching is outside any
    transaction.
    """
    for schedule in schedules:
        with begin() as conn:
            copy = kept(conn, schedule)
        is_due = at_once or copy is None or now - copy.tried_at >= schedule.refresh
        if is_due or not schedule.is_remote:
            fresh = _refreshed(schedule, copy, now)
            if fresh != copy:
                with begin() as conn:
                    _keep(conn, fresh)


def _refreshed(schedule: Schedule, copy: Copy | None, now: datetime) -> Copy:
    """The copy after another look at the calendar."""
    # The HTTP client and the iCalendar library take half a second to load, for those who use them.
    from alerts import fetching  # noqa: PLC0415 - see above

    old = copy or Copy(schedule.name, _digest(schedule), "", "", "", None, now, "")
    try:
        got = (
            fetching.fetch(schedule.calendar, etag=old.etag, last_modified=old.last_modified)
            if schedule.is_remote
            else fetching.read(schedule.calendar)
        )
        body = old.body if got.body is None else got.body
        if body != old.body or old.read_at is None:
            _check(schedule, body, now)
    except UntaggedError as error:
        if str(error) != old.error:
            log.warning("on-call calendar %s: %s; its last good copy is used", schedule.name, error)
        return replace(old, tried_at=now, error=str(error))
    is_same = body == old.body and not old.error and not schedule.is_remote
    if is_same and copy is not None:
        return copy  # a file that did not change: nothing to write down every minute
    etag = got.etag or (old.etag if got.body is None else "")
    modified = got.last_modified or (old.last_modified if got.body is None else "")
    return Copy(old.name, old.address, body, etag, modified, read_at=now, tried_at=now, error="")


def _check(schedule: Schedule, body: str, now: datetime) -> None:
    """Raise SettingsError if the calendar cannot say who is on call this week."""
    from alerts.on_call import shifts  # noqa: PLC0415 - see `_refreshed`

    week = timedelta(days=7)
    shifts(body, since=now, until=now + week, zone=schedule.zone, agents=())


def _digest(schedule: Schedule) -> str:
    """The address, so that a change is seen, but not the secret that it may hold."""
    return hashlib.sha256(schedule.calendar.encode()).hexdigest()


def _keep(conn: Connection, copy: Copy) -> None:
    values = {field.name: getattr(copy, field.name) for field in fields(Copy)}
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    put = dialect.insert(on_call_calendars).values(values)
    changed = {name: value for name, value in values.items() if name != "name"}
    conn.execute(put.on_conflict_do_update(index_elements=["name"], set_=changed))
