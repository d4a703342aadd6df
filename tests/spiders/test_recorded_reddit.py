"""Real answers of Reddit, which lie beside the checkout and are never copied into it."""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentions.collected import Reject
from mentions.mention import Mention
from spiders.reddit_feed import reddit_feed_mentions
from spiders.reddit_mention import More, thing_mention, things_in
from spiders.reddit_tree import tree
from tests.spiders.shared import SHARED, shared
from tests.spiders.test_recordings import NOT_WORDS

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FOLDER = SHARED / "recordings" / "reddit"
ANSWERS = sorted(FOLDER.glob("*.json")) or [FOLDER]
FEEDS = sorted(FOLDER.glob("*atom*.xml")) or [FOLDER]


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.name)
def test_every_recorded_post_and_comment_is_read(path: Path) -> None:
    body = shared(*path.relative_to(SHARED).parts).read_text("utf-8")
    things = [one for one in things_in(json.loads(body)) if not isinstance(one, More)]
    assert len(things) == len(re.findall(r'"kind": ?"t[13]"', body)) > 0
    found = [thing_mention(thing, source="r", now=NOW) for thing in things]
    assert not [item for item in found if isinstance(item, Reject)]
    # What a private community holds is withheld, but it reads as well as any other.
    shown = (
        thing_mention({**one, "subreddit_type": "public"}, source="r", now=NOW) for one in things
    )
    mentions = [item for item in shown if isinstance(item, Mention)]
    assert len({mention.id for mention in mentions}) == len(mentions)
    for mention in mentions:
        assert not NOT_WORDS.search(mention.text), mention.text
        assert not NOT_WORDS.search(mention.title), mention.title
        assert 2005 <= mention.published.year <= 2026
        assert mention.author.handle
        assert (mention.kind == "comment") == bool(mention.reply_to)


@pytest.mark.parametrize("name", ["comments_tree_2025.json", "comments_tree_removed_comment.json"])
def test_a_recorded_tree_is_walked_with_what_it_leaves_out(name: str) -> None:
    body = shared("recordings", "reddit", name).read_text("utf-8")
    more = shared("recordings", "reddit", "morechildren_2016.json").read_text("utf-8")
    asked: list[str] = []

    async def ask(path: str) -> object:
        asked.append(path)
        return json.loads(more if "morechildren" in path else body)

    found = asyncio.run(tree(ask, "t3_a", comment="t1_b", max_requests=5))
    left_out = body.count('"kind": "more"')
    assert asked[0] == "/comments/a?limit=500&sort=new&comment=b&context=0"
    assert len(asked) == 1 + left_out
    brought = [body, *[more] * left_out]
    assert len(found) == sum(len(re.findall(r'"kind": ?"t[13]"', one)) for one in brought)


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_every_recorded_feed_entry_reads_as_the_api_would_tell_it(path: Path) -> None:
    body = shared(*path.relative_to(SHARED).parts).read_bytes()
    url = "https://www.reddit.com/r/a/new/.rss"
    found = list(reddit_feed_mentions(body, url=url, source="r", now=NOW))
    assert len(found) == len(re.findall(rb"<entry[\s>]", body)) > 0
    for mention in found:
        assert isinstance(mention, Mention)
        assert mention.native_id.startswith("t3_")
        assert not mention.author.handle.startswith("/u/")
        assert "submitted by" not in mention.text
