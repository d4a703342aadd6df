"""An alert's own history: who did what, when, and what they said. It only grows."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select

from alerts.tables import alert_history

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


def history_of(conn: Connection, alert_id: int) -> list[Entry]:
    """The alert's history, oldest first."""
    columns = alert_history.c
    wanted = select(columns.at, columns.who, columns.what, columns.note)
    rows = conn.execute(wanted.where(columns.alert_id == alert_id).order_by(columns.id))
    return [Entry(*row) for row in rows]
