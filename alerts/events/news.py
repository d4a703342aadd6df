"""News of alerts: what an event is made of, noted in the transaction in which it happened.

A piece of news waits for whoever writes the events, and is gone once it was taken.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from alerts.events.tables import alert_news

TYPES = {
    "fired": "alert.fired",
    "acknowledged": "alert.acknowledged",
    "unacknowledged": "alert.unacknowledged",
    "assigned": "alert.assigned",
    "resolved": "alert.resolved",
    "reopened": "alert.reopened",
}
"""Which lines of an alert's history are events, and of which type."""


@dataclass(frozen=True, slots=True)
class AlertNews:
    """What somebody, or untagged itself, did with an alert."""

    id: int
    alert_id: int
    at: datetime
    who: str
    what: str


_COLUMNS = [alert_news.c[field.name] for field in fields(AlertNews)]


def hear(conn: Connection, alert_id: int, what: str, *, at: datetime, who: str) -> None:
    """Note it if it is an event."""
    if what in TYPES:
        values = {"alert_id": alert_id, "at": at, "who": who, "what": what}
        conn.execute(insert(alert_news).values(values))


def take_alert_news(conn: Connection, *, limit: int = 500) -> list[AlertNews]:
    """The oldest news, which nobody else gets; it is gone with the caller's transaction.

    Whoever takes at the same time waits: the order in which an alert changed is kept.
    """
    oldest = select(*_COLUMNS).order_by(alert_news.c.id).limit(limit).with_for_update()
    taken = [AlertNews(**row) for row in conn.execute(oldest).mappings()]
    if taken:
        gone = alert_news.c.id.in_([one.id for one in taken])
        conn.execute(delete(alert_news).where(gone))
    return taken
