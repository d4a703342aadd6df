"""The log of an incident: who did what, when. It is only ever added to.

No function here changes or removes an entry. What happened by itself is told once (`key`), by
numbers of alerts and cases and never by words of posts, so that nothing of an author who is
forgotten lives on in it. What people write is theirs.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from alerts.incident import SYSTEM
from alerts.incident_listing import merged_into
from alerts.tables import alert_letters, incident_log, outbox

WORDS = MappingProxyType(
    {
        "opened": "opened",
        "alert joined": "an alert joined",
        "case joined": "a case joined",
        "told": "told a channel",
        "severity": "changed the severity",
        "acknowledged": "took it on",
        "handed over": "handed it over",
        "renamed": "renamed it",
        "note": "wrote",
        "statement": "changed what we say",
        "next update": "promised the next update",
        "resolved": "resolved it",
        "judged": "judged it",
        "reopened": "opened it again",
        "merged": "merged it into another",
        "took over": "merged another into it",
    }
)
"""Every kind of entry, and how it reads after a name."""
SHARED = frozenset({"opened", "acknowledged", "handed over", "severity", "resolved", "reopened"})
"""What colleagues on the status page are told of without anybody marking it."""


def append(
    conn: Connection,
    incident_id: int,
    what: str,
    *,
    at: datetime,
    who: str = SYSTEM,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
    key: str | None = None,
    is_shared: bool | None = None,
) -> bool:
    """Add an entry; False if there is one of this key."""
    row = {
        "incident_id": incident_id,
        "key": key,
        "at": at,
        "who": who,
        "what": what,
        "text": text,
        "detail": dict(detail or {}),
        "is_shared": what in SHARED if is_shared is None else is_shared,
    }
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    once = dialect.insert(incident_log).values(row).on_conflict_do_nothing()
    return conn.execute(once.returning(incident_log.c.id)).scalar() is not None


def note_told(conn: Connection, incident_id: int, alert_id: int) -> None:
    """Log every letter about an alert that the log does not know of yet.

    The outbox forgets what was sent after a quarter; the log of a crisis must not. A letter may
    tell of several alerts, and even of several incidents: each logs it once, also after a merge.
    """
    is_known = outbox.c.idempotency_key == alert_letters.c.letter_key
    letters = select(outbox.c.idempotency_key, outbox.c.channel, outbox.c.created_at)
    letters = letters.join(alert_letters, is_known).where(alert_letters.c.alert_id == alert_id)
    family = [incident_id, *(one.id for one in merged_into(conn, incident_id))]
    for letter in conn.execute(letters.order_by(outbox.c.id)):
        said = incident_log.c.key.in_([f"told:{letter.idempotency_key}:{one}" for one in family])
        if conn.execute(select(incident_log.c.id).where(said)).first() is not None:
            continue
        append(
            conn,
            incident_id,
            "told",
            at=letter.created_at,
            text=letter.channel,
            detail={"alert": alert_id, "letter": letter.idempotency_key},
            key=f"told:{letter.idempotency_key}:{incident_id}",
        )


def letter_states(conn: Connection, keys: Collection[str]) -> dict[str, str]:
    """waiting, sent or dead, for each of the notifications that the outbox still has."""
    wanted = select(outbox.c.idempotency_key, outbox.c.state)
    rows = conn.execute(wanted.where(outbox.c.idempotency_key.in_(keys)))
    return {row.idempotency_key: row.state for row in rows}
