"""What is said of a condition is what the matcher does, down to its parts."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.mention import Author, Mention
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.saying import as_query
from mentions.query.tree import And, Not, Or
from mentions.query.why import explained
from tests.query.generated import NOW, post, query

NOON = datetime(2026, 2, 22, 12, tzinfo=UTC)
POST = Mention(
    source="town",
    native_id="1",
    platform="x",
    text="Late again, where is my refund?",
    author=Author(handle="ana", followers=312),
    intents=({"label": "complaint", "confidence": 0.9}, {"label": "question", "confidence": 0.5}),
    published=NOON,
    collected=NOON,
    lang="en",
    severity=3,
)


def told(asked: str) -> str:
    return str(explained(parse_query(asked).tree, POST))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("author.followers:>50000", "author.followers:>50000 is false: 312"),
        ("rating:<3", "rating:<3 is false: the post has none"),
        (
            "intent:complaint AND topic:billing",
            "topic:billing is false: the post has none",
        ),
        (
            "severity:1 OR intent:incident",
            "severity:1 is false: 3; intent:incident is false: complaint, question",
        ),
        ("refund AND lang:en", "refund is in the post; lang:en is true: en"),
        (
            '"my luggage" OR needs_reply:true',
            '"my luggage" is not in the post; needs_reply:true is false: false',
        ),
        ("late NOT lang:en", "lang:en is true: en"),
        ("*", "takes every post"),
        (
            "lang:(a* OR bb OR cc OR dd OR ff)",
            "lang:a* is false: en; lang:bb is false: en; lang:cc is false: en; and 2 more",
        ),
    ],
)
def test_the_part_that_decided_is_named_with_what_the_post_has(asked: str, said: str) -> None:
    assert told(asked) == said


def test_an_endless_value_is_cut() -> None:
    long = POST.model_copy(update={"author": Author(handle="a" * 500)})
    assert len(str(explained(parse_query("author:ana").tree, long))) < 150


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_the_explanation_agrees_with_the_matcher(seed: int) -> None:
    rng = Random(seed)
    one, tree = post(rng, 1), parse_query(query(rng), now=NOW).tree
    why = explained(tree, one)
    assert why.holds == matches(tree, one)
    if isinstance(tree, And | Or):
        assert {part.holds for part in why.parts} == {why.holds}
    assert str(why)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_every_leaf_that_is_named_is_judged_as_the_matcher_judges_it_alone(seed: int) -> None:
    rng = Random(seed)
    one, tree = post(rng, 1), parse_query(query(rng), now=NOW).tree
    alone = {as_query(node): matches(node, one) for node in _leaves(tree)}
    for leaf in explained(tree, one).leaves():
        assert alone[leaf.said] == leaf.holds


def _leaves(node: object):
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case _:
            yield node
