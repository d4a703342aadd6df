from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sql

from mentions.collected import Reject
from mentions.errors import NotFound
from spiders.health import last_runs, paces
from spiders.journal import Batch, Journal
from spiders.run import SourceRun
from spiders.state import (
    batches,
    finish_batch,
    forget,
    forget_batch,
    move_cursor,
    quarantined,
    read_cursor,
    read_cursors,
    record_batch,
    record_run,
    waiting_batches,
)
from tests.spiders.posts import NOW, post


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path / "journal"))


def written(journal: Journal, minute: int = 0, source: str = "board") -> Batch:
    batch = journal.write(source, [post()], at=NOW + timedelta(minutes=minute))
    assert batch is not None
    return batch


def test_cursor_is_what_was_remembered_last(conn: sql.Connection) -> None:
    assert read_cursor(conn, "board") == {}
    move_cursor(conn, "board", {"a": {"etag": 'W/"ü"'}}, at=NOW)
    move_cursor(conn, "board", {"a": {"etag": "2"}}, at=NOW)
    move_cursor(conn, "other", {"b": [1, None]}, at=NOW)
    assert read_cursor(conn, "board") == {"a": {"etag": "2"}}
    assert read_cursors(conn, ["board", "other", "none"]) == {
        "board": {"a": {"etag": "2"}},
        "other": {"b": [1, None]},
    }


def test_run_brings_its_batches_and_its_cursor(conn: sql.Connection, journal: Journal) -> None:
    first, second = written(journal), written(journal, 1)
    run = SourceRun(
        "board", NOW, NOW, ok=True, batches=(first, second), cursor={"x": 1}, withheld=4
    )
    record_run(conn, run)
    assert waiting_batches(conn, journal.names()) == [first.name, second.name]
    assert read_cursor(conn, "board") == {"x": 1}
    health = last_runs(conn)[0]
    assert (health.posts_last_run, health.withheld_last_run) == (2, 4)


def test_run_that_failed_leaves_the_cursor(conn: sql.Connection) -> None:
    move_cursor(conn, "board", {"x": 1}, at=NOW)
    record_run(conn, SourceRun("board", NOW, NOW, ok=False, error="gone"))
    assert read_cursor(conn, "board") == {"x": 1}


def test_batch_nobody_entered_into_the_ledger_still_waits(
    conn: sql.Connection, journal: Journal
) -> None:
    orphan = written(journal)
    assert waiting_batches(conn, journal.names()) == [orphan.name]
    finish_batch(conn, orphan.name, indexed=1, unmatched=2, rejects=[], at=NOW)
    assert waiting_batches(conn, journal.names()) == []
    row = conn.execute(sql.select(batches)).one()
    assert (row.source, row.written_at, row.posts) == ("board", NOW, 3)


def test_entering_a_processed_batch_again_does_not_make_it_wait(
    conn: sql.Connection, journal: Journal
) -> None:
    batch = written(journal)
    finish_batch(conn, batch.name, indexed=1, unmatched=0, rejects=[], at=NOW)
    record_batch(conn, batch)
    assert waiting_batches(conn, journal.names()) == []


def test_waiting_batches_are_oldest_first(conn: sql.Connection, journal: Journal) -> None:
    names = [written(journal, minute).name for minute in (5, 1, 3)]
    finish_batch(conn, names[2], indexed=1, unmatched=0, rejects=[], at=NOW)
    assert waiting_batches(conn, names) == [names[1], names[0]]
    assert waiting_batches(conn, []) == []


def test_processing_a_batch_twice_keeps_each_reject_once(
    conn: sql.Connection, journal: Journal
) -> None:
    batch = written(journal)
    rejects = [Reject("board", "no text", "{}"), Reject("board", "no text", "{}")]
    for _ in range(2):
        finish_batch(conn, batch.name, indexed=5, unmatched=1, rejects=rejects, at=NOW)
    assert [(row["line"], row["reason"]) for row in quarantined(conn)] == [
        (1, "no text"),
        (0, "no text"),
    ]
    row = conn.execute(sql.select(batches)).one()
    assert (row.state, row.indexed, row.unmatched, row.rejects) == ("processed", 5, 1, 2)


def test_any_reject_can_be_kept(conn: sql.Connection, journal: Journal) -> None:
    batch = written(journal)
    nasty = Reject("s" * 300, "why\x00 \ud83d", "nul \x00, half \udcff, " + "long " * 9_000)
    finish_batch(conn, batch.name, indexed=0, unmatched=0, rejects=[nasty], at=NOW)
    kept = quarantined(conn)[0]
    assert kept["reason"] == r"why\x00 \ud83d"
    assert kept["raw"].startswith(r"nul \x00, half \udcff, long")


def test_quarantine_is_shown_newest_first_and_by_source(
    conn: sql.Connection, journal: Journal
) -> None:
    for minute, source in enumerate(("board", "other", "board")):
        batch = written(journal, minute, source)
        at = NOW + timedelta(minutes=minute)
        reject = Reject(source, f"at {minute}")
        finish_batch(conn, batch.name, indexed=0, unmatched=0, rejects=[reject], at=at)
    assert [row["reason"] for row in quarantined(conn, 2)] == ["at 2", "at 1"]
    assert [row["reason"] for row in quarantined(conn, 9, "board")] == ["at 2", "at 0"]
    assert quarantined(conn, 1)[0]["at"] == NOW + timedelta(minutes=2)


def test_finishing_what_is_no_batch_is_refused(conn: sql.Connection) -> None:
    with pytest.raises(NotFound):
        finish_batch(conn, "x", indexed=0, unmatched=0, rejects=[], at=NOW)


def test_health_tells_since_when_a_source_fails(conn: sql.Connection, journal: Journal) -> None:
    good = SourceRun("board", NOW, NOW, ok=True, batches=(written(journal),))
    record_run(conn, good)
    record_run(conn, SourceRun("other", NOW, NOW, ok=False, error="never worked"))
    for minute, error in ((1, "timeout"), (2, "403")):
        at = NOW + timedelta(minutes=minute)
        record_run(conn, replace(good, ended_at=at, ok=False, error=error, batches=()))
    board, other = last_runs(conn)
    assert (board.last_success_at, board.last_post_at) == (NOW, NOW)
    assert (board.failures, board.error) == (2, "403")
    assert (other.last_success_at, other.failures, other.error) == (None, 1, "never worked")
    assert [health.source for health in last_runs(conn, ["other"])] == ["other"]


def test_pace_compares_the_last_day_with_the_days_before(
    conn: sql.Connection, journal: Journal
) -> None:
    two = (written(journal), written(journal, 1))
    for hours in (96, 72, 48, 25, 23, 1):
        at = NOW - timedelta(hours=hours)
        newest = at - timedelta(minutes=7)
        record_run(conn, SourceRun("board", at, at, ok=True, batches=two, newest_post_at=newest))
    record_run(conn, SourceRun("board", NOW, NOW, ok=False, error="timeout"))
    record_run(conn, SourceRun("young", NOW, NOW, ok=True, batches=two))
    found = paces(conn, now=NOW)
    board, young = found["board"], found["young"]
    assert (board.posts_last_day, board.usual_per_day) == (4, 8 / 3)
    assert board.failed_share == pytest.approx(1 / 3)
    assert board.newest_post_at == NOW - timedelta(hours=1, minutes=7)
    assert (young.posts_last_day, young.usual_per_day, young.newest_post_at) == (2, None, None)


def test_forgetting_is_by_age_and_spares_the_ledger(conn: sql.Connection, journal: Journal) -> None:
    batch = written(journal)
    finish_batch(conn, batch.name, indexed=0, unmatched=0, rejects=[Reject("a", "b")], at=NOW)
    record_run(conn, SourceRun("board", NOW, NOW, ok=True))
    assert forget(conn, before=NOW) == 0
    assert forget(conn, before=NOW + timedelta(seconds=1)) == 2
    assert waiting_batches(conn, journal.names()) == []
    journal.remove(batch.name)
    forget_batch(conn, batch.name)
    assert conn.scalar(sql.select(sql.func.count()).select_from(batches)) == 0
