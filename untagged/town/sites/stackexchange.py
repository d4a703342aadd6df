"""A site of Stack Exchange, as far as a collector needs it. Reference: api.stackexchange.com/docs.

As there: questions come by their last activity, answers and comments on request, times are seconds
since 1970, every answer says what is left of the day's quota, and what was taken back is simply not
there. What answers an answer is a comment on it, and so is what answers that.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.mastodon_search import searcher
from untagged.town.town import Town


def _named(post: Post) -> str:
    sign = "a" if _is_answer(post) else "" if post.reply_to is None else "c"
    return f"{sign}{post.number}"


def _is_answer(post: Post) -> bool:
    return post.reply_to is not None and post.reply_to == post.thread


SITE = Site(
    "stackexchange",
    native_id=str,
    path=lambda post: f"/stackexchange/q/{post.number}",
    named=_named,
)
QUOTA, QUOTA_WITH_KEY = 300, 10_000
LICENCE = "CC BY-SA 4.0"
TAG = "harbour"
"""Of every question."""
_MOST, _DEFAULT = 100, 30
Json = dict[str, Any]


def routes(town: Town, *, token: str) -> list[Route]:
    """The addresses of the API; a `key` is not needed, but a wrong one is refused."""
    api = _Api(town, token)
    return [
        Route("/2.3/search/advanced", api.search),
        Route("/2.3/questions/{ids}", api.questions),
        Route("/2.3/questions/{ids}/answers", api.answers_to),
        Route("/2.3/answers/{ids}", api.answers),
        Route("/2.3/comments/{ids}", api.comments),
        Route("/2.3/posts/{ids}", api.posts),
        Route("/2.3/posts/{ids}/comments", api.comments_on),
    ]


class _Api:
    def __init__(self, town: Town, token: str) -> None:
        self.town = town
        self.token = token
        self._used: dict[tuple[str, str], int] = {}

    async def search(self, request: Request) -> Response:
        now, asked = self.town.now(), request.query_params
        if not asked.get("q") and not asked.get("tagged"):
            return _refused(400, "bad_parameter", "One of `q` or `tagged` must be set")
        said = searcher(asked["q"]) if asked.get("q") else None
        asked_before = _integer(asked.get("todate"), 2**40)
        lowest, highest = _integer(asked.get("min"), 0), _integer(asked.get("max"), 2**40)
        found = [
            (self._activity(post, now), post)
            for post in self.town.newest(SITE.name, now)
            if post.reply_to is None
            and int(post.published.timestamp()) <= asked_before
            and asked.get("tagged", TAG) == TAG
            and (said is None or said(post, f"{post.said.title}\n{post.text_at(now)}"))
        ]
        fitting = sorted(
            (one for one in found if lowest <= one[0] <= highest),
            key=lambda one: (one[0], one[1].number),
            reverse=True,
        )
        return self._page(request, [post for _, post in fitting], self._question, now)

    async def questions(self, request: Request) -> Response:
        now = self.town.now()
        found = [post for post in self._standing(request, now) if post.reply_to is None]
        return self._page(request, found, self._question, now)

    async def answers_to(self, request: Request) -> Response:
        now = self.town.now()
        asked = [post for post in self._standing(request, now) if post.reply_to is None]
        found = [answer for post in asked for answer in self.town.replies(post.number, now)]
        return self._page(request, found, self._answer, now)

    async def answers(self, request: Request) -> Response:
        now = self.town.now()
        found = [post for post in self._standing(request, now) if _is_answer(post)]
        return self._page(request, found, self._answer, now)

    async def comments(self, request: Request) -> Response:
        now = self.town.now()
        found = [post for post in self._standing(request, now) if _is_comment(post)]
        return self._page(request, found, self._comment, now)

    async def comments_on(self, request: Request) -> Response:
        now = self.town.now()
        told = [post for post in self._standing(request, now) if _is_answer(post)]
        found = [comment for post in told for comment in self._below(post.number, now)]
        return self._page(request, found, self._comment, now)

    async def posts(self, request: Request) -> Response:
        now = self.town.now()
        found = [post for post in self._standing(request, now) if not _is_comment(post)]
        return self._page(request, found, self._post, now)

    def _standing(self, request: Request, now: datetime) -> list[Post]:
        wanted = map(_integer, request.path_params["ids"].split(";"))
        found = (self.town.find(number, now, site=SITE.name) for number in wanted)
        return [post for post in found if post]

    def _page(
        self,
        request: Request,
        posts: Sequence[Post],
        written: Callable[[Post, datetime], Json],
        now: datetime,
    ) -> Response:
        key = request.query_params.get("key", "")
        if key and key != self.token:
            return _refused(403, "access_denied", "`key` is not a valid application key.")
        if not request.query_params.get("site"):
            return _refused(400, "bad_parameter", "site is required")
        day, most = (key, now.date().isoformat()), QUOTA_WITH_KEY if key else QUOTA
        self._used[day] = used = self._used.get(day, 0) + 1
        if used > most:
            said = "too many requests from this IP, more requests available in 3600 seconds"
            return _refused(502, "throttle_violation", said)
        size = min(_integer(request.query_params.get("pagesize"), _DEFAULT), _MOST) or 1
        page = max(_integer(request.query_params.get("page"), 1), 1)
        return JSONResponse(
            {
                "items": [written(post, now) for post in posts[(page - 1) * size : page * size]],
                "has_more": len(posts) > page * size,
                "quota_max": most,
                "quota_remaining": most - used,
            }
        )

    def _question(self, post: Post, now: datetime) -> Json:
        answers = self.town.replies(post.number, now)
        return self._post(post, now) | {
            "question_id": post.number,
            "title": escape(post.said.title),
            "answer_count": len(answers),
            "is_answered": bool(answers),
            "last_activity_date": self._activity(post, now),
            "tags": [TAG],
        }

    def _answer(self, post: Post, now: datetime) -> Json:
        said = {"answer_id": post.number, "question_id": post.thread, "is_accepted": False}
        return self._post(post, now) | said

    def _comment(self, post: Post, now: datetime) -> Json:
        """Without a link or the kind of post that it is on, which the common filters leave out."""
        on: Post | None = post
        while on and _is_comment(on):
            on = self.town.published(on.reply_to or 0)
        said = self._post(post, now)
        names = ("owner", "score", "creation_date", "content_license", "body")
        known = {"comment_id": post.number, "post_id": on.number if on else post.thread}
        return known | {name: said[name] for name in names} | {"edited": "last_edit_date" in said}

    def _post(self, post: Post, now: datetime) -> Json:
        edited = post.edited_at(now)
        return {
            "post_id": post.number,
            "post_type": "question" if post.reply_to is None else "answer",
            "owner": {
                "user_id": post.author.number,
                "user_type": "registered",
                "display_name": escape(post.author.name),
                "link": f"{self.town.base_url}/@{post.author.handle}",
            },
            "score": post.counts_at(now)[0],
            "creation_date": int(post.published.timestamp()),
            "last_activity_date": int((edited or post.published).timestamp()),
            **({"last_edit_date": int(edited.timestamp())} if edited else {}),
            "content_license": LICENCE,
            "link": f"{self.town.base_url}{self.town.path(post)}",
            "body": "".join(
                f"<p>{escape(part)}</p>\n" for part in post.text_at(now).split("\n\n")
            ).replace("\n<", "<"),
        }

    def _activity(self, post: Post, now: datetime) -> int:
        posts = [post, *self._below(post.number, now)]
        return max(int((one.edited_at(now) or one.published).timestamp()) for one in posts)

    def _below(self, number: int, now: datetime) -> list[Post]:
        """Everything below a post, however deep."""
        replies = self.town.replies(number, now)
        return [one for reply in replies for one in (reply, *self._below(reply.number, now))]


def _is_comment(post: Post) -> bool:
    return post.reply_to is not None and not _is_answer(post)


def _integer(said: str | None, default: int = 0) -> int:
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 20 else default


def _refused(number: int, name: str, why: str) -> Response:
    """An error: the HTTP status is 400 for all of them."""
    answer = {"error_id": number, "error_name": name, "error_message": why}
    return JSONResponse(answer, status_code=400)
