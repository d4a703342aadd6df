"""Real answers of the stores for apps and of YouTube, which lie beside the checkout."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentions.mention import Mention
from spiders.appstore_review import read_entries, review_mention
from spiders.googleplay_review import review_mentions, reviews_of
from spiders.youtube_mention import item_mentions, items_of
from tests.spiders.shared import SHARED, shared

NOW = datetime(2026, 11, 1, tzinfo=UTC)
APPSTORE = sorted((SHARED / "recordings/appstore").glob("*")) or [SHARED / "recordings/appstore"]
PLAY = sorted((SHARED / "recordings/googleplay").glob("*")) or [SHARED / "recordings/googleplay"]
YOUTUBE = sorted((SHARED / "recordings/youtube").glob("*.json")) or [SHARED / "recordings/youtube"]
MARKUP = re.compile(r"</?(p|a|b|br|div|span|img|em|font|table|td)\b[^>]*>|&(amp|lt|gt|quot|#\d+);")


def reviews_in(body: bytes) -> int:
    if body.lstrip().startswith(b"{"):
        entries = json.loads(body)["feed"]["entry"]
        return len([one for one in entries if "im:rating" in one])
    return len(re.findall(rb"<im:rating>", body))


@pytest.mark.parametrize("path", APPSTORE, ids=lambda path: path.name)
def test_every_recorded_review_of_the_app_store_is_read(path: Path) -> None:
    body = shared(*path.relative_to(SHARED).parts).read_bytes()
    found = [review_mention(entry, source="s", now=NOW) for entry in read_entries(body)]
    mentions = [item for item in found if isinstance(item, Mention)]
    assert len(found) == len(mentions) == reviews_in(body) > 0
    assert max(Counter(mention.id for mention in mentions).values()) == 1
    for mention in mentions:
        assert mention.rating in {1.0, 2.0, 3.0, 4.0, 5.0}
        assert mention.text
        assert not MARKUP.search(mention.text + mention.title)
        assert mention.author.name
        assert mention.author.id.isdigit()
        assert mention.url.startswith("https://")
        assert any(tag.startswith("version:") for tag in mention.tags)
        assert 2019 < mention.published.year < 2027


@pytest.mark.parametrize("path", YOUTUBE, ids=lambda path: path.name)
def test_every_recorded_video_and_comment_of_youtube_is_read(path: Path) -> None:
    answer = json.loads(shared(*path.relative_to(SHARED).parts).read_bytes())
    items = items_of(answer)
    inside = [len(item.get("replies", {}).get("comments", [])) for item in items]
    found = [one for item in items for one in item_mentions(item, source="s", now=NOW)]
    mentions = [item for item in found if isinstance(item, Mention)]
    assert len(found) == len(mentions) == len(items) + sum(inside) > 0
    assert max(Counter(mention.id for mention in mentions).values()) == 1
    for mention in mentions:
        assert not MARKUP.search(mention.text + mention.title)
        assert mention.author.id
        assert mention.author.name
        assert 2005 < mention.published.year < 2027


@pytest.mark.parametrize("path", PLAY, ids=lambda path: path.name)
def test_every_recorded_review_of_google_play_is_read_with_its_answer(path: Path) -> None:
    answer = json.loads(shared(*path.relative_to(SHARED).parts).read_bytes())
    said = [comment for review in reviews_of(answer) for comment in review["comments"]]
    found = [
        one for review in reviews_of(answer) for one in review_mentions(review, source="s", now=NOW)
    ]
    mentions = {item.id: item for item in found if isinstance(item, Mention)}
    assert len(found) == len(mentions) == len(said) > 0
    for mention in mentions.values():
        assert mention.text
        assert not MARKUP.search(mention.text + mention.title)
        assert 2012 < mention.published.year < 2027
        if mention.reply_to:
            assert mentions[mention.reply_to].answered_at == mention.published
        else:
            assert mention.rating in {1.0, 2.0, 3.0, 4.0, 5.0}
