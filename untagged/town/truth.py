"""Truth: what the town knows of a post, for tests and for measuring."""

from datetime import UTC, datetime
from typing import Any

from untagged.town.post import Post
from untagged.town.site import Site


def truth_of(
    post: Post, site: Site, *, base_url: str, now: datetime, parent: Post | None = None
) -> dict[str, Any]:
    """One JSON object about the post, seen from `now`; `parent` is the post it answers.

    `answered_at` may lie after `now`: the story knows its future. `brands` is empty where the
    name means a bird or a fruit. `text` stays although the post may be `deleted`.
    """
    said = post.said
    return {
        "id": site.id_of(post),
        "site": post.site,
        "url": f"{base_url}{site.path(post)}",
        "published": iso(post.published),
        "title": said.title,
        "text": post.text_at(now),
        "author": post.author.handle,
        "owned": bool(post.author.brand),
        "indexable": post.author.indexable,
        "brands": list(said.brands),
        "tagged": said.tagged,
        "intents": list(said.intents),
        "sentiment": said.sentiment,
        "topic": said.topic,
        "lang": said.lang,
        "answered_at": iso(post.answered_at),
        "reply_to": _parent_id(post, site, parent),
        "crisis": post.crisis or None,
        "edited_at": iso(post.edited_at(now)),
        "deleted": post.is_deleted_at(now),
    }


def _parent_id(post: Post, site: Site, parent: Post | None) -> str | None:
    if post.reply_to is None:
        return None
    return site.id_of(parent) if parent else site.native_id(post.reply_to)


def iso(moment: datetime | None) -> str | None:
    """'2026-03-06T16:20:00.000Z', as Mastodon writes times."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
