"""Passes over the App Store's feed: the town's, and one that goes wrong."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mentions.collected import Reject
from mentions.errors import SettingsError
from spiders.appstore import way_on
from spiders.source import Source, checked_params
from tests.spiders.in_town import town
from tests.spiders.passes import Collector, made
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site

HERON, POMELO = "1500000001", "1500000002"


def appstore(url: str, **params: Any) -> Source:
    given: dict[str, Any] = {"server": url, "apps": ["id99"], "countries": ["gb"], **params}
    return made("a", "appstore", given)


class Store:
    """A store with `reviews` reviews, one an hour; the newest first, ten to a page."""

    def __init__(self, reviews: int) -> None:
        self.reviews = [
            {"id": str(number), "text": f"Review {number}"} for number in range(reviews)
        ]
        self.faults: dict[int, Answer] = {}

    def __call__(self, asked: Asked) -> Answer:
        page = int(asked.path.partition("page=")[2].partition("/")[0])
        if page in self.faults:
            return self.faults[page]
        shown = self.reviews[::-1][(page - 1) * 10 : page * 10]
        entries = [
            {
                "id": {"label": review["id"]},
                "content": {"label": review["text"]},
                "im:rating": {"label": "3"},
                "updated": {"label": (NOW - self._age(review)).isoformat()},
            }
            for review in shown
        ]
        return Answer(json.dumps({"feed": {"entry": entries} if entries else {}}).encode())

    def write(self, count: int) -> None:
        start = max(int(review["id"]) for review in self.reviews) + 1
        more = range(start, start + count)
        self.reviews += [{"id": str(number), "text": f"Review {number}"} for number in more]

    def _age(self, review: dict[str, str]) -> timedelta:
        return timedelta(hours=200 - int(review["id"]))


def ids(collector: Collector) -> list[int]:
    return [int(post.native_id) for post in collector.posts()]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_reviews_of_the_town_come_once_and_again_where_they_changed(
    collector: Collector, form: str
) -> None:
    with town("appstore", days=14) as saltmarsh:
        source = appstore(saltmarsh.url, apps=[HERON, POMELO], form=form)
        truths = saltmarsh.truths()
        assert len(truths) > 8
        (first,) = collector.run(source, now=saltmarsh.now())
        assert first.error == ""
        found = {post.native_id: post for post in collector.posts(first)}
        assert {number: post.text for number, post in found.items()} == {
            number: truth["text"] for number, truth in truths.items()
        }
        assert {post.kind for post in found.values()} == {"review"}
        assert all(post.rating for post in found.values())
        (second,) = collector.run(source, now=saltmarsh.now())
        assert (second.ok, second.posts) == (True, 0)
        new = saltmarsh.says("The app is fine now", title="Fine")
        old = next(iter(truths))
        saltmarsh.advances(minutes=5)
        saltmarsh.edits(int(old), "I changed my mind: it is good")
        (third,) = collector.run(source, now=saltmarsh.now())
        came = {post.native_id: post for post in collector.posts(third)}
        assert {str(new), old} <= set(came)
        assert came[old].text == "I changed my mind: it is good"
        assert came[old].published == found[old].published
        assert came[old].edited == saltmarsh.now()


def test_pass_that_runs_out_of_pages_goes_on_and_new_reviews_do_not_wait(
    collector: Collector,
) -> None:
    store = Store(95)
    with site(store) as web:
        source = appstore(web.url, max_pages=5)
        collector.run(source)
        assert sorted(ids(collector)) == list(range(45, 95))
        store.write(5)
        collector.run(source)
        assert set(range(95, 100)) < set(ids(collector))
        for _ in range(2):
            (run,) = collector.run(source)
            assert run.ok
        assert sorted(ids(collector)) == list(range(100))


def test_pages_that_moved_are_not_skipped_and_a_quiet_pass_asks_once(collector: Collector) -> None:
    store = Store(60)
    with site(store) as web:
        source = appstore(web.url)
        collector.run(source)
        assert sorted(ids(collector)) == list(range(60))
        web.asked.clear()
        collector.run(source)
        assert [asked.path.partition("page=")[2] for asked in web.asked] == ["1/json"]
        store.write(30)
        store.faults[3] = Answer(b'{"feed": {"ent', cut=False)
        (run,) = collector.run(source)
        assert "JSON that breaks off" in run.error
        assert sorted(set(ids(collector))) == [*range(60), *range(70, 90)]
        store.faults.clear()
        (run,) = collector.run(source)
        assert run.ok
        assert sorted(ids(collector)) == list(range(90))


def test_deleted_reviews_do_not_make_a_later_pass_skip_others(collector: Collector) -> None:
    store = Store(80)
    with site(store) as web:
        source = appstore(web.url, max_pages=5)
        collector.run(source)
        store.reviews = [one for one in store.reviews if not 70 <= int(one["id"]) < 78]
        for _ in range(3):
            collector.run(source)
    assert sorted(ids(collector)) == list(range(80))


def test_first_pass_goes_back_no_further_than_its_history(collector: Collector) -> None:
    with site(Store(95)) as web:
        collector.run(appstore(web.url, history="115h30m"))
        assert sorted(ids(collector)) == list(range(85, 95))
        assert len(web.asked) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(b"{}", status=403), "does not show this to us (403)"),
        (Answer(b"", status=404), "has nothing at this address (404)"),
        (Answer(b'{"feed": {"author": {}}}'), "check that the app's id is right"),
        (Answer(b"<html><body>Sorry</body></html>"), "HTML where a feed was expected"),
        (Answer(b'<?xml version="1.0"?><feed><entry><id>1'), "XML that breaks off"),
        (Answer(b'{"feed": {"entry": ['), "JSON that breaks off"),
        (Answer(b'{"status": "down"}'), "no feed of reviews"),
        (Answer(b""), "JSON that breaks off"),
    ],
)
def test_country_that_fails_says_why_and_the_others_go_on(
    collector: Collector, answer: Answer, said: str
) -> None:
    store = Store(5)

    def answering(asked: Asked) -> Answer:
        return answer if asked.path.startswith("/fr/") else store(asked)

    with site(answering) as web:
        (run,) = collector.run(appstore(web.url, countries=["fr", "gb"]))
    assert run.error.startswith("99/fr: ")
    assert said in run.error
    assert run.posts == 5
    assert set(run.cursor or ()) == {"99/gb"}


def failing_once(store: Store, answer: Answer) -> Callable[[Asked], Answer]:
    waiting = [answer]
    return lambda asked: waiting.pop() if waiting else store(asked)


@pytest.mark.parametrize(
    "answer", [Answer(b"", status=429, headers={"Retry-After": "0"}), Answer(b"", status=500)]
)
def test_store_that_is_busy_is_asked_again(collector: Collector, answer: Answer) -> None:
    with site(failing_once(Store(5), answer)) as web:
        (run,) = collector.run(appstore(web.url))
    assert (run.ok, run.posts) == (True, 5)
    assert len(web.asked) == 3


def test_store_that_goes_silent_is_no_reason_to_doubt_the_settings(collector: Collector) -> None:
    store = Store(5)
    with site(store) as web:
        collector.run(appstore(web.url))
        store.reviews.clear()
        (run,) = collector.run(appstore(web.url))
    assert "the next pass asks again" in run.error


def test_unreadable_reviews_do_not_stop_the_others(collector: Collector) -> None:
    store = Store(5)
    store.reviews[2]["text"] = ""
    with site(store) as web:
        (run,) = collector.run(appstore(web.url))
    items = collector.items(run)
    assert [item.reason for item in items if isinstance(item, Reject)] == ["has no text"]
    assert (run.ok, run.posts) == (True, 4)


@pytest.mark.parametrize(
    ("unread", "page", "has_news", "expected"),
    [
        (0, 1, False, (0, 0)),
        (0, 1, True, (2, 2)),
        (1, 1, False, (2, 2)),
        (4, 1, True, (2, 2)),
        (4, 1, False, (3, 4)),
        (4, 3, False, (4, 4)),
        (4, 4, False, (5, 5)),
    ],
)
def test_way_on_never_passes_what_was_not_read(
    unread: int, page: int, has_news: bool, expected: tuple[int, int]
) -> None:
    assert way_on(unread, page, has_news=has_news) == expected


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"apps": ["Nimbus Air"]}, "write the digits of its address"),
        ({"countries": ["Germany"]}, "write two letters"),
        ({"apps": []}, "apps"),
        ({"server": "itunes.apple.com"}, "write http"),
    ],
)
def test_wrong_params_say_what_to_write(params: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        checked_params(appstore("https://store.example", **params))
