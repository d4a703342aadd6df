"""The Reddit API, as far as a collector needs it. Reference: reddit.com/dev/api.

As there: a token is asked for with an app's id and secret, lists are newest first and go on
`after` a fullname, a hundred at most; a taken-back post says '[deleted]', and a comment does where
others stand below it; a tree shows some comments, of the post or of one `comment` in it, and names
the others in `more`. All stands under `/reddit`, in one community.
"""

import base64
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import dropwhile, islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.mastodon_search import searcher
from untagged.town.town import Town

COMMUNITY = "saltmarsh"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MOST, _SHOWN_IN_TREE = 100, 3
Json = dict[str, Any]


def id36(number: int) -> str:
    """A number as Reddit writes ids."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def number_of_id36(said: str) -> int:
    """The number of an id or a fullname; 0 where it is none."""
    try:
        return int(said.rpartition("_")[2], 36)
    except ValueError:
        return 0


def fullname(post: Post) -> str:
    """'t3_…' of a post, 't1_…' of a comment."""
    return f"{'t3' if post.reply_to is None else 't1'}_{id36(post.number)}"


def _permalink(post: Post) -> str:
    return f"/r/{COMMUNITY}/comments/{id36(post.thread or post.number)}/_/{id36(post.number)}/"


SITE = Site(
    "reddit",
    native_id=lambda number: f"t3_{id36(number)}",
    named=fullname,
    path=lambda post: f"/reddit{_permalink(post)}",
)


def routes(town: Town, *, secret: str) -> list[Route]:
    """The API, open to whoever logs in as the app with `secret`."""
    api = _Api(town, secret)
    asked = {
        f"/r/{COMMUNITY}/new": api.listing(lambda post: post.reply_to is None),
        f"/r/{COMMUNITY}/comments": api.listing(lambda post: post.reply_to is not None),
        "/search": api.search,
        "/user/{name}/overview": api.author,
        "/comments/{id}": api.tree,
        "/api/morechildren": api.more,
        "/api/info": api.info,
    }
    return [
        Route("/reddit/api/v1/access_token", api.log_in, methods=["POST"]),
        *(Route(f"/reddit{path}", api.guarded(answer)) for path, answer in asked.items()),
    ]


class _Api:
    def __init__(self, town: Town, secret: str) -> None:
        self.town = town
        self._secret = secret
        self._token = secrets.token_urlsafe(16)

    async def log_in(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Basic ").encode()
        # The town has one app, whatever it calls itself.
        if _decoded(given).partition(":")[2] != self._secret:
            return JSONResponse({"message": "Unauthorized", "error": 401}, status_code=401)
        return JSONResponse(
            {"access_token": self._token, "token_type": "bearer", "expires_in": 86_400}
        )

    def guarded(self, answer: Callable[[Request, datetime], Json | list[Json] | None]) -> Any:
        """The answer, to those who have a token."""

        async def answered(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {self._token}":
                return JSONResponse({"message": "Unauthorized", "error": 401}, status_code=401)
            found = answer(request, self.town.now())
            if found is None:
                return JSONResponse({"message": "Not Found", "error": 404}, status_code=404)
            return JSONResponse(found)

        return answered

    def listing(self, fits: Callable[[Post], bool]) -> Any:
        """The newest posts that fit and still stand."""

        def answer(request: Request, now: datetime) -> Json:
            return self._page(request, (p for p in self.town.newest("reddit", now) if fits(p)), now)

        return answer

    def search(self, request: Request, now: datetime) -> Json:
        """Posts by title and text; comments are not found."""
        test = searcher(request.query_params.get("q", ""))
        found = (
            post
            for post in self.town.newest("reddit", now)
            if post.reply_to is None and test(post, f"{post.said.title} {post.text_at(now)}")
        )
        return self._page(request, found, now)

    def author(self, request: Request, now: datetime) -> Json:
        """What somebody wrote."""
        name = request.path_params["name"]
        posts = self.town.newest("reddit", now)
        return self._page(request, (p for p in posts if p.author.handle == name), now)

    def info(self, request: Request, now: datetime) -> Json:
        """Those of the ids that were ever there, also what was taken back."""
        names = request.query_params.get("id", "").split(",")[:_MOST]
        posts = (self.town.published(number_of_id36(name)) for name in names)
        return _listing([self._thing(post, now) for post in posts if post])

    def tree(self, request: Request, now: datetime) -> list[Json] | None:
        """A post, and the first comments below it or below one of them; the others are named."""
        post = self.town.published(number_of_id36(request.path_params["id"]))
        if post is None or post.site != "reddit":
            return None
        above = _listing([self._thing(post, now)])
        if not (focus := request.query_params.get("comment")):
            return [above, self._below(post, now)]
        comment = self.town.published(number_of_id36(focus))
        if comment is None or comment.reply_to is None or comment.thread != post.number:
            return [above, _listing([])]
        return [above, _listing([self._with_answers(comment, now)])]

    def more(self, request: Request, now: datetime) -> Json:
        """Comments by their ids, with all that stands below them."""
        names = request.query_params.get("children", "").split(",")[:_MOST]
        posts = (self.town.published(number_of_id36(name)) for name in names)
        things = [
            self._thing(one, now)
            for post in posts
            if post
            for one in (post, *self._all_below(post, now))
        ]
        return {"json": {"errors": [], "data": {"things": things}}}

    def _below(self, post: Post, now: datetime) -> Json:
        replies = self._shown(post, now)
        shown = [self._with_answers(reply, now) for reply in replies[:_SHOWN_IN_TREE]]
        hidden = [id36(reply.number) for reply in replies[_SHOWN_IN_TREE:]]
        if hidden:
            data = {"parent_id": fullname(post), "children": hidden, "count": len(hidden)}
            shown.append({"kind": "more", "data": data})
        return _listing(shown)

    def _with_answers(self, comment: Post, now: datetime) -> Json:
        thing = self._thing(comment, now)
        thing["data"]["replies"] = self._below(comment, now)
        return thing

    def _shown(self, post: Post, now: datetime) -> list[Post]:
        """Direct comments; one that was taken back keeps its place where others stand below it."""
        return [
            one
            for one in self.town.replied(post.number)
            if not one.is_deleted_at(now) or self._shown(one, now)
        ]

    def _page(self, request: Request, posts: Iterable[Post], now: datetime) -> Json:
        asked = request.query_params.get("limit", "25")
        limit = min(int(asked), _MOST) if asked.isdigit() else 25
        if after := request.query_params.get("after"):
            posts = islice(dropwhile(lambda post: fullname(post) != after, posts), 1, None)
        found = list(islice(posts, limit + 1))
        more = fullname(found[limit - 1]) if len(found) > limit else None
        return _listing([self._thing(post, now) for post in found[:limit]], after=more)

    def _thing(self, post: Post, now: datetime) -> Json:
        is_gone, edited = post.is_deleted_at(now), post.edited_at(now)
        text = "[deleted]" if is_gone else post.text_at(now)
        likes, _ = post.counts_at(now)
        data: Json = {
            "id": id36(post.number),
            "name": fullname(post),
            "author": "[deleted]" if is_gone else post.author.handle,
            "author_fullname": None if is_gone else f"t2_{id36(post.author.number)}",
            "created_utc": post.published.timestamp(),
            "edited": edited.timestamp() if edited else False,
            "score": likes,
            "permalink": _permalink(post),
            "subreddit": COMMUNITY,
            "subreddit_type": "public",
            "stickied": False,
        }
        if post.reply_to is None:
            comments = sum(1 for _ in self._all_below(post, now))
            data |= {"title": post.said.title or "Untitled", "selftext": text, "is_self": True}
            data |= {
                "num_comments": comments,
                "removed_by_category": "deleted" if is_gone else None,
            }
            return {"kind": "t3", "data": data}
        opening = post.thread or post.number
        parent = f"t3_{id36(opening)}" if post.reply_to == opening else f"t1_{id36(post.reply_to)}"
        data |= {"body": text, "link_id": f"t3_{id36(opening)}", "parent_id": parent, "replies": ""}
        return {"kind": "t1", "data": data}

    def _all_below(self, post: Post, now: datetime) -> Iterable[Post]:
        for reply in self._shown(post, now):
            yield reply
            yield from self._all_below(reply, now)


def _decoded(said: bytes) -> str:
    try:
        return base64.b64decode(said, validate=True).decode()
    except ValueError:
        return ""


def _listing(things: list[Json], *, after: str | None = None) -> Json:
    data = {"after": after, "before": None, "dist": len(things), "children": things}
    return {"kind": "Listing", "data": data}
