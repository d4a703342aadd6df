"""Silences: for a while, alerts that match are recorded but told to nobody.

In Alertmanager's words: matchers (all must hold), start, end, author, comment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from alerts.matchers import Labelled, Matcher, kept, match_all, restored, said
from alerts.tables import silences
from mentions.errors import Conflict, NotFound, UntaggedError

MAX_COMMENT_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Silence:
    """Who silenced what, from when (included) until when (excluded), and why."""

    id: int
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str

    def matches(self, of: Labelled) -> bool:
        """Whether every matcher holds."""
        return match_all(self.matchers, of)

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.starts_at <= now < self.ends_at

    def to_json(self) -> dict[str, Any]:
        """Every field, times as ISO 8601 in UTC, matchers as one writes them."""
        return {
            "id": self.id,
            "matchers": [str(matcher) for matcher in self.matchers],
            "starts_at": _iso(self.starts_at),
            "ends_at": _iso(self.ends_at),
            "author": self.author,
            "comment": self.comment,
        }


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def silence(
    conn: Connection,
    *,
    matchers: Iterable[Matcher],
    starts_at: datetime,
    ends_at: datetime,
    author: str,
    comment: str,
    now: datetime,
) -> int:
    """Silence what matches; returns the silence's number."""
    chosen = tuple(matchers)
    if not chosen:
        raise UntaggedError("a silence needs a matcher, such as brand=Acme")
    _check_span(starts_at, ends_at, now)
    if not author.strip():
        raise UntaggedError("a silence needs an author, so that colleagues know whom to ask")
    if len(comment) > MAX_COMMENT_CHARACTERS:
        raise UntaggedError(
            f"a comment has at most {MAX_COMMENT_CHARACTERS:,} characters; shorten it"
        )
    values = {
        "matchers": kept(chosen),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "author": author,
        "comment": comment,
        "created_at": now,
    }
    return int(conn.execute(insert(silences).values(values).returning(silences.c.id)).scalar_one())


def _check_span(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise UntaggedError("a silence must end after it starts; give a later end")
    if ends_at <= now:
        raise UntaggedError("the silence would be over already; give a later end")


def unsilence(conn: Connection, silence_id: int, *, now: datetime) -> None:
    """End a silence now. Raises NotFound, or Conflict if it is already over."""
    found = _still_there(conn, silence_id, now)
    # One that has not begun yet must not end before it starts: it becomes empty instead.
    ends = max(now, found.starts_at)
    conn.execute(update(silences).where(silences.c.id == silence_id).values(ends_at=ends))


def extend(conn: Connection, silence_id: int, *, ends_at: datetime, now: datetime) -> None:
    """Give a silence another end. Raises NotFound, or Conflict if it is already over."""
    found = _still_there(conn, silence_id, now)
    _check_span(found.starts_at, ends_at, now)
    conn.execute(update(silences).where(silences.c.id == silence_id).values(ends_at=ends_at))


def _still_there(conn: Connection, silence_id: int, now: datetime) -> Silence:
    row = conn.execute(select(silences).where(silences.c.id == silence_id)).mappings().first()
    if row is None:
        raise NotFound(
            f"there is no silence {silence_id}; list them with `untagged alerts silences`"
        )
    found = _silence(row)
    if found.ends_at <= now:
        raise Conflict(
            f"silence {silence_id} ended at {found.ends_at:%Y-%m-%d %H:%M} UTC already; "
            f"make a new one: untagged alerts silence {said(found.matchers)}"
        )
    return found


def list_silences(
    conn: Connection, *, now: datetime | None = None, with_coming: bool = False
) -> list[Silence]:
    """All silences, or with `now` those in force then; the one that ends first comes first.

    `with_coming` adds those that begin later.
    """
    wanted = select(silences).order_by(silences.c.ends_at, silences.c.id)
    if now is not None:
        wanted = wanted.where(silences.c.ends_at > now, silences.c.ends_at > silences.c.starts_at)
        if not with_coming:
            wanted = wanted.where(silences.c.starts_at <= now)
    return [_silence(row) for row in conn.execute(wanted).mappings()]


def _silence(row: RowMapping) -> Silence:
    return Silence(
        id=row["id"],
        matchers=restored(row["matchers"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        author=row["author"],
        comment=row["comment"],
    )
