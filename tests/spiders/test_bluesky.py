"""Passes over the searches of a small Bluesky server and of the town, on loopback."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mentions.collected import Deletion
from mentions.errors import SettingsError
from mentions.mention import Mention
from spiders.run import SourceRun
from spiders.source import Source, checked_params
from tests.spiders.bluesky_server import PASSWORD, BlueskyServer, error, uri, view
from tests.spiders.passes import Collector, made
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, site
from untagged.town.server import TownSettings, running


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B_PASSWORD", PASSWORD)


def searching(service: str, *, search: tuple[str, ...] = ("acme",), **params: Any) -> Source:
    asked = {"service": service, "search": search, "identifier": "me.example"}
    return made("b", "bluesky", {**asked, "password_env": "B_PASSWORD", **params})


def numbers(collector: Collector, run: SourceRun | None = None) -> list[int]:
    return [int(post.native_id.rpartition("/k")[2]) for post in collector.posts(run)]


def test_a_search_is_read_back_to_its_history_and_then_to_where_it_was(
    collector: Collector,
) -> None:
    server = BlueskyServer(posts=350)
    with site(server) as web:
        source = searching(web.url, history="4h59m30s")
        (first,) = collector.run(source)
        assert (first.error, sorted(numbers(collector))) == ("", list(range(50, 350)))
        server.views |= {n: view(n, NOW + timedelta(minutes=n - 349)) for n in range(350, 470)}
        (second,) = collector.run(source, now=NOW + timedelta(hours=2, minutes=1))
        assert (second.error, sorted(numbers(collector, second))) == ("", list(range(350, 470)))
        (third,) = collector.run(source, now=NOW + timedelta(hours=2, minutes=2))
        assert (third.ok, third.posts) == (True, 0)
    assert server.opened == 3


def test_what_came_late_grew_or_changed_is_brought_again(collector: Collector) -> None:
    server = BlueskyServer(posts=5)
    with site(server) as web:
        source = searching(web.url)
        collector.run(source)
        late = NOW - timedelta(minutes=30)  # written offline, before what is there already
        server.views[90] = view(90, late, indexedAt=view(0, NOW)["indexedAt"])
        server.views[2]["likeCount"] = 77
        server.views[3]["record"]["text"] = "acme, in other words"
        (run,) = collector.run(source, now=NOW + timedelta(minutes=5))
    brought = {post.native_id: post for post in collector.posts(run)}
    assert brought.keys() == {uri(90), uri(2), uri(3)}
    assert brought[uri(2)].engagement.likes == 77
    assert brought[uri(3)].text == "acme, in other words"


def test_a_pass_that_runs_out_of_pages_is_gone_on_with(collector: Collector) -> None:
    server = BlueskyServer(posts=700)
    with site(server) as web:
        source = searching(web.url, max_pages=3)
        (first,) = collector.run(source)
        assert first.ok
        assert 250 < first.posts < 300
        for _ in range(3):
            assert collector.run(source)[0].ok
    assert sorted(numbers(collector)) == list(range(700))


def test_posts_of_one_moment_are_all_read(collector: Collector) -> None:
    server = BlueskyServer(posts=150, gap=timedelta(0))
    server.views |= {n: view(n, NOW - timedelta(hours=1)) for n in range(150, 180)}
    with site(server) as web:
        (run,) = collector.run(searching(web.url))
    assert run.error == "search:acme: the server's pages do not advance"
    assert run.posts == 100
    server.views = {n: server.views[n] for n in (*range(60), *range(150, 180))}
    with site(server) as web:
        (run,) = collector.run(searching(web.url))
    assert run.error == ""
    assert set(numbers(collector)) >= {*range(60), *range(150, 180)}


def test_the_server_that_holds_the_account_is_asked_and_worn_out_tokens_are_renewed(
    collector: Collector,
) -> None:
    door, home = BlueskyServer(posts=0), BlueskyServer(posts=250)
    with site(door) as front, site(home) as pds:
        door.home = pds.url
        home.opened, home.expired = 1, {"access-1"}
        (run,) = collector.run(searching(front.url))
        assert (run.error, run.posts) == ("", 250)
    assert [asked.path.rpartition(".")[2] for asked in front.asked] == ["createSession"]
    assert [asked.path.rpartition(".")[2] for asked in pds.asked][:3] == [
        *("searchPosts", "refreshSession", "searchPosts")
    ]
    assert all(PASSWORD.encode() not in asked.body for asked in pds.asked)


def test_a_session_that_cannot_be_refreshed_is_opened_anew(collector: Collector) -> None:
    server = BlueskyServer(posts=5)
    server.expired = {"access-1"}

    def fault(asked: Any) -> Answer | None:
        refreshing = asked.path.endswith("refreshSession")
        return error(400, "ExpiredToken", "Token has been revoked") if refreshing else None

    server.fault = fault
    with site(server) as web:
        (run,) = collector.run(searching(web.url))
    assert (run.error, run.posts, server.opened) == ("", 5, 2)


def test_no_secret_is_in_cursor_batch_or_error(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = BlueskyServer(posts=5)
    with site(server) as web:
        collector.run(searching(web.url))
        kept = repr(collector.cursors) + repr(collector.posts())
        monkeypatch.setenv("B_PASSWORD", "wrong-word")
        (run,) = collector.run(searching(web.url))
    assert "make an app password under Settings" in run.error
    for secret in (PASSWORD, "wrong-word", "access-", "refresh-"):
        assert secret not in kept + run.error


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(403, "Forbidden", "no session"), "does not show this to us (403, saying 'Forbidden"),
        (error(500, "InternalServerError", "oh"), "is in trouble (500"),
        (Answer(b'{"posts": ['), "JSON that breaks off"),
        (Answer(b"<html>Bad gateway</html>"), "HTML where JSON was expected"),
        (Answer(b""), "JSON that breaks off"),
        (Answer(b"[]"), "no list of posts"),
        (
            Answer(
                b'{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}',
                429,
                {"ratelimit-limit": "3000", "ratelimit-remaining": "0", "ratelimit-reset": "120"},
            ),
            "and asked us to wait 120 s",
        ),
    ],
    ids=lambda said: said if isinstance(said, str) else "",
)
def test_one_search_that_fails_says_why_and_the_others_go_on(
    collector: Collector, answer: Answer, reason: str
) -> None:
    server = BlueskyServer(posts=3)
    server.fault = lambda asked: answer if asked.query.get("q") == "bad" else None
    with site(server) as web:
        (run,) = collector.run(searching(web.url, search=("acme", "bad")))
        assert run.error.startswith("search:bad: ")
        assert reason in run.error
        assert run.posts == 3
        assert "search:bad" not in (run.cursor or {})
        server.fault = lambda asked: None
        later = NOW + timedelta(minutes=10)
        (run,) = collector.run(searching(web.url, search=("bad",)), now=later)
        assert (run.error, run.posts) == ("", 3)


def test_a_short_wait_is_waited_for(collector: Collector) -> None:
    server, refused = BlueskyServer(posts=3), []

    def once(asked: Any) -> Answer | None:
        if asked.method == "GET" and not refused:
            refused.append(asked)
            return Answer(b"{}", 429, {"RateLimit-Reset": "1", "RateLimit-Remaining": "0"})
        return None

    server.fault = once
    with site(server) as web:
        (run,) = collector.run(searching(web.url))
    assert (run.error, run.posts) == ("", 3)


def test_without_a_session_the_settings_say_so() -> None:
    source = made("b", "bluesky", {"search": ["acme"]})
    with pytest.raises(SettingsError, match="without a session Bluesky answers 403"):
        checked_params(source)


def test_a_password_never_travels_in_the_open(collector: Collector) -> None:
    source = searching("http://sky.example", search=("acme",)).model_copy(
        update={"allow_private": False}
    )
    (run,) = collector.run(source)
    assert "would travel unencrypted" in run.error


DEFS = "app.bsky.feed.defs"


def thread(node: dict[str, Any]) -> Answer:
    return Answer(json.dumps({"thread": node}).encode())


@pytest.mark.parametrize(
    ("answer", "deleted", "withheld", "said"),
    [
        (error(400, "NotFound", "Post not found"), {f"b:{uri(1)}"}, 0, ""),
        (
            thread({"$type": f"{DEFS}#notFoundPost", "uri": uri(1), "notFound": True}),
            {f"b:{uri(1)}"}, 0, "",
        ),
        (
            thread({"$type": f"{DEFS}#blockedPost", "uri": uri(1), "blocked": True}),
            set(), 1, "",
        ),
        (error(400, "InvalidRequest", "no at-uri"), set(), 0, "refused the request (400"),
    ],
)  # fmt: skip
def test_a_waiting_post_is_deleted_only_where_bluesky_says_that_it_is_gone(
    collector: Collector, answer: Answer, deleted: set[str], withheld: int, said: str
) -> None:
    server = BlueskyServer(posts=0)
    server.fault = lambda asked: answer if asked.path.endswith("getPostThread") else None
    with site(server) as web:
        (run,) = collector.run(searching(web.url), waiting={"b": [uri(1)]})
    assert (collector.deleted(run), run.withheld) == (deleted, withheld)
    assert said in run.error
    assert bool(run.error) == bool(said)


def test_without_a_session_no_conversation_is_asked_for(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("B_PASSWORD", "wrong-word")
    with site(BlueskyServer(posts=0)) as web:
        (run,) = collector.run(searching(web.url), waiting={"b": [uri(1)]})
    assert run.error.startswith("session: ")
    assert [asked.path.rpartition(".")[2] for asked in web.asked] == ["createSession"]


TOWN = TownSettings(now=NOW, days=3, pace=0, control=True, token=PASSWORD)


@pytest.fixture
def town() -> Iterator[httpx.Client]:
    with running(TOWN) as url, httpx.Client(base_url=url) as client:
        yield client


def test_the_town_is_searched_its_answers_edits_and_deletions_followed(
    collector: Collector, town: httpx.Client
) -> None:
    def publish(text: str, **more: Any) -> dict[str, Any]:
        said = {"text": text, "site": "bluesky", **more}
        return town.post("/town/posts", json=said).json()

    def number(truth: dict[str, Any]) -> int:
        return int(truth["id"].rpartition("/")[2])

    base = str(town.base_url).rstrip("/")
    question = publish("zeppelin check-in is down", author="amber")
    idle = publish("zeppelin bread", author="bodo")
    answer = publish("We are on it.", author="heronair", reply_to=number(question))
    aside = publish("me too", author="carla", reply_to=number(question))
    source = searching(
        base, search=("zeppelin", "from:heronair.saltmarsh.example"), identifier="heronair",
        web=f"{base}/bluesky", history="3d", threads=5,
    )  # fmt: skip
    (first,) = collector.run(source)
    assert first.error == ""
    found = {post.native_id: post for post in collector.posts(first)}
    for truth in (question, idle, answer, aside):
        assert found[truth["id"]].url == truth["url"]
        assert httpx.get(truth["url"]).status_code == 200
    assert found[answer["id"]].reply_to == f"b:{question['id']}"
    assert found[answer["id"]].author.handle == "heronair.saltmarsh.example"
    truths = town.get("/town/truth").json()
    owned = {t["id"] for t in truths if t["site"] == "bluesky" and t["author"] == "heronair"}
    assert owned <= found.keys()

    town.patch(f"/town/posts/{number(idle)}", json={"text": "zeppelin bread, edited"})
    town.delete(f"/town/posts/{number(aside)}")
    publish("zeppelin again", author="amber")
    (second,) = collector.run(source, now=NOW + timedelta(minutes=2))
    items = collector.items(second)
    texts = {item.text for item in items if isinstance(item, Mention)}
    assert {"zeppelin bread, edited", "zeppelin again"} <= texts
    assert Deletion(f"b:{aside['id']}") in items
    (third,) = collector.run(source, now=NOW + timedelta(minutes=3))
    assert (third.ok, third.posts) == (True, 0)
