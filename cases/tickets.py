"""Tickets: what became of a case in another team's help desk.

A ticket begins here when somebody hands a case over, before the desk knows of it. Its `key` is
what the desk keeps as our reference; a part of it is random, so that neither a second installation
nor a new database ever takes another one's ticket for its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.case import LIVING, SYSTEM, Post
from cases.ledger import entry, read_living, record
from cases.tables import case_posts, cases, insert_once, metadata
from mentions.errors import NotFound

TicketStatus = Literal["open", "pending", "resolved"]
FOLLOWED = timedelta(days=30)
"""How long after its case was resolved a ticket is still asked about: it may be opened again."""
GONE = "gone"
"""What a desk is taken to say of a ticket that it no longer shows."""
_AT_ONCE = 500
"""Ids in one statement; SQLite takes 32,766 values."""
MESSAGES_KEPT = timedelta(days=30)
"""Senders of webhooks give up long before."""

tickets = sql.Table(
    "tickets",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column(
        "case_id", sql.Integer, sql.ForeignKey("cases.id", name="fk_tickets_case"), nullable=False
    ),
    sql.Column("desk", sql.String(100), nullable=False),
    sql.Column("key", sql.String(100), nullable=False),
    sql.Column("there", sql.Text, nullable=False),
    sql.Column("number", sql.Text, nullable=False),
    sql.Column("url", sql.Text, nullable=False),
    sql.Column("status", sql.String(10), nullable=False),
    sql.Column("said", sql.Text, nullable=False),
    sql.Column("wanted", sql.String(10), nullable=False),
    sql.Column("seen", sql.Text, nullable=False),
    sql.Column("problem", sql.Text, nullable=False),
    sql.Column("handed_at", UtcDateTime, nullable=False),
    sql.Column("attempted_at", UtcDateTime),
    sql.Column("made_at", UtcDateTime),
    sql.Column("seen_at", UtcDateTime),
    sql.Column("look_at", UtcDateTime),
    sql.Column("answered_at", UtcDateTime),
    sql.Index("uq_tickets_key", "desk", "key", unique=True),
    sql.Index("ix_tickets_case_id", "case_id"),
    sql.Index("ix_tickets_look_at", "desk", "look_at"),
    sqlite_autoincrement=True,  # letters name tickets by their numbers
)

ticket_posts = sql.Table(
    "ticket_posts",
    metadata,
    sql.Column(
        "ticket_id",
        sql.Integer,
        sql.ForeignKey("tickets.id", name="fk_ticket_posts_ticket"),
        primary_key=True,
    ),
    sql.Column(
        "post_id",
        sql.Integer,
        sql.ForeignKey("case_posts.id", name="fk_ticket_posts_post"),
        primary_key=True,
    ),
)
"""Which posts of the case the desk was told of."""

desk_messages = sql.Table(
    "desk_messages",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("desk", sql.String(100), nullable=False),
    sql.Column("name", sql.String(200), nullable=False),
    sql.Column("at", UtcDateTime, nullable=False),
    sql.Index("uq_desk_messages_name", "desk", "name", unique=True),
)
"""The ids of messages that came from desks, so that a replay does nothing."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A case at a help desk. `there` is its id at the desk, '' while it is not known.

    `status` is how it is there in our words, '' until it was made, `said` in the desk's. `wanted`
    is what we asked for last, '' once it is so. `seen` is the desk's mark of the last change that
    we know, `look_at` when it is asked next, `problem` what to mend, '' if nothing.
    """

    id: int
    case_id: int
    desk: str
    key: str
    there: str
    number: str
    url: str
    status: str
    said: str
    wanted: str
    seen: str
    problem: str
    handed_at: datetime
    attempted_at: datetime | None
    made_at: datetime | None
    seen_at: datetime | None
    look_at: datetime | None
    answered_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """What people and programs want to know of it."""
        return {
            "desk": self.desk,
            "ticket": self.number,
            "url": self.url,
            "status": self.status,
            "said": self.said,
            "handed_at": self.handed_at.isoformat(),
            "seen_at": self.seen_at.isoformat() if self.seen_at else None,
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True)
class Untold:
    """A post that joined a case after it was handed over."""

    ticket: Ticket
    post_id: int


_COLUMNS = [tickets.c[field.name] for field in fields(Ticket)]


def begin_ticket(
    conn: sql.Connection, case_id: int, desk: str, *, token: str, now: datetime, actor: str
) -> tuple[Ticket, bool]:
    """The case's ticket at the desk, and whether it begins now. Raises NotFound, Conflict.

    The posts that the case has now go with it; `token` makes its key nobody else's. Where the desk
    shows the last one no more, another begins.
    """
    case = read_living(conn, case_id, version=None, doing="hand over")
    for ticket in tickets_of(conn, case_id):
        if ticket.desk == desk and ticket.said != GONE:
            return ticket, False
    row = {
        "case_id": case.id,
        "desk": desk,
        "key": f"untagged-{case.id}-{token}",
        **dict.fromkeys(("there", "number", "url", "status", "said"), ""),
        **dict.fromkeys(("wanted", "seen", "problem"), ""),
        "handed_at": now,
    }
    number = conn.execute(tickets.insert().values(row).returning(tickets.c.id)).scalar_one()
    posts = sql.select(case_posts.c.id).where(case_posts.c.case_id == case.id)
    mark_told(conn, number, list(conn.execute(posts).scalars()))
    told = {"desk": desk}
    record(conn, [entry(case.id, at=now, actor=actor, action="handed over", detail=told)])
    return read_ticket(conn, number), True


def read_ticket(conn: sql.Connection, number: int, *, for_change: bool = False) -> Ticket:
    """One ticket. Raises NotFound."""
    query = sql.select(*_COLUMNS).where(tickets.c.id == number)
    row = conn.execute(query.with_for_update() if for_change else query).mappings().first()
    if row is None:
        raise NotFound(f"there is no ticket {number}; the case shows its tickets")
    return Ticket(**row)


def ticket_of_key(conn: sql.Connection, desk: str, key: str) -> Ticket:
    """The ticket that the desk knows by our key. Raises NotFound."""
    query = sql.select(tickets.c.id).where(tickets.c.desk == desk, tickets.c.key == key)
    number = conn.execute(query).scalar()
    if number is None:
        raise NotFound(f"nothing was handed over to {desk} under the key {key!r}")
    return read_ticket(conn, number, for_change=True)


def tickets_of(conn: sql.Connection, case_id: int) -> list[Ticket]:
    """The case's tickets, oldest first."""
    query = sql.select(*_COLUMNS).where(tickets.c.case_id == case_id).order_by(tickets.c.id)
    return [Ticket(**row) for row in conn.execute(query).mappings()]


def move_tickets(conn: sql.Connection, *, from_case: int, to_case: int) -> None:
    """The tickets of a case that is merged go on with the other one."""
    conn.execute(tickets.update().where(tickets.c.case_id == from_case).values(case_id=to_case))


def write(conn: sql.Connection, ticket: Ticket, **values: Any) -> Ticket:
    """Change the ticket's columns."""
    conn.execute(tickets.update().where(tickets.c.id == ticket.id).values(values))
    return read_ticket(conn, ticket.id)


def was_made(
    conn: sql.Connection,
    ticket: Ticket,
    *,
    there: str,
    number: str,
    url: str,
    look_at: datetime | None,
    now: datetime,
) -> Ticket:
    """Keep what the desk calls the ticket, and say so in the case's trail."""
    known: dict[str, Any] = {"there": there, "number": number, "url": url, "problem": ""}
    if ticket.made_at is None:
        known |= {"status": ticket.status or "open", "made_at": now, "look_at": look_at}
    told = {"desk": ticket.desk, "ticket": number, "url": url}
    action = "ticket made" if ticket.made_at is None else "ticket named"
    record(conn, [entry(ticket.case_id, at=now, actor=SYSTEM, action=action, detail=told)])
    return write(conn, ticket, **known)


def due_tickets(conn: sql.Connection, desk: str, *, now: datetime, limit: int) -> list[Ticket]:
    """Tickets that the desk is to be asked about, those that wait longest first."""
    query = (
        sql.select(*_COLUMNS)
        .join(cases, cases.c.id == tickets.c.case_id)
        .where(tickets.c.desk == desk, tickets.c.look_at <= now, _is_followed(now))
        .order_by(tickets.c.look_at, tickets.c.id)
        .limit(limit)
    )
    return [Ticket(**row) for row in conn.execute(query).mappings()]


def _is_followed(now: datetime) -> sql.ColumnElement[bool]:
    return sql.or_(
        cases.c.status.in_(LIVING),
        sql.and_(cases.c.status == "resolved", cases.c.resolved_at > now - FOLLOWED),
    )


def postpone(conn: sql.Connection, desk: str, *, until: datetime) -> None:
    """Ask the desk about nothing before that moment."""
    waiting = (tickets.c.desk == desk) & (tickets.c.look_at < until)
    conn.execute(tickets.update().where(waiting).values(look_at=until))


def untold_posts(
    conn: sql.Connection, desks: Collection[str], *, now: datetime, limit: int
) -> list[Untold]:
    """Posts that joined cases after they were handed over, and of which no desk was told yet.

    Nothing is told to tickets that were not made yet, or are gone.
    """
    known = sql.and_(
        ticket_posts.c.ticket_id == tickets.c.id, ticket_posts.c.post_id == case_posts.c.id
    )
    query = (
        sql.select(*_COLUMNS, case_posts.c.id.label("post_id"))
        .join(cases, cases.c.id == tickets.c.case_id)
        .join(case_posts, case_posts.c.case_id == tickets.c.case_id)
        .outerjoin(ticket_posts, known)
        .where(
            tickets.c.desk.in_(desks),
            tickets.c.made_at.is_not(None),
            tickets.c.said != GONE,
            _is_followed(now),
            ticket_posts.c.post_id.is_(None),
            case_posts.c.deleted_at.is_(None),
        )
        .order_by(case_posts.c.id)
        .limit(limit)
    )
    found = []
    for row in conn.execute(query).mappings():
        values = dict(row)
        post_id = values.pop("post_id")
        found.append(Untold(Ticket(**values), post_id))
    return found


def mark_told(conn: sql.Connection, ticket_id: int, posts: Collection[int]) -> None:
    """The desk is, or will be, told of these posts."""
    rows = [{"ticket_id": ticket_id, "post_id": post_id} for post_id in posts]
    if rows:
        conn.execute(ticket_posts.insert(), rows)


def told_of(conn: sql.Connection, ticket_id: int) -> frozenset[str]:
    """The ids of the mentions that the desk is, or will be, told of on this ticket."""
    query = (
        sql.select(case_posts.c.mention_id)
        .join(ticket_posts, ticket_posts.c.post_id == case_posts.c.id)
        .where(ticket_posts.c.ticket_id == ticket_id)
    )
    return frozenset(conn.execute(query).scalars())


def tickets_telling(conn: sql.Connection, mention_ids: Sequence[str]) -> list[Ticket]:
    """Tickets that were, or may have been, made and are told of one of these mentions."""
    found = dict[int, Ticket]()
    for start in range(0, len(mention_ids), _AT_ONCE):
        query = (
            sql.select(*_COLUMNS)
            .join(ticket_posts, ticket_posts.c.ticket_id == tickets.c.id)
            .join(case_posts, case_posts.c.id == ticket_posts.c.post_id)
            .where(
                case_posts.c.mention_id.in_(mention_ids[start : start + _AT_ONCE]),
                sql.or_(tickets.c.attempted_at.is_not(None), tickets.c.made_at.is_not(None)),
            )
        )
        found |= {row["id"]: Ticket(**row) for row in conn.execute(query).mappings()}
    return [found[number] for number in sorted(found)]


def read_post(conn: sql.Connection, post_id: int) -> Post | None:
    """A post of a case by its number; None if it is not there."""
    columns = [case_posts.c[field.name] for field in fields(Post)]
    row = conn.execute(sql.select(*columns).where(case_posts.c.id == post_id)).mappings().first()
    return None if row is None else Post(**row)


def apart(conn: sql.Connection, desks: Collection[str], *, limit: int) -> list[tuple[Ticket, str]]:
    """Tickets that are done there and not here or the reverse, and what we want of the desk."""
    done, undone = cases.c.status == "resolved", cases.c.status.in_(LIVING)
    to_resolve = done & tickets.c.status.in_(("open", "pending")) & (tickets.c.wanted != "resolved")
    to_reopen = undone & (tickets.c.status == "resolved") & (tickets.c.wanted != "open")
    query = (
        sql.select(*_COLUMNS, cases.c.status.label("here"))
        .join(cases, cases.c.id == tickets.c.case_id)
        .where(tickets.c.desk.in_(desks), tickets.c.said != GONE, to_resolve | to_reopen)
        .order_by(tickets.c.id)
        .limit(limit)
    )
    found = []
    for row in conn.execute(query).mappings():
        values = dict(row)
        is_done = values.pop("here") == "resolved"
        found.append((Ticket(**values), "resolved" if is_done else "open"))
    return found


def came_before(conn: sql.Connection, desk: str, name: str, *, now: datetime) -> bool:
    """Whether a message with this name came from the desk before; it is remembered."""
    old = desk_messages.c.at < now - MESSAGES_KEPT
    conn.execute(desk_messages.delete().where(old))
    row = {"desk": desk, "name": name, "at": now}
    return insert_once(conn, desk_messages, row) is None
