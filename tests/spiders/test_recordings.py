"""Real answers of the platforms, which lie beside the checkout and are never copied into it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mentions.mention import Mention
from spiders.feed import feed_mentions
from spiders.harvest import Withheld
from spiders.mastodon import closed_feeds, is_closed
from spiders.status import status_mention
from tests.spiders.shared import SHARED, shared

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RECORDINGS = SHARED / "recordings"
FEEDS = sorted(RECORDINGS.glob("feeds/*")) or [RECORDINGS / "feeds"]
ELSEWHERE = (
    "youtube/channel_videos_atom.xml",
    "reddit/subreddit_atom_mediarss.xml",
    "hackernews/hnapp_atom_search.xml",
    "googlenews/search_rss.xml",
    "appstore/customerreviews_2020.xml",
)
NOT_WORDS = re.compile(r"</?(p|a|b|br|div|span|img|em)\b[^>]*>|&(amp|lt|gt|quot|#\d+);")


def entries_in(body: bytes) -> int:
    if body.lstrip().startswith(b"{"):
        return len(json.loads(body)["items"])
    return len(re.findall(rb"<(?:item|entry)[\s>]", body))


@pytest.mark.parametrize(
    "path", [*FEEDS, *(RECORDINGS / one for one in ELSEWHERE)], ids=lambda path: path.name
)
def test_every_entry_of_a_recorded_feed_is_read(path: Path) -> None:
    body = shared(*path.relative_to(SHARED).parts).read_bytes()
    found = list(feed_mentions(body, url="https://feed.example/f", source="feeds", now=NOW))
    mentions = [item for item in found if isinstance(item, Mention)]
    assert len(found) == len(mentions) == entries_in(body)
    assert len({mention.id for mention in mentions}) == len(mentions)
    for mention in mentions:
        assert not NOT_WORDS.search(mention.text), mention.text
        assert not NOT_WORDS.search(mention.title), mention.title
        assert "\ufffd" not in mention.text
        assert mention.author.name
        assert mention.published.year > 2000


def test_recorded_umlauts_arrive() -> None:
    body = shared("recordings", "feeds", "golem_de_iso8859.rss.xml").read_bytes()
    found = feed_mentions(body, url="https://feed.example/f", source="feeds", now=NOW)
    assert any("größte" in mention.text for mention in found if isinstance(mention, Mention))


def statuses_in(answer: Any) -> Iterator[Any]:
    if isinstance(answer, list):
        yield from answer
        return
    for name in ("statuses", "ancestors", "descendants"):
        yield from answer.get(name, [])


@pytest.mark.parametrize(
    "name",
    [
        "timeline_public.json",
        "timeline_public_4.6.4_local.json",
        "timeline_tag_4.6.4_local.json",
        "context_with_ancestors.json",
        "search_v2_accounts.json",
    ],
)
def test_every_recorded_status_is_read_or_withheld_at_its_authors_wish(name: str) -> None:
    answer = json.loads(shared("recordings", "mastodon", name).read_bytes())
    statuses = list(statuses_in(answer))
    assert statuses
    for status in statuses:
        account = status["account"]
        found = status_mention(status, source="m", now=NOW)
        by_tag = status_mention(status, source="m", now=NOW, by_tag=True)
        if status["visibility"] == "private" or account.get("noindex"):
            assert isinstance(found, Withheld)
            assert isinstance(by_tag, Withheld)
            continue
        assert isinstance(found, Withheld) == (account.get("indexable") is False)
        assert isinstance(by_tag, Mention)
        assert by_tag.native_id == status["id"]
        assert by_tag.author.handle.count("@") == 1
        assert not NOT_WORDS.search(by_tag.text)
        for tag in status["tags"]:
            assert f"#{tag['name']}".casefold() in by_tag.text.casefold()
        for mentioned in status["mentions"]:
            assert f"@{mentioned['username']}" in by_tag.text


def test_recorded_server_that_closed_its_timelines_is_understood() -> None:
    answer = json.loads(
        shared("recordings", "mastodon", "instance_v2_4.6_nightly.json").read_bytes()
    )
    closed = closed_feeds(answer, has_token=False)
    assert closed == ["live_feeds.local", "live_feeds.remote"]
    assert is_closed("public", closed)
    assert is_closed("local", closed)
    assert not is_closed("tag:acme", closed)
    assert not is_closed("search:acme", closed)
