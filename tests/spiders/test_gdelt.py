"""Passes over the town's GDELT, and over sites that answer as GDELT does on its bad days."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentions.collected import Reject
from spiders.gdelt import NARROWEST
from spiders.source import Source
from tests.spiders.in_town import InTown, town
from tests.spiders.passes import Collector, gdelt
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site

ALL = "-nowhere"


@pytest.fixture
def here() -> Iterator[InTown]:
    with town("gdelt", days=10, now=NOW) as place:
        yield place


def asking(here: InTown, **params: Any) -> Source:
    params = {"history": "10d", **params}
    return gdelt("g", f"{here.url}/gdelt", ALL, params=params)


def addresses(here: InTown) -> dict[str, dict[str, Any]]:
    """What stands, by its address, which is an article's id."""
    return {truth["url"]: truth for truth in here.truths().values()}


def test_passes_bring_every_article_once_and_then_only_what_is_new(
    collector: Collector, here: InTown
) -> None:
    (first,) = collector.run(asking(here))
    assert first.error == ""
    found = {post.native_id: post for post in collector.posts(first)}
    truths = addresses(here)
    assert found.keys() == truths.keys()
    for url, post in found.items():
        assert (post.title, post.text, post.kind) == (truths[url]["title"], "", "article")
        delay = datetime.fromisoformat(truths[url]["published"]) - post.published
        assert timedelta(0) <= delay < NARROWEST
        assert "published" in post.reasons
    (second,) = collector.run(asking(here), now=NOW + timedelta(minutes=1))
    assert (second.error, second.posts) == ("", 0)
    before = addresses(here)
    here.says("-", title="Heron lands late", author="newsroom")
    (third,) = collector.run(asking(here), now=here.advances(minutes=20))
    assert [post.native_id for post in collector.posts(third)] == [
        *addresses(here).keys() - before.keys()
    ]


def test_full_window_is_narrowed_until_all_of_it_is_there(
    collector: Collector, here: InTown
) -> None:
    source = asking(here, at_once=3, max_requests=200)
    (run,) = collector.run(source)
    assert run.error == ""
    assert sorted(post.native_id for post in collector.posts(run)) == sorted(addresses(here))


def test_pass_is_bounded_and_the_next_goes_on(collector: Collector, here: InTown) -> None:
    source = asking(here, at_once=5, max_requests=5)
    (run,) = collector.run(source)
    assert 0 < run.posts < len(addresses(here))
    for _ in range(8):
        (run,) = collector.run(source)
        assert run.ok
    assert sorted(post.native_id for post in collector.posts()) == sorted(addresses(here))


def articles(*numbers: int, at: datetime = NOW - timedelta(hours=1)) -> bytes:
    made = [
        {
            "url": f"https://n.example/{number}",
            "title": f"Heron {number}",
            "seendate": f"{at:%Y%m%dT%H%M%SZ}",
            "domain": "n.example",
        }
        for number in numbers
    ]
    return json.dumps({"articles": made}).encode()


def test_quarter_of_an_hour_that_is_too_full_is_told_and_passed(collector: Collector) -> None:
    at = NOW - timedelta(minutes=30)

    def answering(asked: Asked) -> Answer:
        stamps = (asked.query["startdatetime"], asked.query["enddatetime"])
        since, until = (
            datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC) for stamp in stamps
        )
        return Answer(articles(1, 2, 3, at=at) if since <= at <= until else b"{}")

    with site(answering) as web:
        params = {"at_once": 3, "history": "1h", "max_requests": 50}
        (run,) = collector.run(gdelt("g", web.url, "heron", params=params))
    assert "narrow the query" in run.error
    assert sorted(post.title for post in collector.posts(run)) == ["Heron 1", "Heron 2", "Heron 3"]
    assert datetime.fromisoformat((run.cursor or {})["heron"]["since"]) >= NOW - timedelta(hours=2)


def test_article_that_is_listed_late_is_still_found(collector: Collector) -> None:
    listed = [1]
    with site(lambda _asked: Answer(articles(*listed))) as web:
        source = gdelt("g", web.url, "heron")
        collector.run(source)
        listed += [2]
        (run,) = collector.run(source, now=NOW + timedelta(minutes=30))
        assert [post.title for post in collector.posts(run)] == ["Heron 2"]
        said = web.asked[-1].query["startdatetime"]
    since = datetime.strptime(f"{said}+0000", "%Y%m%d%H%M%S%z")
    # The clock of a pass goes on while it runs.
    assert timedelta(0) <= since - (NOW - timedelta(hours=2)) < timedelta(minutes=1)


GOOD = Answer(articles(1))
FAULTS = {
    "does not take the query, saying 'The specified phrase is too short.'": Answer(
        b"The specified phrase is too short.\n"
    ),
    "answered HTML": Answer(b"<html>maintenance"),
    "answered nothing": Answer(b""),
    "JSON that breaks off": Answer(GOOD.body[:-9]),
    "no list of articles": Answer(b'{"articles": 7}'),
    "is in trouble (500": Answer(b"{}", status=500),
}


@pytest.mark.parametrize("said", FAULTS)
def test_fault_is_told_and_the_next_query_still_read(collector: Collector, said: str) -> None:
    def answering(asked: Asked) -> Answer:
        return FAULTS[said] if asked.query["query"] == "bad" else GOOD

    with site(answering) as web:
        (run,) = collector.run(gdelt("g", web.url, "bad", "good"))
    assert run.error.startswith("bad: ")
    assert said in run.error
    assert run.posts == 1
    assert "bad" not in (run.cursor or {})


@pytest.mark.parametrize("status", [200, 429])
def test_busy_server_is_left_alone_and_its_advice_told(collector: Collector, status: int) -> None:
    words = b"Please limit requests to one every 5 seconds or use our bulk files.\n"
    with site(lambda _asked: Answer(words, status=status)) as web:
        (run,) = collector.run(gdelt("g", web.url, "one", "two"))
        assert {asked.query["query"] for asked in web.asked} == {"one"}
    assert "saying 'Please limit requests to one every 5 seconds" in run.error
    assert "bulk files" in run.error


def test_unreadable_article_does_not_stop_the_others(collector: Collector) -> None:
    said = json.loads(articles(1, 2, 3))
    said["articles"][1]["seendate"] = "soon"
    with site(lambda _asked: Answer(json.dumps(said).encode())) as web:
        (run,) = collector.run(gdelt("g", web.url, "heron"))
        items = collector.items(run)
        assert run.posts == 2
        assert [item.reason for item in items if isinstance(item, Reject)] == [
            "seendate 'soon' is no date that can be read"
        ]
        (again,) = collector.run(gdelt("g", web.url, "heron"), now=NOW + timedelta(minutes=1))
        assert again.posts == 0


def test_requests_keep_the_distance_that_gdelt_asks_for() -> None:
    plain = {"name": "g", "spider": "gdelt", "params": {"queries": ["heron"]}}
    assert Source.model_validate(plain).delay_seconds == 6
    assert Source.model_validate({**plain, "delay_seconds": 9}).delay_seconds == 9
    assert Source.model_validate({**plain, "spider": "feed"}).delay_seconds == 1
