"""What collecting remembers: cursors, the ledger of batches, quarantine, and every run.

Functions take a Connection inside a transaction that the caller began, so that a cursor and the
batches it covers are remembered together or not at all.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy_utc import UtcDateTime

from mentions.collected import Reject
from spiders.journal import Batch, named
from spiders.quarantine import MAX_REASON_CHARACTERS, storable
from spiders.run import Cursor, SourceRun

metadata = sql.MetaData()

cursors = sql.Table(
    "cursors",
    metadata,
    sql.Column("source", sql.String(64), primary_key=True),
    sql.Column("cursor", sql.Text, nullable=False),
    sql.Column("moved_at", UtcDateTime, nullable=False),
)

batches = sql.Table(
    "batches",
    metadata,
    sql.Column("name", sql.String(200), primary_key=True),
    sql.Column("source", sql.String(64), nullable=False),
    sql.Column("written_at", UtcDateTime, nullable=False),
    sql.Column("state", sql.String(16), nullable=False),
    sql.Column("posts", sql.Integer, nullable=False, default=0),
    sql.Column("deletions", sql.Integer, nullable=False, default=0),
    sql.Column("rejects", sql.Integer, nullable=False, default=0),
    sql.Column("processed_at", UtcDateTime),
    sql.Column("indexed", sql.Integer),
    sql.Column("unmatched", sql.Integer),
    sql.CheckConstraint("state IN ('waiting', 'processed')", name="ck_batches_state"),
    sql.Index("ix_batches_state_name", "state", "name"),
)

quarantine = sql.Table(
    "quarantine",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("batch", sql.String(200), nullable=False),
    sql.Column("line", sql.Integer, nullable=False),
    sql.Column("source", sql.String(64), nullable=False),
    sql.Column("reason", sql.Text, nullable=False),
    sql.Column("raw", sql.Text, nullable=False),
    sql.Column("at", UtcDateTime, nullable=False),
    sql.UniqueConstraint("batch", "line", name="uq_quarantine_batch_line"),
    sql.Index("ix_quarantine_source_at", "source", "at"),
)

source_runs = sql.Table(
    "source_runs",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("source", sql.String(64), nullable=False),
    sql.Column("started_at", UtcDateTime, nullable=False),
    sql.Column("ended_at", UtcDateTime, nullable=False),
    sql.Column("ok", sql.Boolean, nullable=False),
    sql.Column("posts", sql.Integer, nullable=False),
    sql.Column("withheld", sql.Integer, nullable=False, default=0),
    sql.Column("error", sql.Text, nullable=False, default=""),
    sql.Column("newest_post_at", UtcDateTime),
    sql.Column("fault", sql.Float, nullable=False, server_default="0"),
    sql.Column("quota_left", sql.Integer),
    sql.Column("quota_of", sql.Integer),
    sql.Index("ix_source_runs_source_started_at", "source", "started_at"),
)


def read_cursor(conn: sql.Connection, source: str) -> dict[str, Any]:
    """Where the source goes on; empty before its first run."""
    return read_cursors(conn, [source]).get(source, {})


def read_cursors(conn: sql.Connection, sources: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Where each source goes on; those that never ran are missing."""
    wanted = cursors.c.source.in_(list(sources))
    rows = conn.execute(sql.select(cursors.c.source, cursors.c.cursor).where(wanted))
    return {row.source: json.loads(row.cursor) for row in rows}


def move_cursor(conn: sql.Connection, source: str, cursor: Cursor, *, at: datetime) -> None:
    """Remember where the source goes on. Call it only once what it covers is in the journal."""
    values = {"cursor": json.dumps(cursor), "moved_at": at}
    upsert(conn, cursors, {"source": source}, values, update=values)


def record_batch(conn: sql.Connection, batch: Batch) -> None:
    """Enter a batch into the ledger as waiting; one that is there already stays as it is."""
    counts = {"posts": batch.posts, "deletions": batch.deletions, "rejects": batch.rejects}
    values = {"source": batch.source, "written_at": batch.written_at, "state": "waiting", **counts}
    upsert(conn, batches, {"name": batch.name}, values, update=counts)


def record_batches(conn: sql.Connection, found: Iterable[Batch]) -> None:
    """Enter what a run brought into the ledger."""
    for batch in found:
        record_batch(conn, batch)


def record_run(conn: sql.Connection, run: SourceRun) -> None:
    """Remember what a pass did: its batches, its cursor and its outcome."""
    record_batches(conn, run.batches)
    if run.cursor is not None:
        move_cursor(conn, run.source, run.cursor, at=run.ended_at)
    conn.execute(
        source_runs.insert().values(
            source=run.source,
            started_at=run.started_at,
            ended_at=run.ended_at,
            ok=run.ok,
            posts=run.posts,
            withheld=run.withheld,
            error=storable(run.error, MAX_REASON_CHARACTERS),
            newest_post_at=run.newest_post_at,
            fault=run.fault,
            quota_left=run.quota.left if run.quota else None,
            quota_of=run.quota.of if run.quota else None,
        )
    )


def waiting_batches(conn: sql.Connection, names: Sequence[str]) -> list[str]:
    """Those of the journal's batches that are not processed yet, oldest first.

    A batch that a killed run left in the journal and out of the ledger waits like any other.
    """
    if not names:
        return []
    done = sql.select(batches.c.name).where(
        batches.c.state == "processed", batches.c.name >= min(names)
    )
    processed = set(conn.scalars(done))
    return sorted(name for name in names if name not in processed)


def finish_batch(
    conn: sql.Connection,
    name: str,
    *,
    indexed: int,
    unmatched: int,
    rejects: Sequence[Reject],
    at: datetime,
) -> None:
    """Mark a batch as processed and keep what could not be read; doing it again replaces it.

    `unmatched` are posts that name no brand. A reject's `line` is its place among the rejects.
    """
    batch = named(name)
    outcome = {
        "state": "processed",
        "processed_at": at,
        "indexed": indexed,
        "unmatched": unmatched,
        "rejects": len(rejects),
    }
    values = {
        "source": batch.source,
        "written_at": batch.written_at,
        "posts": indexed + unmatched,
        "deletions": 0,
        **outcome,
    }
    upsert(conn, batches, {"name": name}, values, update=outcome)
    conn.execute(quarantine.delete().where(quarantine.c.batch == name))
    rows = [
        {
            "batch": name,
            "line": line,
            "source": reject.source[:64],
            "reason": storable(reject.reason, MAX_REASON_CHARACTERS),
            "raw": storable(reject.raw),
            "at": at,
        }
        for line, reject in enumerate(rejects)
    ]
    if rows:
        conn.execute(quarantine.insert(), rows)


def quarantined(
    conn: sql.Connection, limit: int = 100, source: str | None = None
) -> list[Mapping[str, Any]]:
    """What could not be read, newest first, as mappings with the columns' names."""
    query = sql.select(quarantine).order_by(quarantine.c.at.desc(), quarantine.c.id.desc())
    if source is not None:
        query = query.where(quarantine.c.source == source)
    return [dict(row) for row in conn.execute(query.limit(limit)).mappings()]


def forget(conn: sql.Connection, *, before: datetime) -> int:
    """Drop runs and quarantined posts from before the moment; returns how many.

    The ledger stays: a batch may leave it only after it left the journal (`forget_batch`).
    """
    dropped = 0
    for table, column in ((source_runs, source_runs.c.ended_at), (quarantine, quarantine.c.at)):
        dropped += conn.execute(table.delete().where(column < before)).rowcount
    return dropped


def forget_batch(conn: sql.Connection, name: str) -> None:
    """Drop a batch from the ledger. Its file must be gone, or it would be processed again."""
    conn.execute(batches.delete().where(batches.c.name == name))


def upsert(
    conn: sql.Connection,
    table: sql.Table,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    update: Mapping[str, Any],
) -> None:
    """Insert, or update these values of the row that has the key; safe beside other writers."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**key, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(update)))
