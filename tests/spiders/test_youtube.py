"""Passes over the YouTube Data API: the town's, and one that goes wrong."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from mentions.collected import Deletion
from mentions.errors import SettingsError, SourceUnavailable
from spiders.source import Source, checked_params
from spiders.youtube_quota import Quota
from tests.spiders.in_town import town
from tests.spiders.passes import Collector, made
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site
from untagged.town.access import TOKEN

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YT_KEY", TOKEN)


def youtube(url: str, **params: Any) -> Source:
    if not params.keys() & {"search", "videos", "channels"}:
        params["videos"] = ["v1"]
    return made("y", "youtube", {"server": url, "key_env": "YT_KEY", **params})


class YouTube:
    """A video with comments, one an hour, ten to a page; the newest is `count - 1`."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.replies: dict[int, int] = {}
        self.deleted: set[int] = set()
        self.hidden: set[int] = set()
        self.faults: dict[str, Answer] = {}

    def __call__(self, asked: Asked) -> Answer:
        token, method = asked.query.get("pageToken", ""), asked.path.rpartition("/")[2]
        if fault := self.faults.get(token or method):
            return fault
        if method == "comments" and "id" in asked.query:
            named = [int(one[1:]) for one in asked.query["id"].split(",")]
            return said([{"id": f"c{one}"} for one in named if one not in self.deleted])
        if method == "comments":
            parent = int(asked.query["parentId"][1:])
            return said([self.reply(parent, one) for one in range(self.replies[parent])])
        if method == "search":
            return said([])
        standing = [one for one in range(self.count) if one not in self.deleted | self.hidden]
        start = int(token or str(self.count))
        shown = [one for one in reversed(standing) if one < start][:10]
        more = {"nextPageToken": str(shown[-1])} if shown and shown[-1] > standing[0] else {}
        return said([self.thread(one) for one in shown], **more)

    def thread(self, one: int) -> dict[str, Any]:
        count = self.replies.get(one, 0)
        brought = {"replies": {"comments": [self.reply(one, 0)]}} if count else {}
        first = {
            "id": f"c{one}",
            "snippet": snippet(f"Comment {one}", NOW + one * HOUR - 100 * HOUR),
        }
        about = {"videoId": "v1", "topLevelComment": first, "totalReplyCount": count}
        return {"id": f"c{one}", "snippet": about, **brought}

    def reply(self, parent: int, one: int) -> dict[str, Any]:
        words = snippet(f"Reply {one} to {parent}", NOW - HOUR)
        return {"id": f"c{parent}.{one}", "snippet": {**words, "parentId": f"c{parent}"}}


def snippet(text: str, at: datetime) -> dict[str, Any]:
    return {
        "textOriginal": text,
        "publishedAt": at.isoformat(),
        "authorChannelId": {"value": "UC1"},
    }


def said(items: list[dict[str, Any]], **more: Any) -> Answer:
    return Answer(json.dumps({"items": items, **more}).encode())


def refusal(status: int, reason: str) -> Answer:
    error = {"code": status, "message": "In words.", "errors": [{"reason": reason}]}
    return Answer(json.dumps({"error": error}).encode(), status=status)


def comments(collector: Collector) -> list[int]:
    return [int(post.native_id[1:]) for post in collector.posts() if "." not in post.native_id]


def deletions(collector: Collector) -> list[str]:
    found = collector.items()
    return [item.mention_id for item in found if isinstance(item, Deletion)]


def test_videos_comments_and_replies_of_the_town_come_once(collector: Collector) -> None:
    with town("youtube", days=14) as saltmarsh:
        params = {"search": ["heron", "pomelo"], "channels": ["UCsaltmarsh"], "history": "14d"}
        source = youtube(saltmarsh.url, **params, follow="14d", owned={"UC1": "heronair"})
        (first,) = collector.run(source, now=saltmarsh.now())
        assert first.error == ""
        truths = saltmarsh.truths()
        found = {post.native_id: post for post in collector.posts(first)}
        under = {number for number, truth in truths.items() if truth["reply_to"]}
        assert len(under) > 10
        assert under <= set(found) <= set(truths)
        for number in under:
            assert found[number].text == truths[number]["text"]
            assert found[number].reply_to == f"y:{truths[number]['reply_to']}"
            assert found[number].author.handle == truths[number]["author"]
        (second,) = collector.run(source, now=saltmarsh.now())
        assert (second.ok, second.posts) == (True, 0)
        video = next(number for number in found if number not in under)
        question = saltmarsh.says("Is Heron Air late?", author="ada", reply_to=int(video))
        saltmarsh.advances(minutes=5)
        answer = saltmarsh.says("No, on time", author="heronair", reply_to=question)
        edited, gone = sorted(under)[-1], sorted(under)[-2]
        saltmarsh.edits(int(edited), "I changed my mind")
        saltmarsh.deletes(int(gone))
        (third,) = collector.run(source, now=saltmarsh.now())
        came = {post.native_id: post for post in collector.posts(third)}
        told = f"{question}.{answer}"
        assert {str(question), told, edited} <= set(came)
        assert (came[told].author.handle, came[told].reply_to) == (
            "heronair",
            f"y:{question}",
        )
        assert (came[edited].text, came[edited].edited) == ("I changed my mind", saltmarsh.now())
        assert deletions(collector) == [f"y:{gone}"]
        assert TOKEN not in json.dumps(collector.cursors)


def test_what_waits_is_brought_with_the_answers_to_it(collector: Collector) -> None:
    with town("youtube") as saltmarsh:
        video = saltmarsh.says("Look", title="Heron Air lost my bag", author="ana")
        comment = saltmarsh.says("Mine, too, Heron", reply_to=video, author="ben")
        other = saltmarsh.says("It is always late", reply_to=video, author="cem")
        inner = saltmarsh.says("How long, Heron?", reply_to=other, author="ana")
        gone = saltmarsh.says("Heron!", reply_to=video, author="cem")
        # A search shows videos alone, and none so soon again.
        source = youtube(saltmarsh.url, search=["heron"])
        collector.run(source, now=saltmarsh.now())
        saltmarsh.advances(minutes=5)
        told = saltmarsh.says("We look for it.", reply_to=comment, author="heronair")
        saltmarsh.says("Tell us more.", reply_to=video, author="heronair")
        for number in range(7):
            saltmarsh.says(f"Same here {number}", reply_to=comment, author="cem")
        saltmarsh.deletes(gone)
        ids = [str(video), str(comment), f"{other}.{inner}", str(gone)]
        before = collector.cursors["y"]["quota"]["spent"]
        (run,) = collector.run(source, now=saltmarsh.now(), waiting={"y": ids})
        assert run.error == ""
        assert collector.deleted(run) == {f"y:{gone}"}
        came = {post.native_id: post for post in collector.posts(run)}
        answer = came[f"{comment}.{told}"]
        assert (answer.reply_to, answer.thread) == (f"y:{comment}", f"y:{video}")
        assert (answer.author.handle, answer.published) == ("heronair", saltmarsh.now())
        assert came[str(comment)].engagement.replies == 8
        assert len([one for one in came if one.startswith(f"{comment}.")]) == 8
        assert came[f"{other}.{inner}"].thread == f"y:{video}"
        assert any(post.text == "Tell us more." for post in came.values())
        assert came[str(video)].engagement.replies == 12
        # Threads and videos of all, the comments under one, the answers to another, the gone.
        assert (run.cursor or {})["quota"]["spent"] - before == 5
        (third,) = collector.run(source, now=saltmarsh.now(), waiting={"y": ids[:3]})
        assert (third.ok, collector.items(third)) == (True, [])


@pytest.mark.parametrize("reason", ["commentThreadNotFound", "commentsDisabled"])
def test_what_youtube_refuses_of_one_does_not_hide_the_others(
    collector: Collector, reason: str
) -> None:
    service = YouTube(2)

    def answering(asked: Asked) -> Answer:
        ids = asked.query.get("id", "").split(",")
        if asked.path.endswith("/search"):
            return said([])
        if asked.path.endswith("/videos"):
            video = {"id": "v1", "snippet": {"title": "T", "publishedAt": NOW.isoformat()}}
            return said([video] if "v1" in ids else [])
        if asked.path.endswith("/commentThreads") and "id" in asked.query:
            unknown = ids != ["c1"]
            return refusal(404, "commentThreadNotFound") if unknown else said([service.thread(1)])
        if asked.path.endswith("/commentThreads"):
            return refusal(403, reason)
        return said([])

    with site(answering) as web:
        waiting = {"y": ["c1", "v1", "c9"]}
        (run,) = collector.run(youtube(web.url, search=["heron"]), waiting=waiting)
    shown = {post.native_id for post in collector.posts(run)}
    if reason == "commentsDisabled":
        assert (run.error, shown) == ("", {"c1", "v1"})
        assert collector.deleted(run) == {"y:c9"}
    else:
        assert "conversation v1: " in run.error
        assert shown == {"c1"}


def test_pass_that_runs_out_of_pages_goes_on_and_new_comments_do_not_wait(
    collector: Collector,
) -> None:
    service = YouTube(60)
    with site(service) as web:
        source = youtube(web.url, max_pages=2, follow="1h")
        collector.run(source)
        assert sorted(comments(collector)) == list(range(40, 60))
        service.count = 75
        for _ in range(8):
            (run,) = collector.run(source)
            assert run.ok
    assert sorted(comments(collector)) == list(range(75))


def test_page_that_failed_and_place_that_was_forgotten_are_made_up_for(
    collector: Collector,
) -> None:
    api = YouTube(60)
    with site(api) as web:
        source = youtube(web.url, follow="1h", max_pages=10)
        api.faults["40"] = Answer(b'{"items": [{"id"')
        (run,) = collector.run(source)
        assert "JSON that breaks off" in run.error
        assert sorted(comments(collector)) == list(range(40, 60))
        api.faults["40"] = refusal(400, "invalidPageToken")
        (run,) = collector.run(source)
        assert "forgot the place" in run.error
        api.faults.clear()
        (run,) = collector.run(source)
        assert run.ok
    assert sorted(comments(collector)) == list(range(60))


def test_replies_that_did_not_come_along_are_asked_for_once(collector: Collector) -> None:
    api = YouTube(5)
    api.replies = {3: 4, 4: 1}
    with site(api) as web:
        source = youtube(web.url)
        (run,) = collector.run(source)
        assert run.posts == 10
        assert len({post.id for post in collector.posts()}) == 10
        assert len(web.asked) == 2
        collector.run(source)
        assert len(web.asked) == 3
        api.replies[3] = 5
        (run,) = collector.run(source)
        assert "c3.4" in {post.native_id for post in collector.posts(run)}


def test_comment_that_left_the_list_is_deleted_only_if_youtube_does_not_know_it(
    collector: Collector,
) -> None:
    api = YouTube(110)
    with site(api) as web:
        source = youtube(web.url, follow="60h")
        collector.run(source)
        api.deleted, api.hidden = {100, 103}, {105}
        collector.run(source)
        collector.run(source)
    assert sorted(deletions(collector)) == ["y:c100", "y:c103"]


def test_day_ends_where_its_quota_does_and_midnight_in_california_brings_a_new_one(
    collector: Collector,
) -> None:
    with site(YouTube(5)) as web:
        source = youtube(
            web.url, videos=["v1"], search=["a", "b"], daily_quota=150, search_every="1h"
        )
        (run,) = collector.run(source)
        assert run.error.startswith("search:b: the day's quota of YouTube is spent (101 of 150")
        assert run.posts == 5
        assert len(web.asked) == 2
        evening = NOW + timedelta(hours=19, minutes=30)  # 23:30 in California
        (run,) = collector.run(source, now=evening)
        assert "is spent" in run.error
        (run,) = collector.run(source, now=evening + HOUR)
        assert [asked.query.get("q") for asked in web.asked[-2:]] == [None, "a"]


def test_quota_that_others_spent_stops_the_day(collector: Collector) -> None:
    api = YouTube(5)
    api.faults["search"] = refusal(403, "quotaExceeded")
    with site(api) as web:
        source = youtube(web.url, search=["a", "b"], videos=["v1"])
        (run,) = collector.run(source)
        assert run.error.count("quota of YouTube is spent") == 2
        assert (run.posts, len(web.asked)) == (5, 2)


def test_searches_keep_their_distance(collector: Collector) -> None:
    with site(YouTube(0)) as web:
        source = youtube(web.url, search=["acme"], search_every="2h")
        for hours in (0, 1, 3):
            collector.run(source, now=NOW + hours * HOUR)
    assert [asked.query["publishedAfter"] for asked in web.asked] == [
        "2026-02-15T12:00:00Z",
        "2026-02-21T12:00:00Z",
    ]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refusal(401, "authError"), "authError: In words."),
        (refusal(403, "commentsDisabled"), "commentsDisabled: In words."),
        (refusal(404, "videoNotFound"), "check it"),
        (refusal(400, "keyInvalid"), "keyInvalid: In words."),
        (Answer(b"<html>Sorry</html>"), "HTML where JSON was expected"),
        (Answer(b'{"items": ['), "JSON that breaks off"),
        (Answer(b"{}"), "no list of items"),
        (Answer(b"", status=500), "is in trouble (500)"),
    ],
)
def test_video_that_fails_says_why_and_the_others_go_on(
    collector: Collector, answer: Answer, told: str
) -> None:
    api = YouTube(5)
    with site(lambda a: answer if a.query.get("videoId") == "v0" else api(a)) as web:
        (run,) = collector.run(youtube(web.url, videos=["v0", "v1"]))
    assert run.error.startswith("video:v0: ")
    assert told in run.error
    assert TOKEN not in run.error
    assert run.posts == 5
    assert all(asked.headers["X-Goog-Api-Key"] == TOKEN for asked in web.asked)
    assert not any(TOKEN in str(asked.query) for asked in web.asked)


def test_busy_server_is_asked_again(collector: Collector) -> None:
    waiting = [Answer(b"", status=429, headers={"Retry-After": "0"})]
    api = YouTube(5)
    with site(lambda asked: waiting.pop() if waiting else api(asked)) as web:
        (run,) = collector.run(youtube(web.url))
    assert (run.ok, run.posts) == (True, 5)


def test_missing_key_is_told_by_its_name(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YT_KEY")
    (run,) = collector.run(youtube("http://127.0.0.1:1"))
    assert run.error == "the environment variable YT_KEY is not set or empty"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"videos": []}, "write search"),
        ({"videos": ["https://youtu.be/x"]}, "is no id"),
        ({"search": ["a"], "key_env": ""}, "key_env"),
    ],
)
def test_wrong_params_say_what_to_write(params: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        checked_params(youtube("https://api.example", **params))


def test_quota_counts_a_day_of_california() -> None:
    quota = Quota({"day": "2026-02-22", "spent": 95}, daily=100)
    with pytest.raises(SourceUnavailable, match=r"95 of 100 units, the next request costs 100"):
        quota.check(100, now=NOW)
    quota.check(5, now=NOW)
    quota.spend(5)
    assert quota.memory == {"day": "2026-02-22", "spent": 100}
    quota.check(100, now=NOW + timedelta(hours=20))
    assert quota.memory == {"day": "2026-02-23", "spent": 0}
