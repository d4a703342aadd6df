"""Facts stay those of their mentions, over many pages and deletions."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from mentions.facets import MAX_FACET_VALUES
from mentions.query.parser import parse_query
from mentions.sqlite import SqliteStore
from mentions.sqlite_facts import PAGE
from tests.stores.posts import ALL, HOUR, NOON, by, feeling, post

MANY = 2 * PAGE + 300


def written(number: int, **fields):
    options = {
        "text": "lost bag" if number % 3 else "found it",
        "published": NOON + number * timedelta(seconds=10),
        "author": by(f"Ana{number % 700}") if number % 7 else by(""),
        "sentiment": feeling("negative") if number % 2 else None,
        "needs_reply": number % 5 == 0,
    }
    return post(str(number), **(options | fields))


@pytest.fixture
def store(tmp_path: Path):
    with SqliteStore(tmp_path / "mentions.db") as store:
        store.prepare()
        assert store.upsert(map(written, range(MANY))).created == MANY
        yield store


def pages(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM fact_pages").fetchone()[0]


def test_counts_run_over_all_pages_and_forget_the_deleted(store: SqliteStore) -> None:
    assert pages(store.path) == 3
    gone = {f"board:{number}" for number in range(PAGE - 50, PAGE + 50)}
    store.delete(gone)
    there = [number for number in range(MANY) if f"board:{number}" not in gone]
    lost = parse_query("lost AND needs_reply:true AND sentiment:negative")
    expected = [n for n in there if n % 3 and n % 5 == 0 and n % 2]
    assert store.search(lost, limit=1).total == len(expected)
    since, until = NOON + 5 * HOUR, NOON + 7 * HOUR
    within = [n for n in expected if since <= written(n).published < until]
    assert store.count(lost, since=since, until=until) == len(within)


def test_a_whole_page_of_deleted_mentions_is_gone_and_its_numbers_serve_again(
    store: SqliteStore,
) -> None:
    store.delete(f"board:{number}" for number in range(MANY))
    assert pages(store.path) == 0
    store.upsert([written(7, text="back again")])
    page = store.search(ALL, facets=("author", "day"))
    assert (page.total, page.facets["author"]) == (1, [])
    assert page.facets["day"] == [("2026-02-21", 1)]


def test_the_most_frequent_authors_are_counted_exactly(store: SqliteStore) -> None:
    store.upsert([written(number, text="lost", author=by("Ana3")) for number in range(40)])
    mentions = list(store.iterate(parse_query("lost")))
    counts = Counter(m.author.handle for m in mentions if m.author.handle)
    expected = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MAX_FACET_VALUES]
    found = store.search(parse_query("lost"), facets=("author",)).facets["author"]
    assert len(counts) > MAX_FACET_VALUES
    assert list(found) == expected


def test_distinct_authors_are_told_apart_by_platform_and_case_does_not_matter(
    store: SqliteStore,
) -> None:
    start = NOON + 100 * HOUR
    store.upsert(
        [
            written(1, published=start, author=by("Eve")),
            written(2, published=start, author=by("EVE")),
            written(3, published=start, author=by("Eve"), platform="elsewhere"),
            written(4, published=start, author=by("")),
            written(5, published=start, author=by("")),
        ]
    )
    counts = store.series(ALL, since=start, until=start + HOUR, bucket=HOUR)
    assert (counts.posts, counts.authors) == ((5,), (4,))


def test_a_name_goes_with_the_last_mention_that_has_it(store: SqliteStore, tmp_path: Path) -> None:
    def names() -> list[str]:
        with closing(sqlite3.connect(tmp_path / "mentions.db")) as connection:
            found = connection.execute("SELECT name FROM author_names WHERE name LIKE 'zo%'")
            return [name for (name,) in found]

    first = [post(f"zoe {n}", author=by("Zoe"), published=NOON + HOUR) for n in range(2)]
    store.upsert(first)
    store.delete([first[0].id])
    assert names() == ["Zoe"]
    store.delete([first[1].id, "nobody:1"])
    assert names() == []
    store.upsert(first)
    assert names() == ["Zoe"]
    assert dict(store.search(ALL, facets=["author"]).facets["author"])["Ana1"] > 1
