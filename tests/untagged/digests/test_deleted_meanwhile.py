"""A post that is deleted while a digest is made is in none: not kept, not sent, not in entries."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts import outbox
from alerts.deleting import DELETED
from alerts.digests import issued
from alerts.digests.digest import Digest
from alerts.digests.entries import book
from alerts.digests.stopping import SECRET
from alerts.digests.told_posts import posts_told_of
from mentions.collected import Deletion
from mentions.errors import UntaggedError
from tests.untagged.asking_world import WEEK, ByThing, wish
from tests.untagged.digests.test_deleted_posts import Unread, deleted
from tests.untagged.world import settings_file
from untagged.digests import due, kinds
from untagged.digests.asked import Asked
from untagged.digests.entries import gather_entries
from untagged.digests.issuing import MOST_TRIES, issue
from untagged.digests.questions import gather_questions
from untagged.erasing import Wanted, erase, found
from untagged.pipeline import Pipeline
from untagged.processing import Processor
from untagged.wiring import open_pipeline

SAID = "Please give us a #dark theme for the night train, says Ada"
OTHER = "A #dark look of everything, as nights are long out here"
KIND = "feature-requests"
CHANNEL = "channels:\n  - {name: post, url: 'mailto://127.0.0.1:9?from=a@acme.example'}\n"
MORE = """
digests:
  - {name: wishes, kind: feature-requests, brand: Acme, at: weekly monday 00:00,
     to: [ada@acme.example]}
digest_delivery: {mail: post, url: 'https://untagged.acme.example/'}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    path = settings_file(tmp_path, more=MORE)
    said = path.read_text("utf-8").replace("channels:\n", CHANNEL, 1)
    if request.param == "postgresql":
        said = said.replace("sqlite:///ops.db", request.getfixturevalue("postgres_url"))
    path.write_text(said, "utf-8")
    with open_pipeline(path) as pipeline:
        posts = [wish(1, SAID, by="ada_l"), wish(2, OTHER), wish(3, "#dark, please")]
        assert not pipeline.store.upsert(posts).refused
        yield pipeline


def deleting_behind(monkeypatch: pytest.MonkeyPatch, *rounds: tuple[str, ...]) -> list[Digest]:
    """Gathering ends with deletions, as if they came while it went on; what it had gathered."""
    waiting, gathered = list(rounds), list[Digest]()

    def gather(pipeline: Pipeline, asked: Asked) -> Digest:
        gathered.append(gather_entries(pipeline, asked, KIND, ByThing().likeness))
        if waiting:
            deleted(pipeline, *waiting.pop(0))
        return gathered[-1]

    monkeypatch.setitem(kinds.GATHER, KIND, gather)
    return gathered


def all_that_is_told(pipeline: Pipeline) -> str:
    with pipeline.read() as connection:
        digests = [str(one.digest) for one in issued.list_issued(connection)]
        letters = [str(one.payload) for one in outbox.letters(connection)]
        entries = [str(one) for one in book.list_entries(connection)]
        return "\n".join([*digests, *letters, *entries])


@pytest.mark.parametrize("again", [False, True])
def test_what_is_deleted_while_a_digest_is_gathered_is_not_in_it(
    again: bool, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered = deleting_behind(monkeypatch, ("board:1",))
    made = issue(pipeline, KIND, WEEK, again=again)
    assert "night train" in str(gathered[0])
    assert len(gathered) == 2
    assert made.is_new
    assert "nights are long" in str(made.issued.digest)
    for words in ("night train", "ada_l", "/1'"):
        assert words not in str(made.issued.digest)
        assert words not in all_that_is_told(pipeline)


def test_where_posts_go_each_time_it_is_said_and_nothing_is_kept(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered = deleting_behind(monkeypatch, ("board:1",), ("board:2",), ("board:3",))
    with pytest.raises(UntaggedError, match="were deleted each of 3 times"):
        issue(pipeline, KIND, WEEK)
    assert len(gathered) == MOST_TRIES
    with pipeline.read() as connection:
        assert issued.list_issued(connection) == []


def test_a_question_is_not_asked_in_the_words_of_who_deleted_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "Does Acme carry my cello in the cabin?"
    asks: dict[str, Any] = {"intent": "question"}
    pipeline.store.upsert(
        [
            wish(11, asked, **asks),
            wish(12, "Is a cello fine?", **asks),
            wish(13, "A cello?", **asks),
        ]
    )
    waiting = [("board:11",)]

    def gather(pipeline: Pipeline, asked: Asked) -> Digest:
        digest = gather_questions(pipeline, asked, grouping=lambda texts, **_: [0 for _ in texts])
        if waiting:
            assert "in the cabin" in str(digest)
            deleted(pipeline, *waiting.pop())
        return digest

    monkeypatch.setitem(kinds.GATHER, "questions", gather)
    made = issue(pipeline, "questions", WEEK)
    assert "in the cabin" not in str(made.issued.digest)
    assert "Is a cello fine?" in str(made.issued.digest)


class Between:
    """A store in which a post goes only after something else was done."""

    def __init__(self, store: Any, first: Any) -> None:
        self._store, self._first = store, first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def delete(self, ids: Any) -> int:
        self._first()
        return int(self._store.delete(ids))


def kept_before_it_goes(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Between:
    deleting_behind(monkeypatch)

    def keep() -> None:
        assert "night train" in str(issue(pipeline, KIND, WEEK).issued.digest)

    return Between(pipeline.store, keep)


def test_what_is_kept_between_the_two_halves_of_a_deletion_is_cleaned(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = kept_before_it_goes(pipeline, monkeypatch)
    processor = Processor(
        store=store,
        reader=Unread,  # type: ignore[arg-type]  # it reads nothing
        begin=pipeline.begin,
        brands=pipeline.settings.brands,
    )
    processor.process([Deletion("board:1")], now=WEEK.now)
    said = all_that_is_told(pipeline)
    assert DELETED in said
    assert "night train" not in said


def test_what_is_kept_while_its_author_is_erased_is_cleaned(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = found(pipeline, Wanted("ada_l"))
    pipeline.store = kept_before_it_goes(pipeline, monkeypatch)
    erase(pipeline, there, now=WEEK.now, actor="ops")
    said = all_that_is_told(pipeline)
    assert "nights are long" in said
    for words in ("night train", "ada_l"):
        assert words not in said


def test_whoever_takes_a_post_out_waits_for_who_keeps_a_digest_of_it(pipeline: Pipeline) -> None:
    digest = gather_entries(pipeline, WEEK, KIND, ByThing().likeness)
    taking = threading.Thread(target=deleted, args=(pipeline, "board:1"))
    with pipeline.begin() as connection:
        issued.hold_still(connection)
        assert "board:1" in posts_told_of(connection, digest)
        taking.start()
        taking.join(0.5)
        assert taking.is_alive()
        issued.keep(connection, digest, now=WEEK.now)
    taking.join(30)
    assert not taking.is_alive()
    said = all_that_is_told(pipeline)
    assert DELETED in said
    assert "night train" not in said


def test_a_letter_says_what_the_digest_says_when_it_is_written(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what it said when it was kept, some posts before."""
    deleting_behind(monkeypatch)
    monkeypatch.setenv(SECRET, "a secret that is long enough for it")

    def issue_and_delete(pipeline: Pipeline, *asked: Any) -> Any:
        made = issue(pipeline, *asked)
        deleted(pipeline, "board:1")
        return made

    monkeypatch.setattr(due, "issue", issue_and_delete)
    assert due.send_due(pipeline, now=WEEK.since).told == 0
    assert due.send_due(pipeline, now=WEEK.now).told == 1
    with pipeline.read() as connection:
        (letter,) = outbox.letters(connection)
    assert "nights are long" in str(letter.payload)
    assert "night train" not in str(letter.payload)
