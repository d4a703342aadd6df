"""Silences: for a while, alerts that match are recorded but told to nobody.

In Alertmanager's words: matchers (all must hold, by equality), start, end, author, comment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from alerts.firing import Firing
from alerts.tables import silences
from mentions.errors import Conflict, NotFound, UntaggedError

MATCHABLE = ("rule", "brand", "kind", "signal", "severity")


@dataclass(frozen=True, slots=True)
class Silence:
    """Who silenced what, from when (included) until when (excluded), and why."""

    id: int
    matchers: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str

    def matches(self, firing: Firing) -> bool:
        """Whether every matcher equals the firing's own value."""
        return all(str(getattr(firing, name)) == value for name, value in self.matchers.items())


def silence(
    conn: Connection,
    *,
    matchers: Mapping[str, str],
    starts_at: datetime,
    ends_at: datetime,
    author: str,
    comment: str,
    now: datetime,
) -> int:
    """Silence what matches; returns the silence's number."""
    _check(matchers, starts_at, ends_at, author)
    values = {
        "matchers": {name: str(value) for name, value in matchers.items()},
        "starts_at": starts_at,
        "ends_at": ends_at,
        "author": author,
        "comment": comment,
        "created_at": now,
    }
    return int(conn.execute(insert(silences).values(values).returning(silences.c.id)).scalar_one())


def _check(
    matchers: Mapping[str, str], starts_at: datetime, ends_at: datetime, author: str
) -> None:
    if not matchers:
        raise UntaggedError(f"a silence needs a matcher, such as brand=Acme; known are {_KNOWN}")
    for name in matchers:
        if name not in MATCHABLE:
            raise UntaggedError(f"{name!r} cannot be matched; write one of {_KNOWN}")
    if ends_at <= starts_at:
        raise UntaggedError("a silence must end after it starts; give a later end")
    if not author.strip():
        raise UntaggedError("a silence needs an author, so that colleagues know whom to ask")


_KNOWN = ", ".join(MATCHABLE)


def unsilence(conn: Connection, silence_id: int, *, now: datetime) -> None:
    """End a silence now. Raises NotFound, or Conflict if it is already over."""
    found = _read(conn, silence_id)
    if found.ends_at <= now:
        raise Conflict(f"silence {silence_id} ended at {found.ends_at:%Y-%m-%d %H:%M} UTC already")
    # One that has not begun yet must not end before it starts: it becomes empty instead.
    ends = max(now, found.starts_at)
    conn.execute(update(silences).where(silences.c.id == silence_id).values(ends_at=ends))


def _read(conn: Connection, silence_id: int) -> Silence:
    row = conn.execute(select(silences).where(silences.c.id == silence_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no silence {silence_id}; list them with `untagged alerts list`")
    return _silence(row)


def list_silences(conn: Connection, *, now: datetime | None = None) -> list[Silence]:
    """All silences, or with `now` those in force then; the one that ends first comes first."""
    wanted = select(silences).order_by(silences.c.ends_at, silences.c.id)
    if now is not None:
        wanted = wanted.where(silences.c.starts_at <= now, silences.c.ends_at > now)
    return [_silence(row) for row in conn.execute(wanted).mappings()]


def silencing(conn: Connection, firing: Firing, *, now: datetime) -> int | None:
    """The number of a silence in force that matches, or None."""
    in_force = list_silences(conn, now=now)
    return next((silence.id for silence in in_force if silence.matches(firing)), None)


def _silence(row: RowMapping) -> Silence:
    return Silence(
        id=row["id"],
        matchers=dict(row["matchers"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        author=row["author"],
        comment=row["comment"],
    )
