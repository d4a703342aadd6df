"""SQLite and the matcher give the same answer to any query over any posts."""

from contextlib import closing
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.query.matcher import QueryMatcher, matches
from mentions.query.parser import parse_query
from mentions.query.places import indexed, places
from mentions.query.tree import Near
from tests.query.generated import NOW, dense_post, dense_query, post, query
from tests.query.small_store import SmallStore


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32))
def test_sqlite_and_the_matcher_find_the_same_posts(seed: int) -> None:
    rng = Random(seed)
    posts = [post(rng, number) for number in range(12)]
    queries = {str(number): parse_query(query(rng), now=NOW) for number in range(8)}
    with closing(SmallStore(posts)) as store:
        for wanted in queries.values():
            found = {number for number, each in enumerate(posts) if matches(wanted.tree, each)}
            assert store.found(wanted.tree) == found, wanted.text


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_sqlite_and_the_matcher_agree_on_distances_and_spelling(seed: int) -> None:
    rng = Random(seed)
    posts = [dense_post(rng, number) for number in range(12)]
    with closing(SmallStore(posts)) as store:
        for _ in range(8):
            wanted = parse_query(dense_query(rng))
            found = {number for number, each in enumerate(posts) if matches(wanted.tree, each)}
            assert store.found(wanted.tree) == found, wanted.text


@given(
    said=st.lists(st.sampled_from(("ab ab", "cd", "x")), max_size=12),
    within=st.integers(0, 3),
    in_order=st.booleans(),
)
def test_near_is_what_counting_the_words_between_says(
    *, said: list[str], within: int, in_order: bool
) -> None:
    row = " ".join(said).split()
    near = Near(("text",), ("ab", "ab"), ("cd",), within, in_order)
    lefts = [at for at in range(len(row) - 1) if row[at : at + 2] == ["ab", "ab"]]
    rights = [at for at, word in enumerate(row) if word == "cd"]
    between = [right - left - 2 for left in lefts for right in rights if right > left]
    behind = [left - right - 1 for left in lefts for right in rights if left > right]
    expected = any(gap <= within for gap in (between if in_order else between + behind))
    assert bool(places(near, indexed(row))) == expected


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_many_queries_at_once_match_as_each_alone(seed: int) -> None:
    rng = Random(seed)
    queries = {str(number): parse_query(query(rng), now=NOW) for number in range(20)}
    matcher = QueryMatcher(queries)
    for number in range(5):
        one = post(rng, number)
        assert list(matcher.match(one)) == [
            key for key, wanted in queries.items() if matches(wanted.tree, one)
        ]
