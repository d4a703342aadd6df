"""Merging: two cases about one matter become one, and both histories stay."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cases.case import PRIORITIES, Case
from cases.clocks import ClockKind, missed_at, promises, promises_at, restarted, stopped
from cases.ledger import change, read_living
from cases.tables import case_posts
from cases.tickets import move_tickets
from cases.watching import watch_also, watchers_of
from mentions.errors import Conflict


def merge(
    conn: Connection,
    case_id: int,
    *,
    into: int,
    now: datetime,
    actor: str,
    version: int | None = None,
) -> Case:
    """Move the case's posts into another one and close it as merged; gives the other one.

    The stricter promise of the two holds, and so does the higher priority. Notes and audit stay
    with the case they were written on and are shown with both; who watched it watches the other
    one, too. Raises NotFound, Conflict.
    """
    if case_id == into:
        raise Conflict(f"case {case_id} cannot be merged into itself; name the other case")
    first, second = sorted((case_id, into))  # always lock in this order: no two can wait in a ring
    held = {
        one: read_living(conn, one, version=version if one == case_id else None, doing="merge")
        for one in (first, second)
    }
    source, target = held[case_id], held[into]
    conn.execute(
        case_posts.update().where(case_posts.c.case_id == source.id).values(case_id=target.id)
    )
    move_tickets(conn, from_case=source.id, to_case=target.id)
    closed = {**stopped(source, "merged", now), "merged_into": target.id}
    told = {"into": target.id}
    change(conn, source, now=now, actor=actor, action="merged", values=closed, detail=told)
    told = {"from": source.id}
    values = _together(source, target, now)
    merged = change(
        conn, target, now=now, actor=actor, action="took over", values=values, detail=told
    )
    watch_also(conn, target.id, watchers_of(conn, source.id), now=now)
    return merged


def _together(source: Case, target: Case, now: datetime) -> dict[str, Any]:
    """What the target has to take over, as values of its columns."""
    is_answered = source.first_reply_at is not None and source.nrt_due_at is None
    values: dict[str, Any] = {
        "priority": max(source.priority, target.priority, key=PRIORITIES.index),
        "no_reply": target.no_reply if source.no_reply or is_answered else "",
        "tags": list(dict.fromkeys((*target.tags, *source.tags))),
    }
    if not target.agent and source.agent and source.team == target.team:
        values |= {"agent": source.agent, "assign_reason": f"had case {source.id}, merged here"}
    if source.status == "open" and target.status != "open":
        values |= restarted(target, now)
    # Where the target needed no answer, only the source's author waits.
    after = replace(target, **{**values, "no_reply": target.no_reply})
    return values | _stricter(source, after, now)


def _stricter(source: Case, target: Case, now: datetime) -> dict[str, datetime]:
    """The source's promises where they are due before the target's; missed ones stay missed."""
    brought = promises_at(source, target.paused_at or now)
    own = promises(target)
    response: ClockKind = "NRT" if target.first_reply_at is not None else "FRT"
    values = {}
    for kind, at in brought.items():
        as_kind: ClockKind = "RT" if kind == "RT" else response
        if as_kind in own and own[as_kind] <= at:
            continue
        own[as_kind] = values[f"{as_kind.lower()}_due_at"] = at
        if missed_at(source, kind) == at:
            values[f"{as_kind.lower()}_breached_at"] = at
    return values
