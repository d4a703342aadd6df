"""Lemmy's posts and comments as mentions (https://join-lemmy.org/api, versions 0.17 to 1.0)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from mentions.collected import Deletion, Reject
from mentions.errors import BadPost
from mentions.mention import Mention
from spiders.feed_entry import count
from spiders.json_answer import list_of, moment_of, object_of, text_of
from spiders.markdown_text import markdown_text
from spiders.plain_text import one_line
from spiders.quarantine import rejected

PLATFORM = "lemmy"
_LISTS = ("posts", "comments", "replies", "mentions", "results", "items")
_SINGLE = ("post_view", "comment_view")


def views_in(answer: object) -> Iterator[Any]:
    """Every post and comment view in an answer: a list, a search, one post, one comment."""
    if isinstance(answer, list):
        yield from answer
        return
    said = object_of(answer)
    if "creator" in said:
        yield said
        return
    yield from (said[name] for name in _SINGLE if name in said)
    for name in _LISTS:
        yield from list_of(said.get(name))


def view_mention(
    view: object, *, source: str, now: datetime, host: str = "", platform: str = PLATFORM
) -> Mention | Reject | Deletion:
    """Read a post view or a comment view. No network, no clock: a saved answer is a test.

    Ids are those of the asked server ('post/7', 'comment/9'), because a comment names the
    comment that it answers by nothing else. `host` is that server, for the handles of its people.
    What is deleted by its author or removed by a moderator gives a Deletion.
    """
    said = object_of(view)
    is_comment = isinstance(said.get("comment"), dict)
    content = object_of(said.get("comment" if is_comment else "post"))
    try:
        native_id = _native_id(content, is_comment=is_comment)
        if _is_gone(content, object_of(said.get("creator"))):
            return Deletion(f"{source}:{native_id}")
        return Mention.from_json(
            {
                **(_comment(content, said) if is_comment else _post(content)),
                "source": source,
                "native_id": native_id,
                "platform": platform,
                "kind": "comment" if is_comment else "post",
                "url": _address(content),
                "collected": now,
                "author": _author(object_of(said.get("creator")), host),
                "reply_to": _reply_to(content, source) if is_comment else "",
                "thread": _thread(content, source, is_comment=is_comment),
                "published": _published(content),
                "edited": _time(content, "updated"),
                "engagement": _engagement(content, object_of(said.get("counts"))),
            }
        )
    except BadPost as error:
        return rejected(source, str(error), view)


def published_of(view: object) -> datetime | None:
    """When it was written, or None where it does not say."""
    try:
        return _published(_content(view))
    except BadPost:
        return None


def worldwide_id(view: object) -> str:
    """The ActivityPub id, the same on every server and in every list."""
    return text_of(_content(view).get("ap_id"))


def is_pinned(view: object) -> bool:
    """Whether it stands on top of a list whatever its age."""
    content = _content(view)
    pins = ("featured_community", "featured_local", "stickied")
    return any(content.get(pin) is True for pin in pins)


def _content(view: object) -> dict[str, Any]:
    said = object_of(view)
    comment = said.get("comment")
    return comment if isinstance(comment, dict) else object_of(said.get("post"))


def _native_id(content: dict[str, Any], *, is_comment: bool) -> str:
    own_id = text_of(content.get("id"))
    if not own_id:
        raise BadPost("has no id")
    return f"{'comment' if is_comment else 'post'}/{own_id}"


def _is_gone(content: dict[str, Any], creator: dict[str, Any]) -> bool:
    return (
        content.get("deleted") is True
        or content.get("removed") is True
        or creator.get("deleted") is True
    )


def _post(content: dict[str, Any]) -> dict[str, Any]:
    words = (
        markdown_text(text_of(content.get("body"))),
        text_of(content.get("alt_text")),
        text_of(content.get("url")),
    )
    return {
        "title": one_line(markdown_text(text_of(content.get("name")))),
        "text": "\n\n".join(word for word in words if word),
    }


def _comment(content: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    text = markdown_text(text_of(content.get("content")))
    if not text:
        raise BadPost("has no text")
    answered = one_line(markdown_text(text_of(object_of(said.get("post")).get("name"))))
    return {"title": f"Re: {answered}" if answered else "", "text": text}


def _address(content: dict[str, Any]) -> str:
    said = text_of(content.get("ap_id"))
    return said if said.startswith(("http://", "https://")) else ""


def _author(creator: dict[str, Any], host: str) -> dict[str, Any]:
    """The account as user@host, which names one person wherever the post was found."""
    address = text_of(creator.get("actor_id")) or text_of(creator.get("ap_id"))
    name = text_of(creator.get("name"))
    home = _host(address) or host
    return {
        "id": address or text_of(creator.get("id")),
        "name": one_line(text_of(creator.get("display_name"))) or name,
        "handle": f"{name}@{home}" if name and home else name,
        "url": address if address.startswith(("http://", "https://")) else "",
    }


def _reply_to(content: dict[str, Any], source: str) -> str:
    """The parent stands next to last in '0.12.34'; before 0.17 it had a field of its own."""
    above = text_of(content.get("path")).split(".")[:-1]
    parent = above[-1] if above else text_of(content.get("parent_id"))
    if parent and parent != "0":
        return f"{source}:comment/{parent}"
    return _thread(content, source, is_comment=True)


def _thread(content: dict[str, Any], source: str, *, is_comment: bool) -> str:
    post = text_of(content.get("post_id" if is_comment else "id"))
    return f"{source}:post/{post}" if post else ""


def _published(content: dict[str, Any]) -> datetime:
    made = _time(content, "published")
    if made is None:
        raise BadPost("has no published")
    return made


def _time(content: dict[str, Any], name: str) -> datetime | None:
    """'published' before 1.0, 'published_at' since; without a zone before 0.19, and then UTC."""
    return moment_of(content, name if name in content else f"{name}_at")


def _engagement(content: dict[str, Any], counts: dict[str, Any]) -> dict[str, Any]:
    """Beside the content before 1.0, inside it since. Answers of a post are 'comments'."""
    said = {**content, **counts}
    likes = said.get("upvotes") if "upvotes" in said else said.get("score")
    replies = said.get("comments") if "comments" in said else said.get("child_count")
    return {"likes": count(likes), "replies": count(replies)}


def _host(address: str) -> str:
    """With its port, where it has one: that is part of a server's name in handles, too."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
