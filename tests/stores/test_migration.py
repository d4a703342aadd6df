"""A store is copied into another, whole or in pieces, and the copy is proved."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mentions.elastic import ElasticStore
from mentions.errors import StoreError
from mentions.migration import contents, migrate, resumes_at
from mentions.sqlite import SqliteStore
from mentions.store import MentionStore
from tests.stores.posts import ALL, NOON, brands, post
from untagged.cli.main import app

ROOT = Path(__file__).parents[2]
COUNT = 2_500
"""Some chunks, over some days."""
KILLED = """
import os, signal, sys
from pathlib import Path
from mentions.migration import migrate
from mentions.sqlite import SqliteStore
def die(doing, done, total):
    os.kill(os.getpid(), signal.SIGKILL)
with SqliteStore(Path(sys.argv[1])) as source, SqliteStore(Path(sys.argv[2])) as target:
    target.prepare()
    migrate(source, target, progress=die)
"""


def silent(*_: object) -> None:
    pass


def many() -> Iterator:
    return (
        post(f"{n}", published=NOON + n * timedelta(minutes=3), brands=brands("Nimbus"))
        for n in range(COUNT)
    )


@pytest.fixture
def source(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "from.db") as store:
        store.prepare()
        store.upsert(many())
        yield store


@pytest.fixture(params=["sqlite", "elasticsearch"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MentionStore]:
    if request.param == "sqlite":
        store: MentionStore = SqliteStore(tmp_path / "to.db")
    else:
        url = request.getfixturevalue("elasticsearch_url")
        store = ElasticStore(url, prefix=request.getfixturevalue("elastic_prefix"))
    with store:
        store.prepare()
        yield store


def test_a_copy_holds_the_same_mentions(source, target):
    done = migrate(source, target, progress=silent)
    assert (done.copied, done.resumed_at, done.contents.count) == (COUNT, None, COUNT)
    assert list(target.iterate(ALL)) == list(source.iterate(ALL))


def test_a_copy_that_stopped_goes_on_where_it_was(source, target):
    class Stopped(Exception):
        pass

    def stop(doing: str, done: int, total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        migrate(source, target, progress=stop)
    there = target.count(ALL)
    assert 0 < there < COUNT
    done = migrate(source, target, progress=silent)
    assert done.resumed_at is not None
    assert COUNT - there <= done.copied < COUNT
    assert done.contents.count == COUNT


def test_a_copy_that_was_killed_goes_on(source, tmp_path):
    path = tmp_path / "to.db"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(source.path), str(path)], cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    with SqliteStore(path) as target:
        assert 0 < target.count(ALL) < COUNT
        assert migrate(source, target, progress=silent).copied < COUNT
        assert list(target.iterate(ALL)) == list(source.iterate(ALL))


def test_what_is_missing_in_the_middle_is_copied_again(source, target):
    migrate(source, target, progress=silent)
    target.delete(["board:1200"])
    done = migrate(source, target, progress=silent)
    assert done.resumed_at == (NOON + 1200 * timedelta(minutes=3)).replace(hour=0, minute=0)
    assert target.get("board:1200") == source.get("board:1200")


def test_stores_that_differ_are_never_called_equal(source, target):
    migrate(source, target, progress=silent)
    target.upsert([post("7", text="another text", refreshed=NOON + timedelta(days=300))])
    with pytest.raises(StoreError, match=r"not alike.*--from-start"):
        migrate(source, target, progress=silent)
    target.upsert([post("only here")])
    with pytest.raises(StoreError, match=r"holds 2,500 mentions, the target 2,501"):
        migrate(source, target, progress=silent)


def test_the_checksum_heeds_content_and_no_order(tmp_path):
    sums = []
    for number, mentions in enumerate(
        ([post("1"), post("2")], [post("2"), post("1")], [post("1"), post("2", text="x")])
    ):
        with SqliteStore(tmp_path / f"{number}.db") as store:
            store.prepare()
            store.upsert(mentions)
            sums.append(contents(store, doing="", progress=silent).checksum)
    assert sums[0] == sums[1] != sums[2]


def test_an_empty_store_resumes_nowhere(tmp_path):
    with SqliteStore(tmp_path / "a.db") as one, SqliteStore(tmp_path / "b.db") as other:
        one.prepare()
        other.prepare()
        assert resumes_at(one, other) is None
        other.upsert([post()])
        assert resumes_at(one, other) is None


def test_the_command_copies_says_how_far_it_is_and_what_is_there(source, tmp_path):
    urls = [f"sqlite:///{source.path}", f"sqlite:///{tmp_path / 'to there.db'}"]
    ran = CliRunner().invoke(app, ["store", "migrate", *urls, "--json"])
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    assert (said["copied"], said["mentions"]) == (COUNT, COUNT)
    assert "copy: 2,500 of 2,500" in ran.stderr
    assert CliRunner().invoke(app, ["store", "migrate", urls[0], urls[0]]).exit_code == 2
    assert (tmp_path / "to there.db").exists()
