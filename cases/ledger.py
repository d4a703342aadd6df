"""Reads cases from their rows and writes their changes, each with its audit entry.

Every change of a case goes through `change`, so that the audit trail tells its whole life and
folding the trail (`folded`) gives what the case is now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, RowMapping, select

from cases.case import LIVING, AuditEntry, Case
from cases.clocks import awaits_answer, kept_in_index
from cases.news import hear
from cases.tables import audit, cases
from cases.untold import note_untold
from mentions.errors import Conflict, NotFound, Outdated
from mentions.numbers import MAX_NUMBER

AUDITED = (
    "team",
    "agent",
    "status",
    "priority",
    "sla",
    "tags",
    "route_reason",
    "assign_reason",
    "frt_due_at",
    "nrt_due_at",
    "rt_due_at",
    "frt_breached_at",
    "nrt_breached_at",
    "rt_breached_at",
    "first_reply_at",
    "last_reply_at",
    "resolved_at",
    "snoozed_until",
    "no_reply",
    "playbook",
    "paused_at",
    "merged_into",
)
"""What the trail tells of. Words of posts and names of authors are not among it: the trail cannot
be edited, so it must never hold what somebody may ask us to forget."""

_JSON: TypeAdapter[Any] = TypeAdapter(Any)
_COLUMNS = [column for column in cases.c if column.name in Case.__dataclass_fields__]


def case_of(row: RowMapping) -> Case:
    """The case that a row of `cases` holds."""
    return Case(**row)


def read_cases(
    conn: Connection,
    *conditions: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]] = (),
    limit: int | None = None,
    offset: int = 0,
    for_change: bool = False,
    skip_taken: bool = False,
) -> list[Case]:
    """The cases for which all conditions hold. `for_change` locks them until the commit.

    `skip_taken` leaves out what another transaction has locked (PostgreSQL; SQLite has one writer).
    """
    query = select(*_COLUMNS).where(*conditions).order_by(*order, cases.c.id)
    if limit is not None:
        query = query.limit(limit).offset(offset)
    if for_change:
        query = query.with_for_update(skip_locked=skip_taken)
    return [case_of(row) for row in conn.execute(query).mappings()]


def read_case(conn: Connection, case_id: int, *, for_change: bool = False) -> Case:
    """One case. Raises NotFound."""
    query = select(*_COLUMNS).where(cases.c.id == case_id)
    if for_change:
        query = query.with_for_update()
    is_number = 0 < case_id <= MAX_NUMBER  # a larger one is an error of the driver
    row = conn.execute(query).mappings().first() if is_number else None
    if row is None:
        raise NotFound(f"there is no case {case_id}; list them to see their numbers")
    return case_of(row)


def read_living(conn: Connection, case_id: int, *, version: int | None, doing: str) -> Case:
    """The case, locked, if it can still be worked on. Raises NotFound or Conflict.

    `version` is what the person saw when deciding; another one now means that somebody was faster.
    """
    case = read_case(conn, case_id, for_change=True)
    refuse_outdated(case, version)
    if case.status == "merged":
        raise Conflict(
            f"case {case.id} was merged into case {case.merged_into}; {doing} that one instead"
        )
    if case.status not in LIVING:
        raise Conflict(f"case {case.id} is {case.status}; reopen it first to {doing} it")
    return case


def refuse_outdated(case: Case, version: int | None) -> None:
    """Raise Outdated if the case changed since the person looked."""
    if version is not None and version != case.version:
        raise Outdated(f"case {case.id} was changed by somebody else; look at it again and decide")


def change(
    conn: Connection,
    case: Case,
    *,
    now: datetime,
    actor: str,
    action: str,
    values: dict[str, Any],
    detail: dict[str, Any] | None = None,
) -> Case:
    """Write the values and their audit entry; the case as it is then.

    Raises Outdated if the row is no longer the one that was read.
    """
    after = replace(case, **values, version=case.version + 1)
    begins = awaits_answer(after) and not awaits_answer(case)  # days of a hold are no silence
    if actor == case.agent or "agent" in values or (after.agent and begins):
        after = replace(after, touched_at=now)
    after = replace(after, **kept_in_index(after))
    written = {
        column.name: getattr(after, column.name)
        for column in _COLUMNS
        if getattr(after, column.name) != getattr(case, column.name)
    }
    done = conn.execute(
        cases.update().where(cases.c.id == case.id, cases.c.version == case.version).values(written)
    )
    if done.rowcount != 1:
        raise Outdated(f"case {case.id} was changed by somebody else; look at it again and decide")
    changed = {
        name: [_json(getattr(case, name)), _json(getattr(after, name))]
        for name in AUDITED
        if name in written
    }
    record(
        conn,
        [entry(case.id, at=now, actor=actor, action=action, changed=changed, detail=detail)],
    )
    return after


def entry(
    case_id: int,
    *,
    at: datetime,
    actor: str,
    action: str,
    changed: dict[str, list[Any]] | None = None,
    detail: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A row for `record`."""
    told = {**({"changed": changed} if changed else {}), **(detail or {})}
    return {"case_id": case_id, "at": at, "actor": actor, "action": action, "detail": told}


def record(conn: Connection, entries: Sequence[dict[str, Any]]) -> None:
    """Append to the audit trail; those who watch hear of it, and so may the world."""
    conn.execute(audit.insert(), entries)
    hear(conn, entries)
    note_untold(conn, entries)


def latest_entries(
    conn: Connection,
    *,
    actor: str = "",
    without: str = "",
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """The newest entries of all cases, by one actor or `without` one, older than `before`."""
    wanted = select(audit).order_by(audit.c.id.desc()).limit(limit).where(audit.c.actor != without)
    if actor:
        wanted = wanted.where(audit.c.actor == actor)
    if before is not None:
        wanted = wanted.where(audit.c.id < before)
    return [AuditEntry(**row) for row in conn.execute(wanted).mappings()]


def opening_state(values: dict[str, Any]) -> dict[str, list[Any]]:
    """What the first audit entry says of a new case's columns."""
    return {name: [None, _json(values[name])] for name in AUDITED if values.get(name) is not None}


def folded(trail: Iterable[AuditEntry]) -> dict[str, Any]:
    """What a case's trail, oldest first, says the case is: audited field -> JSON value."""
    state: dict[str, Any] = dict.fromkeys(AUDITED)
    for line in trail:
        for name, (_, after) in line.detail.get("changed", {}).items():
            state[name] = after
    return state


def audited_state(case: Case) -> dict[str, Any]:
    """The case's audited fields as JSON values, to hold against `folded`."""
    return {name: _json(getattr(case, name)) for name in AUDITED}


def _json(value: Any) -> Any:
    return _JSON.dump_python(value, mode="json")
