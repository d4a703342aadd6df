"""Listing: which cases there are, and all that belongs to one."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from cases.case import LIVING, AuditEntry, Case, CaseFile, Note, Post, Priority, Status
from cases.conversation import case_id_of
from cases.ledger import read_case, read_cases
from cases.tables import audit, case_posts, cases, notes


def list_cases(
    conn: Connection,
    *,
    status: Status | Collection[Status] | None = None,
    team: str | None = None,
    agent: str | None = None,
    brand: str | None = None,
    priority: Priority | None = None,
    overdue_at: datetime | None = None,
    opened_since: datetime | None = None,
    ids: Collection[int] | None = None,
    after: tuple[datetime | None, int] | None = None,
    teams: Collection[str] | None = None,
    brands: Collection[str] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Case]:
    """Cases, the one that is due first at the top, those without a running clock last.

    `agent` '' asks for those that nobody has; `overdue_at` for those whose clock is past due then;
    `ids` for those of them that are there; `teams` and `brands` for what lies in any of them;
    `after` for those that come after one that was due at that time (None is without a clock) and
    has that number.
    """
    wanted = _within(teams, brands)
    if status is not None:
        statuses = [status] if isinstance(status, str) else list(status)
        wanted.append(cases.c.status.in_(statuses))
    equal = {"team": team, "agent": agent, "brand": brand, "priority": priority}
    wanted += [cases.c[name] == value for name, value in equal.items() if value is not None]
    if overdue_at is not None:
        wanted.append(cases.c.due_at < overdue_at)
    if opened_since is not None:
        wanted.append(cases.c.opened_at >= opened_since)
    if ids is not None:
        wanted.append(cases.c.id.in_(ids))
    if after is not None:
        wanted.append(_comes_after(*after))
    order = (cases.c.due_at.is_(None), cases.c.due_at)
    return read_cases(conn, *wanted, order=order, limit=limit, offset=offset)


def _comes_after(due_at: datetime | None, case_id: int) -> ColumnElement[bool]:
    """Behind that case in the order of `list_cases`."""
    has_none = cases.c.due_at.is_(None)
    if due_at is None:
        return and_(has_none, cases.c.id > case_id)
    same = and_(cases.c.due_at == due_at, cases.c.id > case_id)
    return or_(cases.c.due_at > due_at, same, has_none)


def count_cases(
    conn: Connection,
    *,
    now: datetime,
    teams: Collection[str] | None = None,
    brands: Collection[str] | None = None,
) -> dict[str, int]:
    """How many cases there are per status, how many are `overdue` and `unassigned`."""
    counted = select(func.count().label("number")).where(*_within(teams, brands))
    by_status = counted.add_columns(cases.c.status).group_by(cases.c.status)
    counts = {row.status: row.number for row in conn.execute(by_status)}
    overdue = counted.where(cases.c.due_at < now)
    nobodys = counted.where(cases.c.agent == "", cases.c.status == "open")
    counts["overdue"] = conn.execute(overdue).scalar_one()
    counts["unassigned"] = conn.execute(nobodys).scalar_one()
    return counts


def count_by_brand(
    conn: Connection,
    *,
    now: datetime,
    teams: Collection[str] | None = None,
    brands: Collection[str] | None = None,
) -> dict[str, tuple[int, int]]:
    """Brand -> how many living cases it has, if any, and how many of them are overdue."""
    overdue = func.count().filter(cases.c.due_at < now)
    seen = (cases.c.status.in_(LIVING), *_within(teams, brands))
    living = select(cases.c.brand, func.count(), overdue).where(*seen)
    rows = conn.execute(living.group_by(cases.c.brand))
    return {brand: (number, late) for brand, number, late in rows}


@dataclass(slots=True)
class Queues:
    """How many living cases an agent has, nobody has, are due before a time, and each team has."""

    own: int = 0
    nobodys: int = 0
    due: int = 0
    by_team: dict[str, int] = field(default_factory=dict)


def count_queues(
    conn: Connection,
    *,
    agent: str,
    due_before: datetime,
    teams: Collection[str] | None = None,
    brands: Collection[str] | None = None,
) -> Queues:
    """The queues as the agent sees them; a team without a living case is not named."""
    query = select(
        cases.c.team,
        func.count().label("number"),
        func.count().filter(cases.c.agent == agent).label("own"),
        func.count().filter(cases.c.agent == "").label("nobodys"),
        func.count().filter(cases.c.due_at < due_before).label("due"),
    ).where(cases.c.status.in_(LIVING), *_within(teams, brands))
    queues = Queues()
    for row in conn.execute(query.group_by(cases.c.team)):
        queues.own += row.own
        queues.nobodys += row.nobodys
        queues.due += row.due
        queues.by_team[row.team] = row.number
    return queues


def _within(
    teams: Collection[str] | None, brands: Collection[str] | None
) -> list[ColumnElement[bool]]:
    """The conditions of what somebody may see."""
    limits = ((cases.c.team, teams), (cases.c.brand, brands))
    return [column.in_(names) for column, names in limits if names is not None]


def show_case(conn: Connection, case_id: int) -> CaseFile:
    """The case with its posts, notes and audit trail, oldest first. Raises NotFound.

    Notes and trails of the cases that were merged into it come along, each with its own number.
    """
    case = read_case(conn, case_id)
    merged = merged_cases(conn, case_id)
    own = (case_id, *merged)
    posts = _of_cases(case_posts, Post, own).order_by(case_posts.c.published_at, case_posts.c.id)
    written = _of_cases(notes, Note, own).order_by(notes.c.id)
    trail = _of_cases(audit, AuditEntry, own).order_by(audit.c.id)
    return CaseFile(
        case=case,
        posts=tuple(Post(**row) for row in conn.execute(posts).mappings()),
        notes=tuple(Note(**row) for row in conn.execute(written).mappings()),
        audit=tuple(AuditEntry(**row) for row in conn.execute(trail).mappings()),
        merged=merged,
    )


def case_of_mention(conn: Connection, mention_id: str) -> Case | None:
    """The case that a mention belongs to, if it has one."""
    case_id = case_id_of(conn, mention_id)
    return None if case_id is None else read_case(conn, case_id)


def merged_cases(conn: Connection, case_id: int) -> tuple[int, ...]:
    """The cases merged into it, directly or by way of another."""
    found: list[int] = []
    last = [case_id]
    while last:
        query = select(cases.c.id).where(cases.c.merged_into.in_(last)).order_by(cases.c.id)
        last = list(conn.execute(query).scalars())
        found += last
    return tuple(found)


def _of_cases(
    table: Table, kind: type[Post | Note | AuditEntry], case_ids: tuple[int, ...]
) -> Select[*tuple[Any, ...]]:
    columns = [table.c[field.name] for field in fields(kind)]
    return select(*columns).where(table.c.case_id.in_(case_ids))
