"""Answers of GDELT's article list, which lie beside the checkout and are never copied into it."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentions.mention import Mention
from spiders.gdelt_article import article_mentions, read_articles
from tests.spiders.shared import SHARED, shared

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FOUND = sorted((SHARED / "recordings" / "gdelt").glob("*.json")) or [Path("gdelt")]


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_every_recorded_article_is_read(path: Path) -> None:
    body = shared("recordings", "gdelt", path.name).read_bytes()
    answer = json.loads(body, strict=False)
    articles = answer["articles"] if isinstance(answer, dict) else answer
    items = list(article_mentions(read_articles(body), source="g", now=NOW))
    mentions = [item for item in items if isinstance(item, Mention)]
    assert len(items) == len(mentions) == len(articles) > 0
    assert len({mention.id for mention in mentions}) == len({one["url"] for one in articles})
    for mention, article in zip(mentions, articles, strict=True):
        assert mention.url == article["url"]
        assert mention.author.name == article["domain"]
        assert not re.search(r"</?\w+>|&(amp|lt|gt|quot|#\d+);", mention.title)
        assert f"{mention.published:%Y%m%d}" == article["seendate"][:8]
