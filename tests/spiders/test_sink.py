import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mentions.collected import Collected
from mentions.errors import PassEnded, SourceRefused, SourceUnavailable, StoreUnavailable
from spiders.harvest import Harvest, Withheld
from spiders.journal import MAX_BATCH_ITEMS, Journal
from spiders.sink import Report, Sink
from tests.spiders.posts import NOW, post


class FullJournal(Journal):
    """A journal whose disk is full from the given batch on."""

    def __init__(self, url: str, *, batches: int) -> None:
        super().__init__(url)
        self.left = batches

    def writer(self, source: str, **options: Any) -> Any:
        if not self.left:
            raise StoreUnavailable("no space left")
        self.left -= 1
        return super().writer(source, **options)


def made(folder: Path, journal: Journal | None = None) -> Sink:
    folder.mkdir(exist_ok=True)
    report = Report(folder / "events.jsonl")
    journal = journal or Journal(str(folder / "journal"))
    return Sink("board", journal, {"old": {"at": 0}}, clock=lambda: NOW, report=report)


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [event for line in lines if (event := json.loads(line))["event"] == kind]


def harvest(part: str, *items: Collected | Withheld, at: int = 1) -> Harvest:
    return Harvest(part, items, lambda: {"at": at})


def test_batch_is_reported_with_the_cursor_of_what_is_in_it_and_no_more(tmp_path: Path) -> None:
    sink = made(tmp_path)
    sink.take(harvest("a", post(1), at=1))
    sink.take(harvest("b", *(post(number) for number in range(MAX_BATCH_ITEMS)), at=2))
    (batch,) = events(tmp_path, "batch")
    assert batch["cursor"] == {"old": {"at": 0}, "a": {"at": 1}}
    sink.finish()
    _, last = events(tmp_path, "batch")
    assert last["cursor"] == {"old": {"at": 0}, "a": {"at": 1}, "b": {"at": 2}}
    assert [batch["counts"]["posts"], last["counts"]["posts"]] == [MAX_BATCH_ITEMS, 1]


def test_batch_is_in_the_journal_before_it_is_reported(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "journal"))

    class Watching(Report):
        def say(self, event: str, source: str, **facts: object) -> None:
            if event == "batch":
                assert facts["name"] in journal.names()
            super().say(event, source, **facts)

    sink = Sink("board", journal, {}, clock=lambda: NOW, report=Watching(tmp_path / "events.jsonl"))
    sink.take(harvest("a", post(1)))
    sink.finish()
    assert len(events(tmp_path, "batch")) == 1


def test_full_journal_takes_nothing_more_and_keeps_the_cursor(tmp_path: Path) -> None:
    sink = made(tmp_path, FullJournal(str(tmp_path / "journal"), batches=1))
    sink.take(harvest("a", *(post(number) for number in range(MAX_BATCH_ITEMS))))
    sink.take(harvest("b", post("b")))
    sink.take(harvest("c"))
    sink.finish()
    assert sink.is_broken
    (ended,) = events(tmp_path, "ended")
    assert "cursor" not in ended
    assert ended["problems"] == ["no space left"]
    (batch,) = events(tmp_path, "batch")
    assert batch["cursor"] == {"old": {"at": 0}}


@pytest.mark.parametrize("error", [ZeroDivisionError("oops"), SourceUnavailable("oops")])
def test_answer_that_fails_halfway_keeps_its_posts_and_not_its_cursor(
    tmp_path: Path, error: Exception
) -> None:
    def items() -> Iterator[Collected]:
        yield post(1)
        raise error

    sink = made(tmp_path)
    sink.take(Harvest("a", items(), lambda: {"at": 1}))
    sink.take(harvest("b", post(2)))
    sink.finish()
    (ended,) = events(tmp_path, "ended")
    assert ended["cursor"] == {"old": {"at": 0}, "b": {"at": 1}}
    assert "oops" in ended["problems"][0]
    assert events(tmp_path, "batch")[0]["counts"]["posts"] == 2


@pytest.mark.parametrize(
    ("worked", "error", "fault"),
    [
        (False, SourceRefused("closed"), 1.0),
        (False, SourceUnavailable("down"), 0.5),
        (True, SourceRefused("one feed of two is gone"), 0.0),
    ],
)
def test_what_works_in_part_is_no_fault_but_its_problem_is_told(
    tmp_path: Path, worked: bool, error: Exception, fault: float
) -> None:
    sink = made(tmp_path)
    if worked:
        sink.take(harvest("a"))
    sink.take(Harvest("quota", (), lambda: {"left": 3}, is_answer=False))
    sink.problem("b", error)
    sink.finish()
    (ended,) = events(tmp_path, "ended")
    assert (ended["fault"], ended["problems"]) == (fault, [f"b: {error}"])


def test_a_pass_that_ends_early_is_a_problem_only_where_it_got_nowhere(tmp_path: Path) -> None:
    over = PassEnded("the pass has used up its time")
    stuck, moving = made(tmp_path / "stuck"), made(tmp_path / "moving")
    moving.take(harvest("a"))
    for sink in (stuck, moving):
        sink.problem("a", over)
        sink.finish()
    assert events(tmp_path / "stuck", "ended")[0]["problems"] == [f"a: {over}"]
    assert events(tmp_path / "moving", "ended")[0]["problems"] == []


def test_withheld_posts_are_counted_and_never_stored(tmp_path: Path) -> None:
    sink = made(tmp_path)
    sink.take(harvest("a", Withheld("private"), post(1), Withheld("private")))
    sink.finish()
    assert events(tmp_path, "ended")[0]["withheld"] == 2
    assert events(tmp_path, "batch")[0]["counts"] == {"posts": 1, "deletions": 0, "rejects": 0}


def test_part_whose_cursor_is_none_is_forgotten(tmp_path: Path) -> None:
    sink = made(tmp_path)
    sink.take(Harvest("old", (), lambda: None))
    sink.finish()
    assert events(tmp_path, "ended")[0]["cursor"] == {}
