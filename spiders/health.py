"""How each source is doing, from the runs that were remembered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sql

from spiders.pacing import REMEMBERED, Pass
from spiders.run import Quota
from spiders.state import source_runs

DAY = timedelta(days=1)
USUAL = timedelta(days=7)
KNOWN_AFTER = timedelta(days=2)
"""Days of running, before the last one, after which there is something usual."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source's last run and what came before it.

    `failures` counts the failed runs since the last success; `last_post_at` is when a run last
    brought a post, `last_worked_at` when one last worked, if only in part. None is never.
    `passes` are the last ones, the oldest first.
    """

    source: str
    last_run_at: datetime
    last_success_at: datetime | None
    last_post_at: datetime | None
    last_worked_at: datetime | None
    failures: int
    error: str
    posts_last_run: int
    withheld_last_run: int
    quota: Quota | None
    passes: tuple[Pass, ...]


def heard_at(conn: sql.Connection, source: str) -> datetime | None:
    """When the last successful run of the source began; what came since was not all heard."""
    runs = source_runs.c
    of_source = (runs.source == source) & runs.ok.is_(True)
    began: datetime | None = conn.scalar(sql.select(sql.func.max(runs.started_at)).where(of_source))
    return began


def last_runs(
    conn: sql.Connection, sources: Iterable[str] = (), *, now: datetime | None = None
) -> list[SourceHealth]:
    """The health of each source that ever ran (or of those named), by name.

    With `now`, as it was then.
    """
    runs = source_runs.c
    query = sql.select(sql.func.max(runs.id)).group_by(runs.source)
    if wanted := list(sources):
        query = query.where(runs.source.in_(wanted))
    if now is not None:
        query = query.where(runs.ended_at <= now)
    rows = conn.execute(sql.select(source_runs).where(runs.id.in_(query)).order_by(runs.source))
    return [_health(conn, row) for row in rows.all()]


def _health(conn: sql.Connection, last: sql.Row[tuple[object, ...]]) -> SourceHealth:
    runs = source_runs.c
    of_source = (runs.source == last.source) & (runs.id <= last.id)
    success = conn.execute(
        sql.select(runs.id, runs.ended_at)
        .where(of_source, runs.ok.is_(True))
        .order_by(runs.id.desc())
        .limit(1)
    ).first()
    last_post_at = conn.scalar(
        sql.select(runs.ended_at).where(of_source, runs.posts > 0).order_by(runs.id.desc()).limit(1)
    )
    last_worked_at = conn.scalar(
        sql.select(sql.func.max(runs.ended_at)).where(of_source, runs.fault == 0)
    )
    since = runs.id > success.id if success else sql.true()
    failures = conn.scalar(
        sql.select(sql.func.count()).select_from(source_runs).where(of_source, since)
    )
    return SourceHealth(
        source=last.source,
        last_run_at=last.ended_at,
        last_success_at=success.ended_at if success else None,
        last_post_at=last_post_at,
        last_worked_at=last_worked_at,
        failures=failures or 0,
        error=last.error,
        posts_last_run=last.posts,
        withheld_last_run=last.withheld,
        quota=Quota(last.quota_left, last.quota_of) if last.quota_left is not None else None,
        passes=_passes(conn, of_source),
    )


def _passes(conn: sql.Connection, of_source: sql.ColumnElement[bool]) -> tuple[Pass, ...]:
    runs = source_runs.c
    newest_first = conn.execute(
        sql.select(runs.ended_at, runs.fault, runs.posts)
        .where(of_source)
        .order_by(runs.id.desc())
        .limit(REMEMBERED)
    )
    return tuple(Pass(*row) for row in reversed(newest_first.all()))


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a source brings. `usual_per_day` is over the week before the last day, None for a
    source younger than that; `failed_share` is of the runs of the last day.
    """

    posts_last_day: int
    usual_per_day: float | None
    failed_share: float
    newest_post_at: datetime | None


def paces(conn: sql.Connection, *, now: datetime) -> dict[str, Pace]:
    """The pace of each source that ran within the last eight days."""
    runs = source_runs.c
    day_ago, began = now - DAY, now - DAY - USUAL
    is_recent = runs.ended_at >= day_ago
    rows = conn.execute(
        sql.select(
            runs.source,
            sql.func.sum(sql.case((is_recent, runs.posts), else_=0)).label("posts"),
            sql.func.sum(sql.case((is_recent, 0), else_=runs.posts)).label("before"),
            sql.func.sum(sql.case((is_recent, 1), else_=0)).label("runs"),
            sql.func.sum(sql.case((is_recent & runs.ok.is_(False), 1), else_=0)).label("failed"),
            sql.func.min(runs.ended_at).label("first"),
            sql.func.max(runs.newest_post_at).label("newest"),
        )
        .where(runs.ended_at >= began, runs.ended_at <= now)
        .group_by(runs.source)
    )
    return {row.source: _pace(row, day_ago) for row in rows}


def _pace(row: Any, day_ago: datetime) -> Pace:
    known_for = day_ago - row.first
    is_known = known_for >= KNOWN_AFTER
    return Pace(
        posts_last_day=int(row.posts),
        usual_per_day=int(row.before) / (known_for / DAY) if is_known else None,
        failed_share=row.failed / row.runs if row.runs else 0.0,
        newest_post_at=row.newest,
    )
