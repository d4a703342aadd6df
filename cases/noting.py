"""Noting: what colleagues should know, kept on the case, and told to whom it names."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.addressees import named_in
from cases.case import Note, plain
from cases.ledger import entry, read_case, record
from cases.tables import cases, metadata, notes
from cases.team import Team
from cases.watching import agents_of, watch_also
from mentions.errors import UntaggedError

MAX_NOTE_CHARACTERS = 20_000

addressees = sql.Table(
    "addressees",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column(
        "note_id",
        sql.Integer,
        sql.ForeignKey("notes.id", name="fk_addressees_note"),
        nullable=False,
    ),
    sql.Column("agent", sql.Text, nullable=False),
    sql.Column("seen_at", UtcDateTime),
    sql.Index("uq_addressees_note_id_agent", "note_id", "agent", unique=True),
    sql.Index("ix_addressees_agent_seen_at", "agent", "seen_at"),
)


def note(
    conn: sql.Connection,
    case_id: int,
    text: str,
    *,
    now: datetime,
    actor: str,
    teams: Sequence[Team] = (),
) -> Note:
    """Keep a private note on the case, whatever its status.

    Agents of `teams` whom it names with an @ watch the case and hear of it; so does its writer
    from then on, unless the case is theirs.
    """
    words = plain(text).strip()
    if not words:
        raise UntaggedError("a note needs words; write what your colleagues should know")
    if len(words) > MAX_NOTE_CHARACTERS:
        raise UntaggedError(
            f"a note holds {MAX_NOTE_CHARACTERS} characters and this one has {len(words)};"
            " shorten it or split it"
        )
    case = read_case(conn, case_id, for_change=True)
    if actor and actor == case.agent:  # who writes about a case works on it
        conn.execute(cases.update().where(cases.c.id == case_id).values(touched_at=now))
    row = {"case_id": case_id, "at": now, "author": actor, "text": words}
    note_id = conn.execute(notes.insert().values(row).returning(notes.c.id)).scalar_one()
    known = agents_of(teams)
    named = {one.agent for one in named_in(words, known)} - {actor}
    if named:
        conn.execute(addressees.insert(), [{"note_id": note_id, "agent": one} for one in named])
    also = named | ({actor} & set(known) - {case.agent})
    watch_also(conn, case_id, sorted(also), now=now)
    told = {"note": note_id}
    record(conn, [entry(case_id, at=now, actor=actor, action="noted", detail=told)])
    return Note(id=note_id, case_id=case_id, at=now, author=actor, text=words)


_NOTE = [notes.c[field.name] for field in fields(Note)]
_NAMED = sql.select(*_NOTE).join(addressees, addressees.c.note_id == notes.c.id)


def unseen(conn: sql.Connection, agent: str) -> list[Note]:
    """The notes that name the agent and that they have not seen, the oldest first."""
    query = _NAMED.where(addressees.c.agent == agent, addressees.c.seen_at.is_(None))
    return [Note(**row) for row in conn.execute(query.order_by(notes.c.id)).mappings()]


def see(conn: sql.Connection, note_ids: Collection[int], agent: str, *, now: datetime) -> int:
    """The agent has seen these notes; gives how many were new to them."""
    theirs = (addressees.c.note_id.in_(note_ids), addressees.c.agent == agent)
    fresh = (*theirs, addressees.c.seen_at.is_(None))
    return conn.execute(addressees.update().where(*fresh).values(seen_at=now)).rowcount


def named_by(conn: sql.Connection, note_ids: Collection[int]) -> dict[int, list[str]]:
    """Whom each of these notes named when it was written."""
    query = sql.select(addressees.c.note_id, addressees.c.agent)
    found: dict[int, list[str]] = {}
    for row in conn.execute(query.where(addressees.c.note_id.in_(note_ids))):
        found.setdefault(row.note_id, []).append(row.agent)
    return found
