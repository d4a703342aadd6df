"""Answering: an answer stops the response clocks, whoever saw it and whoever gave it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from cases.case import SYSTEM, Case
from cases.clocks import next_due
from cases.conversation import case_id_of
from cases.ledger import change, read_case, read_living
from cases.listing import merged_cases
from cases.tables import audit, case_posts
from mentions.errors import UntaggedError


def mark_answered(
    conn: Connection, mention_id: str, at: datetime, *, now: datetime, actor: str = SYSTEM
) -> Case | None:
    """Stop FRT and NRT of the mention's case, answered at `at`; None if no case has the mention.

    For an answer that a spider saw, even if nobody touched the case, and even if the case is
    resolved. The same answer again changes nothing; an earlier one that is found later counts.
    """
    case_id = case_id_of(conn, mention_id)
    if case_id is None:
        return None
    case = read_case(conn, case_id, for_change=True)
    return _answered(conn, case, at, now=now, actor=actor, told={"mention_id": mention_id})


def record_reply(
    conn: Connection,
    case_id: int,
    *,
    at: datetime,
    now: datetime,
    actor: str,
    version: int | None = None,
) -> Case:
    """Stop FRT and NRT because the agent answered at `at`. Raises NotFound, Conflict."""
    if at > now:
        raise UntaggedError(f"{at.isoformat()} is still to come; say when the author was answered")
    case = read_living(conn, case_id, version=version, doing="answer")
    return _answered(conn, case, at, now=now, actor=actor, told={})


def _answered(
    conn: Connection, case: Case, at: datetime, *, now: datetime, actor: str, told: dict[str, Any]
) -> Case:
    first = at if case.first_reply_at is None else min(case.first_reply_at, at)
    last = at if case.last_reply_at is None else max(case.last_reply_at, at)
    in_time = _nrt_in_time(conn, case, at)
    if (first, last) == (case.first_reply_at, case.last_reply_at) and not in_time:
        return case
    values: dict[str, Any] = {"first_reply_at": first, "last_reply_at": last, **in_time}
    if first != case.first_reply_at:
        values |= _frt_verdict(case, first)
    if last != case.last_reply_at:
        values |= {**_nrt_verdict(conn, case, last), "no_reply": ""}
    told = {**told, "answered_at": at.isoformat()}
    return change(conn, case, now=now, actor=actor, action="answered", values=values, detail=told)


def _frt_verdict(case: Case, first: datetime) -> dict[str, datetime | None]:
    """Missed or kept, by the moment of the answer and not by when it was collected.

    An earlier answer that is found later withdraws a miss and makes none: of a hold that is over,
    in which it may have been given, the clocks know no more.
    """
    if case.frt_due_at is None:
        return {}
    if not _late(case, first, case.frt_due_at):
        return {"frt_breached_at": None}
    return {"frt_breached_at": case.frt_due_at} if case.first_reply_at is None else {}


def _nrt_in_time(conn: Connection, case: Case, at: datetime) -> dict[str, datetime | None]:
    """The last missed NRT is none if this answer, found after a later one, was in time."""
    missed = case.nrt_breached_at
    if missed is None or case.last_reply_at is None or not at <= missed < case.last_reply_at:
        return {}
    given = _answers(conn, case)
    late = min(one for one in (*given, case.last_reply_at) if one > missed)
    before = max((one for one in given if one < late), default=None)
    asked = None if before is None else _waiting_since(conn, case, before)
    return {"nrt_breached_at": None} if asked is not None and asked <= at else {}


def _answers(conn: Connection, case: Case) -> list[datetime]:
    """When the case, or what was merged into it, was answered, as far as the trail knows."""
    together = (case.id, *merged_cases(conn, case.id))
    trail = select(audit.c.detail).where(
        audit.c.case_id.in_(together), audit.c.action == "answered"
    )
    return [datetime.fromisoformat(one["answered_at"]) for one in conn.execute(trail).scalars()]


def _waiting_since(conn: Connection, case: Case, answered: datetime) -> datetime | None:
    """The author's first post after an answer."""
    since: datetime | None = conn.execute(
        select(func.min(case_posts.c.published_at)).where(
            case_posts.c.case_id == case.id,
            case_posts.c.published_at > answered,
            case_posts.c.no_reply == "",
        )
    ).scalar()
    return since


def _nrt_verdict(conn: Connection, case: Case, last: datetime) -> dict[str, datetime | None]:
    """NRT is missed or kept, and counts on from the earliest post that came after the answer."""
    waiting_since = _waiting_since(conn, case, last)
    ahead = next_due(case, waiting_since) if waiting_since is not None else None
    if case.nrt_due_at is not None and _late(case, last, case.nrt_due_at):
        return {"nrt_due_at": ahead, "nrt_breached_at": case.nrt_due_at}
    if case.nrt_due_at is not None and case.nrt_breached_at == case.nrt_due_at:
        return {"nrt_due_at": ahead, "nrt_breached_at": None}
    return {"nrt_due_at": ahead}


def _late(case: Case, at: datetime, promised: datetime) -> bool:
    """Whether the running time was up; while the clocks stand still nothing becomes late."""
    return (at if case.paused_at is None else min(at, case.paused_at)) > promised
