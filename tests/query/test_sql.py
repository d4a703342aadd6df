"""The SQL of a query: few look-ups, nothing of the query in the statement, no limit overrun."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from mentions.mention import Mention
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.sql import compile_sql
from mentions.query.tree import Range, Value, WordPattern, Words
from tests.query.largest import LARGEST
from tests.query.small_store import SmallStore

NOW = datetime(2026, 2, 22, 12, tzinfo=UTC)
IN_WORDS = "mentions.rowid IN (SELECT rowid FROM mention_words WHERE mention_words MATCH ?)"
TEXTS = ("nimbus air", "air late", "it's late", "so it is", "x1 x2")
POSTS = [
    Mention(source="s", native_id=text, platform="p", text=text, published=NOW, collected=NOW)
    for text in TEXTS
]


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ('"nimbus air" OR #nimbus late', '"nimbus air" OR ("#nimbus" AND "late")'),
        ("nimbus -cloud -storm", '("nimbus") NOT ("cloud" OR "storm")'),
        ("title:(late OR nimb*)", 'title : "late" OR title : "nimb"*'),
        ('"late flight"~3', 'NEAR("late" "flight", 3)'),
        ('"lost bag" NEAR/2 late', 'NEAR("lost bag" "late", 2)'),
        ('title:late NEAR/2 "lost bag"', 'title : NEAR("late" "lost bag", 2)'),
        ('"so very late"~3', 'NEAR("so" "very" "late", 4)'),
    ],
)
def test_words_that_stand_together_are_one_look_up(query: str, expression: str) -> None:
    assert compile_sql(parse_query(query).tree) == (IN_WORDS, [expression])


def test_alternative_values_are_one_look_up() -> None:
    expression, parameters = compile_sql(parse_query("lang:(en OR de) OR brand:(a OR b)").tree)
    assert expression == (
        "(mentions.lang IN (?, ?) OR mentions.rowid IN "
        "(SELECT rowid_ref FROM mention_values WHERE field = ? AND value IN (?, ?)))"
    )
    assert parameters == ["en", "de", "brand", "a", "b"]


@pytest.mark.parametrize("query", LARGEST)
def test_the_largest_queries_that_are_accepted_are_answered(query: str) -> None:
    tree = parse_query(query).tree
    with closing(SmallStore(POSTS)) as store:
        assert store.found(tree) == {n for n, each in enumerate(POSTS) if matches(tree, each)}


@pytest.mark.parametrize(
    "value", ["x' OR '1'='1", 'x" OR "a', "%", "*", "[a]", "?", "a) --", "\\", "'; DROP TABLE x"]
)
def test_a_value_is_never_part_of_the_statement(value: str) -> None:
    post = POSTS[0].model_copy(update={"tags": (value,), "thread": value})
    with closing(SmallStore([post, POSTS[1]])) as store:
        for field in ("tag", "thread"):
            tree = Value(field, value.casefold())
            assert value not in compile_sql(tree)[0].replace("?", "") or len(value) == 1
            assert store.found(tree) == {0}


def test_trees_made_by_hand_are_answered_too() -> None:
    with closing(SmallStore(POSTS)) as store:
        for tree in (
            Range("published"),
            Range("rating"),
            Words(("text",), ("air",), 3),
            WordPattern(("text", "title"), "*"),
            WordPattern(("title",), "*"),
        ):
            assert store.found(tree) == {n for n, each in enumerate(POSTS) if matches(tree, each)}
