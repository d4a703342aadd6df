"""Passes over the town's Reddit, and over answers that are none."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from spiders.reddit_params import RedditParams
from spiders.source import Source
from tests.spiders.in_town import NOW as TOWN_NOW
from tests.spiders.in_town import InTown, town
from tests.spiders.passes import Collector, made
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site

TOKEN = "the-secret-of-the-app"
APP = {"client_id_env": "R_ID", "client_secret_env": "R_SECRET", "account": "ada"}
EVERYTHING = {"subreddits": ["saltmarsh"], "history": "30d"}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R_ID", "saltmarsh")
    monkeypatch.setenv("R_SECRET", TOKEN)


@pytest.fixture
def saltmarsh() -> Iterator[InTown]:
    with town("reddit", days=12, token=TOKEN) as here:
        yield here


def reddit(server: str, **params: Any) -> Source:
    base = f"{server}/reddit"
    return made("r", "reddit", {"api": base, "site": base, **APP, **params})


def test_the_first_pass_brings_everything_and_the_second_only_what_is_new(
    collector: Collector, saltmarsh: InTown
) -> None:
    source = reddit(saltmarsh.url, **EVERYTHING)
    (run,) = collector.run(source, now=TOWN_NOW)
    truths, found = saltmarsh.truths(), {post.native_id: post for post in collector.posts()}
    assert (run.error, set(found)) == ("", set(truths))
    assert len(collector.posts()) == len(found) > 20
    for native_id, post in found.items():
        truth = truths[native_id]
        assert (post.text, post.author.handle) == (truth["text"], truth["author"])
        assert post.reply_to == (f"r:{truth['reply_to']}" if truth["reply_to"] else "")
        assert post.published == datetime.fromisoformat(truth["published"])
        assert post.url == truth["url"]
    assert TOKEN not in json.dumps(run.cursor)
    (run,) = collector.run(source, now=TOWN_NOW)
    assert (run.error, run.posts) == ("", 0)
    asked = saltmarsh.says("Where is my bag?", title="Heron Air, again")
    answer = saltmarsh.says("On it.", author="heronair", reply_to=asked)
    (run,) = collector.run(source, now=TOWN_NOW)
    brought = {saltmarsh.number(post.native_id): post for post in collector.posts(run)}
    assert brought.keys() == {asked, answer}
    assert brought[answer].author.handle == "heronair"
    assert brought[answer].reply_to == brought[answer].thread == brought[asked].id


def test_edits_and_deletions_follow_when_watched_posts_are_asked_for_again(
    collector: Collector, saltmarsh: InTown
) -> None:
    source = reddit(saltmarsh.url, **EVERYTHING, watch="30d", recheck="0s")
    asked = saltmarsh.says("Lost", title="My bag")
    answer = saltmarsh.says("Mine too", reply_to=asked)
    gone = saltmarsh.id_of(answer)
    collector.run(source, now=TOWN_NOW)
    saltmarsh.edits(asked, "Found")
    saltmarsh.deletes(answer)
    (run,) = collector.run(source, now=TOWN_NOW + timedelta(hours=2))
    assert run.error == ""
    edited = {saltmarsh.number(post.native_id): post for post in collector.posts(run)}[asked]
    assert (edited.text, edited.edited) == ("Found", TOWN_NOW)
    assert f"r:{gone}" in collector.deleted(run)
    (run,) = collector.run(source, now=TOWN_NOW + timedelta(hours=4))
    assert (run.error, run.posts) == ("", 0)


def test_passes_of_one_page_reach_everything_while_new_posts_come(
    collector: Collector, saltmarsh: InTown
) -> None:
    for number in range(250):
        saltmarsh.says(f"remark {number}", title="t")
        saltmarsh.advances(seconds=1)
    source = reddit(saltmarsh.url, **EVERYTHING, max_pages=2)
    for number in range(6):
        (run,) = collector.run(source, now=TOWN_NOW + timedelta(hours=1))
        assert run.error == ""
        if number < 3:
            saltmarsh.says("in between", title=f"while reading {number}")
    assert {post.native_id for post in collector.posts()} == set(saltmarsh.truths())


def test_a_search_brings_the_comments_below_also_those_that_a_tree_leaves_out(
    collector: Collector, saltmarsh: InTown
) -> None:
    asked = saltmarsh.says("zeppelin", title="The zeppelin is late")
    below = [saltmarsh.says(f"c{n}", reply_to=asked) for n in range(6)]
    below.append(saltmarsh.says("deep", reply_to=below[0]))
    source = reddit(saltmarsh.url, search=["zeppelin"], history="30d")
    (run,) = collector.run(source, now=TOWN_NOW)
    posts = {saltmarsh.number(post.native_id): post for post in collector.posts(run)}
    assert (run.error, set(posts)) == ("", {asked, *below})
    assert posts[below[0]].title == "Re: The zeppelin is late"
    (run,) = collector.run(source, now=TOWN_NOW)
    assert run.posts == 0
    later = saltmarsh.says("one more", reply_to=below[3])
    (run,) = collector.run(source, now=TOWN_NOW)
    assert saltmarsh.id_of(later) in {post.native_id for post in collector.posts(run)}
    (run,) = collector.run(source, now=TOWN_NOW + timedelta(hours=2))
    again = {post.native_id: post.title for post in collector.posts(run)}
    assert set(again.values()) <= {"Re: The zeppelin is late", "The zeppelin is late"}


def test_a_wrong_secret_is_told(
    collector: Collector, saltmarsh: InTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("R_SECRET", "old")
    (run,) = collector.run(reddit(saltmarsh.url, **EVERYTHING), now=TOWN_NOW)
    assert run.error.startswith("log-in: ")
    assert "(401" in run.error
    monkeypatch.delenv("R_SECRET")
    (run,) = collector.run(reddit(saltmarsh.url, **EVERYTHING), now=TOWN_NOW)
    assert "the environment variable R_SECRET is not set or empty" in run.error


def post(name: str, minutes: int = 1) -> dict[str, Any]:
    made_at = (NOW - timedelta(minutes=minutes)).timestamp()
    data = {"id": name, "name": f"t3_{name}", "author": "ada", "title": name}
    return {"kind": "t3", "data": {**data, "created_utc": made_at}}


def listing(*things: Any, after: str | None = None, **headers: str) -> Answer:
    data = {"after": after, "children": list(things)}
    return Answer(json.dumps({"kind": "Listing", "data": data}).encode(), headers=headers)


LOGGED_IN = Answer(b'{"access_token": "tok", "expires_in": 86400}')


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(b'{"kind": "Lis'), "JSON that breaks off"),
        (Answer(b"<html>busy</html>"), "HTML where JSON was expected"),
        (Answer(b'{"reason": "private"}'), "no listing"),
        (Answer(b"", status=200), "JSON that breaks off"),
        (Answer(b"{}", status=429, headers={"x-ratelimit-reset": "500"}), "wait 500 s"),
        (Answer(b"{}", status=500), "is in trouble (500)"),
        (Answer(b'{"reason": "banned"}', status=404), "nothing at this address"),
        (Answer(b"{}", status=403), "does not show this to us (403)"),
    ],
)
def test_one_list_that_fails_does_not_stop_the_other(
    collector: Collector, answer: Answer, said: str
) -> None:
    def answering(asked: Asked) -> Answer:
        if asked.path.endswith("access_token"):
            return LOGGED_IN
        return answer if asked.path.endswith("/search") else listing(post("a"))

    with site(answering) as web:
        (run,) = collector.run(reddit(web.url, subreddits=["bb"], search=["c"]))
    assert run.posts == 1
    assert said in run.error
    assert run.error.startswith("search:c: ")
    assert "search:c" not in (run.cursor or {})
    agents = {asked.headers["User-Agent"] for asked in web.asked}
    assert all(a.startswith("server:untagged:") and a.endswith("(by /u/ada)") for a in agents)


def test_used_up_requests_are_waited_for(collector: Collector) -> None:
    answers = [listing(post("a"), after="t3_a", **{"x-ratelimit-remaining": "0.0"})]
    answers[0] = replace(answers[0], headers={**answers[0].headers, "x-ratelimit-reset": "400"})

    def answering(asked: Asked) -> Answer:
        return LOGGED_IN if asked.path.endswith("access_token") else answers[0]

    with site(answering) as web:
        (run,) = collector.run(reddit(web.url, subreddits=["aa"]))
        assert run.posts == 1
        assert "asked us to wait" in run.error
        before = len(web.asked)
        (run,) = collector.run(reddit(web.url, subreddits=["aa"]))
        assert len(web.asked) == before
    assert "asked to be left alone until" in run.error


def test_a_list_goes_on_from_its_top_where_the_post_that_it_should_go_on_after_is_gone(
    collector: Collector,
) -> None:
    pages = {"": listing(post("a"), after="t3_a"), "t3_a": listing(post("b", 2))}

    def answering(asked: Asked) -> Answer:
        if asked.path.endswith("access_token"):
            return LOGGED_IN
        if asked.path.endswith("/comments"):
            return listing()
        return pages[asked.query.get("after", "")]

    with site(answering) as web:
        source = reddit(web.url, subreddits=["aa"], max_pages=1, recheck="0s")
        collector.run(source)
        pages |= {"t3_a": listing(), "": listing(post("c", 0), post("b", 2))}
        for _ in range(3):
            collector.run(replace_pages(source, 4))
    assert {one.native_id for one in collector.posts()} == {"t3_a", "t3_b", "t3_c"}


def replace_pages(source: Source, pages: int) -> Source:
    return source.model_copy(update={"params": {**source.params, "max_pages": pages}})


def test_comments_that_a_community_hides_do_not_keep_the_others_from_their_turn(
    collector: Collector,
) -> None:
    def answering(asked: Asked) -> Answer:
        if asked.path.endswith("access_token"):
            return LOGGED_IN
        if asked.path.endswith("/api/info"):
            return listing(
                *(post(name[3:]) for name in asked.query["id"].split(",") if "x" not in name)
            )
        if asked.path.endswith("/comments/aa"):
            return Answer(b'{"reason": "quarantined", "message": "Forbidden"}', status=403)
        return listing()

    waiting = {"r": ["t3_aa", "t3_xx", "t3_bb"]}
    with site(answering) as web:
        (run,) = collector.run(reddit(web.url, subreddits=["aa"]), waiting=waiting)
    assert [one.native_id for one in collector.posts(run)] == ["t3_aa", "t3_bb"]
    assert collector.deleted(run) == {"r:t3_xx"}
    assert run.error.startswith("comments below t3_aa: ")
    assert "(403, saying 'Forbidden')" in run.error


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><author><name>/u/ada</name></author>
<id>t3_aa</id><title>Lost</title><link href="https://r.example/aa"/>
<content type="html">bag</content>
<published>2026-02-21T09:00:00+00:00</published><updated>2026-02-21T09:00:00+00:00</updated>
</entry></feed>"""


def test_without_an_app_the_feeds_are_read_and_throttling_says_what_to_do(
    collector: Collector,
) -> None:
    answers = [Answer(ATOM.encode()), Answer(b"", status=429, headers={"Retry-After": "600"})]
    with site(lambda _asked: answers[0]) as web:
        params = {"subreddits": ["aa"], "site": web.url, "api": web.url}
        source = made("r", "reddit", params)
        (run,) = collector.run(source, waiting={"r": ["t3_aa"]})
        assert len(web.asked) == 1  # feeds show no conversation
        assert [one.native_id for one in collector.posts(run)] == ["t3_aa"]
        (run,) = collector.run(source)
        assert (run.error, run.posts) == ("", 0)
        answers.pop(0)
        (run,) = collector.run(source)
    assert "approved app" in run.error
    assert "client_id_env" in run.error


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "names nothing to read"),
        ({"subreddits": ["https://a.example"]}, "write airlines"),
        ({"search": ["a"], "client_id_env": "A"}, "client_secret_env"),
        ({"search": ["a"], "refresh_token_env": "A"}, "needs client_id_env"),
        ({"search": ["a"], **APP, "account": ""}, "write account"),
    ],
)
def test_wrong_params_say_what_to_write(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RedditParams.model_validate(params)
