"""A post of a Discourse forum as a mention (https://docs.discourse.org).

A post is named by its topic and its number there ("1448/4"), not by its own id: that is how one
post says which it answers, and how it is asked for again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from parsel import Selector

from mentions.collected import Deletion, Reject
from mentions.errors import BadPost
from mentions.mention import Mention
from spiders.feed_entry import count
from spiders.harvest import Withheld
from spiders.json_answer import list_of, moment_of, object_of, text_of
from spiders.plain_text import html_text, one_line
from spiders.quarantine import rejected

PLATFORM = "discourse"
_LIKE = 2
"""The number of the action 'like' in `actions_summary`."""
_SMALL_ACTION, _WHISPER = 3, 4
_NOT_OWN_WORDS = (
    '//aside[contains(concat(" ", @class, " "), " quote ")]'
    '|//div[@class="meta"][ancestor::div[contains(@class, "lightbox-wrapper")]]'
)
"""Another's words, and the size of a picture."""


@dataclass(frozen=True, slots=True)
class Said:
    """A post as it came, with what its answer says of its topic."""

    post: object
    topic: dict[str, Any]


def posts_of(answer: object) -> Iterator[Said]:
    """The posts of any answer: a topic, the latest posts, a search, a list, or one post."""
    topics: dict[str, dict[str, Any]] = {}
    topic: dict[str, Any] = {}
    if isinstance(answer, list):
        posts = answer
    elif not isinstance(answer, dict):
        posts = [answer]
    elif "post_stream" in answer:
        posts, topic = list_of(object_of(answer["post_stream"]).get("posts")), answer
    elif "latest_posts" in answer or "posts" in answer:
        posts = list_of(answer.get("latest_posts", answer.get("posts")))
        said = [object_of(one) for one in list_of(answer.get("topics"))]
        topics = {text_of(one.get("id")): one for one in said}
    else:
        posts = [answer] if "post_number" in answer else []
    for post in posts:
        yield Said(post, topics.get(text_of(object_of(post).get("topic_id")), topic))


def name_of(post: object) -> str:
    """Its topic and its number there, or '' where it does not say."""
    said = object_of(post)
    topic, number = text_of(said.get("topic_id")), text_of(said.get("post_number"))
    return f"{topic}/{number}" if topic and number else ""


def post_mention(
    said: Said, *, source: str, server: str, now: datetime, platform: str = PLATFORM
) -> Mention | Reject | Deletion | Withheld:
    """Read a post. No network, no clock: a saved answer is a test.

    What its author or a moderator took back, or the community's flags hid, is a deletion.
    """
    if not isinstance(said.post, dict):
        return rejected(source, "a post is no JSON object", said.post)
    post = said.post if "topic_id" in said.post else {"topic_id": said.topic.get("id"), **said.post}
    native_id = name_of(post)
    if not native_id:
        return rejected(source, "has no topic_id and post_number", post)
    if post.get("deleted_at") or post.get("user_deleted") is True or post.get("hidden") is True:
        return Deletion(f"{source}:{native_id}")
    if post.get("post_type") in (_SMALL_ACTION, _WHISPER):
        return Withheld("it is a note of the forum or its staff, not a post")
    try:
        return Mention.from_json(
            {
                "source": source,
                "platform": platform,
                "native_id": native_id,
                "collected": now,
                "text": _text(post),
                "author": _author(post, server),
                "engagement": {"likes": _likes(post), "replies": count(post.get("reply_count"))},
                **_times(post),
                **_place(post, said.topic, source, server),
            }
        )
    except BadPost as error:
        return rejected(source, str(error), post)


def seconds_of(post: object) -> int | None:
    """When a post was made, in seconds since 1970, or None where it does not say."""
    try:
        made = moment_of(object_of(post), "created_at")
    except BadPost:
        return None
    return int(made.timestamp()) if made else None


def _text(post: dict[str, Any]) -> str:
    """Its own words, without those it quotes; of pictures alone, what they are called."""
    html = text_of(post.get("cooked")) or text_of(post.get("blurb"))
    if "<" not in html:
        return html_text(html)
    page = Selector(text=html, type="html")
    others = page.xpath(_NOT_OWN_WORDS)
    if others:
        others.drop()
    own = html_text(page.get() or "") if others else html_text(html)
    if own or (own := html_text(html)):
        return own
    return "\n".join(filter(None, page.xpath("//img/@alt").getall()))


def _author(post: dict[str, Any], server: str) -> dict[str, str]:
    handle = text_of(post.get("username"))
    shown = text_of(post.get("name")) or text_of(post.get("display_username"))
    return {
        "id": text_of(post.get("user_id")),
        "name": one_line(shown) or handle,
        "handle": handle,
        "url": f"{server}/u/{handle}" if handle else "",
    }


def _likes(post: dict[str, Any]) -> int | None:
    if "like_count" in post:
        return count(post["like_count"])
    actions = (object_of(action) for action in list_of(post.get("actions_summary")))
    return next((count(one.get("count")) for one in actions if one.get("id") == _LIKE), None)


def _times(post: dict[str, Any]) -> dict[str, datetime | None]:
    published = moment_of(post, "created_at")
    if published is None:
        raise BadPost("has no created_at")
    # updated_at also moves when the forum renders a post anew; the version only with an edit.
    is_edited = (count(post.get("version")) or 0) > 1
    return {"published": published, "edited": moment_of(post, "updated_at") if is_edited else None}


def _place(post: dict[str, Any], topic: dict[str, Any], source: str, server: str) -> dict[str, str]:
    number, of = text_of(post.get("post_number")), text_of(post.get("topic_id"))
    is_first = number == "1"
    slug = text_of(post.get("topic_slug")) or text_of(topic.get("slug")) or "-"
    title = text_of(post.get("topic_title")) or text_of(topic.get("title"))
    answered = "" if is_first else text_of(post.get("reply_to_post_number")) or "1"
    return {
        "kind": "post" if is_first else "comment",
        "title": one_line(unescape(title)) if is_first else "",
        "url": f"{server}/t/{slug}/{of}/{number}",
        "reply_to": f"{source}:{of}/{answered}" if answered else "",
        "thread": f"{source}:{of}/1",
    }
