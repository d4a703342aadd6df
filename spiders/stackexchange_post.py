"""A question, answer or comment of Stack Exchange as a mention (https://api.stackexchange.com/docs).

An id is the platform's own, with an `a` in front of an answer's and a `c` in front of a comment's.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

from mentions.collected import Reject
from mentions.errors import BadPost
from mentions.mention import Mention
from spiders.feed_entry import count
from spiders.json_answer import list_of, object_of, text_of
from spiders.plain_text import html_text, one_line
from spiders.quarantine import rejected

PLATFORM = "stackexchange"


def posts_of(answer: object) -> Iterator[object]:
    """The posts of an answer: its items, each with the answers and comments that it holds."""
    items = answer.get("items") if isinstance(answer, dict) else answer
    waiting = list_of(items)[::-1]
    while waiting:
        post = waiting.pop()
        yield post
        said = object_of(post)
        within = [*list_of(said.get("comments")), *list_of(said.get("answers"))]
        question = {"question_id": said.get("question_id"), "question_link": said.get("link")}
        waiting.extend(
            {**question, **one} if isinstance(one, dict) else one for one in within[::-1]
        )


def id_of(post: object) -> str:
    """Its id, or '' where it has none."""
    said = object_of(post)
    for name, sign in (("comment_id", "c"), ("answer_id", "a"), ("question_id", "")):
        if found := text_of(said.get(name)):
            return f"{sign}{found}"
    return ""


def post_mention(
    post: object, *, source: str, now: datetime, platform: str = PLATFORM
) -> Mention | Reject:
    """Read a post. No network, no clock: a saved answer is a test.

    Its licence, which the terms ask to keep, is a tag of the mention. A name is not unique
    there, so that the number of the account is its handle.
    """
    if not isinstance(post, dict):
        return rejected(source, "a post is no JSON object", post)
    native_id = id_of(post)
    if not native_id:
        return rejected(source, "has no id", post)
    licence = text_of(post.get("content_license"))
    try:
        return Mention.from_json(
            {
                "source": source,
                "platform": platform,
                "native_id": native_id,
                "collected": now,
                "text": html_text(text_of(post.get("body")))
                or unescape(text_of(post.get("body_markdown"))).strip(),
                "author": _author(object_of(post.get("owner"))),
                "published": _moment(post, "creation_date"),
                "edited": _moment(post, "last_edit_date") if post.get("last_edit_date") else None,
                "tags": (licence,) if licence else (),
                **_place(post, source, native_id),
            }
        )
    except BadPost as error:
        return rejected(source, str(error), post)


def activity_of(post: object) -> int | None:
    """When something last happened to a post, in seconds since 1970; None where it is not said."""
    said = object_of(post)
    return count(said.get("last_activity_date")) or count(said.get("creation_date"))


def _moment(post: dict[str, Any], name: str) -> datetime:
    said = post.get(name)
    if said is None:
        raise BadPost(f"has no {name}")
    try:
        return datetime.fromtimestamp(int(said), UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise BadPost(f"{name} {said!r} is no date that can be read") from error


def _author(owner: dict[str, Any]) -> dict[str, str]:
    number = text_of(owner.get("user_id"))
    name = one_line(unescape(text_of(owner.get("display_name"))))
    return {"id": number, "name": name, "handle": number, "url": text_of(owner.get("link"))}


def _place(post: dict[str, Any], source: str, native_id: str) -> dict[str, Any]:
    question = text_of(post.get("question_id"))
    is_comment, is_question = native_id.startswith("c"), native_id == question
    answered = "" if is_question else question
    if is_comment:
        of = text_of(post.get("post_id"))
        answered = f"a{of}" if of and post.get("post_type") == "answer" else of
    replies = post.get("answer_count") if is_question else post.get("comment_count")
    title = unescape(text_of(post.get("title")))
    link = text_of(post.get("link"))
    if not link.startswith("http"):
        link = text_of(post.get("question_link"))
    return {
        "kind": "post" if is_question else "comment",
        "title": one_line(title) if is_question else "",
        "url": link if link.startswith("http") else "",
        "reply_to": f"{source}:{answered}" if answered else "",
        "thread": f"{source}:{question}" if question else "",
        # A score below zero is no number of likes.
        "engagement": {"likes": count(post.get("score")), "replies": count(replies)},
    }
