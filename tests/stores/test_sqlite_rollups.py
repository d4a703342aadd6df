"""What SqliteStore keeps beside the mentions counts as the mentions themselves do."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentions import sqlite_schema, sqlite_upgrade
from mentions.facets import FACETS
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.tree import Query
from mentions.sqlite import SqliteStore
from mentions.sqlite_upgrade import BEFORE_LISTS
from mentions.store import FACET_FIELDS
from tests.stores.posts import ALL, HOUR, MINUTE, NOON, brands, by, feeling, post, wanting

QUERIES = (
    "*",
    "brand:nimbus",
    "brand:NIMBUS AND sentiment:negative",
    "brand:nimbus AND intent:complaint",
    "brand:nimbus AND brand:zephyr",
    "sentiment:negative",
    "tagged:true AND brand:nimbus",
    "intent:question OR lang:de",
    "NOT sentiment:negative",
    "lost",
    "lost AND brand:zephyr",
    "NOT lost",
    "source:board",
    "needs_reply:true",
    "NOT needs_reply:true",
    "lost AND needs_reply:false",
    "sentiment.unsure:true",
    "NOT sentiment.unsure:false",
    "severity:<=2",
    "lost AND severity:[2 TO 3}",
    "published:>=2026-02-21",
    "lost AND (published:<2026-02-21T12:30 OR tagged:true)",
    "author:a AND NOT published:>2026-02-21T12:00",
)
PIECES = st.fixed_dictionaries(
    {
        "name": st.sampled_from("abcdef"),
        "minutes": st.integers(-100, 100),
        "label": st.sampled_from(["negative", "neutral", None]),
        "brand": st.sampled_from([(), ("Nimbus",), ("nimbus",), ("Nimbus", "Zephyr")]),
        "intent": st.sampled_from([(), ("complaint",), ("complaint", "question")]),
        "tagged": st.booleans(),
        "lang": st.sampled_from(["en", "DE"]),
        "text": st.sampled_from(["lost", "found"]),
        "needs_reply": st.booleans(),
        "severity": st.sampled_from([None, 1, 3]),
        "topics": st.sampled_from([(), ("Bags",), ("bags", "seats"), ("seats", "Bags")]),
        "tags": st.sampled_from([(), ("VIP",), ("vip",)]),
        "site": st.sampled_from(["", "news.example", "www.news.example", "blog.example"]),
        "deleted": st.booleans(),
    }
)
WINDOWS = st.tuples(st.integers(-130, 130), st.integers(0, 200))


def made(pieces: dict, number: int):
    published = NOON + pieces["minutes"] * MINUTE
    return post(
        pieces["name"],
        published=published,
        refreshed=published + timedelta(hours=9, minutes=number),
        sentiment=feeling(pieces["label"]) if pieces["label"] else None,
        brands=brands(*pieces["brand"], tagged=pieces["tagged"]),
        intents=wanting(*pieces["intent"]),
        lang=pieces["lang"],
        text=pieces["text"],
        needs_reply=pieces["needs_reply"],
        severity=pieces["severity"],
        author=by(pieces["name"]),
        topics=pieces["topics"],
        tags=pieces["tags"],
        url=f"https://{pieces['site']}/{pieces['name']}" if pieces["site"] else "",
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rollups") / "mentions.db"
    with SqliteStore(path) as store:
        store.prepare()
    return path


def assert_rollups_hold(path: Path) -> None:
    """Every cell counts what its mentions do, and none is left at zero."""
    with closing(sqlite3.connect(path)) as connection:
        kept = connection.execute("SELECT sum(posts), min(posts) FROM rollups WHERE cell IN "
            "(SELECT number FROM rollup_cells WHERE field = '')").fetchone()  # fmt: skip
        there = connection.execute("SELECT count(*) FROM mentions").fetchone()[0]
        assert (kept[0] or 0) == there
        assert kept[1] is None or kept[1] > 0
        assert connection.execute("SELECT count(*) FROM rollups WHERE posts <= 0").fetchone() == (
            0,
        )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=st.lists(st.lists(PIECES, max_size=6), max_size=4), asked=WINDOWS)
def test_counts_equal_a_recount_after_any_writes_and_deletions(path, batches, asked):
    since = NOON + asked[0] * MINUTE
    until = since + asked[1] * MINUTE
    with SqliteStore(path) as store:
        store.delete([mention.id for mention in store.iterate(ALL)])
        for number, batch in enumerate(batches):
            store.upsert(made(pieces, number) for pieces in batch)
            store.delete([f"board:{pieces['name']}" for pieces in batch if pieces["deleted"]])
        assert_rollups_hold(path)
        mentions = list(store.iterate(ALL))
        for query in map(parse_query, QUERIES):
            for window in ({}, {"since": since, "until": until}, {"until": until}):
                assert_counts(store, query, mentions, window)


def assert_counts(store, query: Query, mentions, window) -> None:
    first, last = window.get("since"), window.get("until")
    there = [
        m
        for m in mentions
        if matches(query.tree, m)
        and (first is None or m.published >= first)
        and (last is None or m.published < last)
    ]
    page = store.search(query, facets=FACET_FIELDS, limit=2, **window)
    assert page.total == len(there) == store.count(query, **window)
    newest = sorted(there, key=lambda m: (m.published, m.id), reverse=True)
    assert list(page.mentions) == newest[:2]
    for name in FACET_FIELDS:
        counts = Counter(value for m in there for value in spelled_first(FACETS[name](m)))
        assert dict(page.facets[name]) == counts, (query.text, name)
        assert list(page.facets[name]) == sorted(counts.items(), key=lambda e: (-e[1], e[0]))
    if first is not None and last is not None:
        for start in (first, first.replace(minute=0)):
            options = {"since": start, "until": last, "bucket": HOUR}
            fast = store.series(query, **options, authors=False)
            assert fast.posts == store.series(query, **options).posts
            assert fast.authors == ()
            for by_field in ("sentiment", "intent"):
                split = store.split_series(query, by=by_field, **options)
                within = [m for m in mentions if matches(query.tree, m) and m.published < last]
                assert split == split_by_hand(within, by_field, start, last)


def spelled_first(values):
    """Each value once, as it is spelled first."""
    return {value.casefold(): value for value in reversed(values)}.values()


def split_by_hand(mentions, by_field, start, until):
    count = -(-(until - start) // HOUR)
    posts = {}
    for one in mentions:
        if one.published >= start:
            for value in FACETS[by_field](one):
                row = posts.setdefault(value, [0] * count)
                row[(one.published - start) // HOUR] += 1
    order = sorted(posts, key=lambda value: (-sum(posts[value]), value))
    return {value: tuple(posts[value]) for value in order}


def test_a_search_of_words_goes_on_where_its_page_ended_among_equal_times(tmp_path):
    with SqliteStore(tmp_path / "mentions.db") as store:
        store.prepare()
        store.upsert(
            post(f"{n:02}", text="lost", published=NOON + n // 6 * HOUR) for n in range(25)
        )
        found, cursor = [], None
        while True:
            page = store.search(parse_query("lost"), limit=4, cursor=cursor)
            found += [mention.native_id for mention in page.mentions]
            cursor = page.cursor
            if cursor is None:
                break
        assert found == [f"{n:02}" for n in reversed(range(25))]


def first_version(path: Path) -> None:
    """Turn a file into what version 1 wrote, as far as an upgrade reads it."""
    with closing(sqlite3.connect(path)) as connection:
        for table in ("rollups", "rollup_cells", "facet_sets", "mention_words", "mention_values"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()


def test_an_older_file_is_indexed_anew_from_its_docs(tmp_path):
    path = tmp_path / "mentions.db"
    written = [post(f"{n}", brands=brands("Nimbus"), text=f"lost bag {n}") for n in range(1203)]
    with SqliteStore(path) as store:
        store.prepare()
        store.upsert(written)
    first_version(path)
    with SqliteStore(path) as one, SqliteStore(path) as other:
        one.prepare()
        other.prepare()
        assert one.search(parse_query("bag 77"), facets=["brand"]).facets["brand"] == [
            ("Nimbus", 1)
        ]
        assert other.count(parse_query("brand:nimbus")) == 1203
        assert sorted(m.id for m in one.iterate(ALL)) == sorted(m.id for m in written)
    assert_rollups_hold(path)


def sixth_version(path: Path) -> None:
    """Turn a file into what version 6 wrote."""
    with closing(sqlite3.connect(path)) as connection:
        for name in ("site", "followers", "reach", "engagement"):
            connection.execute(f"DROP INDEX mentions_by_{name}")
        connection.execute("DROP TABLE value_lists")
        connection.execute("ALTER TABLE fact_pages DROP COLUMN lists")
        connection.execute("ALTER TABLE mention_values ADD COLUMN shown TEXT")
        connection.execute(
            "UPDATE mention_values SET shown = 'Lost Bags' WHERE value = 'lost bags'"
        )
        connection.execute(f"PRAGMA user_version = {BEFORE_LISTS}")
        connection.commit()


def schema_of(path: Path) -> set[tuple[str, str]]:
    """Names of tables and indexes with their columns."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
        return {
            (name, column)
            for (name,) in names
            for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))
        } | {(name, "") for (name,) in names}


def test_a_file_of_version_6_gets_its_lists_without_being_indexed_anew(tmp_path, monkeypatch):
    path = tmp_path / "mentions.db"
    written = [
        post(
            f"{n}",
            topics=(("Lost Bags", "seats"), ("seats",), ())[n % 3],
            url=f"https://s{n % 5}.example/",
        )
        for n in range(3000)
    ]
    with SqliteStore(path) as store:
        store.prepare()
        store.upsert(written)
        before = store.search(ALL, facets=FACET_FIELDS).facets
    schema = schema_of(path)
    sixth_version(path)
    monkeypatch.setattr(sqlite_upgrade, "_index_anew", None)
    with SqliteStore(path) as store:
        store.prepare()
        store.prepare()
        assert store.search(ALL, facets=FACET_FIELDS).facets == before
        store.upsert([post("new", topics=("seats",), url="https://s1.example/")])
        after = store.search(ALL, facets=("topic", "site")).facets
    assert dict(after["topic"]) == {"seats": 2001, "Lost Bags": 1000}
    assert dict(after["site"])["s1.example"] == 601
    assert schema_of(path) == schema


def test_an_upgrade_that_stops_half_way_leaves_the_older_file(tmp_path, monkeypatch):
    path = tmp_path / "mentions.db"
    with SqliteStore(path) as store:
        store.prepare()
        store.upsert([post()])
    first_version(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE mention_docs SET doc = '{'")
        connection.commit()
    with SqliteStore(path) as store, pytest.raises(Exception, match="cannot be read"):
        store.prepare()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM mention_docs").fetchone() == (1,)
    assert sqlite_schema.VERSION > 1
