"""Passes over the town's X, and over sites that answer as X should not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentions.collected import Deletion, Reject
from mentions.mention import Mention
from spiders.source import Source
from spiders.x_post import Answer as XAnswer
from spiders.x_post import answer_items
from tests.spiders.in_town import InTown, town
from tests.spiders.passes import Collector, x
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site

TOKEN = "a-token"
ALL = "-nowhere"


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_TOKEN", TOKEN)


@pytest.fixture
def here() -> Iterator[InTown]:
    with town("x", days=6, now=NOW, token=TOKEN) as square:
        yield square


def asking(here: InTown, *queries: str, **params: Any) -> Source:
    params = {"history": "7d", **params}
    return x("x", f"{here.url}/x", *(queries or (ALL,)), params=params)


def test_passes_bring_everything_once_and_then_only_what_is_new(
    collector: Collector, here: InTown
) -> None:
    (first,) = collector.run(asking(here))
    assert (first.error, first.ok) == ("", True)
    posts = {post.native_id: post for post in collector.posts(first)}
    truths = here.truths()
    assert posts.keys() == truths.keys()
    for native_id, truth in truths.items():
        post = posts[native_id]
        assert (post.text, post.author.handle) == (truth["text"], truth["author"])
        assert post.published == datetime.fromisoformat(truth["published"])
        assert post.reply_to == (f"x:{truth['reply_to']}" if truth["reply_to"] else "")
        assert post.author.followers is not None
    (second,) = collector.run(asking(here), now=NOW + timedelta(seconds=30))
    assert (second.error, second.posts) == ("", 0)
    new = here.says("late again")
    now = here.advances(minutes=1)
    (third,) = collector.run(asking(here), now=now)
    assert [post.native_id for post in collector.posts(third)] == [str(new)]
    assert (third.cursor or {})["month"]["read"] == len(truths) + 1


def test_first_pass_goes_on_in_the_next_and_new_posts_follow(
    collector: Collector, here: InTown
) -> None:
    source = asking(here, page_size=10, max_pages=1)
    before = here.truths()
    (first,) = collector.run(source)
    assert (first.ok, first.posts) == (True, 10)
    newest = max(int(post.native_id) for post in collector.posts(first))
    assert newest == max(map(int, before))
    here.says("in the meantime")
    now = here.advances(minutes=1)
    for _ in range(len(before) // 10 + 2):
        (run,) = collector.run(source, now=now)
        assert run.ok
    found = [post.native_id for post in collector.posts()]
    assert sorted(found) == sorted(here.truths())


def test_owned_reply_is_found_with_what_it_answers(collector: Collector, here: InTown) -> None:
    asked = here.says("@heronair my bag?")
    told = here.says("We look.", author="heronair", reply_to=asked)
    collector.run(asking(here, "from:heronair"))
    found = {post.native_id: post for post in collector.posts()}
    reply = found[str(told)]
    assert reply.reply_to == reply.thread == f"x:{asked}"
    assert reply.author.handle == "heronair"


def test_edit_is_the_same_mention_with_its_latest_words(collector: Collector, here: InTown) -> None:
    posted = here.says("heron soup")
    (first,) = collector.run(asking(here, "heron soup", "heron stew"))
    assert [post.text for post in collector.posts(first)] == ["heron soup"]
    here.advances(minutes=9)
    here.edits(posted, "heron stew")
    now = here.advances(minutes=1)
    (second,) = collector.run(asking(here, "heron soup", "heron stew"), now=now)
    (post,) = collector.posts(second)
    assert (post.native_id, post.text) == (str(posted), "heron stew")
    assert post.published == NOW
    assert post.edited == NOW + timedelta(minutes=9)


def test_post_that_is_taken_back_or_edited_away_follows_within_a_day(
    collector: Collector, here: InTown
) -> None:
    texts = ("heron soup", "heron soup, please", "heron soup for all")
    gone, changed, stays = map(here.says, texts)
    source = asking(here, "heron soup")
    (first,) = collector.run(source)
    assert first.posts == 3
    here.advances(minutes=5)
    here.deletes(gone)
    here.edits(changed, "goose soup")
    (early,) = collector.run(source, now=here.advances(hours=18))
    assert (early.ok, collector.items(early)) == (True, [])
    now = here.advances(hours=2)
    (late,) = collector.run(source, now=now)
    items = collector.items(late)
    assert [item for item in items if isinstance(item, Deletion)] == [Deletion(f"x:{gone}")]
    texts_now = {item.native_id: item.text for item in items if isinstance(item, Mention)}
    assert texts_now == {str(changed): "goose soup", str(stays): "heron soup for all"}
    (again,) = collector.run(source, now=now + timedelta(hours=1))
    assert collector.items(again) == []
    kept = (again.cursor or {})["query:heron soup"]["kept"]
    assert set(kept) == {str(changed), str(stays)}
    (old,) = collector.run(source, now=here.advances(days=8))
    assert (old.cursor or {})["query:heron soup"]["kept"] == {}


def test_what_waits_is_brought_with_the_answers_to_it_every_six_hours(
    collector: Collector, here: InTown
) -> None:
    bag = here.says("Heron lost my bag", author="ana")
    reply = here.says("Mine, too, Heron", author="ben", reply_to=bag)
    gone = here.says("Heron is late", author="ana")
    source = asking(here, "heron", recheck="0s")
    collector.run(source, now=NOW)
    waiting = {"x": [str(one) for one in (bag, reply, gone)]}
    now = here.advances(minutes=10)
    answers = [here.says("We look.", author="heronair", reply_to=one) for one in (bag, reply)]
    here.deletes(gone)
    (run,) = collector.run(source, now=now, waiting=waiting)
    assert run.error == ""
    assert collector.deleted(run) == {f"x:{gone}"}
    brought = collector.posts(run)
    expected = [str(one) for one in (bag, reply, *answers, reply, *answers)]
    assert [post.native_id for post in brought] == expected
    told = {post.native_id: post for post in brought}
    for answer, answered in zip(answers, (bag, reply), strict=True):
        assert told[str(answer)].reply_to == f"x:{answered}"
        assert (told[str(answer)].author.handle, told[str(answer)].published) == ("heronair", now)
    read = (run.cursor or {})["month"]["read"]
    here.says("And mine", author="cem", reply_to=bag)
    (early,) = collector.run(source, now=here.advances(hours=5), waiting=waiting)
    assert (early.error, collector.items(early)) == ("", [])
    assert (early.cursor or {})["month"]["read"] == read
    (late,) = collector.run(source, now=here.advances(hours=2), waiting={"x": waiting["x"][:1]})
    assert collector.posts(late)[-1].text == "And mine"


def test_what_conversations_brought_is_looked_after_too(collector: Collector, here: InTown) -> None:
    bag = here.says("Heron lost my bag", author="ana")
    answer = here.says("Call us.", author="heronair", reply_to=bag)
    source = asking(here, "heron", recheck_kept=10)
    collector.run(source, now=here.advances(minutes=1), waiting={"x": [str(bag)]})
    here.deletes(answer)
    (run,) = collector.run(source, now=here.advances(hours=21))
    assert f"x:{answer}" in collector.deleted(run)
    assert (run.cursor or {})["followed"]["kept"] == {}


def test_an_answer_to_an_edited_post_is_one_to_its_first_version() -> None:
    versions = ["10", "11"]
    said = {
        "data": {
            "id": "12",
            "text": "We look.",
            "created_at": NOW.isoformat(),
            "referenced_tweets": [{"type": "replied_to", "id": "11"}],
        },
        "includes": {"tweets": [{"id": "11", "text": "-", "edit_history_tweet_ids": versions}]},
    }
    (item,) = answer_items(XAnswer.read(said), source="x", now=NOW)
    assert isinstance(item, Mention)
    assert item.reply_to == "x:10"


def test_query_that_is_no_longer_asked_is_still_looked_after(
    collector: Collector, here: InTown
) -> None:
    gone = here.says("heron soup")
    collector.run(asking(here, "heron soup"))
    here.deletes(gone)
    (run,) = collector.run(asking(here, "goose"), now=here.advances(hours=21))
    assert collector.items(run) == [Deletion(f"x:{gone}")]
    assert "query:heron soup" not in (run.cursor or {})


def test_month_has_its_limit(collector: Collector, here: InTown) -> None:
    source = asking(here, page_size=10, posts_per_month=20)
    (first,) = collector.run(source)
    assert first.posts <= 20
    assert "posts_per_month" in first.error
    (second,) = collector.run(source, now=NOW + timedelta(minutes=5))
    assert second.posts == 0
    assert "the 20 posts of this month are read" in second.error
    next_month = NOW + timedelta(days=7)
    here.advances(days=7)
    (third,) = collector.run(asking(here, posts_per_month=200), now=next_month)
    assert (third.cursor or {})["month"]["month"] == "2026-03"
    assert third.posts > 0
    assert "out of the reach of recent search" in third.error


def test_closed_doors_say_what_to_do(
    collector: Collector, here: InTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive,) = collector.run(asking(here, archive=True))
    assert "does not show this to us (403" in archive.error
    assert "write archive: false" in archive.error
    monkeypatch.setenv("X_TOKEN", "wrong-secret")
    (wrong,) = collector.run(asking(here))
    assert "(401, saying 'Unauthorized')" in wrong.error
    assert "wrong-secret" not in wrong.error
    monkeypatch.delenv("X_TOKEN")
    (unset,) = collector.run(asking(here))
    assert unset.error == "the environment variable X_TOKEN is not set or empty"


def posts(*numbers: int, **more: Any) -> bytes:
    made = (NOW - timedelta(hours=1)).isoformat()
    data = [{"id": str(10**18 + n), "text": f"no {n}", "created_at": made} for n in numbers]
    return json.dumps({"data": data, "meta": {"result_count": len(data)}, **more}).encode()


GOOD = Answer(posts(1))
FAULTS = {
    "HTML where JSON was expected": Answer(b"<html>maintenance"),
    "JSON that breaks off": Answer(GOOD.body[:-20]),
    "no posts of X": Answer(b"[]"),
    "broke off": Answer(GOOD.body, cut=True),
    "is in trouble (500": Answer(b"{}", status=500),
    "refused the request (400, saying 'The query is too long')": Answer(
        b'{"errors": [{"message": "The query is too long"}], "title": "Invalid Request"}',
        status=400,
    ),
    "asked us to wait 900 s": Answer(
        b'{"title": "Too Many Requests", "status": 429}',
        status=429,
        headers={
            "Date": "Sun, 22 Feb 2026 12:00:00 GMT",
            "x-rate-limit-reset": str(int(NOW.timestamp()) + 900),
        },
    ),
}


@pytest.mark.parametrize("said", FAULTS)
def test_fault_is_told_and_the_next_query_still_read(collector: Collector, said: str) -> None:
    def answering(asked: Asked) -> Answer:
        return FAULTS[said] if asked.query["query"] == "bad" else GOOD

    with site(answering) as web:
        (run,) = collector.run(x("x", web.url, "bad", "good"))
        assert run.error.startswith("query:bad: ")
        assert said in run.error
        assert "query:bad" not in (run.cursor or {})
        assert run.posts == (0 if "wait" in said else 1)
        if "wait" in said:
            host = web.url.partition("//")[2]
            until = datetime.fromisoformat((run.cursor or {})[f"rest {host}"]["until"])
            assert timedelta(minutes=14) < until - NOW < timedelta(minutes=16)
        assert all(asked.headers["Authorization"] == f"Bearer {TOKEN}" for asked in web.asked)
    assert TOKEN not in json.dumps(collector.cursors)


def test_short_wait_is_waited_for(collector: Collector) -> None:
    answers = [Answer(b"{}", status=429, headers={"Retry-After": "1"}), GOOD]
    with site(lambda _asked: answers.pop(0)) as web:
        (run,) = collector.run(x("x", web.url, "acme"))
        assert (run.error, run.posts) == ("", 1)
        assert len(web.asked) == 2


def test_unpaid_bill_is_not_asked_about_again_for_an_hour(collector: Collector) -> None:
    body = b'{"title": "CreditsDepleted", "detail": "This account has no credits."}'
    with site(lambda _asked: Answer(body, status=402)) as web:
        source = x("x", web.url, "one", "two")
        (run,) = collector.run(source)
        assert "(402, saying 'This account has no credits.'): add credit there" in run.error
        assert len(web.asked) == 1
        (run,) = collector.run(source, now=NOW + timedelta(minutes=30))
        assert not run.ok
        assert len(web.asked) == 1
        collector.run(source, now=NOW + timedelta(minutes=61))
        assert len(web.asked) == 2


def test_pages_that_do_not_advance_end_the_pass(collector: Collector) -> None:
    same = Answer(posts(5, 4, meta={"next_token": "same"}))
    with site(lambda _asked: same) as web:
        (run,) = collector.run(x("x", web.url, "acme"))
        assert "pages do not advance" in run.error
        assert (len(web.asked), run.posts) == (2, 2)
        (run,) = collector.run(x("x", web.url, "acme"))
        assert "pages do not advance" in run.error
        assert web.asked[2].query["until_id"] == str(10**18 + 4)
        assert (len(web.asked), run.posts) == (3, 0)


def test_ids_that_vanish_without_a_word_stay(collector: Collector) -> None:
    def answering(asked: Asked) -> Answer:
        if asked.path == "/2/tweets":
            return Answer(posts(2))
        return Answer(posts(3, 2, 1) if "start_time" in asked.query else b'{"meta": {}}')

    with site(answering) as web:
        source = x("x", web.url, "acme")
        collector.run(source)
        (run,) = collector.run(source, now=NOW + timedelta(hours=21))
        assert [item.native_id for item in collector.items(run)] == [str(10**18 + 2)]
        assert len((run.cursor or {})["query:acme"]["kept"]) == 3
        asked = [asked.query["ids"] for asked in web.asked if asked.path == "/2/tweets"]
        assert asked == [",".join(str(10**18 + n) for n in (1, 2, 3))]


def test_post_from_the_future_is_refused_and_the_others_kept(collector: Collector) -> None:
    data = json.loads(posts(3, 2))
    data["data"][0]["created_at"] = "2031-01-01T00:00:00Z"
    data["data"].append(None)
    with site(lambda _asked: Answer(json.dumps(data).encode())) as web:
        (run,) = collector.run(x("x", web.url, "acme"))
        items = collector.items(run)
    assert run.ok
    assert [item.native_id for item in items if isinstance(item, Mention)] == [str(10**18 + 2)]
    assert len([item for item in items if isinstance(item, Reject)]) == 2


def test_since_id_is_left_out_once_it_is_out_of_reach(collector: Collector) -> None:
    with site(
        lambda asked: GOOD if "start_time" in asked.query else Answer(b'{"meta": {}}')
    ) as web:
        source = x("x", web.url, "acme")
        collector.run(source)
        collector.run(source, now=NOW + timedelta(days=6))
        (late,) = collector.run(source, now=NOW + timedelta(days=8))
        searches = [asked.query for asked in web.asked if asked.path.endswith("recent")]
    assert late.ok
    bounds = [{"start_time", "since_id"} & asked.keys() for asked in searches]
    assert bounds == [{"start_time"}, {"since_id"}, {"start_time"}]
    start = datetime.fromisoformat(searches[-1]["start_time"])
    assert NOW + timedelta(days=5, hours=23) < start <= datetime(2026, 2, 28, 12, tzinfo=UTC)
