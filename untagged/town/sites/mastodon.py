"""The Mastodon API, as far as a collector needs it. Reference: docs.joinmastodon.org/methods.

As there: public timelines leave out replies to others, ids are strings that grow, `min_id` gives
the posts immediately newer, pages are newest first, and the Link header leads on.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.mastodon_json import account_json, instance_json, status_json
from untagged.town.sites.mastodon_search import searcher
from untagged.town.sites.mastodon_text import hashtags
from untagged.town.town import Town

SITE = Site("mastodon", native_id=str, path=lambda post: f"/@{post.author.handle}/{post.number}")
_DEFAULT_LIMIT, _MOST = 20, 40
_FALSE = frozenset({"", "0", "f", "false", "off", "no"})
_ANCESTORS, _DESCENDANTS, _DEPTH = 40, 60, 20
"""What the context shows to strangers."""
Fits = Callable[[Post, datetime], bool]


def routes(town: Town, *, token: str) -> list[Route]:
    """All addresses of the API; searching posts needs `token`."""
    api = _Api(town, token)
    return [
        Route("/api/v2/instance", api.instance),
        Route("/api/v1/timelines/public", api.public),
        Route("/api/v1/timelines/tag/{tag}", api.tag),
        Route("/api/v2/search", api.search),
        Route("/api/v1/statuses/{id}", api.status),
        Route("/api/v1/statuses/{id}/context", api.context),
        Route("/api/v1/accounts/lookup", api.lookup),
        Route("/api/v1/accounts/{id}", api.account),
        Route("/api/v1/accounts/{id}/statuses", api.account_statuses),
    ]


class _Api:
    def __init__(self, town: Town, token: str) -> None:
        self.town = town
        self.token = token

    async def instance(self, _request: Request) -> Response:
        return JSONResponse(instance_json(self.town))

    async def public(self, request: Request) -> Response:
        if _truthy(request, "remote"):
            return JSONResponse([])
        return self._page(request, lambda post, now: not self._is_reply_to_another(post, now))

    async def tag(self, request: Request) -> Response:
        wanted = request.path_params["tag"].casefold()
        return self._page(request, lambda post, now: wanted in hashtags(post.text_at(now)))

    async def account_statuses(self, request: Request) -> Response:
        person = self.town.person_numbered(request.path_params["id"])
        if person is None:
            return _not_found()
        without_replies = _truthy(request, "exclude_replies")
        return self._page(
            request,
            lambda post, now: not (without_replies and self._is_reply_to_another(post, now)),
            numbers=self.town.by_author(person.handle),
        )

    async def status(self, request: Request) -> Response:
        now = self.town.now()
        post = self._post(request, now)
        return JSONResponse(status_json(self.town, post, now)) if post else _not_found()

    async def context(self, request: Request) -> Response:
        now = self.town.now()
        post = self._post(request, now)
        if post is None:
            return _not_found()
        ancestors = list(islice(self._ancestors(post, now), _ANCESTORS))[::-1]
        descendants = islice(self._descendants(post, now, _DEPTH), _DESCENDANTS)
        return JSONResponse(
            {
                "ancestors": [status_json(self.town, one, now) for one in ancestors],
                "descendants": [status_json(self.town, one, now) for one in descendants],
            }
        )

    async def lookup(self, request: Request) -> Response:
        self.town.now()
        acct = request.query_params.get("acct", "").removeprefix("@").partition("@")[0]
        person = self.town.person(acct)
        return JSONResponse(account_json(self.town, person)) if person else _not_found()

    async def account(self, request: Request) -> Response:
        self.town.now()
        person = self.town.person_numbered(request.path_params["id"])
        return JSONResponse(account_json(self.town, person)) if person else _not_found()

    async def search(self, request: Request) -> Response:
        """Statuses only; accounts and hashtags are asked for in vain."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if given != self.token:
            said = "The access token is invalid" if given else _AUTHENTICATE
            return JSONResponse({"error": said}, status_code=401)
        found: list[Post] = []
        now = self.town.now()
        if request.query_params.get("type", "statuses") == "statuses":
            test = searcher(request.query_params.get("q", ""))
            posts = self._between(
                request,
                now,
                lambda post, at: post.author.indexable and test(post, post.text_at(at)),
            )
            offset = _integer(request, "offset", 0)
            found = list(islice(posts, offset, offset + _limit(request)))
        statuses = [status_json(self.town, post, now) for post in found]
        return JSONResponse({"accounts": [], "statuses": statuses, "hashtags": []})

    def _page(
        self, request: Request, fits: Fits, *, numbers: Sequence[int] | None = None
    ) -> Response:
        now = self.town.now()
        posts = list(islice(self._between(request, now, fits, numbers), _limit(request)))
        if "min_id" in request.query_params:
            posts.reverse()
        answer = JSONResponse([status_json(self.town, post, now) for post in posts])
        if posts:
            answer.headers["Link"] = _links(request, self.town.base_url, posts)
        return answer

    def _between(
        self, request: Request, now: datetime, fits: Fits, numbers: Sequence[int] | None = None
    ) -> Iterator[Post]:
        """Posts between the ids asked for; nearest to `min_id` first, else newest first."""
        numbers = self.town.numbers("mastodon") if numbers is None else numbers
        asked = request.query_params
        lowest, highest = 0, len(numbers)
        for name in ("since_id", "min_id"):
            if name in asked:
                lowest = max(lowest, bisect_right(numbers, _integer(request, name, 0)))
        if "max_id" in asked:
            highest = bisect_left(numbers, _integer(request, "max_id", 0))
        span = range(lowest, highest)
        for place in span if "min_id" in asked else reversed(span):
            post = self.town.find(numbers[place], now, site="mastodon")
            if post and fits(post, now):
                yield post

    def _is_reply_to_another(self, post: Post, now: datetime) -> bool:
        if post.reply_to is None:
            return False
        parent = self.town.find(post.reply_to, now)
        return parent is None or parent.author.number != post.author.number

    def _post(self, request: Request, now: datetime) -> Post | None:
        said = request.path_params["id"]
        return self.town.find(int(said), now, site="mastodon") if _is_id(said) else None

    def _ancestors(self, post: Post, now: datetime) -> Iterator[Post]:
        while post.reply_to is not None and (parent := self.town.find(post.reply_to, now)):
            yield parent
            post = parent

    def _descendants(self, post: Post, now: datetime, depth: int) -> Iterator[Post]:
        for reply in self.town.replies(post.number, now) if depth else ():
            yield reply
            yield from self._descendants(reply, now, depth - 1)


_AUTHENTICATE = "This method requires an authenticated user"


def _is_id(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 20


def _not_found() -> Response:
    return JSONResponse({"error": "Record not found"}, status_code=404)


def _limit(request: Request) -> int:
    return min(abs(_integer(request, "limit", _DEFAULT_LIMIT)), _MOST)


def _integer(request: Request, name: str, default: int) -> int:
    """A number as Ruby's to_i reads it: what stands in front, else 0."""
    if name not in request.query_params:
        return default
    found = re.match(r"\s*[-+]?\d{1,25}", request.query_params[name], re.ASCII)
    return int(found[0]) if found else 0


def _truthy(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() not in _FALSE


def _links(request: Request, base_url: str, posts: list[Post]) -> str:
    kept = {
        name: value
        for name, value in sorted(request.query_params.items())
        if name not in ("max_id", "min_id", "since_id")
    }
    address = f"{base_url}{request.url.path}"
    older = urlencode({**kept, "max_id": posts[-1].number})
    newer = urlencode({**kept, "min_id": posts[0].number})
    return f'<{address}?{older}>; rel="next", <{address}?{newer}>; rel="prev"'
