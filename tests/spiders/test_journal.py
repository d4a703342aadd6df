import gzip
import json
import multiprocessing
import os
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentions.collected import AuthorDeletion, Collected, Deletion, Reject
from mentions.errors import NotFound, SettingsError, StoreUnavailable
from mentions.mention import OLDEST, Author, Engagement, Mention
from spiders.journal import MAX_BATCH_ITEMS, Batch, Journal, named
from tests.spiders.posts import NOW, post

readable = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1).filter(str.strip)
moments = st.integers(int(OLDEST.timestamp()), int(NOW.timestamp())).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
posts = st.builds(
    Mention,
    source=st.just("board"),
    native_id=readable.map(lambda text: text[:50]),
    platform=st.just("feed"),
    text=readable,
    title=st.text(st.characters(exclude_categories=("Cc", "Cs"))),
    published=moments,
    collected=st.just(NOW),
    author=st.builds(Author, followers=st.none() | st.integers(0, 2**53)),
    engagement=st.builds(Engagement, likes=st.none() | st.integers(0, 2**53)),
    rating=st.none() | st.floats(0, 5),
)
deletions = st.builds(Deletion, readable) | st.builds(AuthorDeletion, readable, readable)
anything = posts | deletions | st.builds(Reject, readable, readable, st.text())


@pytest.fixture(params=["directory", "object store"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """The contract of every journal, whatever it lies on."""
    if request.param == "directory":
        yield Journal(str(tmp_path / "var" / "a journal"))
    else:
        url = f"memory://{tmp_path.name}/journal"
        yield Journal(url)
        filesystem, path = fsspec.core.url_to_fs(url)
        if filesystem.exists(path):
            filesystem.rm(path, recursive=True)


@given(items=st.lists(anything, min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_what_was_written_reads_back_the_same(journal: Journal, items: list[Collected]) -> None:
    batch = journal.write("board", items, at=NOW)
    assert batch is not None
    assert list(journal.read(batch.name)) == items
    assert batch.posts == sum(isinstance(item, Mention) for item in items)
    gone = Deletion | AuthorDeletion
    assert batch.deletions == sum(isinstance(item, gone) for item in items)
    assert batch.rejects == sum(isinstance(item, Reject) for item in items)


def test_no_items_make_no_batch(journal: Journal) -> None:
    assert journal.write("board", [], at=NOW) is None
    assert journal.names() == []


def test_batch_is_named_by_time_and_source(journal: Journal) -> None:
    batch = journal.write("my_board.v2-x", [post()], at=NOW)
    assert batch is not None
    assert batch.name.startswith("20260222T120000.000000Z_my_board.v2-x_")
    assert named(batch.name) == Batch(batch.name, "my_board.v2-x", NOW)


def test_names_are_sorted_by_time_and_then_by_writing(journal: Journal) -> None:
    moments = [NOW, NOW - timedelta(days=40), NOW + timedelta(microseconds=1), NOW, NOW]
    written = [journal.write("board", [post()], at=at) for at in moments]
    expected = sorted(
        (batch for batch in written if batch), key=lambda batch: (batch.written_at, batch.name)
    )
    same_moment = [batch.name for batch in written if batch and batch.written_at == NOW]
    assert journal.names() == [batch.name for batch in expected]
    assert same_moment == sorted(same_moment)


def test_batch_shows_only_when_it_is_whole(journal: Journal) -> None:
    def items() -> Iterator[Collected]:
        yield post()
        assert journal.names() == []
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        journal.write("board", items(), at=NOW)
    assert journal.names() == []
    assert journal.sweep(before=datetime.now(UTC) + timedelta(days=1)) == 0


def test_many_items_become_several_batches_of_bounded_size(journal: Journal) -> None:
    items = [post(number) for number in range(MAX_BATCH_ITEMS + 2)]
    batches = list(journal.write_all("board", items, at=NOW))
    assert [batch.posts for batch in batches] == [MAX_BATCH_ITEMS, 2]
    assert [item for name in journal.names() for item in journal.read(name)] == items


def test_missing_batch_is_not_found(journal: Journal) -> None:
    batch = journal.write("board", [post()], at=NOW)
    assert batch is not None
    journal.remove(batch.name)
    journal.remove(batch.name)
    with pytest.raises(NotFound, match="no such batch"):
        list(journal.read(batch.name))
    assert journal.names() == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "x", "", "20260222T120000.000000Z_a_1.gz"])
def test_name_that_is_no_batch_is_never_opened(journal: Journal, name: str) -> None:
    with pytest.raises(NotFound, match="no name of a batch"):
        list(journal.read(name))
    with pytest.raises(NotFound, match="no name of a batch"):
        journal.remove(name)


@pytest.mark.parametrize("source", ["", "a/b", "../x", "a b", "ü", "a" * 65, "a:b", "a\n"])
def test_source_that_cannot_be_a_file_name_is_refused(journal: Journal, source: str) -> None:
    with pytest.raises(SettingsError, match="cannot name a source"):
        journal.write(source, [post()], at=NOW)


def path_of(root: Path, batch: Batch | None) -> Path:
    assert batch is not None
    return next(root.glob(f"*/{batch.name}"))


@given(cut=st.integers(1, 400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_batch_that_lost_its_end_gives_what_is_left_and_a_reject(tmp_path: Path, cut: int) -> None:
    journal = Journal(str(tmp_path))
    items = [post(number, os.urandom(40).hex()) for number in range(20)]
    path = path_of(tmp_path, journal.write("board", items, at=NOW))
    data = path.read_bytes()
    path.write_bytes(data[: max(len(data) - cut, 20)])
    *left, last = journal.read(path.name)
    assert left == items[: len(left)]
    assert isinstance(last, Reject)
    assert "damaged after line" in last.reason


def test_every_kind_of_bad_line_is_a_reject_and_the_others_are_read(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    path = path_of(tmp_path, journal.write("board", [post()], at=NOW))
    good = gzip.decompress(path.read_bytes())
    bad = [b"no json\n", b"[]\n", b'{"other": 1}\n', b'{"post": {"text": 1}}\n', b"\xff\xfe\n"]
    bad += [b'{"deleted": 3}\n', b'{"rejected": {}}\n', b"[" * 100_000 + b"\n", b"\n"]
    path.write_bytes(gzip.compress(good + b"".join(bad) + good))
    read = list(journal.read(path.name))
    assert read[0] == read[-1] == post()
    assert len(read) == len(bad) + 2
    assert all(isinstance(item, Reject) and item.source == "board" for item in read[1:-1])


def test_unreadable_directory_may_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match=r"cannot write the journal at .*/file: File exists"):
        Journal(str(tmp_path / "file")).write("board", [post()], at=NOW)


def test_full_disk_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(StoreUnavailable, match="cannot write the journal"):
            journal.write("board", (post(n, os.urandom(400).hex()) for n in range(999)), at=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert journal.write("board", [post()], at=NOW) is not None


def test_drafts_of_killed_processes_are_swept_and_live_ones_stay(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    kept = journal.write("board", [post()], at=NOW)
    writer = journal.writer("board", at=NOW)
    writer.add(post())
    draft = next(tmp_path.glob("*/.draft-*"))
    assert journal.sweep(before=datetime.now(UTC) - timedelta(hours=1)) == 0
    os.utime(draft, (0, 0))
    assert journal.sweep(before=datetime.now(UTC) - timedelta(hours=1)) == 1
    assert kept is not None
    assert journal.names() == [kept.name]
    writer.discard()


@pytest.mark.slow
def test_batches_of_one_moment_from_several_processes_never_collide(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        names = pool.map(write_twenty, [str(tmp_path)] * 4)
    assert len({name for some in names for name in some}) == 80
    assert len(Journal(str(tmp_path)).names()) == 80


def write_twenty(url: str) -> list[str]:
    journal = Journal(url)
    batches = [journal.write("board", [post(number)], at=NOW) for number in range(20)]
    return [batch.name for batch in batches if batch is not None]


def test_batch_can_be_read_with_nothing_but_gzip_and_json(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    path = path_of(tmp_path, journal.write("board", [post(7), Deletion("board:3")], at=NOW))
    first, second = (json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines())
    assert first["post"]["native_id"] == "7"
    assert second == {"deleted": "board:3"}


def test_finished_file_reaches_the_disk_before_its_name_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(handle: int) -> None:
        order.append(f"fsync {Path(f'/proc/self/fd/{handle}').readlink().name[:7]}")
        real_fsync(handle)

    def rename(path: Path, target: Path) -> Path:
        order.append("rename")
        return real_rename(path, target)

    journal = Journal(str(tmp_path))
    journal.write("board", [post()], at=NOW)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    journal.write("board", [post()], at=NOW)
    assert order == ["fsync .draft-", "rename", "fsync 2026022"]
