"""A Bluesky post as a mention (the lexicons app.bsky.feed.defs#postView and app.bsky.feed.post)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mentions.collected import Deletion, Reject
from mentions.errors import BadPost
from mentions.mention import OLDEST, Added, Mention
from spiders.bluesky_text import post_text
from spiders.feed_entry import count, moment
from spiders.harvest import Withheld
from spiders.json_answer import list_of, object_of, text_of
from spiders.plain_text import one_line
from spiders.quarantine import rejected

PLATFORM = "bluesky"
POSTS = "app.bsky.feed.post"
WEB = "https://bsky.app"
_ADDRESS = re.compile(rf"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/{re.escape(POSTS)}/([\w.~:-]+)")
_SIGNED_IN_ONLY = "!no-unauthenticated"
_TAKEN_DOWN = frozenset({"!takedown", "!hide"})
_NO_HANDLE = "handle.invalid"
"""What the network says while a name does not lead back to its account."""
_CLOCK_TOLERANCE = timedelta(minutes=10)

Found = Mention | Reject | Deletion | Withheld


@dataclass(frozen=True, slots=True)
class Reading:
    """What all posts of one answer share. `web` is where people read posts."""

    source: str
    now: datetime
    platform: str = PLATFORM
    web: str = WEB
    only_public: bool = True
    added: Added = "live"


def view_mention(view: object, reading: Reading) -> Mention | Reject | Withheld:
    """Read a post as the API shows it. No network, no clock: a saved answer is a test.

    An author's wish to be shown only to people who are signed in is obeyed (`only_public`).
    """
    if not isinstance(view, dict):
        return rejected(reading.source, "a post is no JSON object", view)
    author = object_of(view.get("author"))
    if reason := withheld_reason(author, view, only_public=reading.only_public):
        return Withheld(reason)
    record = object_of(view.get("record") or view.get("value"))
    try:
        return Mention.from_json(
            {
                **post_fields(text_of(view.get("uri")), record, author, reading),
                **published_at(record, _readable(view.get("indexedAt"))),
                "engagement": {
                    "likes": count(view.get("likeCount")),
                    "shares": count(view.get("repostCount")),
                    "replies": count(view.get("replyCount")),
                },
            }
        )
    except BadPost as error:
        return rejected(reading.source, str(error), view)


def answer_items(answer: object, reading: Reading) -> Iterator[Found]:
    """Every post of a searchPosts, getPosts or feed answer, in its order."""
    listed = answer if isinstance(answer, list) else object_of(answer).get("posts")
    if listed is None:
        listed = object_of(answer).get("feed")
    for one in list_of(listed):
        holds_post = isinstance(one, dict) and "uri" not in one and "post" in one
        yield view_mention(one["post"] if holds_post else one, reading)


def thread_items(answer: object, reading: Reading) -> Iterator[Found]:
    """Every post of a getPostThread answer: what is above, the post, all replies below.

    A post that the network no longer finds is a Deletion, one behind a block is withheld. Both
    forms are read: nodes within nodes, and the newer flat list.
    """
    thread = object_of(answer).get("thread", answer)
    waiting = [thread] if isinstance(thread, dict) else list_of(thread)[::-1]
    while waiting:
        node = object_of(waiting.pop())
        node = object_of(node["value"]) | {"uri": node.get("uri")} if "value" in node else node
        parent = node.get("parent")
        if isinstance(parent, dict):
            waiting += [{**node, "parent": None}, parent]
            continue
        if "post" in node:
            yield view_mention(node["post"], reading)
            waiting += list_of(node.get("replies"))[::-1]
        else:
            yield _absent(node, reading)


def _absent(node: Mapping[str, Any], reading: Reading) -> Found:
    kind, uri = text_of(node.get("$type")), text_of(node.get("uri"))
    if node.get("blocked") is True or kind.endswith(("#blockedPost", "#threadItemBlocked")):
        return Withheld("a block between accounts hides it")
    if kind.endswith("threadItemNoUnauthenticated"):
        return Withheld("its author wants to be shown only to people who are signed in")
    is_gone = node.get("notFound") is True or kind.endswith(("#notFoundPost", "ItemNotFound"))
    if is_gone and _ADDRESS.fullmatch(uri):
        return Deletion(f"{reading.source}:{uri}")
    return rejected(reading.source, "a thread holds something that is no post", dict(node))


def withheld_reason(
    author: Mapping[str, Any], view: Mapping[str, Any], *, only_public: bool
) -> str:
    """Why the post must not be kept; empty where it may."""
    labels = {*_labels(author), *_labels(view)}
    if labels & _TAKEN_DOWN:
        return "the platform has taken it down"
    if only_public and _SIGNED_IN_ONLY in labels:
        return "its author wants to be shown only to people who are signed in"
    return ""


def post_fields(
    uri: str, record: Mapping[str, Any], author: Mapping[str, Any], reading: Reading
) -> dict[str, Any]:
    """The fields of a mention that the record and its author give. Raises BadPost."""
    address = _ADDRESS.fullmatch(uri)
    if address is None:
        raise BadPost(f"{uri[:200]!r} is no address of a post (at://did:…/{POSTS}/…)")
    did, key = address.groups()
    handle = text_of(author.get("handle")).lower()
    handle = "" if handle == _NO_HANDLE else handle
    profile = f"{reading.web}/profile/{handle or did}"
    reply = object_of(record.get("reply"))
    parent, root = (text_of(object_of(reply.get(name)).get("uri")) for name in ("parent", "root"))
    return {
        "source": reading.source,
        "platform": reading.platform,
        "added": reading.added,
        "collected": reading.now,
        "native_id": uri,
        "url": f"{profile}/post/{key}",
        "text": post_text(record, web=reading.web),
        "author": {
            "id": did,
            "name": one_line(text_of(author.get("displayName"))),
            "handle": handle,
            "url": profile,
            "followers": count(author.get("followersCount")),
        },
        "reply_to": f"{reading.source}:{parent}" if parent else "",
        "thread": root,
    }


def published_at(record: Mapping[str, Any], seen: datetime | None) -> dict[str, Any]:
    """When it was published: what the author's app said, unless the network knows better.

    `createdAt` is whatever an app wrote. A time after the network saw the post (`seen`), one
    before the calendar of posts begins, or none at all is replaced by `seen`, with the reason.
    Raises BadPost where there is neither.
    """
    made = _readable(record.get("createdAt"))
    if made is None and seen is None:
        raise BadPost(f"createdAt {record.get('createdAt')!r} is no date that can be read")
    if seen is None or (made and OLDEST <= made <= seen + _CLOCK_TOLERANCE):
        return {"published": made}
    said = record.get("createdAt")
    reason = f"the app that wrote it says {said!r}; this is when the network saw it"
    return {"published": seen, "reasons": {"published": reason[:200]}}


def sorted_at(view: object) -> datetime | None:
    """The time that searches are sorted by: the earlier of the claimed and the seen one."""
    said = object_of(view)
    made = _readable(object_of(said.get("record")).get("createdAt"))
    seen = _readable(said.get("indexedAt"))
    return min((at for at in (made, seen) if at is not None), default=None)


def _labels(said: Mapping[str, Any]) -> set[str]:
    """What moderators and the author have put on it; a label can be taken off again (`neg`)."""
    labels = [object_of(label) for label in list_of(said.get("labels"))]
    return {text_of(label.get("val")) for label in labels if label.get("neg") is not True}


def _readable(said: object) -> datetime | None:
    try:
        return moment(said)
    except ValueError:
        return None
