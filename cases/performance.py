"""Performance: how fast cases were answered and resolved, from the rows and the audit trail.

Times are as the author lived them: from publishing, day and night, holds included. Whether a
promise was kept is judged by its own clock, which may count working hours only.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from cases.tables import audit, case_posts, cases

Grouping = Literal["team", "agent", "source", "brand", "hour"]
GROUPINGS: tuple[Grouping, ...] = ("team", "agent", "source", "brand", "hour")
QUICK = timedelta(minutes=15)
"""What the practice of social care expects on key platforms, and what badges ask for."""
ALL = "all"
IN_ONE = 10_000
"""Numbers in one question; SQLite takes 32,766, PostgreSQL's driver 65,535."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long it took: the median, and how long the slowest tenth and twentieth took at least."""

    count: int
    median: timedelta | None
    p90: timedelta | None
    p95: timedelta | None

    @classmethod
    def of(cls, spans: Iterable[timedelta]) -> "Spread":
        """Of any number of them; None where there are none."""
        ordered = sorted(spans)
        return cls(
            len(ordered), _quantile(ordered, 0.5), _quantile(ordered, 0.9), _quantile(ordered, 0.95)
        )

    def to_json(self) -> dict[str, Any]:
        """Spans in seconds."""
        spans = {"median_seconds": self.median, "p90_seconds": self.p90, "p95_seconds": self.p95}
        said = {
            name: None if span is None else span.total_seconds() for name, span in spans.items()
        }
        return {"count": self.count, **said}


@dataclass(frozen=True, slots=True)
class Performance:
    """Of the cases of one group: how many were answered, within 15 minutes, as promised, and when.

    Shares are of the cases that were answered or whose promise is due; None where there is none.
    """

    group: str
    cases: int
    answered: int
    quick: float | None
    kept: float | None
    frt: Spread
    nrt: Spread
    rt: Spread

    def to_json(self) -> dict[str, Any]:
        """Shares from 0 to 1, spans in seconds."""
        return {
            "group": self.group,
            "cases": self.cases,
            "answered": self.answered,
            "answered_within_15_minutes": self.quick,
            "first_response_kept": self.kept,
            "frt": self.frt.to_json(),
            "nrt": self.nrt.to_json(),
            "rt": self.rt.to_json(),
        }


def performance(
    conn: Connection,
    *,
    since: datetime,
    until: datetime,
    by: Grouping | None = None,
    team: str | None = None,
    brand: str | None = None,
) -> list[Performance]:
    """Of the posts' cases published in the window, one entry for each group, all together last.

    `team` and `brand` narrow them.

    A case that was merged away is counted with the one that took it over, and so are its answers.
    At `until` an answer that is not due yet is neither kept nor missed.
    """
    narrowed = [] if team is None else [cases.c.team == team]
    narrowed += [] if brand is None else [cases.c.brand == brand]
    found = _answerable(conn, *narrowed, since=since, until=until)
    turns = _next_responses(conn, found)
    groups: dict[str, list[_Case]] = defaultdict(list)
    if by is not None:
        for case in found:
            groups[_KEYS[by](case) or "nobody"].append(case)
    told = [_of(name, groups[name], turns, until) for name in sorted(groups)]
    return [*told, _of(ALL, found, turns, until)]


class _Case(NamedTuple):
    """What is asked of a case: reading all of it takes five times as long."""

    id: int
    mention_id: str
    team: str
    agent: str
    brand: str
    no_reply: str
    published_at: datetime
    first_reply_at: datetime | None
    last_reply_at: datetime | None
    frt_due_at: datetime | None
    frt_breached_at: datetime | None
    resolved_at: datetime | None


_COLUMNS = [cases.c[name] for name in _Case._fields]


def _answerable(
    conn: Connection, *narrowed: ColumnElement[bool], since: datetime, until: datetime
) -> list[_Case]:
    rows = select(*_COLUMNS).where(
        *narrowed,
        cases.c.published_at >= since,
        cases.c.published_at < until,
        cases.c.mention_id.is_not(None),
        cases.c.status != "merged",
    )
    return [_Case(*row) for row in conn.execute(rows.order_by(cases.c.id))]


def _source(case: _Case) -> str:
    return case.mention_id.partition(":")[0]


_KEYS: Mapping[Grouping, Callable[[_Case], str]] = {
    "team": lambda case: case.team,
    "agent": lambda case: case.agent,
    "source": _source,
    "brand": lambda case: case.brand,
    "hour": lambda case: f"{case.published_at:%H}:00",
}


def _of(
    name: str,
    group: Sequence[_Case],
    turns: Mapping[int, Sequence[timedelta]],
    until: datetime,
) -> Performance:
    first = {
        case.id: max(case.first_reply_at - case.published_at, timedelta(0))
        for case in group
        if case.first_reply_at is not None
    }
    late = [c for c in group if c.id not in first and _is_due(c, c.published_at + QUICK, until)]
    missed = {case.id for case in group if case.frt_breached_at is not None}
    judged = [
        case
        for case in group
        if case.id in first or case.id in missed or _is_due(case, case.frt_due_at, until)
    ]
    return Performance(
        group=name,
        cases=len(group),
        answered=len(first),
        quick=_share(sum(span <= QUICK for span in first.values()), len(first) + len(late)),
        kept=_share(sum(c.id in first and c.id not in missed for c in judged), len(judged)),
        frt=Spread.of(first.values()),
        nrt=Spread.of(span for case in group for span in turns.get(case.id, ())),
        rt=Spread.of(
            case.resolved_at - case.published_at for case in group if case.resolved_at is not None
        ),
    )


def _is_due(case: _Case, at: datetime | None, until: datetime) -> bool:
    """Whether somebody should have answered by then: not where nobody has to."""
    return at is not None and at < until and not case.no_reply


def _next_responses(conn: Connection, found: Sequence[_Case]) -> dict[int, list[timedelta]]:
    """How long the author waited for each answer but the first."""
    answers: dict[int, set[datetime]] = defaultdict(set)
    written: dict[int, list[datetime]] = defaultdict(list)
    home = _homes(conn, [case.id for case in found])
    # Most cases are answered once, and have no next answer; what was merged may bring them one.
    several = {case.id for case in found if case.first_reply_at != case.last_reply_at}
    several |= {into for case_id, into in home.items() if case_id != into}
    home = {case_id: into for case_id, into in home.items() if into in several}
    for some in _chunks(list(home)):
        # The one value that is asked for, not the whole detail: 17,000 of them in half the time.
        answered_at = audit.c.detail["answered_at"].as_string()
        trail = select(audit.c.case_id, answered_at).where(
            audit.c.case_id.in_(some), audit.c.action == "answered"
        )
        for case_id, at in conn.execute(trail):
            answers[home[case_id]].add(datetime.fromisoformat(at))
    for some in _chunks(sorted(several)):
        posts = select(case_posts.c.case_id, case_posts.c.published_at).where(
            case_posts.c.case_id.in_(some), case_posts.c.no_reply == ""
        )
        for case_id, at in conn.execute(posts.order_by(case_posts.c.published_at)):
            written[case_id].append(at)
    return {case_id: _waits(sorted(at), written[case_id]) for case_id, at in answers.items()}


def _homes(conn: Connection, case_ids: Sequence[int]) -> dict[int, int]:
    """Where a case's answers count: with the case itself, or with the one that took it over."""
    homes = {case_id: case_id for case_id in case_ids}
    last = list(case_ids)
    while last:
        found: list[int] = []
        for some in _chunks(last):
            merged = select(cases.c.id, cases.c.merged_into).where(cases.c.merged_into.in_(some))
            for case_id, into in conn.execute(merged):
                homes[case_id] = homes[into]
                found.append(case_id)
        last = found
    return homes


def _waits(answers: Sequence[datetime], written: Sequence[datetime]) -> list[timedelta]:
    """From the author's first post after an answer to the next answer."""
    found = []
    for before, after in pairwise(answers):
        asked = next((at for at in written if before < at <= after), None)
        if asked is not None:
            found.append(after - asked)
    return found


def _chunks(case_ids: Sequence[int], size: int = IN_ONE) -> Iterable[Sequence[int]]:
    return (case_ids[start : start + size] for start in range(0, len(case_ids), size))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _quantile(ordered: Sequence[timedelta], share: float) -> timedelta | None:
    """The smallest that at least `share` of them do not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
