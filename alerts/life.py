"""What people do with an alert: take it on, hand it over, close it, open it again.

Every step leaves a line in the alert's history, and of two people who do the same at once one is
told who was faster.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from alerts.book import get_alert
from alerts.history import What, note_down
from alerts.tables import OPEN, alerts
from mentions.errors import Conflict, UntaggedError

MAX_NOTE_CHARACTERS = 2_000
MAX_NAME_CHARACTERS = 100


def acknowledge(
    conn: Connection, alert_id: int, *, who: str, note: str = "", now: datetime
) -> None:
    """Take an alert on: it is yours, and not repeated any more. Raises NotFound or Conflict."""
    values = {
        "status": "acknowledged",
        "acknowledged_at": now,
        "acknowledged_by": who,
        "owner": who,
    }
    if note:
        values["note"] = note
    if _changed(conn, alert_id, ("firing",), values, "acknowledged", who=who, note=note, now=now):
        return
    alert = get_alert(conn, alert_id)
    if alert.status == "resolved":
        raise Conflict(f"alert {alert_id} is resolved already; there is nothing to acknowledge")
    raise Conflict(f"{alert.acknowledged_by} has acknowledged alert {alert_id} already")


def unacknowledge(
    conn: Connection, alert_id: int, *, who: str, note: str = "", now: datetime
) -> None:
    """Give it back: it is nobody's, and told again when that is due. Raises as above."""
    values = {
        "status": "firing",
        "acknowledged_at": None,
        "acknowledged_by": "",
        "owner": "",
    }
    known = ("acknowledged",)
    if _changed(conn, alert_id, known, values, "unacknowledged", who=who, note=note, now=now):
        return
    alert = get_alert(conn, alert_id)
    raise Conflict(f"alert {alert_id} is {alert.status}; nobody has acknowledged it")


def assign(
    conn: Connection, alert_id: int, *, to: str, who: str, note: str = "", now: datetime
) -> None:
    """Give an open alert to somebody; whether it is acknowledged stays. Raises as above."""
    if not to.strip():
        raise UntaggedError("name who gets the alert; to give it back, un-acknowledge it")
    if len(to) > MAX_NAME_CHARACTERS:
        raise UntaggedError(f"a name has at most {MAX_NAME_CHARACTERS} characters; shorten it")
    said = f"to {to}: {note}" if note else f"to {to}"
    values = {"owner": to}
    if not _changed(conn, alert_id, OPEN, values, "assigned", who=who, note=said, now=now):
        get_alert(conn, alert_id)
        raise Conflict(f"alert {alert_id} is resolved; reopen it to assign it")


def resolve(conn: Connection, alert_id: int, *, who: str, note: str = "", now: datetime) -> None:
    """Close an alert by hand; it stays closed until its cause begins anew. Raises as above."""
    values = {"status": "resolved", "resolved_at": now, "resolved_by": who}
    if note:
        values["note"] = note
    if not _changed(conn, alert_id, OPEN, values, "resolved", who=who, note=note, now=now):
        get_alert(conn, alert_id)
        raise Conflict(f"alert {alert_id} is resolved already")


def reopen(conn: Connection, alert_id: int, *, who: str, note: str = "", now: datetime) -> None:
    """Undo a resolving: the alert fires, until its rule has been quiet for a while again."""
    alert = get_alert(conn, alert_id)
    newer = _open_one(conn, alert.key)
    if newer is not None and newer != alert_id:
        raise Conflict(f"alert {newer} is the open one of the same cause; work on that one")
    values = {
        "status": "firing",
        "last_at": now,
        "resolved_at": None,
        "resolved_by": "",
        "acknowledged_at": None,
        "acknowledged_by": "",
        "owner": "",
    }
    known = ("resolved",)
    try:
        with conn.begin_nested():
            is_done = _changed(
                conn, alert_id, known, values, "reopened", who=who, note=note, now=now
            )
    except IntegrityError as error:  # somebody opened another of the same cause this moment
        raise Conflict(f"alert {alert_id} goes on as another one; work on that one") from error
    if not is_done:
        raise Conflict(f"alert {alert_id} is {alert.status}, not resolved")


def _open_one(conn: Connection, key: str) -> int | None:
    wanted = select(alerts.c.id).where(alerts.c.key == key, alerts.c.status.in_(OPEN))
    return conn.execute(wanted).scalar_one_or_none()


def _changed(
    conn: Connection,
    alert_id: int,
    statuses: Collection[str],
    values: dict[str, Any],
    what: What,
    *,
    who: str,
    note: str,
    now: datetime,
) -> bool:
    """Change the alert if its status is one of these, and say so in its history."""
    if not who.strip():
        raise UntaggedError("say who you are, so that colleagues know whom to ask")
    if len(note) > MAX_NOTE_CHARACTERS:
        raise UntaggedError(f"a note has at most {MAX_NOTE_CHARACTERS} characters; shorten it")
    is_so = (alerts.c.id == alert_id) & alerts.c.status.in_(statuses)
    if conn.execute(update(alerts).where(is_so).values(values)).rowcount != 1:
        return False
    note_down(conn, alert_id, what, at=now, who=who, note=note)
    return True
