"""Overdue: promises about to be missed, missed, and missed for long, each noticed once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cases.case import SYSTEM, Case
from cases.clocks import ClockKind, NoticeKind, newly_missed, noticed_as, notices, running
from cases.ledger import change, read_cases
from cases.tables import cases


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise of an open case that was due at `due_at` and is not kept."""

    case: Case
    kind: ClockKind
    due_at: datetime


def breaches(conn: Connection, now: datetime, *, limit: int | None = None) -> list[Breach]:
    """The promises missed by `now` that no earlier call returned; the longest missed first.

    Each is marked on its case in the same transaction, so that one notification can be written
    with it. On PostgreSQL two workers at once share them out.
    """
    late = read_cases(
        conn,
        cases.c.next_breach_at < now,
        order=(cases.c.next_breach_at,),
        limit=limit,
        for_change=True,
        skip_taken=True,
    )
    return [breach for case in late for breach in _notice(conn, case, now)]


def _notice(conn: Connection, case: Case, now: datetime) -> list[Breach]:
    missed = newly_missed(case, now)
    values: dict[str, Any] = {f"{kind.lower()}_breached_at": at for kind, at in missed.items()}
    told = {"missed": list(missed)}
    marked = change(
        conn, case, now=now, actor=SYSTEM, action="breached", values=values, detail=told
    )
    return [Breach(marked, kind, at) for kind, at in missed.items()]


@dataclass(frozen=True, slots=True)
class Notice:
    """A promise of an open case, due at `due_at`, of which the team is `warned`, or `escalated`."""

    case: Case
    what: NoticeKind
    kind: ClockKind
    due_at: datetime


def due_notices(conn: Connection, now: datetime, *, limit: int | None = None) -> list[Notice]:
    """Warnings and escalations due by `now` that no earlier call returned; see `breaches`.

    Call it after `breaches`, so that nobody is warned of what is missed already.
    """
    soon = read_cases(
        conn,
        cases.c.next_notice_at <= now,
        order=(cases.c.next_notice_at,),
        limit=limit,
        for_change=True,
        skip_taken=True,
    )
    return [notice for case in soon for notice in _tell(conn, case, now)]


def _tell(conn: Connection, case: Case, now: datetime) -> list[Notice]:
    dues = running(case)
    told = [notice for notice, moment in notices(case).items() if moment <= now]
    noticed = {noticed_as(kind, what): dues[kind].isoformat() for kind, what in told}
    values: dict[str, Any] = {"noticed": {**case.noticed, **noticed}}
    detail = {"noticed": sorted(noticed)}
    action = "escalated" if any(what == "escalated" for _, what in told) else "warned"
    marked = change(conn, case, now=now, actor=SYSTEM, action=action, values=values, detail=detail)
    return [Notice(marked, what, kind, dues[kind]) for kind, what in told]
