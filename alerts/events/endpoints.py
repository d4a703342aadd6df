"""Endpoints: who takes what they are told, who is tried again later, who is paused.

What cannot be told to one holds up nothing but its own line: there its events keep their order.
"""

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts.events.tables import webhook_endpoints
from alerts.outbox import LEASE, LONGEST_PAUSE, backoff
from mentions.errors import Conflict

MAX_FAILS = 15
"""Then an endpoint is paused: with the pauses of the outbox after about nine hours."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How an endpoint is doing. `missed` are mentions that were not kept for it, as it was full."""

    name: str
    fails: int
    failing_since: datetime | None
    next_try_at: datetime
    paused_at: datetime | None
    paused_because: str
    missed: int

    @property
    def state(self) -> str:
        """'paused', 'failing' or 'fine'."""
        return "paused" if self.paused_at else "failing" if self.fails else "fine"


_COLUMNS = [webhook_endpoints.c[field.name] for field in fields(Endpoint)]


def endpoints(conn: Connection, names: Iterable[str], *, now: datetime) -> dict[str, Endpoint]:
    """How each is doing; what was never tried is fine."""
    fresh = {name: Endpoint(name, 0, None, now, None, "", 0) for name in names}
    rows = conn.execute(select(*_COLUMNS).where(webhook_endpoints.c.name.in_(list(fresh))))
    return fresh | {row["name"]: Endpoint(**row) for row in rows.mappings()}


def ill(conn: Connection, names: Collection[str]) -> list[str]:
    """Of these, the ones that are paused or failing."""
    table = webhook_endpoints.c
    is_ill = or_(table.paused_at.is_not(None), table.fails > 0)
    wanted = select(table.name).where(table.name.in_(list(names)), is_ill)
    return list(conn.execute(wanted).scalars())


def claim(conn: Connection, name: str, *, now: datetime) -> bool:
    """Whether the endpoint is due and ours until the lease ends; nobody else tells it meanwhile."""
    _know(conn, name, now)
    table = webhook_endpoints.c
    is_free = or_(table.claimed_until.is_(None), table.claimed_until <= now)
    is_due = (table.name == name) & table.paused_at.is_(None)
    is_due &= or_(table.fails == 0, table.next_try_at <= now)
    take = update(webhook_endpoints).where(is_due, is_free).values(claimed_until=now + LEASE)
    return conn.execute(take).rowcount == 1


def hold(conn: Connection, name: str, *, now: datetime) -> None:
    """Keep a claim for another lease."""
    _set(conn, name, claimed_until=now + LEASE)


def let_go(conn: Connection, name: str) -> None:
    """Give a claim back."""
    _set(conn, name, claimed_until=None)


def note_success(conn: Connection, name: str) -> None:
    """It took what it was told."""
    _set(conn, name, fails=0, failing_since=None)


def note_failure(
    conn: Connection,
    name: str,
    *,
    now: datetime,
    chance: random.Random,
    asked_seconds: float | None,
    because: str,
) -> None:
    """It did not: it is tried again later, as long as it asked for, and paused after MAX_FAILS."""
    kept = endpoints(conn, [name], now=now)[name]
    fails = kept.fails + 1
    asked = min(asked_seconds or 0, LONGEST_PAUSE.total_seconds())
    later = now + max(backoff(fails, chance), timedelta(seconds=asked))
    since = kept.failing_since or now
    _set(conn, name, fails=fails, failing_since=since, next_try_at=later)
    if fails >= MAX_FAILS:
        pause(conn, name, because=f"{fails} tries failed; the last: {because}", now=now)


def pause(conn: Connection, name: str, *, because: str, now: datetime) -> None:
    """Tell it nothing until it is resumed; what happens meanwhile is kept."""
    _know(conn, name, now)
    _set(conn, name, paused_at=now, paused_because=because[:500])


def resume(conn: Connection, name: str, *, now: datetime) -> None:
    """Tell it again, first what waited. Raises Conflict where it is fine."""
    if endpoints(conn, [name], now=now)[name].state == "fine":
        raise Conflict(f"webhook {name} is neither paused nor failing; nothing waits to be resumed")
    fresh = {"paused_at": None, "paused_because": "", "fails": 0, "failing_since": None}
    _set(conn, name, **fresh, next_try_at=now, missed=0)


def note_missed(conn: Connection, missed: Mapping[str, int], *, now: datetime) -> None:
    """Count mentions that were not kept for an endpoint."""
    for name, number in missed.items():
        _know(conn, name, now)
        _set(conn, name, missed=webhook_endpoints.c.missed + number)


def _know(conn: Connection, name: str, now: datetime) -> None:
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    put = dialect.insert(webhook_endpoints).values(name=name, next_try_at=now)
    conn.execute(put.on_conflict_do_nothing(index_elements=["name"]))


def _set(conn: Connection, name: str, **values: object) -> None:
    conn.execute(update(webhook_endpoints).where(webhook_endpoints.c.name == name).values(**values))
