"""Videos and comments of the YouTube Data API as mentions (developers.google.com/youtube/v3/docs).

One reader for search results, videos, playlist items, comment threads and comments.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import unescape
from typing import Any

from mentions.collected import Reject
from mentions.errors import BadPost, SourceUnavailable
from mentions.mention import Added, Mention
from spiders.feed_entry import count
from spiders.harvest import Withheld
from spiders.json_answer import list_of, moment_of, object_of, text_of
from spiders.plain_text import html_text, one_line
from spiders.quarantine import rejected

PLATFORM = "youtube"
_WATCH = "https://www.youtube.com/watch?v="
_CHANNEL = "https://www.youtube.com/channel/"
Item = Mention | Reject | Withheld


def items_of(answer: object) -> list[Any]:
    """The items of a list answer, or one item alone. Raises SourceUnavailable where it is none."""
    if "snippet" in object_of(answer):
        return [answer]
    items = answer if isinstance(answer, list) else object_of(answer).get("items")
    if not isinstance(items, list):
        raise SourceUnavailable("YouTube answered JSON, but no list of items")
    return items


def comments_in(thread: object) -> Iterator[Any]:
    """The comments that a thread brings along: its first and, as far as they came, its replies."""
    said = object_of(thread)
    snippet = object_of(said.get("snippet"))
    first = snippet.get("topLevelComment")
    if not isinstance(first, dict):
        yield thread
        return
    yield {**first, "replies": snippet.get("totalReplyCount"), "video": snippet.get("videoId")}
    for reply in list_of(object_of(said.get("replies")).get("comments")):
        yield {**reply, "video": snippet.get("videoId")} if isinstance(reply, dict) else reply


def item_mentions(
    item: object,
    *,
    source: str,
    now: datetime,
    platform: str = PLATFORM,
    owned: Mapping[str, str] | None = None,
    video: str = "",
    added: Added = "live",
) -> Iterator[Item]:
    """Read one item of any list. No network, no clock: a saved answer is a test.

    `owned` gives the handles of one's own channels by their ids. `video` is where a reply was
    written that does not say so itself.
    """
    shared = {"source": source, "platform": platform, "collected": now, "added": added}
    for one in comments_in(item):
        if not isinstance(one, dict):
            yield rejected(source, "an item is no JSON object", one)
            continue
        try:
            record = _comment(one, source, owned or {}, video) if _is_comment(one) else _video(one)
            yield (
                Withheld("it is no video")
                if record is None
                else Mention.from_json({**shared, **record})
            )
        except BadPost as error:
            yield rejected(source, str(error), one)


def published_at(thread: object) -> datetime | None:
    """When a thread was begun, or None where it does not say."""
    first = next(comments_in(thread))
    try:
        return moment_of(object_of(object_of(first).get("snippet")), "publishedAt")
    except BadPost:
        return None


def _is_comment(item: dict[str, Any]) -> bool:
    snippet = object_of(item.get("snippet"))
    return "textDisplay" in snippet or "textOriginal" in snippet or "comment" in _kind(item)


def _kind(item: dict[str, Any]) -> str:
    return text_of(item.get("kind"))


def _comment(
    item: dict[str, Any], source: str, owned: Mapping[str, str], video: str
) -> dict[str, Any]:
    snippet = object_of(item.get("snippet"))
    native_id = text_of(item.get("id"))
    if not native_id:
        raise BadPost("has no id")
    video = text_of(snippet.get("videoId")) or text_of(item.get("video")) or video
    parent = text_of(snippet.get("parentId")) or video
    published, edited = _times(snippet)
    return {
        "native_id": native_id,
        "kind": "comment",
        "url": f"{_WATCH}{video}&lc={native_id}" if video else "",
        # What was typed comes to some; what is shown, with its HTML, to all.
        "text": text_of(snippet.get("textOriginal"))
        or html_text(text_of(snippet.get("textDisplay"))),
        "author": _author(snippet, owned),
        "published": published,
        "edited": edited,
        "reply_to": f"{source}:{parent}" if parent else "",
        "thread": f"{source}:{video}" if video else "",
        "engagement": {
            "likes": count(snippet.get("likeCount")),
            "replies": count(item.get("replies")),
        },
    }


def _video(item: dict[str, Any]) -> dict[str, Any] | None:
    """A video's record, or None where a search found something else. Search escapes its words."""
    snippet = object_of(item.get("snippet"))
    said = item.get("id")
    resource = object_of(snippet.get("resourceId"))
    native_id = text_of(object_of(said).get("videoId")) or text_of(resource.get("videoId"))
    kind = _kind(item).removeprefix("youtube#")
    if not native_id and ((isinstance(said, dict) and said) or kind not in ("", "video")):
        return None  # a channel, a playlist, an activity
    native_id = native_id or text_of(said)
    if not native_id:
        raise BadPost("has no id")
    # A playlist item was put there later, perhaps by somebody else.
    owner = "videoOwnerChannel" if "videoOwnerChannelId" in snippet else "channel"
    channel = text_of(snippet.get(f"{owner}Id"))
    published, _ = _times(snippet)
    statistics = object_of(item.get("statistics"))
    return {
        "native_id": native_id,
        "kind": "post",
        "url": f"{_WATCH}{native_id}",
        "title": one_line(unescape(text_of(snippet.get("title")))),
        "text": unescape(text_of(snippet.get("description"))),
        "author": {
            "id": channel,
            "name": one_line(unescape(text_of(snippet.get(f"{owner}Title")))),
            "handle": channel,
            "url": f"{_CHANNEL}{channel}" if channel else "",
        },
        "published": published,
        "engagement": {
            "likes": count(statistics.get("likeCount")),
            "replies": count(statistics.get("commentCount")),
        },
    }


def _author(snippet: dict[str, Any], owned: Mapping[str, str]) -> dict[str, Any]:
    """Since 2023 the name that is shown is the handle; before, only the channel's id is one."""
    said = snippet.get("authorChannelId")
    channel = text_of(object_of(said).get("value")) or text_of(said)
    name = one_line(text_of(snippet.get("authorDisplayName")))
    handle = name.removeprefix("@") if name.startswith("@") else channel
    url = text_of(snippet.get("authorChannelUrl"))
    return {
        "id": channel,
        "name": name,
        "handle": owned.get(channel, handle) if channel else handle,
        "url": url if url.startswith(("http://", "https://")) else "",
    }


def _times(snippet: dict[str, Any]) -> tuple[datetime, datetime | None]:
    published = moment_of(snippet, "publishedAt")
    if published is None:
        raise BadPost("has no publishedAt")
    updated = moment_of(snippet, "updatedAt")
    return published, updated if updated is not None and updated > published else None
