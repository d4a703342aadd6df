"""What somebody says on under their own mention is about its brand, too; what others say is not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mentions.mention import Author, BrandMatch, Mention
from mentions.opening import open_store
from mentions.store import MentionStore
from tests.untagged.world import MINUTE, NOON
from untagged.going_on import going_on

ACME = (BrandMatch(name="Acme"),)


def post(name: str, author: str, *, minutes: int = 0, **fields: object) -> Mention:
    said = {
        "source": "board",
        "native_id": name,
        "platform": "board",
        "text": name,
        "author": Author(handle=author, id=f"{author} 1"),
        "published": NOON + minutes * MINUTE,
        "collected": NOON + timedelta(hours=1),
        **fields,
    }
    return Mention.model_validate(said)


QUESTION = post("question", "ana", brands=ACME)
ANSWER = post("answer", "acme", minutes=1, brands=ACME, reply_to="board:question")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MentionStore]:
    with open_store(f"sqlite:///{tmp_path / 'mentions.db'}") as opened:
        opened.prepare()
        opened.upsert([QUESTION, ANSWER])
        yield opened


def kept(store: MentionStore, *posts: Mention, named: tuple[Mention, ...] = ()) -> list[str]:
    found = going_on(posts, named, store=store, is_owned=lambda each: each.author.handle == "acme")
    assert all(each.brands == ACME for each in found)
    return [each.native_id for each in found]


@pytest.mark.parametrize(
    "above",
    [
        {"reply_to": "board:question"},
        {"reply_to": "board:answer"},
        {"thread": "question"},
        {"reply_to": "board:something nobody kept", "thread": "board:question"},
    ],
)
def test_its_author_goes_on_below_it_or_below_the_answer(
    store: MentionStore, above: dict[str, str]
) -> None:
    assert kept(store, post("again", "ana", minutes=2, **above)) == ["again"]
    assert kept(store, post("other", "bob", minutes=2, **above)) == []


def test_it_joins_the_conversation_that_it_goes_on(store: MentionStore) -> None:
    again = post("again", "ana", minutes=2, reply_to="board:answer")
    (found,) = going_on([again], [], store=store, is_owned=lambda each: each.id == ANSWER.id)
    assert found.thread == "question"
    assert found.reasons["brands"] == "goes on what its author said about Acme"


def test_one_goes_on_from_another_in_whatever_order_they_come(store: MentionStore) -> None:
    second = post("second", "ana", minutes=2, reply_to="board:answer")
    third = post("third", "ana", minutes=3, reply_to="board:second")
    assert kept(store, third, second) == ["second", "third"]


def test_what_it_answers_may_be_in_the_same_chunk(store: MentionStore) -> None:
    fresh = post("fresh", "eve", brands=ACME)
    assert kept(store, post("more", "eve", minutes=1, reply_to="board:fresh"), named=(fresh,)) == [
        "more"
    ]


def test_a_brands_own_words_and_posts_without_a_name_are_not_taken_for_it(
    store: MentionStore,
) -> None:
    below = post("nameless", "x", minutes=2, reply_to="board:question")
    nameless = below.model_copy(update={"author": Author()})
    own = post("own", "acme", minutes=2, reply_to="board:answer")
    assert kept(store, nameless, own, post("alone", "ana")) == []
