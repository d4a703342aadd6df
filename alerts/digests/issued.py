"""Issued digests: made once for a period and kept, so that the same period is the same digest.

Functions take a Connection inside a transaction that the caller began.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from alerts.digests.digest import Digest, Kind
from alerts.digests.record import from_json, to_json
from alerts.digests.tables import issued_digests
from mentions.errors import NotFound

OF_TEAMS: tuple[Kind, ...] = ("team",)
"""Kinds that tell of teams: without one, they are about all."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A digest that was kept; `changed_at` is when it was made last."""

    id: int
    digest: Digest
    made_at: datetime
    changed_at: datetime

    def about(self) -> dict[str, Any]:
        """What it is about as JSON, without its records and its document."""
        digest = self.digest
        return {
            "id": self.id,
            "kind": digest.kind,
            "title": digest.title,
            "brand": digest.brand,
            "team": digest.team,
            "since": digest.since.isoformat(),
            "until": digest.until.isoformat(),
            "lead": list(digest.lead),
            "is_empty": digest.is_empty,
            "made_at": self.made_at.isoformat(),
            "changed_at": self.changed_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose digests somebody sees; None is all. One about all brands is for who sees all."""

    brands: Collection[str] | None = None
    teams: Collection[str] | None = None

    def has(self, kind: Kind, *, brand: str | None, team: str | None) -> bool:
        """Whether such a digest is seen."""
        is_of_teams = bool(team) or kind in OF_TEAMS
        return (self.brands is None or (brand or "") in self.brands) and (
            self.teams is None or not is_of_teams or (team or "") in self.teams
        )


def hold_still(conn: sql.Connection) -> None:
    """Until the transaction ends, nobody else keeps a digest or takes posts out of those kept.

    Whoever keeps one, or writes a letter of one, looks behind this whether its posts are still
    there; whoever took posts away cleans behind this. So one of the two sees the other. SQLite has
    one writer anyway. Call it first: who holds other rows by then may wait for who waits for them.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sql.text("LOCK TABLE issued_digests IN SHARE ROW EXCLUSIVE MODE"))


def find_issued(
    conn: sql.Connection,
    kind: Kind,
    *,
    brand: str | None,
    team: str | None,
    since: datetime,
    until: datetime,
) -> Issued | None:
    """The digest that is kept of this period, if there is one."""
    where = _of_period(kind, brand, team, since, until)
    row = conn.execute(sql.select(issued_digests).where(*where)).first()
    return None if row is None else _issued(row)


def keep(conn: sql.Connection, digest: Digest, *, now: datetime) -> tuple[Issued, bool]:
    """Keep it, unless another was faster: then that one. Says whether it is this one."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = {
        "kind": digest.kind,
        "brand": digest.brand or "",
        "team": digest.team or "",
        "since_at": digest.since,
        "until_at": digest.until,
        "content": to_json(digest),
        "made_at": now,
        "changed_at": now,
    }
    put = dialect.insert(issued_digests).values(row).on_conflict_do_nothing()
    is_first = conn.execute(put.returning(issued_digests.c.id)).first() is not None
    where = _of_period(digest.kind, digest.brand, digest.team, digest.since, digest.until)
    return _issued(conn.execute(sql.select(issued_digests).where(*where)).one()), is_first


def replace(conn: sql.Connection, digest: Digest, *, now: datetime) -> Issued:
    """Keep it in the place of what was kept of its period; its number stays."""
    kept, is_first = keep(conn, digest, now=now)
    if is_first:
        return kept
    change = sql.update(issued_digests).where(issued_digests.c.id == kept.id)
    conn.execute(change.values(content=to_json(digest), changed_at=now))
    return get_issued(conn, kept.id)


def get_issued(conn: sql.Connection, number: int) -> Issued:
    """The digest. Raises NotFound."""
    row = conn.execute(sql.select(issued_digests).where(issued_digests.c.id == number)).first()
    if row is None:
        raise NotFound(f"there is no digest {number}; list them to see their numbers")
    return _issued(row)


def list_issued(
    conn: sql.Connection,
    *,
    kind: str | None = None,
    brand: str | None = None,
    seen: Seen | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Issued]:
    """Those that ended last first; `after` goes on behind one that ended then and has that id."""
    table, seen = issued_digests.c, seen or Seen()
    where: list[Any] = [table.kind == kind] if kind else []
    where += [table.brand == brand] if brand else []
    if seen.brands is not None:
        where.append(table.brand.in_(seen.brands))
    if seen.teams is not None:
        is_of_none = sql.and_(table.team == "", table.kind.not_in(OF_TEAMS))
        where.append(sql.or_(table.team.in_(seen.teams), is_of_none))
    if after is not None:
        until, number = after
        is_same = sql.and_(table.until_at == until, table.id < number)
        where.append(sql.or_(table.until_at < until, is_same))
    order = (table.until_at.desc(), table.id.desc())
    rows = conn.execute(sql.select(issued_digests).where(*where).order_by(*order).limit(limit))
    return [_issued(row) for row in rows]


def forget_old(conn: sql.Connection, *, before: datetime) -> int:
    """Delete what ended before; how many."""
    gone = sql.delete(issued_digests).where(issued_digests.c.until_at < before)
    return int(conn.execute(gone).rowcount)


def _of_period(
    kind: Kind, brand: str | None, team: str | None, since: datetime, until: datetime
) -> list[Any]:
    table = issued_digests.c
    return [
        table.kind == kind,
        table.brand == (brand or ""),
        table.team == (team or ""),
        table.since_at == since,
        table.until_at == until,
    ]


def _issued(row: sql.Row[Any]) -> Issued:
    return Issued(row.id, from_json(row.content), row.made_at, row.changed_at)
