"""Whichever way SqliteStore takes to what is asked, the answer is the same and the way is short."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from mentions import sqlite
from mentions import sqlite_reading as reading
from mentions.mention import Mention
from mentions.query.parser import parse_query
from mentions.query.tree import Flag, Node, Or, Value
from mentions.sqlite import SqliteStore
from mentions.windows import Window
from tests.stores.posts import ALL, MINUTE, NOON, asking, brands, by, feeling, ids, post

ACME = "brand:acme"
QUERIES = (
    "*",
    ACME,
    f"{ACME} AND sentiment:negative",
    f"{ACME} AND NOT sentiment:negative AND needs_reply:true",
    f"{ACME} AND bag",
    "author:ana",
    "bag OR needs_reply:true",
)


def written() -> list[Mention]:
    """Two hundred posts of which many share a minute, in no order."""
    chance = random.Random(7)
    made = [
        post(
            str(number),
            published=NOON + chance.randrange(40) * MINUTE,
            text=chance.choice(("My bag is lost.", "All is well.")),
            brands=brands(*chance.choice((("Acme",), ("Bolt",), ("Acme", "Bolt")))),
            sentiment=chance.choice((None, feeling("negative"), feeling("positive"))),
            needs_reply=chance.random() < 0.5,
            author=by(chance.choice(("ana", "bo")), followers=chance.randrange(9)),
        )
        for number in range(200)
    ]
    chance.shuffle(made)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "mentions.db") as opened:
        opened.prepare()
        opened.upsert(written())
        yield opened


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bodies each reading takes."""
    sizes: list[int] = []
    bodies = reading.bodies

    def counted(connection: sqlite3.Connection, rowids: list[int]) -> dict[int, str]:
        sizes.append(len(rowids))
        return bodies(connection, rowids)

    monkeypatch.setattr(reading, "bodies", counted)
    return sizes


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(("first", "chunk"), [(1, 1), (3, 7), (128, 2_000)])
def test_a_long_read_tells_each_once_and_in_order_however_it_is_cut(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, query: str, first: int, chunk: int
) -> None:
    monkeypatch.setattr(sqlite, "FIRST", first)
    monkeypatch.setattr(sqlite, "CHUNK", chunk)
    since, until = NOON + 5 * MINUTE, NOON + 30 * MINUTE
    asked = parse_query(query)
    found = list(store.iterate(asked, since=since, until=until))
    wanted = store.search(asked, since=since, until=until, limit=1_000).mentions
    assert found == sorted(wanted, key=lambda one: (one.published, one.id))
    assert found


@pytest.mark.parametrize("query", [ACME, "*", f"{ACME} AND bag"])
def test_whoever_wants_the_first_alone_reads_few(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, read: list[int], query: str
) -> None:
    monkeypatch.setattr(sqlite, "FIRST", 3)
    next(store.iterate(parse_query(query)))
    assert read == [3]


def test_what_comes_or_goes_during_a_long_read_is_seen_so(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "FIRST", 1)
    asked = parse_query(ACME)
    found = list(store.iterate(asked))
    under_way = store.iterate(asked)
    assert next(under_way) == found[0]
    store.delete([found[1].id])
    late = post("late", published=NOON + 99 * MINUTE, brands=brands("Acme"))
    other = found[2].model_copy(update={"brands": brands("Bolt")})
    store.delete([other.id])
    store.upsert([late, other])
    assert ids(under_way) == ids([*found[3:], late])


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("bounds", [(0, 0), (0, 1_000), (1_000, 1_000)])
@pytest.mark.parametrize("sort", ["reach", "engagement"])
def test_the_widest_come_first_whichever_way_they_are_found(
    store: SqliteStore,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    bounds: tuple[int, int],
    sort: Literal["reach", "engagement"],
) -> None:
    for name, bound in zip(("FEW", "MANY"), bounds, strict=True):
        monkeypatch.setattr(sqlite, name, bound)
    asked, since = parse_query(query), NOON + 5 * MINUTE
    found: list[Mention] = []
    cursor: str | None = None
    while cursor is not None or not found:
        page = store.search(asked, since=since, sort=sort, limit=30, cursor=cursor)
        found += page.mentions
        cursor = page.cursor
    every = store.search(asked, since=since, limit=1_000).mentions
    assert page.total == len(found) == len(every)

    def rank(one: Mention) -> float:
        return one.reach if sort == "reach" else one.engagement.total

    assert found == sorted(every, key=lambda one: (rank(one), one.published, one.id), reverse=True)


def plan(path: Path, where: reading.Condition, *, is_few: bool) -> str:
    """How SQLite goes about a page of the widest."""
    with closing(sqlite3.connect(path)) as connection:
        said: list[str] = []

        class Explaining:
            def execute(self, statement: str, values: tuple[object, ...]) -> list[object]:
                rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
                said.extend(row[3] for row in rows)
                return []

        reading.page(
            Explaining(),  # type: ignore[arg-type]  # all that is asked of a connection
            where,
            by="reach",
            after=None,
            limit=10,
            is_few=is_few,
        )
    return "; ".join(said)


def test_a_few_are_looked_up_and_many_are_passed_in_the_order_of_an_index(
    store: SqliteStore,
) -> None:
    some = reading.among([1, 2, 3])
    assert "USING INTEGER PRIMARY KEY" in plan(store.path, some, is_few=True)
    along = plan(store.path, some, is_few=False)
    assert "USING COVERING INDEX mentions_by_reach" in along
    assert "TEMP B-TREE" not in along
    asked = reading.condition(parse_query(ACME).tree, Window(None, None))
    frequent = plan(store.path, asked, is_few=False)
    assert "SCAN mentions USING COVERING INDEX mentions_by_reach" in frequent
    assert "TEMP B-TREE" not in frequent


@pytest.mark.parametrize("nested", [False, True])
def test_of_several_values_rows_are_asked_once(store: SqliteStore, nested: bool) -> None:
    """Near copies of a page's 25 mentions: each by itself took 0.1 s of the searches of a month."""
    authors = tuple(Value("author", name) for name in ("ana", "zoe", "kim"))
    some: tuple[Node, ...] = (Or(authors), Value("author", "joe")) if nested else authors
    asked = asking(Or((Flag("needs_reply", value=True), *some)))
    with store._connections.reading("") as connection:
        said: list[str] = []
        connection.set_trace_callback(said.append)
    found = store.search(asked, since=NOON, limit=1_000).mentions
    connection.set_trace_callback(None)
    wanted = [one for one in written() if one.needs_reply or one.author.handle == "ana"]
    assert {one.id for one in found} == {one.id for one in wanted}
    asked_for = [statement for statement in said if "mention_values" in statement]
    assert len(asked_for) == (2 if nested else 1)


@pytest.mark.parametrize("query", ["author:ana", "author:ana OR author:zoe", "author:(ana OR bo)"])
def test_whom_a_list_names_is_counted_without_a_look_at_any_row(
    store: SqliteStore, query: str
) -> None:
    with store._connections.reading("") as connection:
        said: list[str] = []
        connection.set_trace_callback(said.append)
    count = store.count(parse_query(query))
    connection.set_trace_callback(None)
    assert count == sum(one.author.handle == "ana" or "bo" in query for one in written())
    assert any("FROM mention_values" in statement for statement in said)
    assert not any("FROM mentions" in statement for statement in said)


def test_what_columns_decide_is_read_without_a_look_at_any_row(store: SqliteStore) -> None:
    """A list of a frequent brand's rows took 0.2 s for the first of them, in a million."""
    with store._connections.reading("") as connection:
        said: list[str] = []
        connection.set_trace_callback(said.append)
        asked = parse_query(f"{ACME} AND sentiment:negative")
    assert len(list(store.iterate(asked))) == store.count(asked)
    connection.set_trace_callback(None)
    assert any("mention_docs" in statement for statement in said)
    assert not any("mention_values" in statement for statement in said)
    assert store.count(ALL) == 200
