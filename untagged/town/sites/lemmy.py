"""The Lemmy API, as far as a collector needs it. Reference: join-lemmy.org/api (version 0.19).

As there: lists are newest first and paged by number, 50 at most; a deleted post is found nowhere, a
deleted comment stays with a flag and without its words; every comment carries its post and names
its ancestors in `path`; the list of what is below a comment holds that comment, too. There is one
community, `commons`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from untagged.town.people import Person
from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.mastodon_search import searcher
from untagged.town.town import Town
from untagged.town.truth import iso


def _path(post: Post) -> str:
    """Posts and comments are numbered apart."""
    return f"{'post' if post.reply_to is None else 'comment'}/{post.number}"


SITE = Site(
    "lemmy",
    native_id=lambda number: f"post/{number}",
    named=_path,
    path=lambda post: f"/{_path(post)}",
)
COMMUNITY = "commons"
_DEFAULT_LIMIT, _MOST = 10, 50
Json = dict[str, Any]
Fits = Callable[[Post], bool]


def routes(town: Town, *, token: str) -> list[Route]:
    """The lists of the API, and what is in them; open to all, and closed to a wrong `token`."""
    api = _Api(town, token)
    return [
        Route("/api/v3/post/list", api.listing("posts")),
        Route("/api/v3/comment/list", api.listing("comments")),
        Route("/api/v3/post", api.one("post")),
        Route("/api/v3/comment", api.one("comment")),
        Route("/api/v3/search", api.search),
        Route("/api/v3/user", api.user),
    ]


class _Api:
    def __init__(self, town: Town, token: str) -> None:
        self.town = town
        self.token = token

    def listing(self, kind: str) -> Any:
        """The newest posts or comments; comments of one post or below one comment."""

        async def answer(request: Request) -> Response:
            if refused := self._refused(request):
                return refused
            named = request.query_params.get("community_name", COMMUNITY).partition("@")[0]
            if named != COMMUNITY:
                return _error("couldnt_find_community", 404)
            try:
                fits = self._within(request)
            except ValueError:
                return _error("query_deserialize_error", 400)
            return self._answer(request, [kind], fits) if fits else _unknown("comment")

        return answer

    def one(self, kind: str) -> Any:
        """A post or a comment by its number."""

        async def answer(request: Request) -> Response:
            if refused := self._refused(request):
                return refused
            now, said = self.town.now(), _asked(request, "id", "")
            if not (said.isascii() and said.isdigit() and len(said) < 20):
                return _error("query_deserialize_error", 400)
            post = self._published(kind, int(said))
            if post is None or (kind == "post" and post.is_deleted_at(now)):
                return _unknown(kind)
            return JSONResponse({f"{kind}_view": view_json(self.town, post, now)})

        return answer

    def _published(self, kind: str, number: int) -> Post | None:
        post = self.town.published(number)
        fits = post and post.site == "lemmy" and (post.reply_to is not None) == (kind == "comment")
        return post if fits else None

    def _within(self, request: Request) -> Fits | None:
        """Which posts a list is about, None where there is no such comment. Raises ValueError."""
        thread, parent = (_asked(request, name, "") for name in ("post_id", "parent_id"))
        number, within = int(thread or 0), int(parent or 0)
        if parent and self._published("comment", within) is None:
            return None
        return lambda post: (
            (not thread or post.thread == number)
            and (not parent or within in _line(self.town, post))
        )

    async def search(self, request: Request) -> Response:
        """Posts by title and body, comments by their words."""
        if refused := self._refused(request):
            return refused
        test, asked = searcher(request.query_params.get("q", "")), _asked(request, "type_", "All")
        kinds = ["posts", "comments"] if asked == "All" else [asked.lower()]
        now = self.town.now()
        return self._answer(request, kinds, lambda post: test(post, _words(post, now)))

    async def user(self, request: Request) -> Response:
        """What an account of this server has published."""
        if refused := self._refused(request):
            return refused
        name = _asked(request, "username", "").partition("@")[0]
        if self.town.person(name) is None:
            return _error("couldnt_find_person", 404)
        return self._answer(request, ["posts", "comments"], lambda post: post.author.handle == name)

    def _refused(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        return _error("incorrect_login", 401) if given not in ("", self.token) else None

    def _answer(self, request: Request, kinds: list[str], fits: Fits) -> Response:
        now = self.town.now()
        try:
            page, limit = int(_asked(request, "page", "1")), _limit(request)
        except ValueError:
            return _error("query_deserialize_error", 400)
        if page < 1 or not 1 <= limit <= _MOST:
            return _error("couldnt_get_posts", 400)
        answer: Json = {"posts": [], "comments": []}
        for kind in kinds:
            posts = (post for post in self._newest(kind, now) if fits(post))
            shown = islice(posts, (page - 1) * limit, page * limit)
            answer[kind] = [view_json(self.town, post, now) for post in shown]
        return JSONResponse(answer)

    def _newest(self, kind: str, now: datetime) -> Iterator[Post]:
        """A deleted comment stays in its place; a deleted post is gone."""
        for number in reversed(self.town.numbers("lemmy")):
            post = self.town.published(number)
            if post is None:
                continue
            is_comment = post.reply_to is not None
            if is_comment == (kind == "comments") and (is_comment or not post.is_deleted_at(now)):
                yield post


def view_json(town: Town, post: Post, now: datetime) -> Json:
    """A PostView or a CommentView."""
    likes, _ = post.counts_at(now)
    view: Json = {
        "post": _opening_json(town, post, now),
        "creator": _person_json(town, post.author),
        "community": {"id": 2, "name": COMMUNITY, "actor_id": f"{town.base_url}/c/{COMMUNITY}"},
        "counts": {
            "score": likes,
            "upvotes": likes,
            "downvotes": 0,
            "published": iso(post.published),
        },
    }
    if post.reply_to is None:
        view["counts"]["comments"] = len(town.replies(post.number, now))
    else:
        view["comment"] = _comment_json(town, post, now)
        view["counts"]["child_count"] = len(town.replies(post.number, now))
    return view


def _opening_json(town: Town, post: Post, now: datetime) -> Json:
    """The post itself, or the one that a comment stands under, which the town may not remember."""
    opening = town.published(post.thread)
    if opening is not None:
        return _post_json(town, opening, now)
    title = post.said.title.removeprefix("Re: ")
    return {"id": post.thread, "name": title, "ap_id": f"{town.base_url}/post/{post.thread}"}


def _post_json(town: Town, post: Post, now: datetime) -> Json:
    is_gone = post.is_deleted_at(now)
    return {
        "id": post.number,
        "name": "" if is_gone else post.said.title or "Untitled",
        "body": "" if is_gone else post.text_at(now),
        "featured_community": False,
        "featured_local": False,
        **_shared_json(town, post, now),
    }


def _comment_json(town: Town, post: Post, now: datetime) -> Json:
    return {
        "id": post.number,
        "post_id": post.thread,
        "content": "" if post.is_deleted_at(now) else post.text_at(now),
        "path": ".".join(["0", *map(str, reversed([*_line(town, post)]))]),
        **_shared_json(town, post, now),
    }


def _shared_json(town: Town, post: Post, now: datetime) -> Json:
    edited = post.edited_at(now)
    return {
        "creator_id": post.author.number,
        "published": iso(post.published),
        **({"updated": iso(edited)} if edited else {}),
        "deleted": post.is_deleted_at(now),
        "removed": False,
        "ap_id": f"{town.base_url}{town.path(post)}",
        "local": True,
        "language_id": 0,
    }


def _person_json(town: Town, person: Person) -> Json:
    return {
        "id": person.number,
        "name": person.handle,
        "display_name": person.name,
        "actor_id": f"{town.base_url}/u/{person.handle}",
        "local": True,
        "deleted": False,
        "bot_account": False,
    }


def _line(town: Town, comment: Post) -> Iterator[int]:
    """The numbers of the comment and of those above it."""
    above: Post | None = comment
    while above and above.reply_to is not None:
        yield above.number
        above = town.published(above.reply_to)


def _words(post: Post, now: datetime) -> str:
    title = post.said.title if post.reply_to is None else ""
    return "" if post.is_deleted_at(now) else f"{title} {post.text_at(now)}"


def _asked(request: Request, name: str, default: str) -> str:
    return request.query_params.get(name, default)


def _limit(request: Request) -> int:
    return int(_asked(request, "limit", str(_DEFAULT_LIMIT)))


def _unknown(kind: str) -> Response:
    return _error(f"couldnt_find_{kind}", 404)


def _error(said: str, status: int) -> Response:
    return JSONResponse({"error": said}, status_code=status)
