"""Missed: the promises that were not kept in a window, each with its cause."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, or_, select

from cases.case import AuditEntry
from cases.causes import Cause, Known, Missed, cause
from cases.clocks import KINDS, missed_at
from cases.ledger import read_cases
from cases.staffing.pace import given
from cases.tables import audit, cases
from cases.team import Team

LONGEST_PROMISE = timedelta(days=7)
"""How long before the window the answers are read that may have kept somebody busy."""
AT_ONCE = 500


def causes(
    conn: Connection,
    teams: Sequence[Team],
    *,
    since: datetime,
    until: datetime,
    handling: timedelta,
    team: str | None = None,
    brand: str | None = None,
) -> list[Cause]:
    """Of the promises due in the window and missed, by when they were due.

    Of a case's next responses the last missed one is told.
    """
    columns = (cases.c.frt_breached_at, cases.c.nrt_breached_at, cases.c.rt_breached_at)
    wanted: list[ColumnElement[bool]] = [
        or_(*((column >= since) & (column < until) for column in columns)),
        cases.c.status != "merged",
    ]
    wanted += [] if team is None else [cases.c.team == team]
    wanted += [] if brand is None else [cases.c.brand == brand]
    found = [
        Missed.of(case, kind, at)
        for case in read_cases(conn, *wanted)
        for kind in KINDS
        if (at := missed_at(case, kind)) is not None and since <= at < until
    ]
    trails = _trails(conn, sorted({one.case.id for one in found}))
    answers: dict[str, list[datetime]] = defaultdict(list)
    for one in given(conn, since=since - LONGEST_PROMISE, until=until):
        answers[one.agent].append(one.at)
    by_name = {one.name: one for one in teams}
    told = [cause(one, Known(trails[one.case.id], by_name, answers, handling)) for one in found]
    return sorted(told, key=lambda one: (one.missed.due_at, one.missed.case.id, one.missed.kind))


def _trails(conn: Connection, case_ids: Sequence[int]) -> dict[int, list[AuditEntry]]:
    trails: dict[int, list[AuditEntry]] = defaultdict(list)
    for start in range(0, len(case_ids), AT_ONCE):
        some = case_ids[start : start + AT_ONCE]
        query = select(audit).where(audit.c.case_id.in_(some)).order_by(audit.c.id)
        for row in conn.execute(query).mappings():
            trails[row["case_id"]].append(AuditEntry(**row))
    return trails
