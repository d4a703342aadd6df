"""Prioritising: a person says how much a case presses, whatever its route said."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from cases.case import PRIORITIES, Case, Priority
from cases.clocks import THRESHOLDS, ClockKind, promises, raised
from cases.ledger import change, read_living
from cases.policy import SlaPolicy
from cases.tables import case_posts


def prioritise(
    conn: Connection,
    case_id: int,
    priority: Priority,
    *,
    now: datetime,
    actor: str,
    version: int | None = None,
) -> Case:
    """Give the case another priority, and its open promises the times of that.

    A higher one brings its stricter times from now on, as a post that joins does. A lower one says
    that the route was wrong: an open promise gets the time that it would have had from the start.
    What is missed stays missed. Raises NotFound, Conflict.
    """
    case = read_living(conn, case_id, version=version, doing="prioritise")
    if priority == case.priority:
        return case
    at = case.paused_at or now  # clocks that stand still go on from there
    if PRIORITIES.index(priority) > PRIORITIES.index(case.priority):
        values = raised(case, priority, at)
    else:
        values = _lowered(case, priority, at, waiting_since(conn, case))
    return change(conn, case, now=now, actor=actor, action="prioritised", values=values)


def _lowered(
    case: Case, priority: Priority, at: datetime, asked_at: datetime | None
) -> dict[str, Any]:
    """The case with a lower priority, as values of columns; no promise comes sooner by it.

    Time on hold is not added anew, so that raising and lowering in turn wins no time.
    """
    policy = SlaPolicy.from_terms(case.terms)
    values: dict[str, Any] = {"priority": priority}
    began: dict[ClockKind, datetime | None] = {
        "FRT": case.published_at,
        "NRT": asked_at,
        "RT": case.published_at,
    }
    for kind, standing in promises(case).items():
        since = began[kind]
        if standing < at or since is None:
            continue
        due = policy.due(THRESHOLDS[kind], priority, since)
        if due is not None:
            values[f"{kind.lower()}_due_at"] = max(due, standing)
    return values


def waiting_since(conn: Connection, case: Case) -> datetime | None:
    """When its author first wrote after the last answer; None if they did not."""
    if case.last_reply_at is None:
        return None
    return conn.execute(
        select(func.min(case_posts.c.published_at)).where(
            case_posts.c.case_id == case.id,
            case_posts.c.published_at > case.last_reply_at,
            case_posts.c.no_reply == "",
        )
    ).scalar()
