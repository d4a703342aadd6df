"""Real answers of X, which lie beside the checkout and are never copied into it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentions.collected import Deletion
from mentions.mention import Mention
from spiders.harvest import Withheld
from spiders.mention_spider import error_said, status_error
from spiders.x_post import Answer, answer_items, first_id, posted_at
from tests.spiders.shared import SHARED, shared

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FOUND = sorted((SHARED / "recordings" / "x").glob("*.json")) or [Path("x")]
ANSWERS = [path for path in FOUND if not path.name.startswith("error_")]
ESCAPED = re.compile(r"&(amp|lt|gt|quot|#\d+);")


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.name)
def test_every_recorded_post_is_read(path: Path) -> None:
    said = json.loads(shared("recordings", "x", path.name).read_bytes())
    answer = Answer.read(said)
    posts = said["data"] if isinstance(said["data"], list) else [said["data"]]
    items = list(answer_items(answer, source="x", now=NOW))
    read = [item for item in items if not isinstance(item, Deletion)]
    assert len(read) == len(posts) > 0
    assert all(isinstance(item, Mention | Withheld) for item in read)
    for post, item in zip(posts, read, strict=True):
        if not isinstance(item, Mention):
            continue
        references = {one["type"]: one["id"] for one in post.get("referenced_tweets", ())}
        assert item.native_id == references.get("retweeted", first_id(post))
        assert item.reply_to in ("", f"x:{references.get('replied_to')}")
        assert not ESCAPED.search(item.text), item.text
        assert "author_id" not in post or item.author.handle
        assert item.author.followers is not None or not item.author.handle
        assert datetime(2010, 1, 1, tzinfo=UTC) < item.published < NOW
        made = posted_at(post)
        assert made
        assert item.published <= made


def test_recorded_ids_hold_the_moment_they_were_made_at() -> None:
    said = json.loads(
        shared("recordings", "x", "search_recent_expansions_errors_kpop.json").read_bytes()
    )
    for post in said["data"]:
        told = posted_at(post)
        read = posted_at({"id": post["id"]})
        assert told
        assert read
        assert timedelta(0) <= read - told < timedelta(seconds=1)


def test_recorded_repost_is_the_post_that_it_repeats_with_its_author() -> None:
    said = json.loads(shared("recordings", "x", "tweets_lookup_mentions.json").read_bytes())
    (item,) = answer_items(Answer.read(said), source="x", now=NOW)
    assert isinstance(item, Mention)
    assert not item.text.startswith("RT @")
    assert "…" not in item.text
    assert item.author.id != said["data"][0]["author_id"]


def test_recorded_lack_of_credit_says_what_to_do() -> None:
    body = shared("recordings", "x", "error_402_credits_depleted.json").read_bytes()
    error = status_error("x.example", 402, said=error_said(body))
    assert "does not have any credits" in str(error)
    assert "add credit" in str(error)
