"""The trail of users: who changed what, who came in and who was refused. Append-only.

It never holds a password, a token, or what was typed as the name of nobody (it may be a password).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from untagged.accounts.tables import audit, users


@dataclass(frozen=True, slots=True)
class Line:
    """One line of it; `user` is whom it is about, '' for nobody known."""

    id: int
    at: datetime
    actor: str
    action: str
    user: str
    address: str
    detail: dict[str, Any]


def note_down(
    conn: Connection,
    action: str,
    *,
    at: datetime,
    actor: str,
    user_id: int | None,
    address: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append a line."""
    row = {"at": at, "actor": actor, "action": action, "user_id": user_id, "address": address}
    conn.execute(insert(audit).values({**row, "detail": dict(detail or {})}))


def trail(
    conn: Connection, *, user_id: int | None = None, before: int | None = None, limit: int = 100
) -> list[Line]:
    """The newest lines, newest first; of one user, and of those older than a line, if asked."""
    wanted = select(audit, users.c.name).outerjoin(users, users.c.id == audit.c.user_id)
    if user_id is not None:
        wanted = wanted.where(audit.c.user_id == user_id)
    if before is not None:
        wanted = wanted.where(audit.c.id < before)
    rows = conn.execute(wanted.order_by(audit.c.id.desc()).limit(limit)).mappings()
    same = ("id", "at", "actor", "action", "address", "detail")
    return [Line(**{name: row[name] for name in same}, user=row["name"] or "") for row in rows]
