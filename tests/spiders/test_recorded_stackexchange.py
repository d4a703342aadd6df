"""Recorded answers of Stack Exchange, which lie beside the checkout; their texts were blanked."""

import json
from pathlib import Path
from typing import Any

import pytest

from mentions.collected import Reject
from mentions.mention import Mention
from spiders.stackexchange_post import id_of, post_mention, posts_of
from tests.spiders.shared import SHARED, shared
from tests.spiders.test_recordings import NOT_WORDS, NOW

FOLDER = SHARED / "recordings" / "stackexchange"
PAGES = sorted(FOLDER.glob("*.json")) or [FOLDER]


def count_in(post: dict[str, Any]) -> int:
    within = [*post.get("answers", []), *post.get("comments", [])]
    return 1 + sum(count_in(one) for one in within)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_recorded_post_is_read(path: Path) -> None:
    answer = json.loads(shared(*path.relative_to(SHARED).parts).read_bytes())
    posts = list(posts_of(answer))
    assert len(posts) == sum(count_in(item) for item in answer["items"])
    for post in posts:
        assert isinstance(post, dict)
        found = post_mention(post, source="se", now=NOW)
        if isinstance(found, Reject):
            assert found.reason == "has no text"
            assert not any(post.get(name) for name in ("title", "body", "body_markdown"))
            found = post_mention(post | {"body": "<p>blank &amp; bare</p>"}, source="se", now=NOW)
        assert isinstance(found, Mention)
        assert not NOT_WORDS.search(f"{found.text} {found.title}")
        assert 2007 < found.published.year < 2027
        assert found.author.handle
        assert found.thread
        assert (found.kind == "comment") == bool(found.reply_to)
    # One of them holds a question twice, by whoever blanked it.
    own = {
        next((n, p[n]) for n in ("comment_id", "answer_id", "question_id") if n in p) for p in posts
    }
    assert len({id_of(post) for post in posts}) == len(own)
