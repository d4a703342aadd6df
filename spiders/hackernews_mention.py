"""A post of Hacker News as a mention, from its search (Algolia) or its own API (Firebase).

https://hn.algolia.com/api, https://github.com/HackerNews/API. A hit of the search says objectID,
author, comment_text, created_at_i, parent_id; an item says id, by, text, time, parent; an item of
the search's own tree says id, author, text, created_at_i. All are read here.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

from mentions.collected import Deletion, Reject
from mentions.errors import BadPost
from mentions.mention import Mention
from spiders.feed_entry import count
from spiders.json_answer import list_of, moment_of, object_of, text_of
from spiders.plain_text import html_text, one_line
from spiders.quarantine import rejected

PLATFORM = "hackernews"
WEB = "https://news.ycombinator.com"
_SHORTENED = re.compile(r'<a href="([^"]*)"[^>]*>[^<]*\.\.\.</a>')
"""The site shows the first 60 characters of a longer link."""


def items_of(answer: object) -> Iterator[object]:
    """The posts of any answer: a page of hits, a list, one item, or an item with its children."""
    if isinstance(answer, dict) and isinstance(answer.get("hits"), list):
        yield from answer["hits"]
        return
    waiting = answer[::-1] if isinstance(answer, list) else [answer]
    while waiting:
        item = waiting.pop()
        yield item
        children = list_of(item.get("children")) if isinstance(item, dict) else []
        # The children of a hit are ids, those of the search's own items are whole.
        waiting.extend(child for child in reversed(children) if isinstance(child, dict))


def item_mention(
    item: object,
    *,
    source: str,
    now: datetime,
    platform: str = PLATFORM,
    web: str = WEB,
    thread: str = "",
) -> Mention | Reject | Deletion:
    """Read a hit or an item. No network, no clock: a saved answer is a test.

    What its author took back (`deleted`) or moderators hid (`dead`) is a deletion; the search's
    tree keeps its place with neither author nor text. `thread` is for an item that answers
    something without saying in which story.
    """
    if not isinstance(item, dict):
        return rejected(source, "a post is no JSON object", item)
    native_id = text_of(item.get("objectID")) or text_of(item.get("id"))
    if not native_id:
        return rejected(source, "has no id", item)
    if item.get("deleted") is True or item.get("dead") is True or _is_empty_place(item):
        return Deletion(f"{source}:{native_id}")
    try:
        return Mention.from_json(
            {
                "source": source,
                "platform": platform,
                "native_id": native_id,
                "collected": now,
                "url": f"{web}/item?id={native_id}",
                "published": _published(item),
                "author": _author(item, web),
                **_content(item),
                **_place(item, source, native_id, thread),
            }
        )
    except BadPost as error:
        return rejected(source, str(error), item)


def seconds_of(item: object) -> int | None:
    """When a post was made, in seconds since 1970, or None where it does not say."""
    try:
        return int(_published(object_of(item)).timestamp())
    except BadPost:
        return None


def _is_empty_place(item: dict[str, Any]) -> bool:
    said = [item.get(name, "") for name in ("author", "text")]
    return said == [None, None] and not item.get("title")


def _published(item: dict[str, Any]) -> datetime:
    for name in ("created_at_i", "time"):
        said = item.get(name)
        if said is None:
            continue
        try:
            return datetime.fromtimestamp(int(said), UTC)
        except (TypeError, ValueError, OverflowError, OSError) as error:
            raise BadPost(f"{name} {said!r} is no date that can be read") from error
    made = moment_of(item, "created_at")
    if made is None:
        raise BadPost("has no time")
    return made


def _author(item: dict[str, Any], web: str) -> dict[str, str]:
    name = text_of(item.get("author")) or text_of(item.get("by"))
    url = f"{web}/user?id={name}" if name else ""
    return {"id": name, "name": name, "handle": name, "url": url}


def _is_comment(item: dict[str, Any]) -> bool:
    parts = (item.get("comment_text"), item.get("parent_id"), item.get("parent"))
    return item.get("type") == "comment" or any(part is not None for part in parts)


def _content(item: dict[str, Any]) -> dict[str, Any]:
    texts = (text_of(item.get(name)) for name in ("comment_text", "story_text", "text"))
    html = next((text for text in texts if text), "")
    is_comment = _is_comment(item)
    return {
        "kind": "comment" if is_comment else "post",
        # What the search says of a comment's story is not what the comment says.
        "title": "" if is_comment else one_line(unescape(text_of(item.get("title")))),
        "text": html_text(_SHORTENED.sub(r"\1", html)),
        "engagement": {
            "likes": count(item.get("points", item.get("score"))),
            "replies": _replies(item, is_comment=is_comment),
        },
    }


def _replies(item: dict[str, Any], *, is_comment: bool) -> int | None:
    """All comments under a story; under a comment the direct ones, where they are listed."""
    listed = item.get("children", item.get("kids"))
    if not is_comment:
        if isinstance(listed, list) and not {"num_comments", "descendants"} & item.keys():
            return sum(1 for _ in items_of(item)) - 1  # the search's own tree does not count
        return count(item.get("num_comments", item.get("descendants")))
    return len(listed) if isinstance(listed, list) else None


def _place(item: dict[str, Any], source: str, native_id: str, thread: str) -> dict[str, str]:
    answered = text_of(item.get("parent_id")) or text_of(item.get("parent"))
    story = text_of(item.get("story_id")) or ("" if answered else native_id)
    return {
        "reply_to": f"{source}:{answered}" if answered else "",
        "thread": f"{source}:{story}" if story else thread,
    }
