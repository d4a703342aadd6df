"""Untold: what happened with cases and is yet to be told outside, noted in its own transaction.

It waits for whoever writes the events, and is gone once it was taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.tables import metadata

case_news = sql.Table(
    "case_news",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column(
        "case_id", sql.Integer, sql.ForeignKey("cases.id", name="fk_case_news_case"), nullable=False
    ),
    sql.Column("at", UtcDateTime, nullable=False),
    sql.Column("actor", sql.Text, nullable=False),
    sql.Column("what", sql.String(20), nullable=False),
    sqlite_autoincrement=True,  # an event's id is made of these numbers
)


@dataclass(frozen=True, slots=True)
class CaseNews:
    """What somebody, or untagged itself, did with a case."""

    id: int
    case_id: int
    at: datetime
    actor: str
    what: str


_COLUMNS = [case_news.c[field.name] for field in fields(CaseNews)]


def note_untold(conn: sql.Connection, entries: Iterable[dict[str, Any]]) -> None:
    """Note what of these audit entries the world outside may want to hear."""
    rows = [
        {"case_id": one["case_id"], "at": one["at"], "actor": one["actor"], "what": what}
        for one in entries
        for what in _events_in(one)
    ]
    if rows:
        conn.execute(case_news.insert(), rows)


def take_case_news(conn: sql.Connection, *, limit: int = 500) -> list[CaseNews]:
    """The oldest, which nobody else gets; it is gone with the caller's transaction.

    Whoever takes at the same time waits: the order in which a case changed is kept.
    """
    oldest = sql.select(*_COLUMNS).order_by(case_news.c.id).limit(limit).with_for_update()
    taken = [CaseNews(**row) for row in conn.execute(oldest).mappings()]
    if taken:
        conn.execute(case_news.delete().where(case_news.c.id.in_([one.id for one in taken])))
    return taken


def _events_in(entry: dict[str, Any]) -> list[str]:
    """Opened, breached, assigned, and where the status went; an entry may be several."""
    found = [entry["action"]] if entry["action"] in ("opened", "breached") else []
    changed = entry["detail"].get("changed", {})
    if changed.get("agent", (None, None))[1]:
        found.append("assigned")
    before, after = changed.get("status", (None, None))
    if after in ("resolved", "merged"):
        found.append(after)
    elif before == "resolved":
        found.append("reopened")
    return found
