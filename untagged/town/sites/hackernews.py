"""Hacker News: its search by date and its items, as far as a collector needs them.

Reference: hn.algolia.com/api and github.com/HackerNews/API. As there: ids are numbers, the newest
come first, no question shows more than 1,000 hits, a comment has no points, and what was taken
back is gone from the search while its item says `deleted`.
"""

import re
from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.mastodon_search import searcher
from untagged.town.town import Town
from untagged.town.truth import iso

SITE = Site("hackernews", native_id=str, path=lambda post: f"/item?id={post.number}")
MOST_HITS = 1_000
_DEFAULT_HITS = 20
_FILTER = re.compile(r"created_at_i\s*(<=|>=|<|>|=)\s*(\d{1,12})")
_HOLDS: dict[str, Callable[[int, int], bool]] = {
    "<": lambda at, bound: at < bound,
    "<=": lambda at, bound: at <= bound,
    "=": lambda at, bound: at == bound,
    ">=": lambda at, bound: at >= bound,
    ">": lambda at, bound: at > bound,
}
Json = dict[str, Any]


def routes(town: Town) -> list[Route]:
    """The addresses of the search, of an item, and of the page that shows one."""
    api = _Api(town)
    return [
        Route("/api/v1/search_by_date", api.search),
        Route("/api/v1/items/{id}", api.tree),
        Route("/v0/item/{id}.json", api.item),
        Route("/item", api.page),
    ]


class _Api:
    def __init__(self, town: Town) -> None:
        self.town = town

    async def search(self, request: Request) -> Response:
        now, asked = self.town.now(), request.query_params
        filters = asked.get("numericFilters", "")
        bounds = _FILTER.findall(filters)
        if len(bounds) != len([part for part in filters.split(",") if part.strip()]):
            return JSONResponse({"message": "invalid numericFilters", "status": 400}, 400)
        size = min(_integer(asked.get("hitsPerPage"), _DEFAULT_HITS), MOST_HITS) or 1
        page = _integer(asked.get("page"), 0)
        fits = _fitting(asked.get("query", ""), asked.get("tags", ""))
        found = [
            post
            for post in self.town.newest(SITE.name, now)
            if all(_HOLDS[sign](_seconds(post), int(bound)) for sign, bound in bounds)
            and fits(post, now)
        ]
        shown = found[:MOST_HITS]
        return JSONResponse(
            {
                "hits": [self._hit(post, now) for post in shown[page * size : (page + 1) * size]],
                "nbHits": len(found),
                "page": page,
                "nbPages": -(-len(shown) // size),
                "hitsPerPage": size,
                "exhaustiveNbHits": True,
                "query": asked.get("query", ""),
                "params": urlencode(sorted(asked.items())),
                "processingTimeMS": 1,
            }
        )

    async def item(self, request: Request) -> Response:
        now, said = self.town.now(), request.path_params["id"]
        number = int(said) if said.isascii() and said.isdigit() else -1
        if gone := self.town.taken_back(number, now, site=SITE.name):
            known = {"deleted": True, "id": gone.number, "time": _seconds(gone)}
            return JSONResponse(known | {"type": _kind(gone)} | _parent(gone))
        post = self.town.find(number, now, site=SITE.name)
        return JSONResponse(self._item(post, now) if post else None)

    async def tree(self, request: Request) -> Response:
        """The search's item: whole, with everything below it."""
        now = self.town.now()
        post = self.town.find(_integer(request.path_params["id"], 0), now, site=SITE.name)
        if post is None:
            return JSONResponse({"status": 404, "error": "Not Found"}, status_code=404)
        return JSONResponse(self._tree(post, now))

    async def page(self, request: Request) -> Response:
        """People are shown the post within its conversation."""
        number = _integer(request.query_params.get("id"), 0)
        address = f"{self.town.base_url}/hackernews/item/{number}"
        return Response(status_code=302, headers={"Location": address})

    def _hit(self, post: Post, now: datetime) -> Json:
        is_comment = post.reply_to is not None
        story = self.town.find(post.thread or post.number, now)
        title = story.said.title if story else None
        text = _html(post.text_at(now))
        return {
            "created_at": iso(post.published),
            "created_at_i": _seconds(post),
            "updated_at": iso(post.edited_at(now) or post.published),
            "title": None if is_comment else post.said.title,
            "url": None,
            "author": post.author.handle,
            "points": None if is_comment else post.counts_at(now)[0],
            "story_text": None if is_comment else text,
            "comment_text": text if is_comment else None,
            "num_comments": None if is_comment else len(self._below(post, now)),
            "story_id": post.thread,
            "story_title": title if is_comment else None,
            "story_url": None,
            "parent_id": post.reply_to,
            "children": [reply.number for reply in self.town.replies(post.number, now)],
            "_tags": [_kind(post), f"author_{post.author.handle}", f"story_{post.thread}"],
            "objectID": str(post.number),
        }

    def _tree(self, post: Post, now: datetime) -> Json:
        is_comment = post.reply_to is not None
        return {
            "id": post.number,
            "created_at": iso(post.published),
            "created_at_i": _seconds(post),
            "type": _kind(post),
            "author": post.author.handle,
            "title": None if is_comment else post.said.title,
            "url": None,
            "text": _html(post.text_at(now)),
            "points": None if is_comment else post.counts_at(now)[0],
            "parent_id": post.reply_to,
            "story_id": post.thread,
            "children": [self._tree(reply, now) for reply in self.town.replies(post.number, now)],
            "options": [],
        }

    def _item(self, post: Post, now: datetime) -> Json:
        item = {
            "by": post.author.handle,
            "id": post.number,
            "kids": [reply.number for reply in self.town.replies(post.number, now)],
            "text": _html(post.text_at(now)),
            "time": _seconds(post),
            "type": _kind(post),
        }
        if post.reply_to is not None:
            return item | _parent(post)
        points, _ = post.counts_at(now)
        counts = {"descendants": len(self._below(post, now)), "score": points}
        return item | counts | {"title": escape(post.said.title)}

    def _below(self, post: Post, now: datetime) -> list[Post]:
        replies = self.town.replies(post.number, now)
        return [one for reply in replies for one in (reply, *self._below(reply, now))]


def _fitting(query: str, tags: str) -> Callable[[Post, datetime], bool]:
    """All words of the query, and the tags: `a,b` are both, `(a,b)` is either."""
    said = searcher(query) if query.strip() else lambda _post, _text: True
    groups = [
        (group or single).split(",") for group, single in re.findall(r"\(([^)]*)\)|([^(),]+)", tags)
    ]

    def fits(post: Post, now: datetime) -> bool:
        own = {_kind(post), f"author_{post.author.handle}", f"story_{post.thread}"}
        title = "" if post.reply_to is not None else post.said.title
        named = all(own.intersection(group) for group in groups)
        return named and said(post, f"{title}\n{post.text_at(now)}")

    return fits


def _kind(post: Post) -> str:
    return "story" if post.reply_to is None else "comment"


def _parent(post: Post) -> Json:
    return {} if post.reply_to is None else {"parent": post.reply_to}


def _seconds(post: Post) -> int:
    return int(post.published.timestamp())


def _html(text: str) -> str:
    """As the site writes it: paragraphs begin with an unclosed <p>, slashes are escaped."""
    return escape(text).replace("/", "&#x2F;").replace("\n\n", "<p>")


def _integer(said: str | None, default: int) -> int:
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 20 else default
