"""Real answers of Bluesky, which lie beside the checkout and are never copied into it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mentions.collected import Reject
from mentions.mention import Mention
from spiders.bluesky_mention import POSTS, Reading, answer_items, thread_items
from spiders.gathered import Authors, Gathered
from spiders.harvest import Withheld
from spiders.jetstream import Wanted
from spiders.mention_spider import error_said
from tests.spiders.shared import SHARED, shared
from tests.spiders.test_recordings import NOT_WORDS

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FOLDER = SHARED / "recordings" / "bluesky"
READING = Reading(source="b", now=NOW, only_public=False)
POLITE = replace(READING, only_public=True)


def recorded(pattern: str) -> list[Path]:
    return sorted(FOLDER.glob(pattern)) or [FOLDER]


def posts_in(node: Any) -> Iterator[dict[str, Any]]:
    """Every post that an answer shows as its own, wherever it is; quoted ones are not."""
    if isinstance(node, list):
        for one in node:
            yield from posts_in(one)
    elif isinstance(node, dict):
        if {"uri", "author", "record"} <= node.keys():
            yield node
        else:
            yield from posts_in(list(node.values()))


@pytest.mark.parametrize(
    "path", [*recorded("searchPosts*.json"), *recorded("getPostThread*.json")], ids=lambda p: p.name
)
def test_every_recorded_post_is_read(path: Path) -> None:
    answer = json.loads(shared(*path.relative_to(SHARED).parts).read_bytes())
    shown = list(posts_in(answer))
    read = thread_items if "thread" in answer else answer_items
    found = [item for item in read(answer, READING) if isinstance(item, Mention)]
    assert shown
    assert [mention.native_id for mention in found] == [post["uri"] for post in shown]
    for item, post in zip(read(answer, POLITE), shown, strict=True):
        labels = {label["val"] for label in post["author"].get("labels", [])}
        assert isinstance(item, Withheld) == ("!no-unauthenticated" in labels)
    assert len({mention.id for mention in found}) == len(found)
    for mention, post in zip(found, shown, strict=True):
        assert not NOT_WORDS.search(mention.text)
        assert mention.author.handle == post["author"]["handle"]
        assert mention.engagement.likes == post["likeCount"]
        assert datetime(2022, 11, 1, tzinfo=UTC) < mention.published < NOW
        assert mention.url.startswith("https://bsky.app/profile/")
        for facet in post["record"].get("facets", []):
            for feature in facet["features"]:
                if "tag" in feature:
                    assert f"#{feature['tag']}" in mention.text
                if feature["$type"].endswith("#link") and "…" not in mention.text:
                    assert feature["uri"].split("://")[1].split("/")[0][:12] in mention.text


@pytest.mark.parametrize("path", recorded("*.jsonl"), ids=lambda p: p.name)
def test_every_recorded_event_is_read_and_every_post_can_be_kept(path: Path) -> None:
    lines = shared(*path.relative_to(SHARED).parts).read_text().splitlines()
    events = [json.loads(line) for line in lines]
    commits = [event["commit"] for event in events if event["kind"] == "commit"]
    written = [
        commit
        for commit in commits
        if commit["collection"] == POSTS and commit["operation"] != "delete"
    ]
    words = ["".join(re.findall(r"\w+", commit["record"]["text"])[:1]) for commit in written]
    gathered = Gathered(Wanted(words), Authors({"all": True}), {}, rewind_us=0)
    for line in lines:
        gathered.take(line)
    found = list(gathered.items({}, READING))
    mentions = [item for item in found if isinstance(item, Mention)]
    assert not [item for item in found if isinstance(item, Reject)]
    assert [item.text for item in mentions] == [commit["record"]["text"] for commit in written]
    assert gathered.time_us == max(event["time_us"] for event in events)
    for item in mentions:
        assert item.published.year == 2026
        assert item.author.id == item.native_id.split("/")[2]


@pytest.mark.parametrize("path", recorded("error_*.json"), ids=lambda p: p.name)
def test_a_recorded_error_says_its_name_and_reason(path: Path) -> None:
    body = shared(*path.relative_to(SHARED).parts).read_bytes()
    said = error_said(body)
    assert said.startswith(json.loads(body)["error"])
    assert said.removesuffix("…")[-20:] in json.loads(body)["message"]
