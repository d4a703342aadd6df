"""Which sources are fine, which fail, and which have died without saying so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sql

from spiders.journal import Batch
from spiders.run import Quota, SourceRun
from spiders.source import Source
from spiders.state import metadata, record_run
from untagged.listening import Listened, listened

NOW = datetime(2026, 2, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCE = Source(name="board", spider="feed", every=timedelta(minutes=15))


@pytest.fixture
def engine() -> Iterator[sql.Engine]:
    engine = sql.create_engine("sqlite://")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def ran(
    engine: sql.Engine, hours_ago: float, *, posts: int, error: str = "", fault: float | None = None
) -> None:
    at = NOW - hours_ago * HOUR
    batch = Batch(name=f"{at:%Y%m%dT%H%M%S}-board", source="board", written_at=at, posts=posts)
    batches = (batch,) if posts else ()
    run = SourceRun(
        "board",
        at,
        at,
        ok=not error,
        error=error,
        batches=batches,
        newest_post_at=at,
        fault=float(bool(error)) if fault is None else fault,
        quota=Quota(55, 60),
    )
    with engine.begin() as connection:
        record_run(connection, run)


def judged(engine: sql.Engine) -> Listened:
    return listened((SOURCE,), engine.begin, now=NOW)[0]


def test_a_source_that_never_ran_says_so(engine: sql.Engine) -> None:
    assert (judged(engine).state, judged(engine).next_run_at) == ("has not run", None)


def test_a_source_that_brings_what_it_always_did_is_fine(engine: sql.Engine) -> None:
    for hours in range(163, 0, -6):
        ran(engine, hours, posts=5)
    found = judged(engine)
    assert (found.state, found.why) == ("fine", "")
    assert found.next_run_at == NOW - HOUR + SOURCE.every
    assert found.lag(NOW) == HOUR


def test_a_source_that_answers_and_brings_nothing_any_more_is_quiet(engine: sql.Engine) -> None:
    for hours in range(186, 23, -6):
        ran(engine, hours, posts=5)
    for hours in range(22, 0, -1):
        ran(engine, hours, posts=0)
    found = judged(engine)
    assert found.state == "quiet"
    assert found.why == "no post for 1 d, in which 20 were usual"


def test_a_source_that_never_brought_much_is_not_quiet_yet(engine: sql.Engine) -> None:
    for hours in (150, 90, 30):
        ran(engine, hours, posts=1)
    ran(engine, 1, posts=0)
    assert judged(engine).state == "fine"


def test_a_source_that_fails_says_how_often_and_why(engine: sql.Engine) -> None:
    ran(engine, 3, posts=1)
    ran(engine, 2, posts=0, error="403")
    ran(engine, 1, posts=0, error="403")
    found = judged(engine)
    assert (found.state, found.why) == ("failing", "failed 2 times in a row: 403")
    assert found.silent_since == NOW - 3 * HOUR


def test_a_source_that_only_fails_rests_and_says_until_when(engine: sql.Engine) -> None:
    for minutes in (60, 45, 30, 15):
        ran(engine, minutes / 60, posts=0, error="403")
    found = judged(engine)
    assert found.state == "resting"
    assert found.why == "failed 4 times in a row: 403; it rests until 12:45 UTC"
    assert found.next_run_at == NOW + timedelta(minutes=45)
    assert found.silent_since == NOW - HOUR


def test_a_source_of_which_a_part_works_is_not_silent(engine: sql.Engine) -> None:
    for hours in (3, 2, 1):
        ran(engine, hours, posts=0, error="one of two feeds is gone", fault=0)
    assert (judged(engine).state, judged(engine).silent_since) == ("failing", None)


def test_a_past_moment_knows_nothing_of_what_came_later(engine: sql.Engine) -> None:
    ran(engine, 3, posts=1)
    ran(engine, 1, posts=0, error="403")
    (then,) = listened((SOURCE,), engine.begin, now=NOW - 2 * HOUR)
    assert (then.state, then.health.posts_last_run if then.health else None) == ("fine", 1)


def test_the_quota_of_the_last_run_is_told(engine: sql.Engine) -> None:
    ran(engine, 1, posts=1)
    told = judged(engine).to_json(NOW)
    assert (told["quota_left"], told["quota_of"]) == (55, 60)
