"""The feeds: a newspaper in RSS 2.0, a forum in Atom, a blog in JSON Feed 1.1.

All answer If-None-Match and If-Modified-Since with 304 while nothing changed (RFC 9110, 13).
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.feed_documents import atom, json_feed, rss
from untagged.town.town import Town

ITEMS = 300
"""Enough for the two weeks that a first pass looks back."""
NEWS = Site(
    "news",
    native_id=lambda number: f"tag:saltmarsh.example,2024:courier/{number}",
    path=lambda post: f"/news/{post.number}",
)
FORUM = Site(
    "forum",
    native_id=lambda number: f"tag:saltmarsh.example,2024:forum/{number}",
    path=lambda post: f"/forum/t/{post.thread}#p{post.number}",
)
BLOG = Site(
    "blog",
    native_id=lambda number: f"tag:saltmarsh.example,2024:notes/{number}",
    path=lambda post: f"/blog/{post.number}",
)


@dataclass(frozen=True)
class Feed:
    """Where a site's feed is, what it is, and who writes it out."""

    site: Site
    path: str
    media_type: str
    written: Callable[[Town, list[Post], datetime], bytes]


FEEDS = (
    Feed(NEWS, "/news/rss.xml", "application/rss+xml; charset=utf-8", rss),
    Feed(FORUM, "/forum/atom.xml", "application/atom+xml; charset=utf-8", atom),
    Feed(BLOG, "/blog/feed.json", "application/feed+json; charset=utf-8", json_feed),
)


def routes(town: Town) -> list[Route]:
    """The addresses of the three feeds."""
    return [Route(feed.path, _answering(town, feed)) for feed in FEEDS]


def _answering(town: Town, feed: Feed) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        now = town.now()
        posts = list(islice(town.newest(feed.site.name, now), ITEMS))
        changed = town.changed(feed.site.name, now).replace(microsecond=0)
        body = feed.written(town, posts, now)
        headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Last-Modified": format_datetime(changed, usegmt=True),
            "Cache-Control": "max-age=0, must-revalidate",
        }
        if _is_known(request, headers["ETag"], changed):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=feed.media_type, headers=headers)

    return answer


def _is_known(request: Request, etag: str, changed: datetime) -> bool:
    """If-None-Match decides; If-Modified-Since is asked only without it (RFC 9110, 13.2.2)."""
    known = request.headers.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return etag in tags or "*" in tags
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return changed <= (since if since.tzinfo else since.replace(tzinfo=UTC))
