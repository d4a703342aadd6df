"""Drafts: replies of a case from their words to their handing over, with a second yes where due.

Sending is handing over: to whoever copies it, or to a channel of the roof. Nothing here posts
anywhere. The audit trail tells who wrote, approved and handed over, never the words themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.case import plain
from cases.ledger import entry, read_living, record
from cases.tables import metadata
from cases.team import Team
from mentions.errors import Conflict, NotFound, UntaggedError
from mentions.numbers import MAX_NUMBER

MAX_REPLY_CHARACTERS = 40_000
STATES = ("waiting", "approved", "handed", "withdrawn")
COPIED = "copy"
"""Where a reply went that a person copied to the platform."""

replies = sql.Table(
    "replies",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column(
        "case_id", sql.Integer, sql.ForeignKey("cases.id", name="fk_replies_case"), nullable=False
    ),
    sql.Column("state", sql.String(10), nullable=False),
    sql.Column("text", sql.Text, nullable=False),
    sql.Column("template", sql.Text, nullable=False),
    sql.Column("is_private", sql.Boolean, nullable=False),
    sql.Column("needs", sql.Text, nullable=False),
    sql.Column("written_by", sql.Text, nullable=False),
    sql.Column("written_at", UtcDateTime, nullable=False),
    sql.Column("approved_by", sql.Text, nullable=False),
    sql.Column("approved_at", UtcDateTime),
    sql.Column("handed_to", sql.Text, nullable=False),
    sql.Column("handed_at", UtcDateTime),
    sql.CheckConstraint(
        "state IN ('waiting', 'approved', 'handed', 'withdrawn')", name="ck_replies_state"
    ),
    sql.Index("ix_replies_case_id", "case_id"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """Words for an author. `needs` is why somebody else has to agree, '' where nobody has to."""

    id: int
    case_id: int
    state: str
    text: str
    template: str
    is_private: bool
    needs: str
    written_by: str
    written_at: datetime
    approved_by: str
    approved_at: datetime | None
    handed_to: str
    handed_at: datetime | None


_COLUMNS = [replies.c[field.name] for field in fields(Reply)]


def write(
    conn: sql.Connection,
    case_id: int,
    text: str,
    *,
    template: str = "",
    is_private: bool = False,
    needs: str = "",
    teams: Sequence[Team] = (),
    now: datetime,
    actor: str,
) -> Reply:
    """Keep a reply for a living case: approved, or waiting for a second agent if it `needs` one.

    The same words again are the same reply. Raises Conflict where an approval is needed and the
    writer is no agent: nobody could tell a second person from the first.
    """
    words = plain(text).strip()
    if not words:
        raise UntaggedError("a reply needs words; write what the author should read")
    if len(words) > MAX_REPLY_CHARACTERS:
        raise UntaggedError(f"a reply holds {MAX_REPLY_CHARACTERS} characters; shorten it")
    read_living(conn, case_id, version=None, doing="answer")
    if needs:
        _refuse_strangers(actor, teams, "write")
    for one in replies_of(conn, case_id):
        same = (one.text, one.is_private, one.written_by) == (words, is_private, actor)
        if same and one.state in ("waiting", "approved"):
            return one
    row: dict[str, Any] = {
        "case_id": case_id,
        "state": "waiting" if needs else "approved",
        "text": words,
        "template": template,
        "is_private": is_private,
        "needs": needs,
        "written_by": actor,
        "written_at": now,
        "approved_by": "",
        "approved_at": None,
        "handed_to": "",
        "handed_at": None,
    }
    number = conn.execute(replies.insert().values(row).returning(replies.c.id)).scalar_one()
    told = {"reply": number, "template": template, "needs": needs, "is_private": is_private}
    _record(conn, case_id, "reply written", told, now=now, actor=actor)
    return Reply(id=number, **row)


def approve(
    conn: sql.Connection, number: int, *, teams: Sequence[Team], now: datetime, actor: str
) -> Reply:
    """A second agent's yes. Raises Conflict for the writer, for strangers, for what has none."""
    reply = _living(conn, number, "approve")
    if reply.state == "approved":
        return reply
    _refuse_strangers(actor, teams, "approve")
    _refuse_forgotten(reply)
    if actor == reply.written_by:
        raise Conflict(f"{actor} wrote reply {number}; somebody else has to approve it")
    values = {"state": "approved", "approved_by": actor, "approved_at": now}
    return _change(conn, reply, values, "reply approved", {}, now=now, actor=actor)


def hand_over(conn: sql.Connection, number: int, *, to: str, now: datetime, actor: str) -> Reply:
    """The reply goes to `to`, a channel or COPIED; again to the same changes nothing.

    Raises Conflict while it waits for its approval, where it went elsewhere already, and where its
    words were forgotten.
    """
    reply = read_reply(conn, number, for_change=True)
    if (reply.state, reply.handed_to) == ("handed", to):
        return reply
    reply = _living(conn, number, "hand over")
    _refuse_forgotten(reply)
    if reply.state == "waiting":
        raise Conflict(
            f"reply {number} waits for the yes of somebody other than {reply.written_by}: "
            f"{reply.needs}"
        )
    values = {"state": "handed", "handed_to": to, "handed_at": now}
    return _change(conn, reply, values, "reply handed over", {"to": to}, now=now, actor=actor)


def withdraw(conn: sql.Connection, number: int, *, now: datetime, actor: str) -> Reply:
    """The reply is not used; it stays in the trail."""
    reply = read_reply(conn, number, for_change=True)
    if reply.state == "withdrawn":
        return reply
    reply = _living(conn, number, "withdraw")
    return _change(conn, reply, {"state": "withdrawn"}, "reply withdrawn", {}, now=now, actor=actor)


def replies_of(conn: sql.Connection, *case_ids: int) -> list[Reply]:
    """The replies of the case (or of all of these), oldest first."""
    query = sql.select(*_COLUMNS).where(replies.c.case_id.in_(case_ids)).order_by(replies.c.id)
    return [Reply(**row) for row in conn.execute(query).mappings()]


def read_reply(conn: sql.Connection, number: int, *, for_change: bool = False) -> Reply:
    """One reply. Raises NotFound."""
    query = sql.select(*_COLUMNS).where(replies.c.id == number)
    query = query.with_for_update() if for_change else query
    row = conn.execute(query).mappings().first() if 0 < number <= MAX_NUMBER else None
    if row is None:
        raise NotFound(f"there is no reply {number}; the case shows its replies")
    return Reply(**row)


def template_uses(conn: sql.Connection) -> dict[str, int]:
    """How often each template was handed over."""
    query = (
        sql.select(replies.c.template, sql.func.count().label("uses"))
        .where(replies.c.state == "handed", replies.c.template != "")
        .group_by(replies.c.template)
    )
    return {row.template: row.uses for row in conn.execute(query)}


def _living(conn: sql.Connection, number: int, doing: str) -> Reply:
    reply = read_reply(conn, number, for_change=True)
    if reply.state in ("handed", "withdrawn"):
        gone = f"went to {reply.handed_to}" if reply.state == "handed" else "was withdrawn"
        raise Conflict(f"reply {number} {gone}; write another one to {doing}")
    return reply


def _refuse_forgotten(reply: Reply) -> None:
    if not reply.text:
        raise Conflict(
            f"the words of reply {reply.id} were forgotten with the post; write another one"
        )


def _refuse_strangers(actor: str, teams: Sequence[Team], doing: str) -> None:
    if not any(agent.name == actor for team in teams for agent in team.agents):
        raise Conflict(
            f"{actor!r} is no agent of the teams, and this reply needs two to agree; say who you "
            f"are to {doing} it"
        )


def _change(
    conn: sql.Connection,
    reply: Reply,
    values: dict[str, Any],
    action: str,
    told: dict[str, Any],
    *,
    now: datetime,
    actor: str,
) -> Reply:
    conn.execute(replies.update().where(replies.c.id == reply.id).values(values))
    _record(conn, reply.case_id, action, {"reply": reply.id, **told}, now=now, actor=actor)
    return read_reply(conn, reply.id)


def _record(
    conn: sql.Connection,
    case_id: int,
    action: str,
    told: dict[str, Any],
    *,
    now: datetime,
    actor: str,
) -> None:
    record(conn, [entry(case_id, at=now, actor=actor, action=action, detail=told)])
