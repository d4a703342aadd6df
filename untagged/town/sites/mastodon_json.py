"""The entities of the Mastodon API, as version 4.6 writes them."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from untagged.town.people import Person
from untagged.town.post import Post
from untagged.town.sites.mastodon_text import handles, hashtags, rendered
from untagged.town.town import Town
from untagged.town.truth import iso

Json = dict[str, Any]


def status_json(town: Town, post: Post, now: datetime) -> Json:
    """A Status entity (docs.joinmastodon.org/entities/Status)."""
    text = post.text_at(now)
    parent = None if post.reply_to is None else town.find(post.reply_to, now)
    likes, shares = post.counts_at(now)
    own = f"{town.base_url}/users/{post.author.handle}/statuses/{post.number}"
    return {
        "id": str(post.number),
        "created_at": iso(post.published),
        "in_reply_to_id": str(parent.number) if parent else None,
        "in_reply_to_account_id": str(parent.author.number) if parent else None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": post.author.declared,
        "uri": own,
        "url": f"{town.base_url}{town.path(post)}",
        "replies_count": len(town.replies(post.number, now)),
        "reblogs_count": shares,
        "favourites_count": likes,
        "quotes_count": 0,
        "edited_at": iso(post.edited_at(now)),
        "content": rendered(
            text, base_url=town.base_url, profile=lambda handle: profile_url(town, handle)
        ),
        "reblog": None,
        "application": {"name": "Web", "website": None},
        "account": account_json(town, post.author),
        "media_attachments": [],
        "mentions": _mentions(town, text),
        "tags": [{"name": tag, "url": f"{town.base_url}/tags/{tag}"} for tag in hashtags(text)],
        "emojis": [],
        "quote": None,
        "card": None,
        "poll": None,
    }


def account_json(town: Town, person: Person) -> Json:
    """An Account entity (docs.joinmastodon.org/entities/Account)."""
    numbers = town.by_author(person.handle)
    missing = f"{town.base_url}/avatars/original/missing.png"
    return {
        "id": str(person.number),
        "username": person.handle,
        "acct": person.handle,
        "display_name": person.name,
        "locked": False,
        "bot": False,
        "discoverable": person.indexable,
        "indexable": person.indexable,
        "group": False,
        "created_at": f"{person.joined.isoformat()}T00:00:00.000Z",
        "note": f"<p>{escape(person.bio)}</p>" if person.bio else "",
        "url": f"{town.base_url}/@{person.handle}",
        "uri": f"{town.base_url}/users/{person.handle}",
        "avatar": missing,
        "avatar_static": missing,
        "header": missing,
        "header_static": missing,
        "followers_count": person.followers,
        "following_count": person.following,
        "statuses_count": len(numbers),
        "last_status_at": _day(numbers[-1]) if numbers else None,
        "hide_collections": None,
        "noindex": not person.indexable,
        "emojis": [],
        "roles": [],
        "fields": [],
    }


def instance_json(town: Town) -> Json:
    """An Instance entity of /api/v2/instance, with what a collector asks it for."""
    open_to_all = {"local": "public", "remote": "public"}
    return {
        "domain": town.base_url.partition("//")[2],
        "title": "Saltmarsh Social",
        "version": "4.6.0+town",
        "source_url": "https://github.com/mastodon/mastodon",
        "description": "A made-up town for trying out Untagged. Nobody here is real.",
        "usage": {"users": {"active_month": 800}},
        "languages": ["en"],
        "configuration": {
            "urls": {"streaming": None, "status": None, "about": town.base_url},
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": {
                "max_characters": 500,
                "max_media_attachments": 4,
                "characters_reserved_per_url": 23,
            },
            "timelines_access": {
                "live_feeds": open_to_all,
                "hashtag_feeds": open_to_all,
                "trending_link_feeds": open_to_all,
            },
            "limited_federation": False,
        },
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "api_versions": {"mastodon": 9},
        "contact": {"email": "clerk@saltmarsh.example", "account": None},
        "rules": [{"id": "1", "text": "Be kind to herons.", "hint": "", "translations": {}}],
    }


def profile_url(town: Town, handle: str) -> str | None:
    """Where a known handle lives."""
    person = town.person(handle)
    return f"{town.base_url}/@{person.handle}" if person else None


def _day(number: int) -> str:
    return datetime.fromtimestamp((number >> 16) / 1000, UTC).date().isoformat()


def _mentions(town: Town, text: str) -> list[Json]:
    found = dict.fromkeys(town.person(handle) for handle in handles(text))
    return [
        {
            "id": str(person.number),
            "username": person.handle,
            "url": f"{town.base_url}/@{person.handle}",
            "acct": person.handle,
        }
        for person in found
        if person
    ]
