"""Recorded answers of Discourse forums, which lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

from mentions.mention import Mention
from spiders.discourse_post import post_mention, posts_of
from spiders.harvest import Withheld
from tests.spiders.shared import SHARED, shared
from tests.spiders.test_recordings import NOT_WORDS, NOW

FOLDER = SHARED / "recordings" / "discourse"
WITHOUT_POSTS = ("latest_", "search_legacy")
"""Lists of topics, of which nothing is read: their posts are elsewhere."""
PAGES = [
    path for path in sorted(FOLDER.glob("*.json")) if not path.name.startswith(WITHOUT_POSTS)
] or [FOLDER]


def posts_in(answer: dict[str, Any]) -> list[Any]:
    stream = answer.get("post_stream", {}).get("posts")
    return stream or answer.get("latest_posts") or answer["posts"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_recorded_post_is_read(path: Path) -> None:
    answer = json.loads(shared(*path.relative_to(SHARED).parts).read_bytes())
    found = [
        post_mention(said, source="d", server="https://forum.example", now=NOW)
        for said in posts_of(answer)
    ]
    mentions = [item for item in found if isinstance(item, Mention)]
    notes = [item for item in found if isinstance(item, Withheld)]
    assert len(mentions) + len(notes) == len(found) == len(posts_in(answer))
    assert len(notes) == sum(post.get("post_type") in (3, 4) for post in posts_in(answer))
    assert len({mention.id for mention in mentions}) == len(mentions)
    for mention in mentions:
        assert not NOT_WORDS.search(f"{mention.text} {mention.title}")
        assert 2012 < mention.published.year < 2027
        assert mention.author.handle
        assert (mention.kind == "comment") == bool(mention.reply_to)
        assert mention.kind == "comment" or mention.title or "latest_posts" in answer
