"""Who is this: the author's other posts and earlier cases, found by one query, of nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cases.customers.port import Account, Customer
from mentions.mention import Mention
from mentions.opening import open_store
from mentions.query.parser import parse_query
from mentions.store import MentionStore
from tests.untagged.world import NOON
from untagged.history import LOOKED_AT, AuthorHistory, history_of

DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MentionStore]:
    with open_store(f"sqlite:///{tmp_path}/mentions.db") as made:
        made.prepare()
        yield made


def said(number: int, author: dict[str, Any], *, days: float = 1, **more: Any) -> Mention:
    at = NOON - days * DAY
    fields = {
        "source": "forum",
        "native_id": str(number),
        "platform": "forum",
        "text": f"Post {number} about Acme",
        "author": author,
        "published": at,
        "collected": at,
    }
    return Mention.model_validate(fields | more)


def history(store: MentionStore, of: Mention, *others: Mention, **more: Any) -> AuthorHistory:
    store.upsert([of, *others])
    found = history_of(store, of, own=more.pop("own", [of.id]), now=NOON, **more)
    assert found
    return found


def numbers(found: AuthorHistory) -> list[str]:
    return [post.native_id for post in found.posts]


def test_other_posts_come_newest_first_and_those_of_90_days_count(
    store: MentionStore,
) -> None:
    ada = {"id": "7", "handle": "ada"}
    negative = {"label": "negative", "score": -1, "confidence": 1, "unsure": False, "model": "m"}
    found = history(
        store,
        said(1, ada),
        said(2, ada, days=90, sentiment=negative, brands=[{"name": "Acme"}, {"name": "Bolt"}]),
        said(3, ada, days=90.01, brands=[{"name": "Acme"}]),
        said(4, ada, days=2),
        said(5, {"id": "8", "handle": "eve"}),
        said(6, ada, days=-1, collected=NOON + DAY),
    )
    assert numbers(found) == ["4", "2", "3"]
    assert (found.lately, found.lately_said, found.is_more) == (2, "2", False)
    assert found.sentiments == {"negative": 1}
    assert found.brands == {"Acme": 2, "Bolt": 1}


@pytest.mark.parametrize(
    ("one", "other", "more", "is_same"),
    [
        ({"id": "7", "handle": "ada"}, {"id": "7", "handle": "ada_new"}, {}, True),
        ({"id": "7", "handle": "ada"}, {"id": "8", "handle": "ada"}, {}, False),
        ({"handle": "Ada"}, {"handle": "ada"}, {}, True),
        ({"handle": "Ada"}, {"handle": "ada"}, {"source": "import"}, True),
        ({"handle": "ada"}, {"handle": "ada"}, {"platform": "x"}, False),
        ({"handle": "ada"}, {"name": "ada"}, {}, False),
        ({"id": "7"}, {"name": "7", "handle": "eve"}, {}, False),
        # Ids are each server's own: 7 on one forum is not 7 on another.
        ({"id": "7", "handle": "ada"}, {"id": "7", "handle": "eve"}, {"source": "b"}, False),
        (
            {"id": "7", "handle": "sam", "url": "https://a.example/u/sam"},
            {"id": "9", "handle": "sam", "url": "https://b.example/u/sam"},
            {"source": "b"},
            False,
        ),
        (
            {"id": "7", "handle": "sam", "url": "https://a.example/u/sam"},
            {"id": "9", "handle": "sam", "url": "https://a.example/u/Sam"},
            {"source": "b"},
            True,
        ),
    ],
)
def test_an_author_is_who_the_platform_says(
    store: MentionStore, one: Any, other: Any, more: Any, is_same: bool
) -> None:
    assert numbers(history(store, said(1, one), said(2, other, **more))) == ["2"] * is_same


def test_posts_without_an_author_are_nobodys(store: MentionStore) -> None:
    for author in ({}, {"name": "A customer"}):
        nobody = said(1, author)
        store.upsert([nobody, said(2, author)])
        assert history_of(store, nobody, own=[nobody.id], now=NOON) is None
    assert history_of(store, None, own=[], now=NOON) is None


def test_two_handles_are_one_person_only_if_the_record_says_so(store: MentionStore) -> None:
    posts = (said(1, {"handle": "ada"}), said(2, {"handle": "Lady@m.example"}, platform="mastodon"))
    assert numbers(history(store, *posts)) == []
    known = Customer("1", accounts=(Account("mastodon", "lady@m.example"),))
    found = history(store, *posts, customer=known)
    assert numbers(found) == ["2"]
    assert store.count(parse_query(found.query)) == 2


def test_the_query_finds_them_whatever_a_handle_holds(store: MentionStore) -> None:
    hostile = 'a"b\\ OR * (brand:x'
    found = history(store, said(1, {"handle": hostile}), said(2, {"handle": hostile}))
    assert numbers(found) == ["2"]
    assert store.count(parse_query(found.query)) == 2


def test_own_and_deleted_posts_never_show(store: MentionStore) -> None:
    ada = {"handle": "ada"}
    posts = [said(number, ada) for number in range(1, 5)]
    store.upsert(posts)
    store.delete(["forum:3"])
    found = history_of(store, posts[0], own=["forum:1", "forum:2"], now=NOON)
    assert found
    assert numbers(found) == ["4"]


def test_an_author_of_very_many_posts_has_at_least_so_many(store: MentionStore) -> None:
    ada = {"handle": "ada"}
    found = history(store, *(said(number, ada) for number in range(LOOKED_AT + 20)))
    assert found.is_more
    assert found.lately_said == f"at least {found.lately}"
    assert LOOKED_AT - 1 <= found.lately <= LOOKED_AT
