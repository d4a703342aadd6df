"""Passes over a small Mastodon server on loopback."""

from datetime import timedelta
from pathlib import Path

import pytest

from mentions.collected import Reject
from spiders.journal import MAX_BATCH_ITEMS
from tests.spiders.mastodon_server import TOKEN, MastodonServer
from tests.spiders.passes import Collector, mastodon
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site


def numbers(collector: Collector, source: str = "m") -> list[int]:
    posts = [post for post in collector.posts() if post.source == source]
    return [int(post.native_id) - 100_000 for post in posts]


def test_timelines_are_read_back_to_their_history_and_then_forward_without_gaps(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M_TOKEN", TOKEN)
    server = MastodonServer(posts=300)
    asking = {"public": {"timelines": ["public"]}, "tag": {"timelines": ["tag:acme"]}}
    asking["search"] = {"search": ["acme"]}
    more = {"token_env": "M_TOKEN", "history": "95m30s"}
    with site(server) as web:
        sources = [mastodon(name, web.url, params=ask | more) for name, ask in asking.items()]
        assert [run.error for run in collector.run(*sources)] == ["", "", ""]
        for name in asking:
            assert sorted(numbers(collector, name)) == list(range(205, 300))
        server.posts = 420
        later = NOW + timedelta(hours=2)
        assert [run.posts for run in collector.run(*sources, now=later)] == [120, 120, 120]
        for name in asking:
            assert sorted(numbers(collector, name)) == list(range(205, 420))
        third = collector.run(*sources, now=later)
        assert [(run.ok, run.posts) for run in third] == [(True, 0)] * 3
    assert {asked.query.get("limit") for asked in web.asked if asked.query} == {"40"}
    assert not any("elsewhere" in asked.headers["Host"] for asked in web.asked)


def test_conversation_is_stored_in_the_order_it_was_held(collector: Collector) -> None:
    with site(MastodonServer(posts=30)) as web:
        collector.run(mastodon("m", web.url))
    assert numbers(collector) == list(range(30))


def test_pass_that_runs_out_of_time_keeps_what_it_has_and_the_next_goes_on(
    collector: Collector,
) -> None:
    server = MastodonServer(posts=200, page=4)
    params = {"timelines": ["public"], "max_pages": 20}
    with site(server) as web:
        source = mastodon("m", web.url, params=params)
        (first,) = collector.run(source)
        assert (first.ok, first.posts) == (True, 80)
        server.posts = 210
        passes = 0
        while len(set(numbers(collector))) < 210:
            passes += 1
            assert passes < 4
            collector.run(source)
    assert sorted(numbers(collector)) == list(range(210))


def test_time_limit_ends_a_pass_and_is_no_failure_as_it_got_somewhere(collector: Collector) -> None:
    with site(MastodonServer(posts=200, page=1)) as web:
        source = mastodon("m", web.url, delay_seconds=0.3, obey_robots=False)
        (run,) = collector.run(source, time_limit=timedelta(seconds=3))
    assert (run.ok, run.error) == (True, "")
    assert 0 < run.posts < 12


def test_unreadable_and_private_posts_do_not_stop_the_timeline(collector: Collector) -> None:
    server = MastodonServer(posts=100)
    server.changes = {
        3: {"content": ""},
        50: {"created_at": "0000-00-00"},
        60: {"visibility": "private"},
        61: {"account": {"id": "2", "acct": "shy", "noindex": True}},
        62: {"account": {"id": "3", "acct": "quiet", "indexable": False}},
    }
    with site(server) as web:
        (run,) = collector.run(mastodon("m", web.url))
        assert run.ok
        assert (run.posts, run.withheld) == (95, 3)
        items = collector.items(run)
        rejects = [item for item in items if isinstance(item, Reject)]
        assert [reject.reason for reject in rejects] == [
            "created_at '0000-00-00' is no date that can be read",
            "has no text",
        ]
        everybody = {"timelines": ["public"], "only_indexable": False}
        (run,) = Collector(Path(collector.url)).run(mastodon("m", web.url, params=everybody))
        assert (run.posts, run.withheld) == (96, 2)


def test_one_closed_timeline_does_not_stop_the_others(collector: Collector) -> None:
    server = MastodonServer(posts=5)

    def answering(asked: Asked) -> Answer:
        if asked.path == "/api/v1/timelines/public":
            return Answer(b'{"error": "This method requires an authenticated user"}', status=422)
        return server(asked)

    with site(answering) as web:
        params = {"timelines": ["public", "tag:acme"]}
        (run,) = collector.run(mastodon("m", web.url, params=params))
    assert run.error.startswith("public: ")
    assert "requires an authenticated user" in run.error
    assert run.posts == 5
    assert set(run.cursor or ()) == {"instance", "tag:acme"}


def test_token_that_is_refused_is_told(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M_TOKEN", "old")
    params = {"search": ["acme"], "token_env": "M_TOKEN"}
    with site(MastodonServer(posts=5)) as web:
        (run,) = collector.run(mastodon("m", web.url, params=params))
    assert "saying 'The access token is invalid'" in run.error


def test_long_timeline_comes_in_batches_whose_cursors_go_with_them(collector: Collector) -> None:
    with site(MastodonServer(posts=MAX_BATCH_ITEMS + 200, page=500)) as web:
        params = {"timelines": ["public"], "history": "30d"}
        (run,) = collector.run(mastodon("m", web.url, params=params))
    assert [batch.posts for batch in run.batches] == [MAX_BATCH_ITEMS, 200]
