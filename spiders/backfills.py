"""Backfills: which window of a source's past is read, and how far that has come.

Functions take a Connection inside a transaction that the caller began. A source has one backfill;
the next takes its place. Nothing here touches the live run's cursor, its runs or its health.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from spiders.past import Past
from spiders.run import Cursor, SourceRun
from spiders.state import metadata, record_batches, upsert

backfills = sql.Table(
    "backfills",
    metadata,
    sql.Column("source", sql.String(64), primary_key=True),
    sql.Column("asked", sql.Text, nullable=False),
    sql.Column("since", UtcDateTime, nullable=False),
    sql.Column("until", UtcDateTime, nullable=False),
    sql.Column("cursor", sql.Text, nullable=False),
    sql.Column("moved_at", UtcDateTime, nullable=False),
    sql.Column("done_at", UtcDateTime),
    sql.Column("posts", sql.Integer, nullable=False, default=0),
    sql.Column("whole", sql.Integer, nullable=False, default=0),
    sql.Column("parts", sql.Integer, nullable=False, default=0),
    sql.Column("last_post_at", UtcDateTime),
    sql.Column("short", sql.Text, nullable=False, default="[]"),
)


@dataclass(frozen=True, slots=True)
class Backfill:
    """One backfill. `asked` is what somebody typed for the window, to know it again.

    `whole` of its `parts` were read to their end; `short` says what cannot be had. `posts` counts
    what was written, posts seen twice twice.
    """

    source: str
    asked: str
    past: Past
    moved_at: datetime
    cursor: Cursor = field(default_factory=dict)
    done_at: datetime | None = None
    posts: int = 0
    whole: int = 0
    parts: int = 0
    last_post_at: datetime | None = None
    short: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """How far it has come, in words."""
        since, until = (f"{at:%Y-%m-%d %H:%M}Z" for at in (self.past.since, self.past.until))
        window = f"backfill from {since} to {until}"
        if self.done_at is not None:
            return f"{window}: done, {self.posts} posts"
        at = f", now at {self.last_post_at:%Y-%m-%d %H:%M}Z" if self.last_post_at else ""
        parts = f"{self.whole} of {self.parts} parts whole, " if self.parts else ""
        return f"{window}: {parts}{self.posts} posts{at}"

    def to_json(self) -> dict[str, Any]:
        """What listings print."""
        return {
            "since": self.past.since.isoformat(),
            "until": self.past.until.isoformat(),
            "done": self.done_at is not None,
            "posts": self.posts,
            "parts_whole": self.whole,
            "parts": self.parts,
            "moved_at": self.moved_at.isoformat(),
            "last_post_at": self.last_post_at.isoformat() if self.last_post_at else None,
            "short": list(self.short),
        }


def read_backfills(conn: sql.Connection) -> dict[str, Backfill]:
    """Each source's backfill, finished or not."""
    return {row.source: _read(row) for row in conn.execute(sql.select(backfills))}


def keep_backfill(conn: sql.Connection, backfill: Backfill, run: SourceRun | None = None) -> None:
    """Remember where it stands, together with the batches of the run that brought it there."""
    if run is not None:
        record_batches(conn, run.batches)
    values: Mapping[str, Any] = {
        "asked": backfill.asked,
        "since": backfill.past.since,
        "until": backfill.past.until,
        "cursor": json.dumps(backfill.cursor),
        "moved_at": backfill.moved_at,
        "done_at": backfill.done_at,
        "posts": backfill.posts,
        "whole": backfill.whole,
        "parts": backfill.parts,
        "last_post_at": backfill.last_post_at,
        "short": json.dumps(backfill.short),
    }
    upsert(conn, backfills, {"source": backfill.source}, values, update=values)


def _read(row: Any) -> Backfill:
    return Backfill(
        source=row.source,
        asked=row.asked,
        past=Past(since=row.since, until=row.until),
        moved_at=row.moved_at,
        cursor=json.loads(row.cursor),
        done_at=row.done_at,
        posts=row.posts,
        whole=row.whole,
        parts=row.parts,
        last_post_at=row.last_post_at,
        short=tuple(json.loads(row.short)),
    )
