"""Posts that their authors deleted, or who were erased, leave the digests that are kept."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from alerts import outbox
from alerts.deleting import DELETED, forget_deleted
from alerts.digests import issued, letters
from alerts.digests.digest import Digest
from alerts.erasing import GONE, Traces, erase_quotes
from mentions.collected import Deletion
from mentions.mention import Mention
from tests.untagged.asking_world import DAY, WEEK, ByThing, wish
from tests.untagged.test_feature_requests import opened
from untagged.digests.entries import gather_entries
from untagged.digests.questions import gather_questions
from untagged.pipeline import Pipeline
from untagged.processing import Processor

SAID = "Please, please, give us a #dark theme for the night train, says Ada"
TITLE = "#dark theme for the night train"
ASKED = "Hello all. Does Acme carry my cello in the cabin? Thanks!"
SENTENCE = "Does Acme carry my cello in the cabin?"


class Titled(ByThing):
    """Takes a title out of the middle of a text, as the measure in use does."""

    def title_of(self, texts: Sequence[str], lang: str, names: Collection[str]) -> str:
        said = super().title_of(texts, lang, names)
        return next((TITLE for text in texts if TITLE in text), said)


class Unread:
    """Of deletions alone nothing is read."""

    def read(self, posts: Sequence[Mention], **_options: Any) -> Iterator[Any]:
        assert not posts
        return iter(())


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    url = "sqlite:///ops.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with opened(tmp_path, url) as pipeline:
        yield pipeline


def by_train(texts: Sequence[str], *, langs: Sequence[str] | None = None) -> list[int]:
    return [0 if "cello" in text else 1 for text in texts]


def kept(pipeline: Pipeline) -> list[Digest]:
    """One of requests and one of questions, and the letters that told of them."""
    ada = {"id": "4711", "handle": "ada_l", "name": "Countess Lovelace"}
    asks: dict[str, Any] = {"intent": "question", "by": "bea"}
    posts = [
        wish(1, SAID).model_copy(update={"author": wish(0, "x").author.model_copy(update=ada)}),
        wish(2, "A #dark look of everything, as nights are long out here, if I may ask for it"),
        wish(3, ASKED, **asks),
        wish(4, "Is a cello fine?", intent="question"),
        wish(5, "Are cellos and a second bag allowed?", intent="question"),
        wish(6, "#dark"),
    ]
    assert not pipeline.store.upsert(posts).refused
    made = [
        gather_entries(pipeline, WEEK, "feature-requests", Titled().likeness),
        gather_questions(pipeline, WEEK, grouping=by_train),
    ]
    with pipeline.begin() as connection:
        for number, digest in enumerate(made):
            one, _ = issued.keep(connection, digest, now=WEEK.now)
            said = letters.summary(one, page="", stop="", why="")
            outbox.enqueue(
                connection,
                key=f"digest:{number}:",
                channel="chat",
                kind=letters.KIND,
                payload=said,
                now=WEEK.now,
            )
    return made


def told(pipeline: Pipeline) -> str:
    """All that digests and their letters say."""
    with pipeline.read() as connection:
        digests = [str(one.digest) for one in issued.list_issued(connection)]
        return "\n".join([*digests, *(str(one.payload) for one in outbox.letters(connection))])


def deleted(pipeline: Pipeline, *ids: str) -> None:
    processor = Processor(
        store=pipeline.store,
        reader=Unread,  # type: ignore[arg-type]  # it reads nothing
        begin=pipeline.begin,
        brands=pipeline.settings.brands,
    )
    processor.process([Deletion(one) for one in ids], now=WEEK.now)


def test_what_was_deleted_leaves_kept_digests_and_their_letters(pipeline: Pipeline) -> None:
    kept(pipeline)
    before = told(pipeline)
    for words in (TITLE, "for the night train, says", "Lovelace", "/1'", SENTENCE):
        assert words in before
    deleted(pipeline, "board:1", "board:3")
    after = told(pipeline)
    for words in (TITLE, "night train", "Lovelace", "/1'", "cello in the cabin", "bea"):
        assert words not in after
    assert DELETED in after
    assert "as nights are long out here" in after
    assert "Is a cello fine?" in after


def test_the_numbers_and_the_form_of_a_digest_stay(pipeline: Pipeline) -> None:
    requests, questions = kept(pipeline)
    deleted(pipeline, "board:1", "board:3")
    with pipeline.read() as connection:
        by_kind = {one.digest.kind: one.digest for one in issued.list_issued(connection)}
    for made in (requests, questions):
        now = by_kind[made.kind]
        assert len(now.sections) == len(made.sections)
        people = "authors" if made is requests else "people"
        assert [one[people] for one in now.records] == [one[people] for one in made.records]
        assert (now.title, now.since, now.until) == (made.title, made.since, made.until)
        assert [one.title for one in now.sections] == [one.title for one in made.sections]


def test_deleting_words_that_others_said_takes_nothing_from_them(pipeline: Pipeline) -> None:
    kept(pipeline)
    before = told(pipeline)
    copy = wish(9, f"{TITLE}. What people ask for. {SENTENCE}", by="mallory")
    with pipeline.begin() as connection:
        forget_deleted(connection, [copy])
    assert told(pipeline) == before


def test_a_digest_of_before_a_post_is_not_looked_at(pipeline: Pipeline) -> None:
    kept(pipeline)
    before = told(pipeline)
    with pipeline.begin() as connection:
        found = pipeline.store.get("board:1")
        assert found is not None
        as_if = found.model_copy(update={"published": WEEK.now + DAY})
        forget_deleted(connection, [as_if])
    assert told(pipeline) == before


def test_erasing_takes_titles_from_the_middle_of_a_post_too(pipeline: Pipeline) -> None:
    kept(pipeline)
    theirs = [pipeline.store.get("board:1"), pipeline.store.get("board:3")]
    with pipeline.begin() as connection:
        erase_quotes(connection, Traces.of(one for one in theirs if one), is_trial=False)
    after = told(pipeline)
    assert TITLE not in after
    assert "cello in the cabin" not in after
    assert GONE in after
