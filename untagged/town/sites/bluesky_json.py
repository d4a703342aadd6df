"""What Bluesky's API and stream say of a post and its author (docs.bsky.app, lexicons)."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from untagged.town.people import Person
from untagged.town.post import Post
from untagged.town.sites.mastodon_text import hashtags
from untagged.town.town import Town
from untagged.town.truth import iso

Json = dict[str, Any]
DOMAIN = "saltmarsh.example"
POSTS = "app.bsky.feed.post"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def did_of(person: Person) -> str:
    """Who they are whatever they are called: 'did:plc:' and 24 letters."""
    digest = hashlib.sha256(person.handle.encode()).digest()
    return "did:plc:" + "".join(_ALPHABET[byte % 32] for byte in digest[:24])


def handle_of(person: Person) -> str:
    """Their name there, which is a domain and so has no underscore."""
    return f"{person.handle.replace('_', '-')}.{DOMAIN}"


def home_of(person: Person) -> str:
    """Where their posts are."""
    return f"at://{did_of(person)}/{POSTS}/"


def words_of(post: Post, now: datetime) -> str:
    """The text; there are no titles, so one stands in the first line."""
    return "\n\n".join(filter(None, (post.said.title, post.text_at(now))))


def record_json(town: Town, post: Post, now: datetime) -> Json:
    """The record that the author's app wrote."""
    text = words_of(post, now)
    record: Json = {
        "$type": POSTS,
        "createdAt": iso(post.published),
        "langs": [post.author.declared],
        "text": text,
    }
    if facets := _facets(text):
        record["facets"] = facets
    if post.reply_to is not None:
        parent = _link(town, post.reply_to, now)
        root = parent if post.thread is None else _link(town, post.thread, now)
        record["reply"] = {"root": root, "parent": parent}
    return record


def post_json(town: Town, post: Post, now: datetime) -> Json:
    """app.bsky.feed.defs#postView."""
    likes, shares = post.counts_at(now)
    return {
        "uri": town.native_id(post),
        "cid": cid_of(post, now),
        "author": author_json(post.author),
        "record": record_json(town, post, now),
        "replyCount": len(town.replies(post.number, now)),
        "repostCount": shares,
        "likeCount": likes,
        "quoteCount": 0,
        "indexedAt": iso(post.published + timedelta(milliseconds=250)),
        "labels": [],
    }


def author_json(person: Person) -> Json:
    """app.bsky.actor.defs#profileViewBasic."""
    did = did_of(person)
    labels = [{"src": did, "uri": f"at://{did}/app.bsky.actor.profile/self"}]
    return {
        "did": did,
        "handle": handle_of(person),
        "displayName": person.name,
        "labels": [] if person.indexable else [labels[0] | {"val": "!no-unauthenticated"}],
        "createdAt": f"{person.joined.isoformat()}T00:00:00.000Z",
    }


def profile_json(person: Person) -> Json:
    """app.bsky.actor.defs#profileViewDetailed."""
    return {
        **author_json(person),
        "description": person.bio,
        "followersCount": person.followers,
        "followsCount": person.following,
    }


def cid_of(post: Post, now: datetime) -> str:
    """The name of the content; an edit changes it."""
    digest = hashlib.sha256(f"{post.number} {words_of(post, now)}".encode()).digest()
    return "bafyrei" + "".join(_ALPHABET[byte % 32] for byte in (digest * 2)[:52])


def _link(town: Town, number: int, now: datetime) -> Json:
    """The address of a post; it stays in the answers to it even when the post is gone."""
    post = town.published(number)
    return {"uri": town.native_id(post), "cid": cid_of(post, now)} if post else {}


def _facets(text: str) -> list[Json]:
    """Hashtags, marked by the bytes that they take."""
    found = []
    for tag in hashtags(text):
        at = text.casefold().find(f"#{tag}")
        if at < 0:
            continue
        start = len(text[:at].encode())
        end = start + len(text[at : at + 1 + len(tag)].encode())
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": text[at + 1 : at + 1 + len(tag)]}
        found.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
    return found
