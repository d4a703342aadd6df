"""Passes over real HTTP on loopback: what is brought, and what every fault becomes."""

import gzip
import itertools
import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mentions.errors import SettingsError
from spiders.journal import MAX_BATCH_ITEMS
from spiders.run import SourceRun
from tests.spiders.passes import USER_AGENT, Collector, feed, made, mastodon
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, Site, site

ITEM = (
    "<item><guid>tag:board.example,2026:{0}</guid><title>Post {0}</title>"
    "<pubDate>Sat, 21 Feb 2026 10:00:00 GMT</pubDate></item>"
)


def rss(*numbers: int) -> bytes:
    items = "".join(ITEM.format(number) for number in numbers)
    return f"<rss version='2.0'><channel><title>Board</title>{items}</channel></rss>".encode()


def answer_with_faults(asked: Asked) -> Answer:
    bomb = gzip.compress(bytes(40_000_000))
    faults = {
        "/good": Answer(rss(1, 2)),
        "/moved": Answer(status=301, headers={"Location": "/good"}),
        "/gone": Answer(status=410),
        "/denied": Answer(b'{"error": "This needs a login"}', status=401),
        "/trouble": Answer(status=500),
        "/html": Answer(b"<!DOCTYPE html><html><body>Welcome</body></html>"),
        "/empty": Answer(),
        "/cut": Answer(rss(1, 2), cut=True),
        "/endless": Answer(status=302, headers={"Location": f"/endless?{len(asked.query)}=1"}),
        "/big": Answer(b" " * (11 * 2**20)),
        "/bomb": Answer(bomb, headers={"Content-Encoding": "gzip"}),
        "/wait/feed": Answer(status=429, headers={"Retry-After": "3600"}),
        "/script": Answer(status=302, headers={"Location": "file:///etc/passwd"}),
        "/m/html/api/v1/timelines/public": Answer(b"<html>Hello</html>"),
        "/m/cut/api/v1/timelines/public": Answer(b'[{"id": "1", "cont'),
        "/m/empty/api/v1/timelines/public": Answer(b"[]"),
        "/m/object/api/v1/timelines/public": Answer(b'{"error": null}'),
        "/m/login/api/v1/timelines/public": Answer(b'{"error": "Login"}', status=422),
        "/m/shut/api/v2/instance": Answer(
            json.dumps(
                {
                    "configuration": {
                        "timelines_access": {
                            "live_feeds": {"local": "disabled", "remote": "authenticated"}
                        }
                    }
                }
            ).encode()
        ),
    }
    return faults.get(asked.path, Answer(status=404))


FAULTS = {
    "forbidden": "robots.txt of 127.0.0.1:PORT forbids it",
    "gone": "nothing at this address (410)",
    "denied": "does not show this to us (401, saying 'This needs a login')",
    "trouble": "is in trouble (500)",
    "html": "is no feed but an HTML page",
    "empty": "is no feed but empty",
    "cut": "broke off in the middle of its answer",
    "endless": "redirects without end",
    "big": "sent more than 10 MB",
    "bomb": "sent more than 10 MB",
    "wait": "asked us to wait 3600 s",
    "script": "redirects to where we do not follow (302)",
    "inside": "127.0.0.1 is the private address 127.0.0.1; set allow_private: true",
    "named": "localhost is the private address",
    "nobody": "refused the connection",
    "nowhere": "has an address that cannot be found",
    "m-html": "HTML where JSON was expected",
    "m-cut": "JSON that breaks off",
    "m-empty": "keeps this timeline closed",
    "m-object": "no list of statuses",
    "m-login": "does not show this to us (422, saying 'Login')",
    "m-shut": "keeps this timeline closed",
    "m-token": "variable NO_SUCH_TOKEN is not set or empty",
    "no-file": "cannot be read: No such file",
    "params": "params: urls Field required",
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, SourceRun], Site]]:
    """One pass over a source for every fault, and two good ones among them."""
    robots = "User-agent: untagged-test\nDisallow: /forbidden\n\nUser-agent: *\nAllow: /\n"
    # A host that asks for a rest gets it from every source: it must be another host.
    with site(answer_with_faults, robots) as web, site(answer_with_faults) as busy:
        plain = ("forbidden", "gone", "denied", "trouble", "html", "empty", "cut", "endless")
        more = ("big", "bomb", "script")
        special = [
            feed("good", f"{web.url}/good", f"{web.url}/moved", f"{web.url}/gone"),
            feed("wait", f"{busy.url}/wait/feed"),
            feed("inside", f"{web.url}/good", allow_private=False),
            feed("named", web.url.replace("127.0.0.1", "localhost"), allow_private=False),
            feed("nobody", "http://127.0.0.1:9/feed"),
            feed("nowhere", "http://no-such-host.invalid/feed"),
            mastodon("m-token", web.url, params={"search": ["x"], "token_env": "NO_SUCH_TOKEN"}),
            made("no-file", "file", {"path": "/no/such/posts.csv"}),
            made("params", "feed", {}),
            feed("last", f"{web.url}/good"),
        ]
        servers = ("html", "cut", "empty", "object", "login", "shut")
        runs = Collector(tmp_path_factory.mktemp("faulty")).run(
            *(feed(name, f"{web.url}/{name}") for name in (*plain, *more)),
            *(mastodon(f"m-{name}", f"{web.url}/m/{name}") for name in servers),
            *special,
            answer_timeout=timedelta(seconds=30),
        )
        yield {run.source: run for run in runs}, web


@pytest.mark.parametrize("name", FAULTS)
def test_fault_becomes_the_error_of_its_source(
    faulty: tuple[dict[str, SourceRun], Site], name: str
) -> None:
    runs, web = faulty
    run = runs[name]
    assert not run.ok
    assert FAULTS[name].replace("PORT", web.url.rpartition(":")[2]) in run.error
    assert run.batches == ()


def test_good_sources_among_faulty_ones_bring_their_posts(
    faulty: tuple[dict[str, SourceRun], Site],
) -> None:
    runs, web = faulty
    assert runs["last"].ok
    assert runs["last"].posts == 2
    assert not runs["good"].ok
    assert runs["good"].error.startswith(f"{web.url}/gone: ")
    assert runs["good"].posts == 4
    assert set(runs["good"].cursor or ()) == {f"{web.url}/good", f"{web.url}/moved"}


def test_failing_server_is_asked_three_times_and_a_refusing_one_once(
    faulty: tuple[dict[str, SourceRun], Site],
) -> None:
    _, web = faulty
    paths = [asked.path for asked in web.asked]
    assert paths.count("/trouble") == 3
    assert paths.count("/denied") == 1
    assert paths.count("/forbidden") == 0
    assert paths.count("/endless") == 6


def test_server_that_does_not_answer_is_given_up(collector: Collector) -> None:
    gone_home = threading.Event()

    def answering(asked: Asked) -> Answer:
        gone_home.wait(60)
        return Answer(rss(1))

    with site(answering) as web:
        board = feed("board", f"{web.url}/feed", obey_robots=False)
        (run,) = collector.run(board, answer_timeout=timedelta(seconds=0.5))
        assert len(web.asked) == 3
        gone_home.set()
    assert run.error.endswith("did not answer in time")


def test_every_request_says_who_asks_and_robots_txt_is_read_first(collector: Collector) -> None:
    with site(lambda asked: Answer(rss(1))) as web:
        (run,) = collector.run(feed("board", f"{web.url}/a", f"{web.url}/b"))
        assert run.ok
        assert len(web.robots_asked) == 1
        assert {asked.headers["User-Agent"] for asked in web.asked + web.robots_asked} == {
            USER_AGENT
        }
        assert all("Cookie" not in asked.headers for asked in web.asked)


def test_feed_is_asked_for_only_if_it_changed_and_only_news_are_written(
    collector: Collector,
) -> None:
    version = {"now": 1}

    def answering(asked: Asked) -> Answer:
        etag = f'"v{version["now"]}"'
        if asked.headers.get("If-None-Match") == etag:
            return Answer(status=304)
        date = {"Last-Modified": "Sat, 21 Feb 2026 10:00:00 GMT", "ETag": etag}
        return Answer(rss(*range(version["now"], version["now"] + 3)), headers=date)

    with site(answering) as web:
        board = feed("board", f"{web.url}/feed")
        (first,) = collector.run(board)
        assert (first.posts, web.asked[-1].headers.get("If-None-Match")) == (3, None)
        (second,) = collector.run(board)
        assert (second.ok, second.posts, second.batches) == (True, 0, ())
        assert web.asked[-1].headers["If-Modified-Since"] == "Sat, 21 Feb 2026 10:00:00 GMT"
        assert second.cursor == first.cursor
        version["now"] = 2
        (third,) = collector.run(board)
        assert [post.native_id for post in collector.posts(third)] == ["tag:board.example,2026:4"]


def test_feed_that_broke_off_is_asked_for_whole_again(collector: Collector) -> None:
    with site(lambda asked: Answer(rss(1, 2)[:-60], headers={"ETag": '"v1"'})) as web:
        board = feed("board", f"{web.url}/feed")
        (run,) = collector.run(board)
        assert run.ok
        assert run.posts == 2
        collector.run(board)
        assert all("If-None-Match" not in asked.headers for asked in web.asked)


def test_short_wait_is_honoured_and_then_the_answer_comes(collector: Collector) -> None:
    times: list[float] = []

    def answering(asked: Asked) -> Answer:
        times.append(time.monotonic())
        if len(times) == 1:
            return Answer(status=429, headers={"Retry-After": "1"})
        return Answer(rss(1))

    with site(answering) as web:
        (run,) = collector.run(feed("board", f"{web.url}/feed"))
    assert run.ok
    assert run.posts == 1
    assert times[1] - times[0] >= 1


def test_long_wait_is_remembered_and_nobody_is_bothered_before(collector: Collector) -> None:
    is_busy = threading.Event()
    is_busy.set()

    def answering(asked: Asked) -> Answer:
        busy = Answer(status=429, headers={"Retry-After": "600"})
        return busy if is_busy.is_set() else Answer(rss(1))

    with site(answering) as web:
        board = feed("board", f"{web.url}/feed")
        (first,) = collector.run(board)
        is_busy.clear()
        (second,) = collector.run(board, now=NOW + timedelta(minutes=9))
        assert "asked us to wait 600 s" in first.error
        assert "asked to be left alone until 2026-02-22 12:10Z" in second.error
        assert len(web.asked) == 1
        (third,) = collector.run(board, now=NOW + timedelta(minutes=11))
        assert third.ok
        assert third.posts == 1
        assert not any(part.startswith("rest ") for part in third.cursor or ())


def test_used_up_rate_limit_ends_the_pass_and_keeps_what_came(collector: Collector) -> None:
    reset = (NOW + timedelta(minutes=5)).isoformat()
    headers = {
        "Date": "Sun, 22 Feb 2026 12:00:00 GMT",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": reset,
    }
    with site(lambda asked: Answer(rss(1), headers=headers)) as web:
        urls = (f"{web.url}/a", f"{web.url}/b")
        (run,) = collector.run(feed("board", *urls, obey_robots=False, delay_seconds=0.01))
    assert len(web.asked) == 1
    assert run.posts == 1
    assert "asked us to wait" in run.error


def test_requests_to_one_host_keep_their_distance_across_sources(collector: Collector) -> None:
    times: list[float] = []

    def answering(asked: Asked) -> Answer:
        times.append(time.monotonic())
        return Answer(rss(1))

    with site(answering) as web:
        sources = [
            feed(name, f"{web.url}/{name}", delay_seconds=0.4, obey_robots=False)
            for name in ("one", "two", "three")
        ]
        assert all(run.ok for run in collector.run(*sources))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) >= 0.35


def test_crawl_delay_of_robots_txt_is_kept(collector: Collector) -> None:
    times: list[float] = []

    def answering(asked: Asked) -> Answer:
        times.append(time.monotonic())
        return Answer(rss(1))

    with site(answering, "User-agent: *\nCrawl-delay: 0.6\n") as web:
        (run,) = collector.run(feed("board", f"{web.url}/a", f"{web.url}/b"))
    assert run.ok
    assert times[1] - times[0] >= 0.5


def test_redirect_into_our_network_is_refused(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a proxy, which makes a public name of a server on loopback."""
    targets = ("http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/")

    def answering(asked: Asked) -> Answer:
        number = int(asked.path.strip("/"))
        return Answer(status=302, headers={"Location": targets[number]})

    with site(answering) as web:
        monkeypatch.setenv("http_proxy", web.url)
        urls = [f"http://news{number}.example/{number}" for number in range(len(targets))]
        (run,) = collector.run(feed("news", *urls, allow_private=False, obey_robots=False))
        assert sorted(asked.path for asked in web.asked) == ["/0", "/1", "/2"]
    for address in ("10.0.0.1", "::1", "169.254.169.254"):
        assert f"{address} is the private address {address}" in run.error


def test_pass_is_clean_of_warnings_and_says_nothing(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    caplog.set_level(logging.DEBUG)
    with site(lambda asked: Answer(rss(1))) as web:
        runs = collector.run(
            feed("board", f"{web.url}/feed", delay_seconds=0.01),
            mastodon("m", web.url, params={"timelines": ["tag:acme"]}),
        )
    assert runs[0].ok
    assert [record.message for record in caplog.records] == []


def test_token_is_sent_and_never_told(
    collector: Collector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("M_TOKEN", "hunter2")
    caplog.set_level(logging.DEBUG)
    params = {"search": ["acme"], "token_env": "M_TOKEN"}
    with site(lambda asked: Answer(status=403)) as web:
        (run,) = collector.run(mastodon("m", web.url, params=params))
        assert web.asked[-1].headers["Authorization"] == "Bearer hunter2"
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "hunter2" not in f"{run}{caplog.text}{files!r}"
    (refused,) = collector.run(mastodon("m", web.url, params=params, allow_private=False))
    assert "unencrypted" in refused.error


def test_many_posts_come_in_several_batches(collector: Collector) -> None:
    with site(lambda asked: Answer(rss(*range(MAX_BATCH_ITEMS + 10)))) as web:
        (run,) = collector.run(feed("board", f"{web.url}/feed"))
    assert [batch.posts for batch in run.batches] == [MAX_BATCH_ITEMS, 10]


def test_file_is_a_source_like_any_other(collector: Collector, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": 1, "text": "x", "published": "2026-02-21T10:00:00Z"}\nbroken\n')
    source = made("dump", "file", {"path": str(path)})
    (run,) = collector.run(source)
    assert run.ok
    assert [(batch.posts, batch.rejects) for batch in run.batches] == [(1, 1)]
    (again,) = collector.run(source)
    assert (again.ok, again.batches) == (True, ())


def test_posts_are_collected_at_the_time_of_the_pass(collector: Collector) -> None:
    with site(lambda asked: Answer(rss(1))) as web:
        (run,) = collector.run(feed("board", f"{web.url}/feed", platform="forum"))
    (post,) = collector.posts(run)
    assert NOW <= post.collected < NOW + timedelta(minutes=1)
    assert NOW <= run.started_at <= run.ended_at < NOW + timedelta(minutes=1)
    assert (post.source, post.platform) == ("board", "forum")


def test_two_sources_of_one_name_are_refused(collector: Collector) -> None:
    with pytest.raises(SettingsError, match="several sources are named board"):
        collector.run(feed("board", "http://127.0.0.1:9/"), feed("board", "http://127.0.0.1:9/"))


def test_no_sources_make_no_pass(collector: Collector) -> None:
    assert collector.run() == []


def test_moment_without_a_zone_never_starts_a_pass(collector: Collector) -> None:
    naive = datetime(2026, 2, 22)  # noqa: DTZ001 - the mistake that is tested
    (run,) = collector.run(feed("board", "http://127.0.0.1:9/"), now=naive)
    assert not run.ok
