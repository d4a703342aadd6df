"""News: what those who watch a case are told of, noted in the transaction in which it happened.

A piece of news waits for whoever writes the letters, and is gone once it was taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.tables import metadata

watchers = sql.Table(
    "watchers",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column(
        "case_id", sql.Integer, sql.ForeignKey("cases.id", name="fk_watchers_case"), nullable=False
    ),
    sql.Column("agent", sql.Text, nullable=False),
    sql.Column("since", UtcDateTime, nullable=False),
    sql.Index("uq_watchers_case_id_agent", "case_id", "agent", unique=True),
    sql.Index("ix_watchers_agent", "agent"),
)

news = sql.Table(
    "news",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column(
        "case_id", sql.Integer, sql.ForeignKey("cases.id", name="fk_news_case"), nullable=False
    ),
    sql.Column("agent", sql.Text, nullable=False),
    sql.Column("at", UtcDateTime, nullable=False),
    sql.Column("actor", sql.Text, nullable=False),
    sql.Column("action", sql.String(40), nullable=False),
    sql.Column("detail", sql.JSON, nullable=False),
    sqlite_autoincrement=True,  # a letter's key is made of these numbers
)

TOLD = frozenset({"noted", "post joined", "breached"})
"""What is told whatever the status is afterwards; a change of the status is told, too."""


@dataclass(frozen=True, slots=True)
class News:
    """What somebody else did in a case that `agent` watches; the rest is its audit entry's."""

    id: int
    case_id: int
    agent: str
    at: datetime
    actor: str
    action: str
    detail: dict[str, Any]


_COLUMNS = [news.c[field.name] for field in fields(News)]
_NAMES = ("case_id", "agent", "at", "actor", "action", "detail")
_HEARD = news.insert().from_select(
    list(_NAMES),
    sql.select(
        watchers.c.case_id,
        watchers.c.agent,
        *(sql.bindparam(f"its_{name}", type_=news.c[name].type) for name in _NAMES[2:]),
    ).where(
        watchers.c.case_id == sql.bindparam("its_case_id"),
        watchers.c.agent != sql.bindparam("its_actor"),
    ),
)


def hear(conn: sql.Connection, entries: Iterable[dict[str, Any]]) -> None:
    """Note those of these audit entries that are news, for all who watch but who did it."""
    for one in entries:
        if one["action"] in TOLD or "status" in one["detail"].get("changed", {}):
            conn.execute(_HEARD, {f"its_{name}": value for name, value in one.items()})


def take_news(conn: sql.Connection, *, limit: int = 1_000) -> list[News]:
    """The oldest news, which nobody else gets; it is gone with the caller's transaction."""
    oldest = sql.select(*_COLUMNS).order_by(news.c.id).limit(limit)
    query = oldest.with_for_update(skip_locked=True)
    taken = [News(**row) for row in conn.execute(query).mappings()]
    if taken:
        conn.execute(news.delete().where(news.c.id.in_([one.id for one in taken])))
    return taken
