"""Following: what a help desk says of a ticket changes the case, in the desk's name.

Only what changed there since we last looked counts. So what was done here is not undone by a desk
that has not heard of it yet, and what came from a desk is not sent back to it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cases.answering import mark_answered, record_reply
from cases.case import LIVING, Case
from cases.ledger import read_case
from cases.tickets import GONE, Ticket, TicketStatus, read_ticket, write
from cases.working import pend, reopen, resolve
from mentions.errors import Conflict

AHEAD = timedelta(days=1)
"""How far a desk's clock may be ahead of ours; a later date was written for something else."""


def follow(
    conn: Connection,
    number: int,
    *,
    status: TicketStatus | None,
    said: str,
    seen: str,
    answers: Sequence[datetime] = (),
    look_at: datetime | None,
    now: datetime,
) -> Ticket:
    """Keep how the ticket is there, and let the case follow. None is a status not told of.

    The same again changes nothing. Where the case cannot follow, the ticket says why.
    """
    ticket = read_ticket(conn, number, for_change=True)
    answered_at = _follow_answers(conn, ticket, answers, now)
    status = status or _known(ticket)
    case = read_case(conn, ticket.case_id, for_change=True)
    # What we asked for holds until it is so, or the case is no longer what it was asked for.
    is_due = ticket.wanted == _stays(case) and ticket.wanted != status
    wanted, problem = (ticket.wanted if is_due else ""), ticket.problem
    if ticket.said == GONE:
        problem = ""  # it is there again
    if not wanted and status != _known(ticket):
        problem = _follow_status(conn, case, ticket, status, now)
        # Who cannot follow must not push its own status there, over the head of the other team.
        wanted = _stays(case) if problem else ""
    return write(
        conn,
        ticket,
        status=status,
        said=said or ticket.said,
        seen=seen,
        wanted=wanted,
        problem=problem,
        answered_at=answered_at,
        seen_at=now,
        look_at=look_at,
    )


def _known(ticket: Ticket) -> TicketStatus:
    """The status that it had; what is told of a ticket that was not made yet is open."""
    known: dict[str, TicketStatus] = {"pending": "pending", "resolved": "resolved"}
    return known.get(ticket.status, "open")


def _stays(case: Case) -> str:
    """What a ticket would be if it followed the case."""
    return "resolved" if case.status == "resolved" else "open"


def _follow_status(
    conn: Connection, case: Case, ticket: Ticket, status: TicketStatus, now: datetime
) -> str:
    """Why the case cannot follow; '' where it did, or is so already."""
    actor, was_resolved = ticket.desk, ticket.status == "resolved"
    try:
        with conn.begin_nested():
            if status == "resolved" and case.status in LIVING:
                resolve(conn, case.id, now=now, actor=actor)
            elif was_resolved and case.status == "resolved":
                case = reopen(conn, case.id, now=now, actor=actor)
            if status == "open" and case.status == "pending":
                reopen(conn, case.id, now=now, actor=actor)
            elif status == "pending" and case.status == "open":
                pend(conn, case.id, now=now, actor=actor)
    except Conflict as error:
        return str(error)
    return ""


def _follow_answers(
    conn: Connection, ticket: Ticket, answers: Sequence[datetime], now: datetime
) -> datetime | None:
    """Stop the response clocks by public answers that were given there; the latest of them.

    By the desk's own clock, so that what a clock ahead of ours dates is not answered once a look.
    """
    known = ticket.answered_at
    latest = now + AHEAD
    fresh = sorted(at for at in answers if at <= latest and (known is None or at > known))
    for said in dict.fromkeys((fresh[0], fresh[-1])) if fresh else ():
        at = min(said, now)  # no answer comes from the future
        case = read_case(conn, ticket.case_id, for_change=True)
        if case.status in LIVING:
            record_reply(conn, case.id, at=at, now=now, actor=ticket.desk)
        elif case.mention_id:
            mark_answered(conn, case.mention_id, at, now=now, actor=ticket.desk)
    return fresh[-1] if fresh else known
