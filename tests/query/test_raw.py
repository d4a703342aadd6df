"""`raw:` finds words and signs exactly as they were written, in SQLite and the matcher alike."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from mentions.fields import RAW
from mentions.mention import Mention
from mentions.query.elastic import compile_elastic
from mentions.query.matcher import QueryMatcher, matches, spans
from mentions.query.tree import And, Exists, Node, Not, Query, Words
from mentions.query.values import BadValue
from mentions.query.wording import in_phrase, in_word, near
from tests.query.small_store import SmallStore

NOW = datetime(2026, 2, 22, 12, tzinfo=UTC)
POST = Mention(
    source="town",
    native_id="1",
    platform="mastodon",
    title="Nimbus AIR",
    text="Was late!! iPhone of Café C++ 東京都, Nimbus's «best» #Fail don’t",
    published=NOW,
    collected=NOW,
)
FOUND = [
    *("AIR", "Nimbus", "iPhone", "Café", "#Fail", "don’t", "東京", "都", "late"),
    *(
        '"Nimbus AIR"',
        '"late!!"',
        '"C++"',
        "C++",
        '"+"',
        '"Nimbus\'s"',
        '"«best»"',
        "!",
        '"!! iPhone"',
    ),
]
MISSED = [
    *("Air", "air", "nimbus", "iphone", "Cafe", "#fail", "Fail", "don't", "Late"),
    *('"nimbus air"', '"late!!!"', '"late iPhone"', '"AIR Was"', '"Nimbus, AIR"', "京東", "was"),
]


def raw(written: str) -> Node:
    if written.startswith('"'):
        return in_phrase(written[1:-1], RAW)
    return in_word(written, RAW)


@pytest.mark.parametrize("written", FOUND)
def test_a_post_is_found_by_what_stands_in_it(written: str) -> None:
    assert answers(raw(written)) == (True, True, True)


@pytest.mark.parametrize("written", MISSED)
def test_a_post_is_not_found_by_another_spelling_or_across_its_title(written: str) -> None:
    assert answers(raw(written)) == (False, False, False)


def answers(tree: Node) -> tuple[bool, bool, bool]:
    """What the matcher says, what it says among many queries, what SQLite says."""
    many = QueryMatcher({"it": Query("it", tree)}).match(POST)
    with closing(SmallStore([POST])) as store:
        return matches(tree, POST), "it" in many, store.found(tree) == {0}


def test_spelling_counts_beside_any_other_condition() -> None:
    assert answers(And((raw("AIR"), Not(raw("Air")), in_word("iphone", None)))) == (True,) * 3
    assert answers(Exists("raw")) == (True,) * 3


def test_what_was_matched_is_marked() -> None:
    marked = spans(And((raw('"late!!"'), raw("Café"), in_word("fail", None))), POST.text)
    assert [POST.text[start:end] for start, end in marked] == ["late!!", "Café"]


def test_elasticsearch_searches_a_property_of_its_own() -> None:
    assert compile_elastic(raw("AIR")) == {"term": {"raw": {"value": ".'a'i'r"}}}


@pytest.mark.parametrize("written", ["Nimb*", "C?"])
def test_wildcards_are_refused(written: str) -> None:
    with pytest.raises(BadValue, match="wildcard does not work with raw:"):
        raw(written)


def test_distances_are_refused() -> None:
    with pytest.raises(BadValue, match="distance does not work with raw:"):
        near("Nimbus AIR", RAW, 3)


def test_a_sign_alone_is_a_word() -> None:
    assert raw('"*"') == Words(("raw",), (".,2a",))
    with pytest.raises(BadValue, match="nothing to search for"):
        raw('" \u200b"')
