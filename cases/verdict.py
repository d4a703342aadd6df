"""Verdict: whether what the author said last needs an answer, turned round by hand."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from cases.case import Case
from cases.clocks import next_due, restarted
from cases.ledger import change, read_case, read_living, refuse_outdated
from cases.tables import case_posts
from cases.working import open_again
from mentions.errors import Conflict


def needs_no_reply(
    conn: Connection, case_id: int, *, now: datetime, actor: str, version: int | None = None
) -> Case:
    """Nobody has to answer what was said so far; FRT and NRT stop, RT goes on.

    Raises NotFound, Conflict.
    """
    case = read_living(conn, case_id, version=version, doing="say so of")
    if case.no_reply:
        return case
    values = {"no_reply": f"says {actor}"}
    return change(conn, case, now=now, actor=actor, action="needs no reply", values=values)


def needs_reply(
    conn: Connection, case_id: int, *, now: datetime, actor: str, version: int | None = None
) -> Case:
    """The author does wait for an answer; the clocks go on, a resolved case is opened again.

    Raises NotFound, and Conflict for a merged case or where a later one goes on with it.
    """
    case = read_case(conn, case_id, for_change=True)
    refuse_outdated(case, version)
    if case.status == "merged":
        raise Conflict(f"case {case.id} was merged into case {case.merged_into}; say it of that")
    if not case.no_reply:
        return case
    conn.execute(
        case_posts.update()
        .where(case_posts.c.case_id == case.id, case_posts.c.no_reply != "")
        .values(no_reply="")
    )
    values: dict[str, Any] = {"no_reply": ""}
    if case.status != "open":
        values |= restarted(case, now)
    if case.last_reply_at is not None and values.get("nrt_due_at", case.nrt_due_at) is None:
        values["nrt_due_at"] = _next_due(conn, case)
    return open_again(conn, case, values, "needs a reply", now=now, actor=actor)


def _next_due(conn: Connection, case: Case) -> datetime | None:
    since = conn.execute(
        select(func.min(case_posts.c.published_at)).where(
            case_posts.c.case_id == case.id, case_posts.c.published_at > case.last_reply_at
        )
    ).scalar()
    return None if since is None else next_due(case, since)
