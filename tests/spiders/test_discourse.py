"""Passes over the Discourse forum of the town, and over servers that are in trouble."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from mentions.collected import Deletion, Reject
from spiders.discourse import DiscourseParams, Page, after_search
from spiders.discourse_post import Said
from spiders.source import Source
from spiders.stretch import Stretch
from tests.spiders.in_town import NOW, InTown, town
from tests.spiders.passes import Collector, made
from tests.spiders.web import Answer, Asked, site

KEY = "a-key-of-the-forum"


@pytest.fixture
def forum() -> Iterator[InTown]:
    with town("discourse", days=14, token=KEY) as here:
        yield here


def source(url: str, name: str = "d", folder: str = "/discourse", **params: Any) -> Source:
    asked = {"history": "14d", **(params or {"posts": True})}
    return made(name, "discourse", {"server": f"{url}{folder}", **asked})


def words(text: str) -> str:
    return " ".join(text.split())


def test_every_post_comes_once_with_its_place_in_the_topic(
    collector: Collector, forum: InTown
) -> None:
    (run,) = collector.run(source(forum.url), now=NOW)
    assert run.ok, run.error
    found = {post.native_id: post for post in collector.posts()}
    truths = forum.truths()
    assert len(truths) > 20
    assert found.keys() == truths.keys()
    assert run.posts == len(truths)
    for native_id, truth in truths.items():
        mention = found[native_id]
        assert words(mention.text) == words(truth["text"])
        assert mention.title == ("" if truth["reply_to"] else truth["title"])
        assert mention.url.replace("/discourse/t/-/", "/") == truth["url"].replace(
            "/discourse/t/-/", "/"
        )
        assert mention.author.handle == truth["author"]
        assert mention.published == datetime.fromisoformat(truth["published"])
        assert mention.reply_to == (f"d:{truth['reply_to']}" if truth["reply_to"] else "")
    (second,) = collector.run(source(forum.url), now=NOW)
    assert (second.ok, second.posts) == (True, 0)


@pytest.mark.parametrize(
    "params",
    [{"posts": True}, {"search": ["heron", "@heronair"], "api_key_env": "FORUM_KEY"}],
    ids=["posts", "search"],
)
def test_later_passes_bring_what_is_new_changed_or_gone(
    collector: Collector,
    forum: InTown,
    monkeypatch: pytest.MonkeyPatch,
    params: dict[str, Any],
) -> None:
    monkeypatch.setenv("FORUM_KEY", KEY)
    topic = forum.says("Anyone else?", title="Heron Air check-in is down", author="ana")
    comment = forum.says("Heron put me on a bus", reply_to=topic, author="ben")
    collector.run(source(forum.url, **params), now=NOW)
    now = forum.advances(minutes=10)
    answer = forum.says("We are on it, sorry.", reply_to=comment, author="heronair")
    forum.edits(topic, "Anyone else? Edit: solved")
    forum.deletes(comment)
    (run,) = collector.run(source(forum.url, **params), now=now)
    assert run.ok, run.error
    posts = {post.native_id: post for post in collector.posts(run)}
    edited = posts[f"{topic}/1"]
    assert (edited.title, edited.text) == (
        "Heron Air check-in is down",
        "Anyone else? Edit: solved",
    )
    assert edited.edited == now
    reply = posts[f"{topic}/{answer}"]
    assert (reply.reply_to, reply.thread) == (f"d:{topic}/{comment}", f"d:{topic}/1")
    assert reply.author.handle == "heronair"
    gone = [item for item in collector.items(run) if isinstance(item, Deletion)]
    assert gone == [Deletion(f"d:{topic}/{comment}")]
    (third,) = collector.run(source(forum.url, **params), now=now)
    assert (third.ok, collector.items(third)) == (True, [])


def test_passes_that_end_early_go_on_and_skip_nothing(collector: Collector, forum: InTown) -> None:
    for number in range(160):
        forum.says(f"post {number}", title="A flood")
    late = ""
    for number in range(9):
        (run,) = collector.run(source(forum.url, posts=True, max_pages=1), now=NOW)
        assert run.ok, run.error
        if number == 1:
            late = f"{forum.says('late', title='Late')}/1"
        if number > 1 and late in {post.native_id for post in collector.posts()}:
            break
    assert number > 3
    found = [post.native_id for post in collector.posts()]
    assert set(found) == set(forum.truths())
    assert len(found) == len(set(found))


def test_secrets_stay_secret_and_a_wrong_one_is_told(
    collector: Collector, forum: InTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = source(forum.url, posts=True, api_key_env="FORUM_KEY")
    (unset,) = collector.run(asking, now=NOW)
    assert unset.error == "the environment variable FORUM_KEY is not set or empty"
    monkeypatch.setenv("FORUM_KEY", "wrong-secret")
    (wrong,) = collector.run(asking, now=NOW)
    assert "saying 'You are not permitted to view this resource.'" in wrong.error
    monkeypatch.setenv("FORUM_KEY", KEY)
    (right,) = collector.run(asking, now=NOW)
    assert right.ok
    assert KEY not in json.dumps(dict(right.cursor or {})) + repr(right)
    abroad = made(
        "d",
        "discourse",
        {"server": "http://192.0.2.1", "posts": True, "api_key_env": "FORUM_KEY"},
        allow_private=False,
    )
    assert "would travel unencrypted" in collector.run(abroad, now=NOW)[0].error


def raw(number: int, **fields: Any) -> dict[str, Any]:
    at = NOW - timedelta(hours=3) + timedelta(seconds=number)
    place = {"id": number, "post_number": number, "topic_id": 7, "topic_title": "T"}
    text = {"cooked": f"<p>heron {number}</p>", "created_at": at.isoformat(), "username": "ana"}
    return {**place, **text, **fields}


def latest(*posts: Any) -> Answer:
    return Answer(json.dumps({"latest_posts": posts}).encode())


def test_a_post_that_waits_is_brought_with_what_was_written_after_it(
    collector: Collector, forum: InTown
) -> None:
    topic = forum.says("When does it come?", title="Heron Air lost my bag", author="ana")
    comment = forum.says("Mine is lost, too, Heron", reply_to=topic, author="ben")
    for number in range(45):
        forum.says(f"Same here {number}", reply_to=topic, author="cem")
    gone = forum.says("Heron is late", title="Late", author="ana")
    # No vanished post is asked about, and no search finds an answer that names nobody.
    asking = source(forum.url, search=["heron"], max_checks=0)
    waiting = {"d": [f"{topic}/1", f"{topic}/{comment}", f"{gone}/1"]}
    collector.run(asking, now=NOW)
    now = forum.advances(minutes=10)
    answers = [
        forum.says("We look for it.", reply_to=post, author="heronair") for post in (topic, comment)
    ]
    forum.deletes(gone)
    (run,) = collector.run(asking, now=now, waiting=waiting)
    assert run.ok, run.error
    assert collector.deleted(run) == {f"d:{gone}/1"}
    posts = collector.posts(run)
    whole = [f"{topic}/{number}" for number in (1, comment)]
    assert [post.native_id for post in posts[:2]] == whole
    assert posts[0].title == "Heron Air lost my bag"
    assert len({post.native_id for post in posts}) == 49
    ours = {post.native_id: post for post in posts if post.author.handle == "heronair"}
    for answer, answered in zip(answers, whole, strict=True):
        assert ours[f"{topic}/{answer}"].reply_to == f"d:{answered}"
        assert ours[f"{topic}/{answer}"].published == now
    (third,) = collector.run(asking, now=now, waiting={"d": whole})
    assert (third.ok, collector.items(third)) == (True, [])


@pytest.mark.parametrize(
    ("topic", "alone"),
    [
        (Answer(b"<html>moved", status=404), Answer()),
        (Answer(b'{"errors": ["Log in first"]}', status=403), Answer()),
        (latest(), Answer(b"<html>moved", status=404)),
    ],
    ids=["moved", "closed", "moved in between"],
)
def test_a_forum_that_answers_nothing_about_a_post_deletes_nothing(
    collector: Collector, topic: Answer, alone: Answer
) -> None:
    answers = {"/t/7/2.json": topic, "/posts/by_number/7/2.json": alone}
    with site(lambda asked: answers.get(asked.path, latest(raw(2)))) as web:
        (run,) = collector.run(source(web.url, folder=""), now=NOW, waiting={"d": ["7/2"]})
    assert "conversation 7/2: " in run.error
    assert [item.native_id for item in collector.items(run)] == ["7/2"]


IN_TROUBLE = {
    "refused": (Answer(b'{"errors": ["Log in first"]}', status=403), "saying 'Log in first'"),
    "failing": (Answer(b"oh", status=500), "is in trouble (500"),
    "cut off": (Answer(b'{"posts": [{"id'), "JSON that breaks off"),
    "html": (Answer(b"<html>Sorry</html>"), "HTML where JSON was expected"),
    "other": (Answer(b'{"users": []}'), "no list of posts"),
    "hung up": (Answer(b'{"posts": [', cut=True), "broke off in the middle"),
    "busy": (
        Answer(b'{"error_type": "rate_limit", "extras": {"wait_seconds": 300}}', status=429),
        "asked us to wait 300 s",
    ),
}


def test_parts_that_fail_say_why_and_the_others_go_on(collector: Collector) -> None:
    def answering(asked: Asked) -> Answer:
        if asked.path == "/posts.json":
            return latest(raw(1))
        words = asked.query["q"].partition(" order:")[0]
        return IN_TROUBLE[words][0]

    with site(answering) as web:
        asking = source(web.url, folder="", posts=True, search=list(IN_TROUBLE))
        (run,) = collector.run(asking, now=NOW)
        host = web.url.removeprefix("http://")
    said = f"; {run.error}".split("; search:")[1:]
    problems = dict(one.split(": ", 1) for one in said)
    assert problems.keys() == IN_TROUBLE.keys()
    for words, (_, expected) in IN_TROUBLE.items():
        assert expected in problems[words]
    assert run.posts == 1
    assert set(run.cursor or ()) == {"posts", f"rest {host}"}


def test_a_short_rest_that_the_body_asks_for_is_kept(collector: Collector) -> None:
    busy = Answer(b'{"errors": ["slow"], "extras": {"wait_seconds": 1}}', status=429)
    answers = iter([busy, latest(raw(1))])
    with site(lambda _: next(answers)) as web:
        (run,) = collector.run(source(web.url, folder=""), now=NOW)
    assert (run.ok, run.posts) == (True, 1)


def test_what_is_unreadable_vanishes_or_is_taken_back_does_not_stop_the_rest(
    collector: Collector,
) -> None:
    shown = [raw(1), raw(2), raw(3), None, raw(4, created_at="2099-01-01T00:00:00Z"), raw(5)]

    def answering(asked: Asked) -> Answer:
        if asked.path == "/posts/by_number/7/2.json":
            return Answer(b'{"errors": ["gone"]}', status=404)
        if asked.path == "/posts/by_number/7/3.json":
            return Answer(json.dumps(raw(3)).encode())
        return latest(*shown)

    with site(answering) as web:
        (run,) = collector.run(source(web.url, folder=""), now=NOW)
        rejects = [item for item in collector.items(run) if isinstance(item, Reject)]
        assert (run.ok, run.posts, len(rejects)) == (True, 4, 2)
        shown[:] = [raw(1), raw(5, user_deleted=True), None]
        (run,) = collector.run(source(web.url, folder=""), now=NOW)
    assert run.ok, run.error
    assert set(collector.items(run)) == {Deletion("d:7/2"), Deletion("d:7/5")}


def test_pages_that_do_not_advance_end_the_pass_with_a_word(collector: Collector) -> None:
    newer = iter(range(100, 2_000, 100))
    with site(lambda _: latest(raw(next(newer)))) as web:
        (run,) = collector.run(source(web.url, folder=""), now=NOW)
    assert "the server's pages do not advance" in run.error


def test_a_search_longer_than_its_pages_goes_on_by_date() -> None:
    begun = Stretch(begun=int(NOW.timestamp()), page=9)
    page = Page([Said(raw(1), {})], has_more=True)
    further = after_search(begun, page)
    assert (further.at, further.page) == (int((NOW - timedelta(hours=3)).timestamp()) + 1, 0)
    assert after_search(further, page).page == 1


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"server": "https://forum.example"}, "write posts: true or search"),
        ({"server": "forum.example", "posts": True}, "write http://"),
        ({"server": "https://forum.example", "search": ["ab"]}, "less than 3 letters"),
    ],
)
def test_bad_params_say_what_to_write(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DiscourseParams.model_validate(params)
