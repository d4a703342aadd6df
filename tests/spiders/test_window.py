"""What a search shows again: news, changes, and what is no longer there."""

import json
from datetime import timedelta

from mentions.collected import Reject
from spiders.window import MAX_WATCHED, Item, Window
from tests.spiders.posts import NOW, post

AT = int(NOW.timestamp())


def read(window: Window, *items: Item) -> list[Item]:
    return list(window.news(items, now=NOW))


def remembered(window: Window) -> Window:
    return Window.remembered(json.loads(json.dumps(window.to_json())))


def test_only_news_and_changes_pass() -> None:
    window, bad = Window({}, {}), Reject("board", "no text", "raw")
    assert read(window, post(1), post(1), bad) == [post(1), bad]
    window.moved(floor=AT)
    again = remembered(window)
    assert read(again, post(1, "edited"), post(2), bad) == [post(1, "edited"), post(2)]


def test_what_vanished_is_told_until_somebody_answers() -> None:
    window = Window({}, {})
    read(window, post(1), post(2), post(3))
    window.moved(floor=AT)
    for _ in range(2):
        window = remembered(window)
        read(window, post(2))
        assert window.vanished(since=AT) == ["1", "3"]
        assert window.vanished(since=AT + 1) == []
        window.moved(floor=AT)
    window.asked("1")
    assert window.vanished(since=AT)[0] != "1"
    window.forget("1")
    assert "1" not in window.vanished(since=AT)


def test_what_lies_below_the_floor_is_not_waited_for() -> None:
    window = Window({}, {})
    read(window, post(1, published=NOW - timedelta(hours=1)))
    window.moved(floor=AT)
    read(window, post(2))
    window.moved(floor=AT)
    assert list(window.to_json()["before"]) == ["2"]


def test_memory_is_bounded_and_then_nothing_counts_as_vanished() -> None:
    items = [post(number) for number in range(MAX_WATCHED + 5)]
    window = Window({}, {})
    read(window, *items)
    window.moved(floor=AT)
    assert len(window.to_json()["before"]) == MAX_WATCHED
    assert len(json.dumps(window.to_json())) < 80 * MAX_WATCHED
    read(window, *items[100:])
    assert len(window.vanished(since=AT)) == 100
    window = Window({"1": ["d", AT, ""]}, {})
    read(window, *items[2:])
    assert window.vanished(since=AT) == []
