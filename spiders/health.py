"""How each source is doing, from the runs that were remembered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql

from spiders.state import source_runs


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source's last run and what came before it.

    `failures` counts the failed runs since the last success; `last_post_at` is when a run last
    brought a post. None is never.
    """

    source: str
    last_run_at: datetime
    last_success_at: datetime | None
    last_post_at: datetime | None
    failures: int
    error: str
    posts_last_run: int
    withheld_last_run: int


def last_runs(conn: sql.Connection, sources: Iterable[str] = ()) -> list[SourceHealth]:
    """The health of each source that ever ran (or of those named), by name."""
    runs = source_runs.c
    query = sql.select(sql.func.max(runs.id)).group_by(runs.source)
    if wanted := list(sources):
        query = query.where(runs.source.in_(wanted))
    rows = conn.execute(sql.select(source_runs).where(runs.id.in_(query)).order_by(runs.source))
    return [_health(conn, row) for row in rows.all()]


def _health(conn: sql.Connection, last: sql.Row[tuple[object, ...]]) -> SourceHealth:
    runs = source_runs.c
    of_source = runs.source == last.source
    success = conn.execute(
        sql.select(runs.id, runs.ended_at)
        .where(of_source, runs.ok.is_(True))
        .order_by(runs.id.desc())
        .limit(1)
    ).first()
    last_post_at = conn.scalar(
        sql.select(runs.ended_at).where(of_source, runs.posts > 0).order_by(runs.id.desc()).limit(1)
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
        failures=failures or 0,
        error=last.error,
        posts_last_run=last.posts,
        withheld_last_run=last.withheld,
    )


def posts_since(conn: sql.Connection, since: datetime) -> dict[str, int]:
    """Posts that each source brought since the moment."""
    runs = source_runs.c
    total = sql.func.sum(runs.posts)
    rows = conn.execute(
        sql.select(runs.source, total).where(runs.ended_at >= since).group_by(runs.source)
    )
    return {source: int(posts) for source, posts in rows}
