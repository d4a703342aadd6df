import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentions.collected import Reject
from mentions.mention import Mention
from spiders.feed import entry_mentions, feed_mentions
from spiders.feed_entry import FeedEntry
from spiders.seen import MAX_SEEN, Seen
from tests.spiders.posts import NOW, post


def passed(seen: Seen, *items: Mention | Reject) -> tuple[list[Any], dict[str, Any]]:
    news = list(seen.news(items))
    return news, json.loads(json.dumps(seen.memory))


def test_same_answer_brings_nothing_new() -> None:
    items = [post(1), post(2), Reject("board", "no text", "raw")]
    news, memory = passed(Seen({}), *items)
    assert news == items
    later = [item.model_copy(update={"collected": NOW + timedelta(hours=1)}) for item in items[:2]]
    assert passed(Seen(memory), *later, items[2])[0] == []


def test_what_changed_is_written_again() -> None:
    _, memory = passed(Seen({}), post(1), post(2))
    edited = post(2, "now it is early")
    assert passed(Seen(memory), post(1), edited)[0] == [edited]


def test_list_that_comes_page_by_page_is_known_as_a_whole() -> None:
    _, first = passed(Seen({}), post(1), post(2))
    seen = Seen(first)
    edited = post(2, "now it is early")
    assert seen.held("1")
    assert not seen.held("3")
    assert seen.is_news(edited)
    assert not seen.is_news(post(1))
    assert list(seen.news([post(3), edited])) == [post(3), edited]
    again = Seen(json.loads(json.dumps(seen.together)))
    assert list(again.news([post(1), post(2), edited, post(3)])) == [post(2)]


def test_what_is_remembered_of_many_pages_is_bounded_and_keeps_the_newest() -> None:
    seen = Seen({str(number): ["old"] for number in range(MAX_SEEN)})
    assert list(seen.news([post("new")])) == [post("new")]
    assert len(seen.together) == MAX_SEEN
    assert Seen(seen.together).held("new")


def test_post_that_left_the_feed_and_came_back_is_written_again() -> None:
    _, memory = passed(Seen({}), post(1))
    _, memory = passed(Seen(memory), post(2))
    assert passed(Seen(memory), post(1))[0] == [post(1)]


def test_memory_is_bounded_and_what_does_not_fit_is_written() -> None:
    items = [post(number) for number in range(MAX_SEEN + 5)]
    _, memory = passed(Seen({}), *items)
    assert len(memory) == MAX_SEEN
    assert len(json.dumps(memory)) < 70 * MAX_SEEN
    assert passed(Seen(memory), *items)[0] == items[MAX_SEEN:]


BARE = FeedEntry(
    id="1",
    link="",
    title="Bare",
    text="",
    author="",
    author_url="",
    published=None,
    updated=None,
    unreadable_date="",
    is_comment=False,
    reply_to="",
    replies=None,
    raw="",
)


@pytest.mark.parametrize("updated", [None, NOW - timedelta(days=3)])
def test_time_given_at_first_sight_stays_when_the_entry_changes(updated: Any) -> None:
    def read(seen: Seen, entry: FeedEntry, hours: int) -> tuple[list[Any], dict[str, Any]]:
        found = entry_mentions(
            [entry],
            url="https://a.example/f",
            now=NOW + timedelta(hours=hours),
            kind="auto",
            shared={"source": "board", "platform": "feed"},
            first_published=seen.first_published,
        )
        return passed(seen, *found)

    (first,), memory = read(Seen({}), replace(BARE, updated=updated), 0)
    assert read(Seen(memory), replace(BARE, updated=updated), 5)[0] == []
    change = replace(BARE, title="Changed", updated=updated and updated + timedelta(days=1))
    (second,), _ = read(Seen(memory), change, 5)
    assert second.published == first.published == (updated or NOW)
    assert second.edited == (updated and updated + timedelta(days=1))
    assert second.title == "Changed"


def test_comment_feed_may_be_declared_where_it_cannot_be_told() -> None:
    body = (
        b"<rss version='2.0'><channel><item><guid>1</guid><title>x</title></item></channel></rss>"
    )
    (mention,) = feed_mentions(
        body, url="https://a.example/f", source="s", now=NOW, kind="comment", platform="forum"
    )
    assert isinstance(mention, Mention)
    assert (mention.kind, mention.platform) == ("comment", "forum")
