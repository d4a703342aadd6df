"""Both stores and the matcher answer alike over posts and queries made at random."""

from random import Random

import pytest

from mentions.elastic import ElasticStore
from mentions.query.matcher import matches, spans
from mentions.query.parser import parse_query
from mentions.sqlite import SqliteStore
from mentions.store import FACET_FIELDS
from tests.query.generated import NOW, post, query
from tests.stores.posts import ALL, HOUR, MINUTE

POSTS = [post(Random(number), number) for number in range(120)]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory):
    with SqliteStore(tmp_path_factory.mktemp("agreement") / "mentions.db") as store:
        store.prepare()
        assert store.upsert(POSTS).created == len(POSTS)
        yield store


@pytest.fixture
def elastic(elasticsearch_url: str, prepared_prefix: str):
    with ElasticStore(elasticsearch_url, prefix=prepared_prefix) as store:
        store.delete([mention.id for mention in store.iterate(ALL)])
        assert store.upsert(POSTS).created == len(POSTS)
        yield store


@pytest.mark.parametrize("seed", range(60))
def test_sqlite_finds_what_the_matcher_finds(sqlite, seed):
    asked = parse_query(query(Random(seed)), now=NOW)
    expected = sorted(
        (each for each in POSTS if matches(asked.tree, each)),
        key=lambda each: (each.published, each.id),
    )
    found = list(sqlite.iterate(asked))
    assert [each.id for each in found] == [each.id for each in expected]
    assert sqlite.count(asked) == len(expected)


def test_sqlite_finds_the_same_part_by_part_in_a_window(sqlite):
    """A window with a beginning is read another way than all time."""
    window = {"since": NOW - 40 * HOUR, "until": NOW + HOUR}
    within = [each for each in POSTS if window["since"] <= each.published < window["until"]]
    for seed in range(300):
        asked = parse_query(query(Random(seed)), now=NOW)
        matching = [each for each in within if matches(asked.tree, each)]
        expected = [each.id for each in sorted(matching, key=lambda one: (one.published, one.id))]
        assert sqlite.count(asked, **window) == len(expected), asked.text
        found = sqlite.sample(asked, **window, limit=1000)
        assert ([each.id for each in found.mentions], found.total) == (expected, len(expected))


@pytest.mark.slow
def test_the_stores_give_the_same_pages_counts_and_terms(sqlite, elastic):
    window = {"since": NOW - 40 * HOUR, "until": NOW + HOUR}
    for seed in range(40):
        asked = parse_query(query(Random(1000 + seed)), now=NOW)
        for sort in ("published", "relevance", "reach"):
            options = {"sort": sort, "facets": FACET_FIELDS, "limit": 50}
            here, there = sqlite.search(asked, **options), elastic.search(asked, **options)
            assert [each.id for each in here.mentions] == [each.id for each in there.mentions]
            assert (here.total, here.facets) == (there.total, there.facets), asked.text
            assert here.highlights == there.highlights
        assert list(sqlite.iterate(asked, **window)) == list(elastic.iterate(asked, **window))
        assert sqlite.count(asked, **window) == elastic.count(asked, **window)
        for limit in (7, 1000):
            here, there = (one.sample(asked, **window, limit=limit) for one in (sqlite, elastic))
            assert here == there, asked.text
        assert sqlite.voices(asked, **window) == elastic.voices(asked, **window)
        buckets = {"bucket": 17 * MINUTE, **window}
        assert sqlite.series(asked, **buckets) == elastic.series(asked, **buckets)
        terms = {"background": ALL, "limit": 30, **window}
        assert sqlite.significant_terms(asked, **terms) == elastic.significant_terms(asked, **terms)


def test_highlights_are_the_spans_of_the_query(sqlite):
    for seed in range(30):
        asked = parse_query(query(Random(seed)), now=NOW)
        page = sqlite.search(asked)
        for each in page.mentions:
            assert page.highlights.get(each.id, []) == spans(asked.tree, each.text)
