"""The customer reviews feed of the App Store, as JSON and as XML.

As there: fifty reviews to a page and ten pages, a feed without entries for an unknown app, times
with Cupertino's offset, one review bare and not in a list, no answer of the developer. A changed
review gets a new time and comes first again; a deleted one is gone.
"""

from datetime import datetime
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.streams.reviews import app_of, stars
from untagged.town.town import Town

SITE = Site("appstore", native_id=str, path=lambda post: f"/appstore/review/{post.number}")
APPS = {"1500000001": "heron", "1500000002": "pomelo"}
COUNTRY = "gb"
_PAGE, _LAST = 50, 10
_ZONE = ZoneInfo("America/Los_Angeles")
_NAMESPACES = 'xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom"'


def routes(town: Town) -> list[Route]:
    """The feed, with the options in either order, as the store takes them."""
    feed = _Feed(town)
    start, end = "/{country}/rss/customerreviews", "{form}"
    return [
        Route(f"{start}/id={{app}}/sortBy=mostRecent/page={{page:int}}/{end}", feed.page),
        Route(f"{start}/page={{page:int}}/id={{app}}/sortBy=mostRecent/{end}", feed.page),
        Route(f"{start}/id={{app}}/sortBy=mostRecent/{end}", feed.page),
    ]


class _Feed:
    def __init__(self, town: Town) -> None:
        self.town = town

    async def page(self, request: Request) -> Response:
        now = self.town.now()
        asked = request.path_params
        number = asked.get("page", 1)
        if number > _LAST or asked["form"] not in ("json", "xml"):
            return PlainTextResponse("CustomerReviews RSS page depth is limited to 10", 400)
        key = APPS.get(asked["app"]) if asked["country"] == COUNTRY else None
        found = [post for post in self.town.newest(SITE.name, now) if _is_review(post, key)]
        found.sort(key=lambda post: post.edited_at(now) or post.published, reverse=True)
        shown = list(islice(found, (number - 1) * _PAGE, number * _PAGE))
        if asked["form"] == "xml":
            return Response(_xml(self.town, shown, now), media_type="application/atom+xml")
        entries = [_entry(self.town, post, now) for post in shown]
        feed: dict[str, Any] = {
            "author": {"name": {"label": "iTunes Store"}},
            "updated": {"label": _cupertino(now)},
            "title": {"label": "iTunes Store: Customer Reviews"},
        }
        if entries:
            feed["entry"] = entries if len(entries) > 1 else entries[0]
        return JSONResponse({"feed": feed})


def _is_review(post: Post, key: str | None) -> bool:
    return post.reply_to is None and app_of(post) == key


def _said(post: Post, now: datetime) -> dict[str, str]:
    helpful, _ = post.counts_at(now)
    return {
        "updated": _cupertino(post.edited_at(now) or post.published),
        "id": SITE.native_id(post.number),
        "title": post.said.title or post.text_at(now)[:40],
        "content": post.text_at(now),
        "im:voteSum": str(helpful),
        "im:voteCount": str(helpful + post.number % 3),
        "im:rating": str(stars(post)),
        "im:version": "5.2.0",
    }


def _entry(town: Town, post: Post, now: datetime) -> dict[str, Any]:
    said: dict[str, Any] = {name: {"label": value} for name, value in _said(post, now).items()}
    said["content"]["attributes"] = {"type": "text"}
    author = {"uri": {"label": _profile(town, post)}, "name": {"label": post.author.name}}
    href = f"{town.base_url}{town.path(post)}"
    return {
        **said,
        "author": {**author, "label": ""},
        "link": {"attributes": {"rel": "related", "href": href}},
        "im:contentType": {"attributes": {"term": "Application", "label": "Application"}},
    }


def _xml(town: Town, posts: list[Post], now: datetime) -> str:
    entries = "".join(_xml_entry(town, post, now) for post in posts)
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<feed {_NAMESPACES} xml:lang="en">'
    return f"{head}<title>iTunes Store: Customer Reviews</title>{entries}</feed>\n"


def _xml_entry(town: Town, post: Post, now: datetime) -> str:
    said = _said(post, now)
    text = said.pop("content")
    plain = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said.items())
    href = quoteattr(f"{town.base_url}{town.path(post)}")
    return (
        f'<entry>{plain}<content type="text">{escape(text)}</content>'
        f"<author><name>{escape(post.author.name)}</name>"
        f"<uri>{escape(_profile(town, post))}</uri></author>"
        f'<link rel="related" href={href}/>'
        f'<content type="html">{escape(f"<b>{escape(text)}</b>")}</content></entry>\n'
    )


def _profile(town: Town, post: Post) -> str:
    return f"{town.base_url}/{COUNTRY}/reviews/id{post.author.number}"


def _cupertino(moment: datetime) -> str:
    return moment.astimezone(_ZONE).isoformat(timespec="seconds")
