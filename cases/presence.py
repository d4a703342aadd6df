"""Presence: who looks at a case now, and who writes there, so that two do not answer.

It ends by itself. It is no part of the case: it takes no lock of it, makes no version of it, and
is in no trail.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy_utc import UtcDateTime

from cases.tables import metadata

LASTS = timedelta(seconds=45)
"""Three beats of a page: one may get lost, and a closed laptop is gone soon."""

PAGE_CHARACTERS = 40
"""Of what tells the pages of one agent apart, by chance."""

presence = sql.Table(
    "presence",
    metadata,
    # No foreign key: checking it would wait for whoever has the case locked.
    sql.Column("case_id", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("agent", sql.Text, primary_key=True),
    sql.Column("page", sql.String(PAGE_CHARACTERS), primary_key=True),
    sql.Column("looking_until", UtcDateTime, nullable=False),
    sql.Column("writing_until", UtcDateTime),
    sql.Index("ix_presence_looking_until", "looking_until"),
)


@dataclass(frozen=True, slots=True)
class Present:
    """A colleague who has the case open; `is_writing` if they write an answer."""

    agent: str
    is_writing: bool

    def __str__(self) -> str:
        return f"{self.agent} is {'writing an answer' if self.is_writing else 'looking'}"


def be_there(
    conn: sql.Connection,
    case_id: int,
    agent: str,
    *,
    page: str = "",
    is_writing: bool,
    now: datetime,
) -> None:
    """The agent has the case open on that page; what they do on others of theirs stays so."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    row = {"case_id": case_id, "agent": agent, "page": page}
    later = {"looking_until": now + LASTS}
    if is_writing:
        later["writing_until"] = now + LASTS
    there = insert(presence).values(row | later)
    keys = ["case_id", "agent", "page"]
    conn.execute(there.on_conflict_do_update(index_elements=keys, set_=later))


def leave(conn: sql.Connection, case_id: int, agent: str, *, page: str = "") -> None:
    """The agent has closed that page; on another of theirs they are still there."""
    theirs = (presence.c.case_id == case_id, presence.c.agent == agent, presence.c.page == page)
    conn.execute(presence.delete().where(*theirs))


def present(
    conn: sql.Connection, case_ids: Collection[int], *, now: datetime, but: str = ""
) -> dict[int, list[Present]]:
    """Who is there now, those first who write; without the agent `but`."""
    query = sql.select(presence).where(
        presence.c.case_id.in_(case_ids), presence.c.looking_until > now, presence.c.agent != but
    )
    found: dict[int, dict[str, bool]] = {}
    for row in conn.execute(query.order_by(presence.c.agent)):
        writes = row.writing_until is not None and row.writing_until > now
        of_case = found.setdefault(row.case_id, {})
        of_case[row.agent] = writes or of_case.get(row.agent, False)
    return {
        number: sorted((Present(*one) for one in there.items()), key=lambda one: not one.is_writing)
        for number, there in found.items()
    }


def forget_gone(conn: sql.Connection, *, before: datetime) -> int:
    """Forget who was gone by then; gives how many."""
    return conn.execute(presence.delete().where(presence.c.looking_until < before)).rowcount
