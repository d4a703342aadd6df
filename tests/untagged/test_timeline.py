"""The search page's timeline and its dates: any period, told exactly, kept by every link."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from mentions.query.parser import parse_query
from mentions.sqlite import SqliteStore
from mentions.store import MentionStore
from tests.untagged.entered import entered
from tests.untagged.world import HOUR, MINUTE, NOON, mention, settings_file
from untagged.asked import asked_for
from untagged.web.timeline import MOST_BARS, bucket_for, timeline
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MentionStore]:
    with SqliteStore(tmp_path / "mentions.db") as opened:
        opened.prepare()
        yield opened


def test_every_match_of_the_period_is_in_one_bar_and_no_other_is(store: MentionStore) -> None:
    since = NOON + 7 * MINUTE
    store.upsert(mention(n, "late", NOON + n * 5 * MINUTE) for n in range(50))
    found = timeline(store, parse_query("late"), since=since, until=NOON + 2 * HOUR, now=NOON)
    assert found is not None
    assert sum(found.counts) == store.count(parse_query("late"), since=since, until=NOON + 2 * HOUR)
    assert (found.start, found.per) == (NOON + 5 * MINUTE, "5 min")
    assert found.counts[0] == 0
    assert len(found.bars) == sum(1 for count in found.counts if count)


def test_an_open_beginning_is_that_of_the_oldest_match(store: MentionStore) -> None:
    store.upsert([mention(1, "late", NOON - 3 * DAY), mention(2, "bus", NOON - 90 * DAY)])
    query = parse_query("late")
    days = store.search(query, limit=0, facets=("day",)).facets["day"]
    by_days = timeline(store, query, since=None, until=None, now=NOON, days=days)
    by_post = timeline(store, query, since=None, until=None, now=NOON)
    assert by_days is not None
    assert by_post is not None
    assert by_days.start.date() == by_post.start.date() == (NOON - 3 * DAY).date()
    assert sum(by_days.counts) == sum(by_post.counts) == 1


@pytest.mark.parametrize("ago", [50, 100, 300])
def test_bars_of_days_are_summed_from_the_days_that_were_counted(
    store: MentionStore, monkeypatch: pytest.MonkeyPatch, ago: int
) -> None:
    store.upsert(mention(n, "late", NOON - (n * n % ago) * DAY) for n in range(40))
    store.upsert([mention(99, "late", NOON - ago * DAY)])
    query = parse_query("late")
    days = store.search(query, limit=0, facets=("day",)).facets["day"]
    found = timeline(store, query, since=None, until=None, now=NOON, days=days)
    assert found is not None
    assert found.bucket >= DAY
    end = found.start + found.bucket * (len(found.counts) - 1)
    assert end <= NOON < found.end
    counted = store.series(
        query, since=found.start, until=NOON + MINUTE, bucket=found.bucket, authors=False
    )
    assert tuple(found.counts) == counted.posts
    monkeypatch.setattr(store, "series", None)  # nothing is counted a second time
    assert timeline(store, query, since=None, until=None, now=NOON, days=days) == found


def test_nothing_found_draws_nothing(store: MentionStore) -> None:
    query = parse_query("late")
    assert timeline(store, query, since=None, until=None, now=NOON) is None
    assert timeline(store, query, since=NOON, until=NOON + HOUR, now=NOON) is None


@given(st.timedeltas(min_value=MINUTE, max_value=timedelta(days=365 * 40)))
def test_a_period_gives_few_bars_however_long_it_is(span: timedelta) -> None:
    assert span / bucket_for(span) <= MOST_BARS or bucket_for(span) >= 365 * DAY


@pytest.mark.parametrize(
    ("address", "within"),
    [
        ({}, "last 7d"),
        ({"period": "3 moons"}, "last 7d"),
        ({"period": "all"}, "all time"),
        ({"since": "2026-03-01"}, "from 2026-03-01 00:00 UTC"),
        (
            {"since": "2026-03-01", "until": "2026-03-02T18:00+01:00"},
            "from 2026-03-01 00:00 until 2026-03-02 17:00 UTC",
        ),
        ({"period": "dates", "since": "now-1d"}, "from 2026-03-03 12:00 UTC"),
        ({"period": "1d", "since": "2026-03-01"}, "last 1d"),
        ({"period": "dates"}, "all time"),
    ],
)
def test_dates_count_where_no_other_period_is_named(address: dict[str, str], within: str) -> None:
    assert asked_for(**address, now=NOON).within == within


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("monday", "", "'monday' is no time; write for example 2026-02-21"),
        ("2026-03-02", "2026-03-01", "2026-03-02 is not before 2026-03-01"),
        ("now-99999999d", "", "outside the calendar"),
    ],
)
def test_dates_that_are_none_are_told(since: str, until: str, said: str) -> None:
    asked = asked_for(since=since, until=until, now=NOON)
    assert said in asked.wrong


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"))) as pipeline:
        pipeline.store.upsert(mention(n, "late bus", NOW - n * HOUR) for n in range(60))
        with entered(pipeline) as client:
            yield client


def test_the_page_shows_the_dates_and_every_link_keeps_them(browser: TestClient) -> None:
    since, until = (f"{NOW - n * HOUR:%Y-%m-%dT%H:%M}" for n in (40, 10))
    answer = browser.get("/search", params={"q": "late", "since": since, "until": until})
    assert answer.status_code == 200
    assert "30 mentions" in answer.text
    assert '<option value="dates" selected>' in answer.text
    assert f'name="since" value="{since}"' in answer.text
    links = re.findall(r'href="(/search\?[^"]+)"', answer.text)
    assert links
    for link in map(html.unescape, links):
        assert f"since={since.replace(':', '%3A')}" in link
    older = html.unescape(next(link for link in links if "cursor" in link))
    assert browser.get(older).text.count("<article") == 5


def test_the_bars_say_what_they_count(browser: TestClient) -> None:
    page = browser.get("/search?q=late&period=1d").text
    assert 'aria-label="Mentions per 30 min, most 1 from' in page
    assert page.count("<rect") == 2 * page.count("1 mention</title>")
    assert "<svg" not in browser.get("/search?q=nowhere&period=1d").text


def test_a_wrong_date_is_said_on_the_page_and_while_one_types(browser: TestClient) -> None:
    answer = browser.get("/search?q=late&since=monday")
    assert answer.status_code == 400
    assert "is no time; write for example" in answer.text
    assert "^" not in answer.text
    assert 'name="since" value="monday"' in answer.text
    piece = browser.get("/search/lint?q=late&period=dates&since=monday")
    assert piece.status_code == 200
    assert "is no time; write for example" in piece.text
