"""Recorded answers of Hacker News, which lie beside the checkout."""

import json

import pytest

from mentions.mention import Mention
from spiders.hackernews_mention import item_mention, items_of
from tests.spiders.shared import SHARED, shared
from tests.spiders.test_recordings import NOT_WORDS, NOW

FOLDER = SHARED / "recordings" / "hackernews"
PAGES = sorted(FOLDER.glob("algolia_*")) + sorted(FOLDER.glob("firebase_item_*")) or [FOLDER]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_recorded_post_is_read(path) -> None:
    answer = json.loads(shared(*path.relative_to(SHARED).parts).read_bytes())
    expected = len(answer["hits"]) if "hits" in answer else 1
    found = [item_mention(item, source="hn", now=NOW) for item in items_of(answer)]
    mentions = [item for item in found if isinstance(item, Mention)]
    assert len(mentions) == len(found) == expected
    assert len({mention.id for mention in mentions}) == expected
    for mention in mentions:
        assert not NOT_WORDS.search(f"{mention.text} {mention.title}")
        assert 2006 < mention.published.year < 2027
        assert mention.author.handle
        assert mention.thread
        assert (mention.kind == "comment") == bool(mention.reply_to)
