"""What SqliteStore promises beyond the port: processes at once, a sound file, clear errors."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from mentions.errors import StoreError, StoreUnavailable
from mentions.mention import Engagement
from mentions.sqlite import SqliteStore
from mentions.sqlite_connections import translated
from mentions.sqlite_schema import VERSION
from mentions.sqlite_writing import Chunk, planned
from mentions.store import Written
from mentions.writing import by_id
from tests.stores.posts import ALL, HOUR, NOON, brands, ids, post, posts, word

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from mentions.sqlite import SqliteStore
from tests.stores.posts import ALL, post
path, name, rounds, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with SqliteStore(path) as store:
    store.prepare()
    for number in range(rounds):
        mentions = [post(f"{name}-{number}-{each}", tags=(name,)) for each in range(size)]
        store.upsert([*mentions, post("shared", tags=(f"{name}-{number}",))])
        assert store.count(ALL) >= size
        print(number, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "mentions.db"


@pytest.fixture
def store(path: Path):
    with SqliteStore(path) as store:
        store.prepare()
        yield store


def writer(path: Path, name: str, *, rounds: int, size: int = 5) -> subprocess.Popen[str]:
    arguments = [str(path), name, str(rounds), str(size)]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def assert_sound(path: Path) -> None:
    """SQLite finds no damage, and all tables speak of the same mentions."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.execute("INSERT INTO mention_words(mention_words) VALUES ('integrity-check')")
        (there,) = connection.execute("SELECT count(*) FROM mentions").fetchone()
        assert connection.execute("SELECT count(*) FROM mention_docs").fetchone() == (there,)
        assert connection.execute("SELECT count(*) FROM mention_words").fetchone() == (there,)
        stray = "SELECT count(*) FROM mention_values WHERE rowid_ref NOT IN (SELECT rowid FROM {})"
        for table in ("mentions", "mention_docs", "mention_words"):
            assert connection.execute(stray.format(table)).fetchone() == (0,)


@pytest.mark.slow
def test_processes_write_and_read_at_once_without_a_lock_error(path):
    writers = [writer(path, name, rounds=40) for name in ("a", "b", "c")]
    errors = [process.communicate(timeout=120)[1] for process in writers]
    assert errors == ["", "", ""]
    with SqliteStore(path) as store:
        assert store.count(ALL) == 3 * 40 * 5 + 1
        shared = {f"{name}-{number}" for name in "abc" for number in range(40)}
        assert set(store.get("board:shared").tags) == shared
    assert_sound(path)


@pytest.mark.slow
@pytest.mark.parametrize("after_lines", [1, 3, 8])
def test_a_process_killed_while_writing_leaves_a_sound_file(path, after_lines):
    process = writer(path, "a", rounds=100_000, size=300)
    for _ in range(after_lines):
        assert process.stdout.readline()
    time.sleep(0.05 * after_lines)  # somewhere within the next transaction
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert_sound(path)
    with SqliteStore(path) as store:
        assert store.count(ALL) >= after_lines * 300 + 1
        assert store.upsert([post("after")]) == Written(created=1)


def test_a_store_waits_while_another_process_writes(store, path):
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.4, lambda: other.execute("ROLLBACK"))
    release.start()
    assert store.upsert([post()]) == Written(created=1)
    release.join()
    other.close()


def test_a_file_that_stays_locked_is_unavailable_for_writing_only(store, path):
    store.upsert([post()])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with SqliteStore(path, patience_seconds=0.1) as hasty:
            for write in (lambda: hasty.upsert([post("2")]), lambda: hasty.delete(["board:1"])):
                with pytest.raises(StoreUnavailable, match="try again") as raised:
                    write()
                assert isinstance(raised.value.__cause__, sqlite3.OperationalError)
            assert hasty.get("board:1") == post()
            assert hasty.search(word("lost"), facets=["day"]).total == 1
            assert hasty.count(ALL) == 1


def test_a_locked_file_cannot_be_prepared_but_may_be_later(store, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with SqliteStore(path, patience_seconds=0.1) as hasty:
            with pytest.raises(StoreUnavailable):
                hasty.prepare()
            other.execute("ROLLBACK")
            hasty.prepare()


def test_a_full_disk_may_pass(tmp_path):
    with closing(sqlite3.connect(tmp_path / "full.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("PRAGMA max_page_count = 3")
        with pytest.raises(StoreUnavailable, match="disk is full"), translated("cannot write"):
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")


def test_what_sqlite_cannot_hold_is_named_and_stops_no_other(store, path):
    incoming = by_id([post("1"), post("2", text="länge " * 16_000), post("3")])
    changes, _ = planned(incoming, {})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 105_000)
        connection.execute("BEGIN IMMEDIATE")
        chunk = Chunk(connection, changes, {})
        chunk.begin()
        refused = chunk.finish()
        connection.execute("COMMIT")
    assert list(refused) == ["board:2"]
    assert "too big" in refused["board:2"]
    assert ids(store.iterate(ALL)) == ["1", "3"]
    assert_sound(path)


def test_a_newer_file_is_left_alone(store, path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with SqliteStore(path) as older:
        for use in (older.prepare, lambda: older.count(ALL)):
            with pytest.raises(StoreError, match="newer Untagged"):
                use()


def test_another_programs_database_is_left_alone(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mentions (x)")
        connection.commit()
    with SqliteStore(path) as store:
        for use in (store.prepare, lambda: store.count(ALL)):
            with pytest.raises(StoreError, match="another program's"):
                use()


def test_a_file_that_is_no_database_is_named(path):
    path.parent.mkdir()
    path.write_bytes(b"Dear diary, today " * 1000)
    with SqliteStore(path) as store:
        for use in (store.prepare, lambda: store.count(ALL)):
            with pytest.raises(StoreError, match=r"mentions\.db.*damaged"):
                use()


def test_a_damaged_file_is_an_error_and_not_an_empty_answer(store, path):
    store.upsert(posts(400, text="lost " * 50))
    store.close()
    damaged = bytearray(path.read_bytes())
    damaged[8192:] = os.urandom(len(damaged) - 8192)
    path.write_bytes(damaged)
    with SqliteStore(path) as again, pytest.raises(StoreError, match="damaged"):
        again.search(word("lost"))


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path):
    with SqliteStore(tmp_path) as store, pytest.raises(StoreError, match="cannot be opened"):
        store.prepare()


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with SqliteStore(tmp_path / "file" / "x.db") as store, pytest.raises(StoreError):
        store.prepare()


def test_looking_creates_no_file(path):
    with SqliteStore(path) as store, pytest.raises(StoreError, match="prepare"):
        store.count(ALL)
    assert not path.exists()


@pytest.mark.parametrize("name", ["what?.db", "100%25.db", "#1.db", "a b.db", "ü'\".db"])
def test_a_file_may_have_any_name(tmp_path, name):
    with SqliteStore(tmp_path / name) as store:
        store.prepare()
        store.upsert([post()])
    assert (tmp_path / name).exists()


def test_a_closed_store_says_so(store):
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.count(ALL)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(store):
    store.upsert([post("parent")])
    child = multiprocessing.get_context("fork").Process(
        target=store.upsert, args=([post("child")],)
    )
    child.start()
    child.join(timeout=30)
    assert child.exitcode == 0
    assert store.count(ALL) == 2
    assert_sound(store.path)


def test_the_word_index_stays_sound_through_updates_and_deletions(store, path):
    for number in range(6):
        seen = NOON + number * HOUR
        store.upsert(
            each.model_copy(
                update={
                    "text": f"version {number // 2}",  # every second time only counts change
                    "refreshed": seen,
                    "engagement": Engagement(likes=number),
                    "brands": brands(f"brand {number}"),
                }
            )
            for each in posts(30)
        )
        store.delete([f"board:{number:03}"])
    assert_sound(path)
    assert store.count(word("version", "2")) == 30 - 1
    assert store.count(word("version", "1")) == 0
