"""SQLite and the matcher give the same answer to any query over any posts."""

from contextlib import closing
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.query.matcher import QueryMatcher, matches
from mentions.query.parser import parse_query
from tests.query.generated import NOW, post, query
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
def test_many_queries_at_once_match_as_each_alone(seed: int) -> None:
    rng = Random(seed)
    queries = {str(number): parse_query(query(rng), now=NOW) for number in range(20)}
    matcher = QueryMatcher(queries)
    for number in range(5):
        one = post(rng, number)
        assert list(matcher.match(one)) == [
            key for key, wanted in queries.items() if matches(wanted.tree, one)
        ]
