"""Pace: which answers were given, by whom and when, and how long one takes."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, Connection, select

from cases.case import SYSTEM
from cases.tables import audit, cases

LONGEST = timedelta(hours=1)
"""Who gives the next answer later than that did something else meanwhile."""
FEWEST = 20
"""Answers in a row from which on their median is taken for the time that one takes."""
OPENED_BEFORE = timedelta(days=30)
"""How old a case may be whose answers still count."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that a person gave, at `at`, to a case that was opened at `opened_at`."""

    case_id: int
    agent: str
    at: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a case takes: the median from an answer to the same person's next one, if that
    case waited already, times the answers that a case takes. `counted` are such pairs of answers.
    """

    handling: timedelta
    counted: int


def given(
    conn: Connection,
    *,
    since: datetime,
    until: datetime,
    team: str | None = None,
    brand: str | None = None,
) -> list[Given]:
    """The answers of people in the window, by time; those that a spider saw are by nobody."""
    wanted: list[ColumnElement[bool]] = [
        cases.c.opened_at >= since - OPENED_BEFORE,
        cases.c.opened_at < until,
        audit.c.action == "answered",
        audit.c.actor != SYSTEM,
    ]
    wanted += [] if team is None else [cases.c.team == team]
    wanted += [] if brand is None else [cases.c.brand == brand]
    answered_at = audit.c.detail["answered_at"].as_string()
    query = (
        select(audit.c.case_id, audit.c.actor, answered_at, cases.c.opened_at)
        .join(cases, cases.c.id == audit.c.case_id)
        .where(*wanted)
    )
    found = [
        Given(case_id, actor, datetime.fromisoformat(at), opened_at)
        for case_id, actor, at, opened_at in conn.execute(query)
    ]
    inside = (one for one in found if since <= one.at < until)
    return sorted(inside, key=lambda one: (one.at, one.case_id))


def pace(answers: Iterable[Given]) -> Pace | None:
    """How long a case takes, by what was answered; None where too little was."""
    all_of_them = list(answers)
    spans: list[timedelta] = []
    for agent in sorted({one.agent for one in all_of_them}):
        spans += _in_a_row([one for one in all_of_them if one.agent == agent])
    if len(spans) < FEWEST:
        return None
    each = len(all_of_them) / len({one.case_id for one in all_of_them})
    middle = statistics.median(span.total_seconds() for span in spans)
    return Pace(timedelta(seconds=middle * each), len(spans))


def _in_a_row(answers: Sequence[Given]) -> list[timedelta]:
    """From one answer to the next, where the next case waited all the while."""
    return [
        after.at - before.at
        for before, after in pairwise(answers)
        if after.opened_at <= before.at and timedelta(0) < after.at - before.at <= LONGEST
    ]
