"""A query that is probably not what was meant is told from the posts that are there."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentions.mention import Mention
from mentions.query.parser import parse_query
from mentions.query.tree import Query
from mentions.sqlite import SqliteStore
from mentions.store import Page
from tests.untagged.entered import entered
from tests.untagged.world import settings_file
from untagged.lint import Linted, lint
from untagged.wiring import open_pipeline

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TEXTS = [
    *("Heron Air lost my bag",) * 4,
    *("a heron flew through the air",) * 8,
    *("the cloud storage of the office",) * 18,
    *("gate closed",) * 10,
    *("boarding soon",) * 30,
]


def posts() -> list[Mention]:
    return [
        Mention(
            source="board",
            native_id=str(number),
            platform="board",
            text=text,
            published=NOON + timedelta(minutes=number),
            collected=NOON + timedelta(hours=2),
        )
        for number, text in enumerate(TEXTS)
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path_factory.mktemp("a store") / "mentions.db")
    made.prepare()
    made.upsert(posts())
    return made


def linted(store: SqliteStore, query: str) -> Linted:
    return lint(parse_query(query), store)


def kinds(found: Linted) -> list[tuple[str, str]]:
    return [(warned.kind, warned.about) for warned in found.warnings]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("bag", []),
        ('"heron air"', []),
        ("hreon OR bag", [("nothing", "hreon")]),
        ("raw:HERON OR bag", [("nothing", "raw:HERON")]),
        ("bag platform:mastodon", [("nothing", "platform:mastodon")]),
        ("bag NEAR/1 heron OR gate*", [("nothing", '"bag heron"~1')]),
        ("bag gate", [("nothing", "")]),
        ("heron -air", [("not", "NOT air")]),
        ("-gate", []),
        ("-(boarding OR gate)", [("not", "NOT boarding")]),
        ("office -tagged:false", [("not", "NOT tagged:false")]),
        ("heron air", [("unquoted", "heron air")]),
        ("heron AND air", []),
        ("-heron air", [("not", "NOT heron")]),
        ("heron #air", [("nothing", "#air")]),
        ("text:heron air", []),
        ("lost bag", []),
        ("the", [("common", "the")]),
        ("bag OR the", [("common", "the")]),
        ("*", []),
    ],
)
def test_what_is_probably_not_meant_is_told(
    store: SqliteStore, query: str, expected: list[tuple[str, str]]
) -> None:
    assert kinds(linted(store, query)) == expected


def test_a_warning_says_how_much_and_what_to_write_instead(store: SqliteStore) -> None:
    (warned,) = linted(store, "heron air").warnings
    assert (warned.suggestion, warned.instead) == ('"heron air"', '"heron air"')
    assert "12 posts with both words anywhere" in warned.message
    assert "quotes it finds 4" in warned.message
    (warned,) = linted(store, "heron -air").warnings
    assert warned.message == "NOT air removes 100% of what the rest finds (12 of 12)"


def test_the_newest_matches_are_shown_and_counted(store: SqliteStore) -> None:
    found = linted(store, "heron")
    assert (found.matched, found.posts) == (12, 70)
    assert [mention.native_id for mention in found.sample] == ["11", "10", "9", "8", "7"]


def test_only_the_window_is_looked_at(store: SqliteStore) -> None:
    found = lint(parse_query("bag"), store, since=NOON + timedelta(minutes=4))
    assert (found.matched, found.posts) == (0, 66)
    assert kinds(found) == [("nothing", "bag")]


class Counted(SqliteStore):
    """Knows how often it was asked."""

    counts = searches = 0

    def search(self, query: Query, **options: Any) -> Page:
        self.searches += 1
        return super().search(query, **options)

    def count(self, query: Query, **window: Any) -> int:
        self.counts += 1
        return super().count(query, **window)


def test_however_long_the_query_few_counts_are_asked_for(store: SqliteStore) -> None:
    counted = Counted(store.path)
    query = " ".join(f"a{n} b{n}" for n in range(100)) + " -c -d -e -f -g"
    lint(parse_query(query), counted, most_words=4)
    assert counted.counts == 12


def test_what_is_known_to_match_is_not_searched_for(store: SqliteStore) -> None:
    query, counted = parse_query("Heron Air -cloud -through"), Counted(store.path)
    asked = lint(query, counted)
    known = lint(query, counted, matched=asked.matched)
    assert counted.searches == 1
    assert (known.warnings, known.matched, known.sample) == (asked.warnings, asked.matched, ())
    assert asked.warnings


def test_once_it_is_enough_no_count_is_begun(store: SqliteStore) -> None:
    counted = Counted(store.path)
    found = lint(parse_query("hreon -air"), counted, is_enough=lambda: counted.counts >= 1)
    assert (counted.counts, found.warnings, found.is_complete) == (1, (), False)
    found = lint(parse_query("hreon -air"), counted, is_enough=lambda: counted.counts >= 3)
    assert kinds(found) == [("nothing", "hreon")]
    assert not found.is_complete
    assert linted(store, "hreon -air").is_complete


def test_an_empty_store_warns_of_nothing(tmp_path: Path) -> None:
    empty = SqliteStore(tmp_path / "mentions.db")
    empty.prepare()
    assert linted(empty, "a heron -air").warnings == ()


@pytest.mark.slow
def test_the_command_prints_one_object(tmp_path: Path) -> None:
    path = settings_file(tmp_path / "a firm")
    with open_pipeline(path) as pipeline:
        pipeline.store.upsert(posts())
    command = [sys.executable, "-m", "untagged", "--config", str(path), "lint", "heron air"]
    ran = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    answer = json.loads(ran.stdout)
    assert (answer["matched"], answer["posts"], len(answer["sample"])) == (12, 70, 5)
    assert [warned["suggestion"] for warned in answer["warnings"]] == ['"heron air"']
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "catches 12 of 70 posts" in ran.stdout
    assert ran.stdout.count("Heron Air lost my bag") + ran.stdout.count("a heron flew") == 5


def test_the_search_page_warns_under_the_bar_and_offers_the_quotes(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path / "a firm")) as pipeline:
        pipeline.store.upsert(posts())
        with entered(pipeline) as browser:
            page = browser.get("/search", params={"q": "heron air bag", "period": "all"}).text
            hostile = browser.get("/search", params={"q": '"<b>x</b>"', "period": "all"}).text
            quiet = browser.get("/search", params={"q": "bag", "period": "all"}).text
    assert "heron air finds 12 posts with both words anywhere" in page
    assert "q=%22heron+air%22+bag" in page.replace("%20", "+")
    assert "About this query" in hostile
    assert "<b>x" not in hostile
    assert "About this query" not in quiet
