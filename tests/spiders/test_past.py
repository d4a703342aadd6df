"""A backfill gives what the live run would have found in the window: no post more, none less."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spiders.past import Past, coverage
from spiders.run import SourceRun
from spiders.source import Source
from tests.spiders.in_town import NOW, InTown, town
from tests.spiders.mastodon_server import TOKEN as SMALL_TOKEN
from tests.spiders.mastodon_server import MastodonServer
from tests.spiders.passes import Collector, feed, made, mastodon
from tests.spiders.posts import NOW as SMALL
from tests.spiders.test_appstore import HERON, POMELO
from tests.spiders.test_googleplay import ACCOUNT
from tests.spiders.test_killed import KILLS, Deadly
from tests.spiders.web import Answer, Asked, site

PAST = Past(since=NOW - timedelta(days=9), until=NOW - timedelta(days=3, hours=5))
TOKEN = "town-word"


@pytest.fixture(scope="module")
def here() -> Iterator[InTown]:
    """One town, in which so much was said today that lists do not show the window at once."""
    with town("mastodon", days=14, token=TOKEN) as found:
        for chatty, times in (("lemmy", 70), ("discourse", 70), ("reddit", 130)):
            for number in range(times):
                said = {"text": f"today {number}", "title": "Today", "site": chatty}
                found.client.post("/town/posts", json=said).raise_for_status()
        yield found


@pytest.fixture(autouse=True)
def _word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWN_TOKEN", TOKEN)
    monkeypatch.setenv("TOWN_APP", "saltmarsh")
    monkeypatch.setenv("PLAY_ACCOUNT", json.dumps(ACCOUNT))


def asking(spider: str, url: str, **params: Any) -> Source:
    """A source that needs several passes for the window, if `params` bound them."""
    asked: dict[str, Any] = {
        "appstore": {"server": url, "apps": [HERON, POMELO], "countries": ["gb"]},
        "article": {"sitemaps": [f"{url}/news/sitemap.xml"], "max_pages": 900},
        "bluesky": {
            "service": url,
            "identifier": "heronair.saltmarsh.example",
            "password_env": "TOWN_TOKEN",
            "search": ["heron", "the"],
        },
        "discourse": {"server": f"{url}/discourse", "posts": True, "search": ["heron"]},
        "gdelt": {"api": f"{url}/gdelt", "queries": ["-nowhere"]},
        "googleplay": {
            "server": url,
            "token_url": f"{url}/googleplay/token",
            "apps": ["example.heronair"],
            "account_env": "PLAY_ACCOUNT",
        },
        "hackernews": {"server": url, "items_server": url, "web": url, "search": ["heron", "the"]},
        "lemmy": {"server": url, "listings": ["all"], "search": ["the"]},
        "mastodon": {
            "server": url,
            "timelines": ["public"],
            "search": ["heron"],
            "token_env": "TOWN_TOKEN",
        },
        "reddit": {
            "api": f"{url}/reddit",
            "site": f"{url}/reddit",
            "client_id_env": "TOWN_APP",
            "client_secret_env": "TOWN_TOKEN",
            "account": "ada",
            "subreddits": ["saltmarsh"],
        },
        "stackexchange": {"server": url, "site": "harbour", "tagged": ["harbour"]},
        "youtube": {
            "server": url,
            "key_env": "TOWN_TOKEN",
            "search": ["heron", "pomelo"],
            "channels": ["UCsaltmarsh"],
            "max_pages": 90,
        },
        "x": {
            "api": f"{url}/x",
            "web": f"{url}/x",
            "token_env": "TOWN_TOKEN",
            "queries": ["-nowhere"],
        },
    }
    history = {} if spider == "googleplay" else {"history": "14d"}
    return made("s", spider, {**asked[spider], **history, **params})


BOUNDS: dict[str, dict[str, Any]] = {
    "bluesky": {"max_pages": 1},
    "discourse": {"max_pages": 1},
    "gdelt": {"max_requests": 3, "at_once": 3},
    "hackernews": {"max_pages": 1, "page_size": 3},
    "lemmy": {"max_pages": 1},
    "mastodon": {"max_pages": 40},
    "reddit": {"max_pages": 1},
    "stackexchange": {"max_pages": 1, "page_size": 3},
}


def backfill(
    collector: Collector, source: Source, past: Past = PAST, *, now: datetime = NOW
) -> list[SourceRun]:
    """Passes until the window is whole."""
    runs = []
    for _ in range(40):
        (run,) = collector.run(source, now=now, past=past)
        assert run.ok, run.error
        runs.append(run)
        if coverage(run.cursor or {}, run.parts).is_whole:
            return runs
    raise AssertionError(f"not whole after 40 passes: {runs[-1].cursor}")


def in_window(collector: Collector, past: Past = PAST) -> set[str]:
    return {p.id for p in collector.posts() if past.since <= p.published < past.until}


@pytest.mark.parametrize("spider", BOUNDS)
def test_a_window_is_what_the_live_run_would_have_found_there(
    spider: str, collector: Collector, here: InTown, tmp_path: Path
) -> None:
    live = Collector(tmp_path / "live")
    bound = "max_requests" if spider == "gdelt" else "max_pages"
    (run,) = live.run(asking(spider, here.url, **{bound: 900}), now=NOW)
    assert run.ok, run.error
    runs = backfill(collector, asking(spider, here.url, **BOUNDS[spider]))
    posts = collector.posts()
    assert {post.id for post in posts} == in_window(live)
    assert len(posts) > 4
    assert {post.added for post in posts} == {"backfill"}
    assert len(runs) > 1
    again = backfill(collector, asking(spider, here.url, **BOUNDS[spider]))
    assert [run.posts for run in again] == [0]


def test_a_feed_gives_what_it_still_lists_and_says_what_it_does_not(collector: Collector) -> None:
    entry = (
        "<item><guid>{0}</guid><title>{0}</title><pubDate>{0:%a, %d %b %Y %T} GMT</pubDate></item>"
    )
    times = [PAST.until, PAST.until - timedelta(days=1), PAST.since + timedelta(hours=1)]
    listed = "".join(entry.format(moment) for moment in times)
    rss = f'<rss version="2.0"><channel><title>News</title>{listed}</channel></rss>'
    with site(lambda _: Answer(rss.encode())) as web:
        (run,) = collector.run(feed("f", web.url), now=NOW, past=PAST)
    found = coverage(run.cursor or {}, run.parts)
    assert found.is_whole
    (short,) = found.short
    assert "nothing before 2026-02-25 17:20Z: a feed holds its newest entries only" in short
    assert run.posts == 2


@pytest.mark.parametrize("spider", ["appstore", "article", "googleplay", "youtube"])
def test_a_place_that_shows_its_newest_gives_what_is_in_the_window(
    spider: str, collector: Collector, here: InTown, tmp_path: Path
) -> None:
    live = Collector(tmp_path / "live")
    (run,) = live.run(asking(spider, here.url), now=NOW)
    assert run.ok, run.error
    runs = backfill(collector, asking(spider, here.url))
    assert {post.id for post in collector.posts()} == in_window(live)
    assert collector.posts()
    assert len(runs) == 1


def test_what_gdelt_no_longer_searches_is_said(collector: Collector, here: InTown) -> None:
    past = Past(since=NOW - timedelta(days=200), until=NOW - timedelta(days=100))
    (run,) = collector.run(asking("gdelt", here.url), now=NOW, past=past)
    assert coverage(run.cursor or {}, run.parts).short == (
        "-nowhere: nothing before 2025-12-06 16:20Z: GDELT searches the last 90 days",
    )


def test_a_mastodon_without_moments_in_its_ids_is_read_from_the_newest_on(
    collector: Collector,
) -> None:
    past = Past(since=SMALL - timedelta(minutes=90), until=SMALL - timedelta(minutes=50))
    with site(MastodonServer(posts=300)) as web:
        backfill(collector, mastodon("m", web.url), past, now=SMALL)
    numbers = sorted(int(post.native_id) - 100_000 for post in collector.posts())
    assert numbers == list(range(210, 250))


def test_a_search_that_does_not_lead_back_says_so(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOWN_TOKEN", SMALL_TOKEN)
    server = MastodonServer(posts=300)

    def forgetful(asked: Asked) -> Answer:
        query = {name: value for name, value in asked.query.items() if name != "max_id"}
        return server(replace(asked, query=query))

    past = Past(since=SMALL - timedelta(minutes=90), until=SMALL - timedelta(minutes=50))
    params = {"search": ["acme"], "token_env": "TOWN_TOKEN"}
    with site(forgetful) as web:
        (*_, run) = backfill(collector, mastodon("m", web.url, params=params), past, now=SMALL)
    assert "does not lead back" in coverage(run.cursor or {}, run.parts).short[0]


@pytest.mark.slow
def test_a_backfill_killed_anywhere_goes_on_and_gives_the_same_posts(tmp_path: Path) -> None:
    chance = random.Random(11)
    past = Past(since=SMALL - timedelta(minutes=3_000), until=SMALL - timedelta(minutes=400))
    deadly = Deadly()
    with site(deadly) as web:
        source = mastodon("m", web.url, params={"timelines": ["public", "tag:acme"]})
        backfill(undisturbed := Collector(tmp_path / "undisturbed"), source, past, now=SMALL)
        expected = {post.id for post in undisturbed.posts()}
        assert len(expected) == 2_600
        requests, struck = deadly.requests, 0
        for kill in range(KILLS):
            collector = Collector(tmp_path / f"killed {kill}")
            deadly.requests, deadly.deadly_request = 0, chance.randint(1, requests)
            (run,) = collector.run(source, now=SMALL, past=past)
            struck += "SIGKILL" in run.error
            deadly.deadly_request = -1
            backfill(collector, source, past, now=SMALL)
            assert {post.id for post in collector.posts()} == expected
        assert struck


def test_recent_search_of_x_gives_what_it_reaches_and_says_what_not(
    collector: Collector, here: InTown, tmp_path: Path
) -> None:
    live = Collector(tmp_path / "live")
    live.run(asking("x", here.url, history="7d", max_pages=900), now=NOW)
    source = asking("x", here.url, history="7d", max_pages=1, page_size=10)
    past = Past(since=PAST.since, until=NOW - timedelta(hours=2))
    runs = backfill(collector, source, past)
    posts = collector.posts()
    assert {post.id for post in posts} == in_window(live, past)
    assert len(posts) > 10
    assert len(runs) > 1
    (short,) = coverage(runs[-1].cursor or {}, runs[-1].parts).short
    assert short.startswith("query:-nowhere: posts from 2026-02-25T16:20Z to 2026-02-27T16:20Z are")
    ancient = Past(since=NOW - timedelta(days=30), until=NOW - timedelta(days=20))
    (run,) = Collector(tmp_path / "ancient").run(source, now=NOW, past=ancient)
    assert (run.ok, run.posts) == (True, 0)
    assert coverage(run.cursor or {}, run.parts).short


def test_a_list_of_reddit_that_ends_too_early_says_where(
    collector: Collector, here: InTown
) -> None:
    past = Past(since=NOW - timedelta(days=100), until=PAST.until)
    (*_, run) = backfill(collector, asking("reddit", here.url, max_pages=90), past)
    assert "Reddit lists about 1,000 entries" in coverage(run.cursor or {}, run.parts).short[0]
