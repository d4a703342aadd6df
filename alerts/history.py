"""An alert's own history: who did what, when, and what they said. It only grows."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select

from alerts.events.news import hear
from alerts.tables import alert_history, incident_log

SYSTEM = "untagged"
"""Who did what nobody did."""

What = Literal[
    "fired",
    "fired again",
    "worse",
    "told",
    "silenced",
    "silence over",
    "inhibited",
    "inhibition over",
    "acknowledged",
    "unacknowledged",
    "assigned",
    "resolved",
    "reopened",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    at: datetime
    who: str
    what: str
    note: str

    def to_json(self) -> dict[str, Any]:
        """Every field, the time as ISO 8601 in UTC."""
        return {**asdict(self), "at": self.at.isoformat().replace("+00:00", "Z")}


def note_down(
    conn: Connection,
    alert_id: int,
    what: What,
    *,
    at: datetime,
    who: str = SYSTEM,
    note: str = "",
) -> None:
    """Append a line. It can never be changed, so it must hold no words of posts."""
    values = {"alert_id": alert_id, "at": at, "who": who, "what": what, "note": note}
    conn.execute(insert(alert_history).values(values))
    hear(conn, alert_id, what, at=at, who=who)


def history_of(conn: Connection, alert_id: int) -> list[Entry]:
    """The alert's history, oldest first."""
    columns = alert_history.c
    wanted = select(columns.at, columns.who, columns.what, columns.note)
    rows = conn.execute(wanted.where(columns.alert_id == alert_id).order_by(columns.id))
    return [Entry(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of some alert's or incident's history: `about` is the number of which."""

    id: int
    about: int
    entry: Entry


_KEPT = {
    "alerts": (alert_history, alert_history.c.alert_id, alert_history.c.note),
    "incidents": (incident_log, incident_log.c.incident_id, incident_log.c.text),
}


def latest_lines(
    conn: Connection,
    of: Literal["alerts", "incidents"],
    *,
    who: str = "",
    without: str = "",
    before: int | None = None,
    limit: int = 100,
) -> list[Line]:
    """The newest entries of all of them, by one person or `without` one, older than `before`."""
    table, about, note = _KEPT[of]
    known = table.c
    wanted = select(known.id, about, known.at, known.who, known.what, note)
    wanted = wanted.where(known.who != without)
    if who:
        wanted = wanted.where(known.who == who)
    if before is not None:
        wanted = wanted.where(known.id < before)
    rows = conn.execute(wanted.order_by(known.id.desc()).limit(limit))
    return [Line(number, which, Entry(*rest)) for number, which, *rest in rows]
