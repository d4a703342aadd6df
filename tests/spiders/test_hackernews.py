"""Passes over the Hacker News of the town, and over servers that are in trouble."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mentions.collected import Deletion, Reject
from spiders.hackernews import HackernewsParams
from spiders.source import Source
from tests.spiders.in_town import NOW, InTown, town
from tests.spiders.passes import Collector, made
from tests.spiders.web import Answer, Asked, site


@pytest.fixture
def hackers() -> Iterator[InTown]:
    with town("hackernews", days=14) as here:
        yield here


def source(url: str, name: str = "hn", **params: Any) -> Source:
    asked = {"search": ["heron", "pomelo"], "history": "14d", **params}
    servers = {"server": url, "items_server": url, "web": url}
    return made(name, "hackernews", {**servers, **asked})


def naming(here: InTown, *words: str) -> dict[str, dict[str, Any]]:
    """What the town knows of the posts that hold one of the words."""
    found = {}
    for native_id, truth in here.truths().items():
        title = "" if truth["reply_to"] else truth["title"]
        if any(word in f"{title} {truth['text']}".lower().split() for word in words):
            found[native_id] = truth
    return found


def test_every_post_that_names_the_words_comes_once(collector: Collector, hackers: InTown) -> None:
    (run,) = collector.run(source(hackers.url), now=NOW)
    assert run.ok, run.error
    found = {post.native_id: post for post in collector.posts()}
    expected = naming(hackers, "heron", "pomelo")
    assert len(expected) > 10
    assert expected.keys() <= found.keys()
    for native_id, truth in expected.items():
        mention = found[native_id]
        assert " ".join(mention.text.split()) == " ".join(truth["text"].split())
        assert mention.url == truth["url"]
        assert mention.author.handle == truth["author"]
        assert mention.published == datetime.fromisoformat(truth["published"])
        assert mention.reply_to == (f"hn:{truth['reply_to']}" if truth["reply_to"] else "")
    (second,) = collector.run(source(hackers.url), now=NOW)
    assert (second.ok, second.posts) == (True, 0)


def test_later_passes_bring_what_is_new_changed_or_gone(
    collector: Collector, hackers: InTown
) -> None:
    story = hackers.says("Anyone else stuck?", title="Heron Air check-in is down", author="ana")
    comment = hackers.says("Heron put me on a bus", reply_to=story, author="ben")
    asking = source(hackers.url, authors=["heronair"])
    collector.run(asking, now=NOW)
    now = hackers.advances(minutes=10)
    answer = hackers.says("We are on it, sorry.", reply_to=comment, author="heronair")
    hackers.edits(story, "Anyone else stuck? Edit: solved")
    hackers.deletes(comment)
    (run,) = collector.run(asking, now=now)
    assert run.ok, run.error
    brought = collector.items(run)
    posts = {post.native_id: post for post in collector.posts(run)}
    assert {str(answer), str(story)} <= posts.keys()
    assert posts[str(story)].text == "Anyone else stuck? Edit: solved"
    assert posts[str(answer)].reply_to == f"hn:{comment}"
    assert posts[str(answer)].thread == f"hn:{story}"
    assert [item for item in brought if isinstance(item, Deletion)] == [Deletion(f"hn:{comment}")]
    (third,) = collector.run(asking, now=now)
    assert (third.ok, collector.items(third)) == (True, [])


def test_post_whose_edit_no_longer_names_the_word_is_followed(
    collector: Collector, hackers: InTown
) -> None:
    story = hackers.says("Where?", title="A question", author="ana")
    comment = hackers.says("Ask Heron Air", reply_to=story, author="ben")
    collector.run(source(hackers.url), now=NOW)
    hackers.edits(comment, "Ask somebody else")
    (run,) = collector.run(source(hackers.url), now=NOW)
    (post,) = [post for post in collector.posts(run) if post.native_id == str(comment)]
    assert (post.text, post.thread) == ("Ask somebody else", f"hn:{story}")
    (run,) = collector.run(source(hackers.url), now=NOW)
    assert (run.ok, run.posts) == (True, 0)


def test_passes_that_end_early_go_on_and_skip_nothing(
    collector: Collector, hackers: InTown, tmp_path: Path
) -> None:
    asking = source(hackers.url, search=["heron"], page_size=4, max_pages=1)
    everything = Collector(tmp_path / "everything")
    everything.run(source(hackers.url, search=["heron"]), now=NOW)
    expected = {post.native_id for post in everything.posts()}
    late: set[str] = set()
    for number in range(20):
        (run,) = collector.run(asking, now=NOW)
        assert run.ok, run.error
        if number == 1:  # in the middle of the way back
            late = {str(hackers.says("Heron, late", title="Late"))}
        if late & {post.native_id for post in collector.posts()}:
            break
    assert number > 2
    found = [post.native_id for post in collector.posts()]
    assert set(found) == expected | late
    assert len(found) == len(set(found))


def hit(number: int, **fields: Any) -> dict[str, Any]:
    said = {"objectID": str(number), "comment_text": f"heron {number}", "author": "ana"}
    at = int((NOW - timedelta(hours=1)).timestamp()) + number
    return {**said, "parent_id": 1, "story_id": 1, "created_at_i": at, **fields}


def answered(*hits: Any, **fields: Any) -> Answer:
    return Answer(json.dumps({"hits": hits, "page": 0, "nbPages": 1, **fields}).encode())


def test_a_post_that_waits_is_brought_with_all_that_was_said_below_it(
    collector: Collector, hackers: InTown
) -> None:
    story = hackers.says("When?", title="Heron Air lost my bag", author="ana")
    comment = hackers.says("Mine too, Heron", reply_to=story, author="ben")
    gone = hackers.says("Heron is late", title="Late", author="ana")
    # No vanished post is asked about, and no search finds an answer that names nobody.
    asking = source(hackers.url, max_checks=0)
    collector.run(asking, now=NOW)
    now = hackers.advances(minutes=10)
    answers = [
        hackers.says("We look for it.", reply_to=post, author="heronair")
        for post in (comment, story)
    ]
    hackers.deletes(gone)
    waiting = {"hn": [str(story), str(comment), str(gone)]}
    (run,) = collector.run(asking, now=now, waiting=waiting)
    assert run.ok, run.error
    assert collector.deleted(run) == {f"hn:{gone}"}
    brought = collector.posts(run)
    expected = [str(one) for one in (story, comment, *answers, comment, answers[0])]
    assert [post.native_id for post in brought[-6:]] == expected
    told = {post.native_id: post for post in brought}
    assert told[str(story)].title == "Heron Air lost my bag"
    assert told[str(story)].engagement.replies == 3
    for answer, answered in zip(answers, (comment, story), strict=True):
        assert told[str(answer)].reply_to == f"hn:{answered}"
        assert told[str(answer)].thread == f"hn:{story}"
        assert told[str(answer)].published == now
    (third,) = collector.run(asking, now=now, waiting={"hn": [str(story), str(comment)]})
    assert (third.ok, collector.items(third)) == (True, [])


def test_what_the_search_does_not_know_the_items_do(collector: Collector) -> None:
    tree = {
        "id": 5,
        "created_at_i": 1_772_000_000,
        "author": "ana",
        "text": "heron",
        "type": "story",
    }
    empty = {"id": 6, "created_at_i": 1_772_000_001, "author": None, "text": None, "parent_id": 5}
    said = {
        "/api/v1/items/5": Answer(json.dumps({**tree, "children": [empty]}).encode()),
        "/v0/item/7.json": Answer(b'{"id": 7, "time": 1772000000, "text": "heron", "by": "ana"}'),
        "/v0/item/8.json": Answer(b'{"id": 8, "dead": true}'),
        "/v0/item/9.json": Answer(b"null"),
    }
    unknown = Answer(b'{"status": 404, "error": "Not Found"}', status=404)

    def answering(asked: Asked) -> Answer:
        return said.get(asked.path) or (unknown if "/items/" in asked.path else answered())

    with site(answering) as web:
        waiting = {"hn": ["5", "7", "8", "9"]}
        (run,) = collector.run(source(web.url), now=NOW, waiting=waiting)
    assert [post.native_id for post in collector.posts(run)] == ["5", "7"]
    assert collector.deleted(run) == {"hn:6", "hn:8"}
    assert run.error.startswith("conversation 9: neither the search nor the item API")


IN_TROUBLE = {
    "refused": (Answer(b"", status=401), "wants other credentials"),
    "forbidden": (Answer(b"", status=403), "wants other credentials"),
    "failing": (Answer(b"oh", status=500), "is in trouble (500"),
    "cut": (Answer(b'{"hits": [{"obj'), "JSON that breaks off"),
    "html": (Answer(b"<html>Sorry</html>"), "HTML where JSON was expected"),
    "empty": (Answer(b""), "JSON that breaks off"),
    "other": (Answer(b"[1]"), "no list of hits"),
    "hung up": (Answer(b'{"hits": [', cut=True), "broke off in the middle"),
    "busy": (Answer(b"", status=429, headers={"Retry-After": "300"}), "asked us to wait 300 s"),
}


def test_searches_that_fail_say_why_and_the_others_go_on(collector: Collector) -> None:
    def answering(asked: Asked) -> Answer:
        words = asked.query["query"]
        return IN_TROUBLE[words][0] if words in IN_TROUBLE else answered(hit(1))

    with site(answering) as web:
        (run,) = collector.run(source(web.url, search=["good", *IN_TROUBLE]), now=NOW)
        host = web.url.removeprefix("http://")
    problems = dict(said.split(": ", 1) for said in run.error.split("; search:")[1:])
    problems["refused"] = run.error.split("; search:")[0].removeprefix("search:refused: ")
    assert problems.keys() == IN_TROUBLE.keys()
    for words, (_, said) in IN_TROUBLE.items():
        assert said in problems[words]
    assert run.posts == 1
    assert set(run.cursor or ()) == {"search:good", f"rest {host}"}


def test_a_short_rest_is_kept_within_the_pass(collector: Collector) -> None:
    answers = iter([Answer(b"", status=429, headers={"Retry-After": "1"}), answered(hit(1))])
    with site(lambda _: next(answers)) as web:
        (run,) = collector.run(source(web.url, search=["heron"]), now=NOW)
    assert (run.ok, run.posts) == (True, 1)


def test_unreadable_hits_are_kept_apart_once(collector: Collector) -> None:
    hits = [hit(1), None, hit(2, comment_text=None), hit(3, created_at_i=4_102_444_800)]
    with site(lambda _: answered(*hits)) as web:
        (run,) = collector.run(source(web.url, search=["heron"]), now=NOW)
        (again,) = collector.run(source(web.url, search=["heron"]), now=NOW)
    rejects = [item for item in collector.items(run) if isinstance(item, Reject)]
    assert (run.ok, run.posts, len(rejects)) == (True, 1, 3)
    assert collector.items(again) == []


def test_ids_that_vanish_are_asked_about_within_bounds_and_each_in_its_turn(
    collector: Collector,
) -> None:
    shown = [hit(number) for number in range(10)]
    said = {"3": b'{"id": 3, "deleted": true}', "4": b'{"id": 4, "dead": true}'}

    def answering(asked: Asked) -> Answer:
        if asked.path.startswith("/v0/item/"):
            name = asked.path.removeprefix("/v0/item/").removesuffix(".json")
            return Answer(said.get(name, b"null"))
        return answered(*shown)

    with site(answering) as web:
        asking = source(web.url, search=["heron"], max_checks=4)
        collector.run(asking, now=NOW)
        shown.clear()
        runs = [collector.run(asking, now=NOW)[0] for _ in range(3)]
        asked = [asked.path for asked in web.asked if asked.path.startswith("/v0/item/")]
    assert all(run.ok for run in runs)
    assert len(asked) == 12
    assert len(set(asked)) == 10
    gone = [item for run in runs for item in collector.items(run)]
    assert sorted(gone, key=str) == [Deletion("hn:3"), Deletion("hn:4")]


def test_pages_that_do_not_advance_end_the_pass_with_a_word(collector: Collector) -> None:
    newer = iter(range(100, 2_000, 100))
    with site(lambda _: answered(hit(next(newer)), nbPages=9)) as web:
        (run,) = collector.run(source(web.url, search=["heron"]), now=NOW)
    assert "the server's pages do not advance" in run.error
    assert run.posts == 1


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "write search: [acme]"),
        ({"search": [" "]}, "would find everything"),
        ({"authors": ["@acme"]}, "write acme, without @"),
        ({"search": ["a"], "server": "hn.algolia.com"}, "write http://"),
        ({"search": ["a"], "kinds": []}, "must name something"),
        ({"search": ["a"], "page_size": 2_000}, "less than or equal to 1000"),
    ],
)
def test_bad_params_say_what_to_write(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("[", r"\[")):
        HackernewsParams.model_validate(params)
