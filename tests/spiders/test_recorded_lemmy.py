"""Real answers of Lemmy servers, which lie beside the checkout and are never copied into it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentions.collected import Deletion
from mentions.mention import Mention
from spiders.lemmy_mention import view_mention, views_in
from tests.spiders.shared import SHARED, shared
from tests.spiders.test_recordings import NOT_WORDS

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RECORDED = sorted((SHARED / "recordings" / "lemmy").glob("*.json")) or [SHARED / "recordings/lemmy"]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_every_recorded_view_is_read(path: Path) -> None:
    body = shared(*path.relative_to(SHARED).parts).read_bytes()
    found = [view_mention(view, source="l", now=NOW) for view in views_in(json.loads(body))]
    assert len(found) == body.count(b'"creator":') > 0
    mentions = [item for item in found if isinstance(item, Mention)]
    assert len(mentions) + sum(isinstance(item, Deletion) for item in found) == len(found)
    assert len({mention.id for mention in mentions}) == len(mentions)
    for mention in mentions:
        assert not NOT_WORDS.search(mention.text), mention.text
        assert mention.author.handle.count("@") == 1
        assert mention.url.startswith("https://")
        assert mention.published.year > 2018
        assert mention.thread.startswith("l:post/")
