"""Passes over the Stack Exchange of the town, and over servers that are in trouble."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from mentions.collected import Deletion, Reject
from spiders.source import Source
from spiders.stackexchange import StackexchangeParams
from tests.spiders.in_town import NOW, InTown, town
from tests.spiders.passes import Collector, made
from tests.spiders.web import Answer, Asked, site

KEY = "an-application-key"


@pytest.fixture
def exchange() -> Iterator[InTown]:
    with town("stackexchange", days=14, token=KEY) as here:
        yield here


def source(url: str, **params: Any) -> Source:
    asked = {"site": "harbour", "search": ["heron"], "history": "14d", **params}
    return made("se", "stackexchange", {"server": url, **asked})


def words(text: str) -> str:
    return " ".join(text.split())


def test_every_question_and_answer_comes_once(collector: Collector, exchange: InTown) -> None:
    asking = source(exchange.url, search=[], tagged=["harbour"])
    (run,) = collector.run(asking, now=NOW)
    assert run.ok, run.error
    found = {post.native_id: post for post in collector.posts()}
    truths = exchange.truths()
    # An answer whose question was taken back is not found through it; comments are not asked for.
    reachable = {
        native_id
        for native_id, truth in truths.items()
        if not native_id.startswith("c") and (not truth["reply_to"] or truth["reply_to"] in truths)
    }
    assert len(reachable) > 20
    assert found.keys() == reachable
    assert run.posts == len(reachable)
    for native_id, mention in found.items():
        truth = truths[native_id]
        assert words(mention.text) == words(truth["text"])
        assert mention.url == truth["url"]
        assert mention.published == datetime.fromisoformat(truth["published"])
        assert mention.tags == ("CC BY-SA 4.0",)
        assert bool(mention.reply_to) == bool(truth["reply_to"])
    assert (run.cursor or {})["quota"]["remaining"] < 300
    (second,) = collector.run(asking, now=NOW)
    assert (second.ok, second.posts) == (True, 0)


def test_later_passes_bring_what_is_new_changed_or_gone(
    collector: Collector, exchange: InTown
) -> None:
    question = exchange.says("How?", title="Heron Air check-in is down", author="ana")
    other = exchange.says("Where?", title="Heron lounge", author="ana")
    answer = exchange.says("On foot", reply_to=question, author="ben")
    collector.run(source(exchange.url), now=NOW)
    now = exchange.advances(minutes=10)
    ours = exchange.says("We are on it, sorry.", reply_to=question, author="heronair")
    exchange.edits(answer, "By bus")
    exchange.deletes(other)
    (run,) = collector.run(source(exchange.url), now=now)
    assert run.ok, run.error
    posts = {post.native_id: post for post in collector.posts(run)}
    assert posts[f"a{ours}"].reply_to == posts[f"a{ours}"].thread == f"se:{question}"
    assert (posts[f"a{answer}"].text, posts[f"a{answer}"].edited) == ("By bus", now)
    gone = [item for item in collector.items(run) if isinstance(item, Deletion)]
    assert gone == [Deletion(f"se:{other}")]
    (third,) = collector.run(source(exchange.url), now=now)
    assert (third.ok, collector.items(third)) == (True, [])


def test_what_waits_is_brought_with_answers_and_comments_after_it(
    collector: Collector, exchange: InTown
) -> None:
    question = exchange.says("When?", title="Heron Air lost my bag", author="ana")
    told = exchange.says("Mine, too, Heron", reply_to=question, author="ben")
    gone = exchange.says("Heron!", title="Late", author="ana")
    # A search that finds none of them: they are known from elsewhere.
    asking = source(exchange.url, search=["pomelo"])
    collector.run(asking, now=NOW)
    now = exchange.advances(minutes=10)
    answer = exchange.says("We look for it.", reply_to=question, author="heronair")
    comment = exchange.says("Call us.", reply_to=told, author="heronair")
    later = exchange.says("Heron, nobody answers the phone", reply_to=comment, author="ben")
    exchange.deletes(gone)
    waiting = [str(question), f"a{told}", f"c{later}", str(gone)]
    left = collector.cursors["se"]["quota"]["remaining"]
    (run,) = collector.run(asking, now=now, waiting={"se": waiting})
    assert run.ok, run.error
    assert collector.deleted(run) == {f"se:{gone}"}
    posts = {post.native_id: post for post in collector.posts(run)}
    names = [str(question), f"a{told}", f"a{answer}", f"c{comment}", f"c{later}"]
    assert sorted(posts) == sorted(names)
    replies = {name: posts[name].reply_to for name in names}
    assert replies == {
        str(question): "",
        f"a{told}": f"se:{question}",
        f"a{answer}": f"se:{question}",
        f"c{comment}": f"se:a{told}",
        f"c{later}": f"se:a{told}",
    }
    assert {post.thread for post in posts.values()} == {f"se:{question}"}
    assert all(post.url for post in posts.values())
    assert posts[f"c{comment}"].published == now
    assert posts[str(question)].title == "Heron Air lost my bag"
    # One search without finds, and five for all that waits.
    assert left - (run.cursor or {})["quota"]["remaining"] == 6
    (third,) = collector.run(asking, now=now, waiting={"se": waiting[:3]})
    assert (third.ok, collector.items(third)) == (True, [])


def test_half_of_the_days_requests_are_kept_for_searches(collector: Collector) -> None:
    left = iter([149, 299, 298, 297])
    with site(lambda _: answered(quota_remaining=next(left))) as web:
        (scarce,) = collector.run(source(web.url), now=NOW, waiting={"se": ["1"]})
        assert (scarce.error, collector.items(scarce), len(web.asked)) == ("", [], 1)
        later = NOW + timedelta(days=1)
        (run,) = collector.run(source(web.url), now=later, waiting={"se": ["1"]})
        assert collector.items(run) == [Deletion("se:1")]
        assert len(web.asked) == 3


def test_passes_that_end_early_go_on_and_skip_nothing(
    collector: Collector, exchange: InTown
) -> None:
    expected = {str(exchange.says(f"heron {number}", title="A flood")) for number in range(25)}
    asking = source(exchange.url, page_size=8, max_pages=1, answers=False)
    passes = 0
    while not expected <= {post.native_id for post in collector.posts()}:
        passes += 1
        assert passes < 9
        (run,) = collector.run(asking, now=NOW)
        assert run.ok, run.error
    assert passes > 2
    found = [post.native_id for post in collector.posts()]
    assert len(found) == len(set(found))


def test_a_key_is_needed_where_it_is_named_and_a_wrong_one_is_told(
    collector: Collector, exchange: InTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = source(exchange.url, key_env="SE_KEY")
    (unset,) = collector.run(asking, now=NOW)
    assert unset.error == "the environment variable SE_KEY is not set or empty"
    monkeypatch.setenv("SE_KEY", "wrong-secret")
    (wrong,) = collector.run(asking, now=NOW)
    assert "`key` is not a valid application key." in wrong.error
    assert "wrong-secret" not in wrong.error
    monkeypatch.setenv("SE_KEY", KEY)
    (right,) = collector.run(asking, now=NOW)
    assert right.ok, right.error
    assert (right.cursor or {})["quota"]["max"] == 10_000
    assert KEY not in json.dumps(dict(right.cursor or {})) + repr(right)


def question(number: int, **fields: Any) -> dict[str, Any]:
    at = int((NOW - timedelta(hours=1)).timestamp()) + number
    times = {"creation_date": at, "last_activity_date": at}
    return {"question_id": number, "title": f"heron {number}", "body": "<p>?</p>"} | times | fields


def answered(*found: Any, **fields: Any) -> Answer:
    quota = {"has_more": False, "quota_max": 300, "quota_remaining": 99}
    return Answer(json.dumps({"items": found, **quota, **fields}).encode())


THROTTLED = (
    b'{"error_id": 502, "error_name": "throttle_violation", "error_message": '
    b'"too many requests from this IP, more requests available in 300 seconds"}'
)
IN_TROUBLE = {
    "bad": (Answer(b'{"error_message": "no such site"}', status=400), "saying 'no such site'"),
    "refused": (Answer(b"", status=401), "wants other credentials"),
    "failing": (Answer(b"oh", status=500), "is in trouble (500, saying 'oh')"),
    "cut off": (Answer(b'{"items": [{"qu'), "JSON that breaks off"),
    "html": (Answer(b"<html>Sorry</html>"), "HTML where JSON was expected"),
    "other": (Answer(b"[]"), "no list of items"),
    "hung up": (Answer(b'{"items": [', cut=True), "broke off in the middle"),
    "busy": (Answer(THROTTLED, status=400), "asked us to wait 300 s"),
}


def test_searches_that_fail_say_why_and_the_others_go_on(collector: Collector) -> None:
    def answering(asked: Asked) -> Answer:
        words = asked.query["q"]
        return IN_TROUBLE[words][0] if words in IN_TROUBLE else answered(question(1))

    with site(answering) as web:
        (run,) = collector.run(source(web.url, search=["good", *IN_TROUBLE]), now=NOW)
        host = web.url.removeprefix("http://")
    problems = dict(one.split(": ", 1) for one in f"; {run.error}".split("; search:")[1:])
    assert problems.keys() == IN_TROUBLE.keys()
    for words, (_, expected) in IN_TROUBLE.items():
        assert expected in problems[words]
    assert run.posts == 1
    assert set(run.cursor or ()) == {"search:good", "quota", f"rest {host}"}


def test_a_backoff_is_obeyed_also_by_the_next_pass(collector: Collector) -> None:
    with site(lambda _: answered(question(1), backoff=120)) as web:
        asking = source(web.url, search=["heron", "egret"])
        (run,) = collector.run(asking, now=NOW)
        assert "asked us to wait 120 s" in run.error
        assert run.posts == 1
        (again,) = collector.run(asking, now=NOW + timedelta(seconds=20))
        assert not again.ok
        assert len(web.asked) == 1
        collector.run(source(web.url), now=NOW + timedelta(seconds=200))
        assert len(web.asked) == 2


def test_a_quota_that_is_used_up_is_said_and_kept_until_the_next_day(collector: Collector) -> None:
    with site(lambda _: answered(question(1), quota_remaining=0)) as web:
        assert collector.run(source(web.url), now=NOW)[0].ok
        (run,) = collector.run(source(web.url), now=NOW + timedelta(hours=1))
        assert "the day's quota of 300 requests is used up" in run.error
        assert len(web.asked) == 1
        assert collector.run(source(web.url), now=NOW + timedelta(days=1))[0].ok


def test_unreadable_questions_are_kept_apart_once(collector: Collector) -> None:
    found = [question(1), None, question(2, title="", body=""), question(3, creation_date=2**32)]
    with site(lambda _: answered(*found)) as web:
        (run,) = collector.run(source(web.url), now=NOW)
        (again,) = collector.run(source(web.url), now=NOW)
    rejects = [item for item in collector.items(run) if isinstance(item, Reject)]
    assert (run.ok, run.posts, len(rejects)) == (True, 1, 3)
    assert collector.items(again) == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "write search"),
        ({"tagged": [""]}, "must not hold an empty one"),
        ({"search": ["a"], "site": "Stack Overflow"}, "should match pattern"),
    ],
)
def test_bad_params_say_what_to_write(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        StackexchangeParams.model_validate(params)
