"""Passes over the town's Lemmy, and over servers that do not behave."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from spiders.lemmy import LemmyParams, list_address
from spiders.source import Source
from tests.spiders.in_town import NOW as TOWN_NOW
from tests.spiders.in_town import InTown, town
from tests.spiders.passes import Collector, made
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site

TOKEN = "a-login-of-the-commons"
EVERYTHING = {"listings": ["all"], "history": "30d"}


@pytest.fixture
def commons() -> Iterator[InTown]:
    with town("lemmy", days=12, token=TOKEN) as here:
        yield here


def lemmy(server: str, **params: Any) -> Source:
    return made("l", "lemmy", {"server": server, **(params or EVERYTHING)})


def test_the_first_pass_brings_everything_and_the_second_only_what_is_new(
    collector: Collector, commons: InTown
) -> None:
    source = lemmy(commons.url)
    (run,) = collector.run(source, now=TOWN_NOW)
    truths = commons.truths()
    found = {post.native_id: post for post in collector.posts()}
    assert (run.error, set(found)) == ("", set(truths))
    assert len(collector.posts()) == len(found) > 20
    for native_id, post in found.items():
        truth = truths[native_id]
        assert post.text == truth["text"]
        assert post.author.handle == f"{truth['author']}@{commons.url.removeprefix('http://')}"
        assert post.reply_to == (f"l:{truth['reply_to']}" if truth["reply_to"] else "")
        assert post.published == datetime.fromisoformat(truth["published"])
    (run,) = collector.run(source, now=TOWN_NOW)
    assert (run.error, run.posts) == ("", 0)
    number = commons.says("Where is my bag?", title="Heron Air, again")
    answer = commons.says("We are on it.", author="heronair", reply_to=number)
    (run,) = collector.run(source, now=TOWN_NOW)
    assert {post.native_id for post in collector.posts(run)} == {
        f"post/{number}",
        f"comment/{answer}",
    }
    own = next(post for post in collector.posts(run) if post.kind == "comment")
    assert own.author.handle.startswith("heronair@")
    assert (own.reply_to, own.thread) == (f"l:post/{number}", f"l:post/{number}")


def test_an_edit_and_a_deletion_are_passed_on(collector: Collector, commons: InTown) -> None:
    source = lemmy(commons.url)
    number = commons.says("Lost", title="My bag")
    answer = commons.says("Mine too", reply_to=number)
    collector.run(source, now=TOWN_NOW)
    commons.edits(number, "Found")
    commons.deletes(answer)
    (run,) = collector.run(source, now=TOWN_NOW)
    edited = {post.native_id: post for post in collector.posts(run)}[f"post/{number}"]
    assert (edited.text, edited.edited) == ("Found", TOWN_NOW)
    assert collector.deleted(run) == {f"l:comment/{answer}"}
    (run,) = collector.run(source, now=TOWN_NOW)
    assert (run.posts, collector.deleted(run)) == (0, set())


def test_passes_of_one_page_reach_everything_while_new_posts_come(
    collector: Collector, commons: InTown
) -> None:
    for number in range(170):
        commons.says(f"remark {number}", title="t")
        commons.advances(seconds=1)
    source = lemmy(commons.url, **EVERYTHING, max_pages=2)
    for number in range(8):
        (run,) = collector.run(source, now=TOWN_NOW + timedelta(hours=1))
        assert run.error == ""
        if number < 3:
            commons.says("in between", title=f"while reading {number}")
    assert {post.native_id for post in collector.posts()} == set(commons.truths())


def test_what_several_lists_show_is_written_once(collector: Collector, commons: InTown) -> None:
    number = commons.says("heron air lost my bag", title="t", author="ada_x")
    params = {"listings": ["all"], "communities": ["commons"], "search": ["heron air"]}
    (run,) = collector.run(lemmy(commons.url, **params, authors=["ada_x"]), now=TOWN_NOW)
    ids = [post.native_id for post in collector.posts(run)]
    assert run.error == ""
    assert len(ids) == len(set(ids))
    assert f"post/{number}" in ids
    another = Collector(Path(collector.url) / "another")
    (run,) = another.run(lemmy(commons.url, search=["heron air"]), now=TOWN_NOW)
    assert f"post/{number}" in {post.native_id for post in another.posts(run)}


def test_a_wrong_token_is_told_and_a_good_one_shows_nowhere(
    collector: Collector, commons: InTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = lemmy(commons.url, **EVERYTHING, token_env="L_TOKEN")
    (run,) = collector.run(source, now=TOWN_NOW)
    assert run.error == "the environment variable L_TOKEN is not set or empty"
    monkeypatch.setenv("L_TOKEN", "old")
    (run,) = collector.run(source, now=TOWN_NOW)
    assert "(401, saying 'incorrect_login')" in run.error
    monkeypatch.setenv("L_TOKEN", TOKEN)
    (run,) = collector.run(source, now=TOWN_NOW)
    assert (run.error, run.posts > 0) == ("", True)
    assert TOKEN not in json.dumps(run.cursor)


def view(number: int, **fields: Any) -> dict[str, Any]:
    published = (NOW - timedelta(minutes=number)).isoformat()
    post = {"id": number, "name": f"post {number}", "published": published, **fields}
    post["ap_id"] = f"https://l.example/post/{number}"
    return {"post": post, "creator": {"name": "ada", "actor_id": "https://l.example/u/ada"}}


def listing(*views: Any) -> Answer:
    return Answer(json.dumps({"posts": views, "comments": []}).encode())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(b'{"posts": [{"post"', status=200), "JSON that breaks off"),
        (Answer(b"<html>busy</html>"), "HTML where JSON was expected"),
        (Answer(b'{"error": "oops"}'), "no list of comments"),
        (Answer(b"", status=200), "JSON that breaks off"),
        (Answer(b'{"error": "rate_limit_error"}', status=400), "too many requests (400"),
        (Answer(b"{}", status=429, headers={"Retry-After": "900"}), "asked us to wait 900 s"),
        (Answer(b"{}", status=500), "is in trouble (500)"),
        (Answer(b'{"error": "instance_is_private"}', status=400), "name token_env, a login"),
        (Answer(b'{"error": "couldnt_find_community"}', status=404), "nothing at this address"),
        (Answer(b"{}", status=403), "does not show this to us (403)"),
    ],
)
def test_one_list_that_fails_does_not_stop_the_other(
    collector: Collector, answer: Answer, said: str
) -> None:
    def answering(asked: Asked) -> Answer:
        return answer if "comment" in asked.path else listing(view(1))

    with site(answering) as web:
        (run,) = collector.run(lemmy(web.url, listings=["all"]))
    assert run.posts == 1
    assert run.error.startswith("comments listing:all: ")
    assert said in run.error
    assert "comments listing:all" not in (run.cursor or {})


@pytest.mark.parametrize(
    ("answer", "deleted", "said"),
    [
        (Answer(b'{"error": "couldnt_find_post"}', status=404), {"l:post/7"}, ""),
        (Answer(b'{"error": "couldnt_find_post"}', status=400), {"l:post/7"}, ""),
        (Answer(b'{"error": "rate_limit_error"}', status=400), set(), "too many requests (400"),
        (Answer(b"404 page not found", status=404), set(), "nothing at this address"),
        (Answer(b'{"comment_view": {}}'), set(), "no post"),
    ],
)
def test_a_waiting_post_is_deleted_only_where_the_server_says_that_it_is_gone(
    collector: Collector, answer: Answer, deleted: set[str], said: str
) -> None:
    def answering(asked: Asked) -> Answer:
        return answer if asked.path == "/api/v3/post" else listing()

    with site(answering) as web:
        (run,) = collector.run(lemmy(web.url), waiting={"l": ["post/7"]})
    assert collector.deleted(run) == deleted
    assert said in run.error
    assert bool(run.error) == bool(said)


def test_a_long_conversation_is_looked_at_as_far_as_its_newest_comments(
    collector: Collector,
) -> None:
    post = {**view(900), "post": {**view(900)["post"], "id": 7}}

    def answering(asked: Asked) -> Answer:
        if asked.path == "/api/v3/post":
            return Answer(json.dumps({"post_view": post}).encode())
        if "post_id" not in asked.query:
            return listing()
        first = 50 * (int(asked.query["page"]) - 1)
        comments = [{**view(n), "comment": comment(n)} for n in range(first, first + 50)]
        return Answer(json.dumps({"comments": comments}).encode())

    with site(answering) as web:
        (run,) = collector.run(lemmy(web.url), waiting={"l": ["post/7"]})
    found = [one.native_id for one in collector.posts(run)]
    newest_last = [f"comment/{number}" for number in reversed(range(300))]
    assert (run.error, found) == ("", ["post/7", *newest_last])


def comment(number: int) -> dict[str, Any]:
    published = (NOW - timedelta(minutes=number)).isoformat()
    said = {"id": number, "post_id": 7, "content": "yes", "path": f"0.{number}"}
    return {**said, "published": published, "ap_id": f"https://l.example/comment/{number}"}


def test_a_busy_server_is_waited_for(collector: Collector) -> None:
    refused = [Answer(b"{}", status=429, headers={"Retry-After": "1"})]

    def answering(_asked: Asked) -> Answer:
        return refused.pop() if refused else listing(view(1))

    with site(answering) as web:
        (run,) = collector.run(lemmy(web.url, listings=["all"]))
    assert (run.error, run.posts) == ("", 1)


def test_nasty_posts_and_a_clock_that_runs_ahead_do_not_stop_the_list(
    collector: Collector,
) -> None:
    ahead = (NOW + timedelta(hours=20)).isoformat()
    posts = [view(1, published=ahead), view(2, id=None), view(3, deleted=True), view(4), "junk"]
    with site(lambda _asked: listing(*posts)) as web:
        source = lemmy(web.url, listings=["all"])
        (run,) = collector.run(source)
        assert (run.error, run.posts) == ("", 2)
        posts.append(view(40))
        (run,) = collector.run(source)
    assert [post.native_id for post in collector.posts(run)] == ["post/40"]


def test_a_server_that_ignores_the_page_is_told(collector: Collector) -> None:
    posts = [view(number) for number in range(50)]

    def answering(asked: Asked) -> Answer:
        return listing(*posts[: int(asked.query["limit"])])

    with site(answering) as web:
        (run,) = collector.run(lemmy(web.url, listings=["all"]))
    assert run.posts == 50
    assert "posts listing:all: the server's pages do not advance" in run.error


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "names nothing to read"),
        ({"listings": ["subscribed"]}, "'all' or 'local'"),
        ({"communities": ["https://l.example/c/a"]}, "write airlines or airlines@lemmy.example"),
        ({"search": ["a"], "server": "l.example"}, "write http://… or https://…"),
    ],
)
def test_wrong_params_say_what_to_write(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("…", ".")):
        LemmyParams.model_validate({"server": "https://l.example", **params})


def test_a_list_is_asked_for_as_lemmy_wants_it() -> None:
    assert list_address("https://l.example", "comments search:a b", 2, 49) == (
        "https://l.example/api/v3/search"
        "?sort=New&limit=49&page=2&q=a+b&type_=Comments&listing_type=All"
    )
    assert list_address("https://l.example", "posts community:air@far.example", 1, 50) == (
        "https://l.example/api/v3/post/list"
        "?sort=New&limit=50&page=1&type_=All&community_name=air%40far.example"
    )
