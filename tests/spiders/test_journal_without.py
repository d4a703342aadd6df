"""Lines are taken out of a batch for good; the rest of it stays as it is."""

import gzip
from pathlib import Path

import pytest

from mentions.collected import Collected, Deletion, Reject
from mentions.errors import NotFound, StoreUnavailable
from mentions.mention import Mention
from spiders.journal import Journal
from spiders.journal_place import Folder
from tests.spiders.posts import NOW, post

ITEMS = [post("a"), post("b"), Deletion("board:a"), Reject("board", "broken", "raw"), post("c")]


def is_b(item: Collected) -> bool:
    return isinstance(item, Mention) and item.native_id == "b"


@pytest.fixture(params=["directory", "object store"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    is_folder = request.param == "directory"
    return Journal(str(tmp_path) if is_folder else f"memory://{tmp_path.name}/without")


def test_what_is_unwanted_goes_and_the_rest_stays_in_its_order(journal: Journal) -> None:
    batch = journal.write("board", ITEMS, at=NOW)
    other = journal.write("board", [post("d")], at=NOW)
    assert batch
    assert other
    assert journal.without(batch.name, is_b) == 1
    assert list(journal.read(batch.name)) == [ITEMS[0], *ITEMS[2:]]
    assert list(journal.read(other.name)) == [post("d")]
    assert journal.names() == [batch.name, other.name]
    assert journal.without(batch.name, is_b) == 0


def test_a_batch_of_nothing_else_stays_as_an_empty_one(journal: Journal) -> None:
    batch = journal.write("board", [post("b")], at=NOW)
    assert batch
    assert journal.without(batch.name, is_b) == 1
    assert list(journal.read(batch.name)) == []
    assert journal.names() == [batch.name]


def test_without_anything_unwanted_the_file_is_not_touched(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    batch = journal.write("board", [post("a")], at=NOW)
    assert batch
    (path,) = tmp_path.rglob("*.gz")
    before = (path.stat().st_mtime_ns, path.stat().st_ino)
    assert journal.without(batch.name, is_b) == 0
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    with pytest.raises(NotFound):
        journal.without(batch.name.replace("board", "other"), is_b)


def test_a_damaged_line_stays_as_it_is(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    batch = journal.write("board", ITEMS, at=NOW)
    assert batch
    (path,) = tmp_path.rglob("*.gz")
    odd = b"\xff{ no JSON \n"
    path.write_bytes(gzip.compress(odd + gzip.decompress(path.read_bytes())))
    assert journal.without(batch.name, is_b) == 1
    assert gzip.decompress(path.read_bytes()).startswith(odd)


def test_what_can_be_read_of_a_damaged_batch_is_kept(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    batch = journal.write("board", ITEMS, at=NOW)
    assert batch
    (path,) = tmp_path.rglob("*.gz")
    path.write_bytes(path.read_bytes()[:-6])  # its end, a checksum, is cut off
    assert journal.without(batch.name, is_b) == 1
    assert list(journal.read(batch.name)) == [ITEMS[0], *ITEMS[2:]]


def test_a_kill_leaves_the_old_batch_whole_and_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(str(tmp_path))
    batch = journal.write("board", ITEMS, at=NOW)
    assert batch
    with monkeypatch.context() as killed:
        killed.setattr(Folder, "publish", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        killed.setattr("spiders.journal_place.Draft.discard", lambda it: it.file.close())
        with pytest.raises(StoreUnavailable, match="full"):
            journal.without(batch.name, is_b)
    assert list(tmp_path.rglob(".draft-*")), "as a kill leaves it"
    assert list(journal.read(batch.name)) == ITEMS
    assert journal.without(batch.name, is_b) == 1
