"""A Discourse forum, as far as a collector needs it. Reference: docs.discourse.org.

As there: /posts.json shows the posts among 50 ids, a search the beginning of 50 posts, a topic 20
posts and the ids of the rest; a post is known by its topic and its number there; what was taken
back is 404. The forum's own ids count from one, in the order of publishing.
"""

import re
from bisect import bisect_left
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.mastodon_search import searcher
from untagged.town.sites.mastodon_text import rendered
from untagged.town.town import Town
from untagged.town.truth import iso

ROOT = "/discourse"
"""Discourse may live in a folder; so does this one."""
_IDS_A_PAGE, _FOUND_A_PAGE, _CHUNK = 50, 50, 20
_DATE = re.compile(r"\b(after|before):(\d{4}-\d{2}-\d{2})")
_ORDER = re.compile(r"\border:latest\b")
_AUTHOR = re.compile(r"(?<!\S)@(\w+)")
Json = dict[str, Any]


def _number_in(number: int, thread: int) -> int:
    return 1 if number == thread else number


SITE = Site(
    "discourse",
    native_id=str,
    path=lambda post: f"{ROOT}/t/-/{post.thread}/{_number_in(post.number, post.thread or 0)}",
    named=lambda post: f"{post.thread}/{_number_in(post.number, post.thread or 0)}",
)


def routes(town: Town, *, token: str) -> list[Route]:
    """The addresses of the API; an `Api-Key` is not needed, but a wrong one is refused."""
    api = _Api(town, token)
    return [
        Route(f"{ROOT}/posts.json", api.latest),
        Route(f"{ROOT}/search.json", api.search),
        Route(f"{ROOT}/t/{{topic:int}}/posts.json", api.topic_posts),
        Route(f"{ROOT}/t/{{topic:int}}.json", api.topic),
        Route(f"{ROOT}/t/{{topic:int}}/{{number:int}}.json", api.topic),
        Route(f"{ROOT}/posts/by_number/{{topic:int}}/{{number:int}}.json", api.post),
    ]


class _Api:
    def __init__(self, town: Town, token: str) -> None:
        self.town = town
        self.token = token

    async def latest(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        now, numbers = self.town.now(), self.town.numbers(SITE.name)
        before = _integer(request.query_params.get("before"), len(numbers))
        window = numbers[max(before - _IDS_A_PAGE, 0) : before][::-1]
        posts = [post for number in window if (post := self.town.find(number, now))]
        return JSONResponse({"latest_posts": [self._json(post, now) for post in posts]})

    async def search(self, request: Request) -> Response:
        """Newest first, whatever order is asked for; words, "phrases", @author, after:, before:."""
        if refusal := self._refusal(request):
            return refusal
        now, asked = self.town.now(), request.query_params.get("q", "")
        page = max(_integer(request.query_params.get("page"), 1), 1)
        dates = _DATE.findall(asked)
        words = _ORDER.sub("", _DATE.sub("", asked))
        authors = {handle.casefold() for handle in _AUTHOR.findall(words)}
        words = _AUTHOR.sub("", words).strip()
        said = searcher(words) if words else None
        found = [
            post
            for post in self.town.newest(SITE.name, now)
            if (not authors or post.author.handle in authors)
            and (said is None or said(post, f"{_title(post)}\n{post.text_at(now)}"))
            and all(_holds(sign, post, day) for sign, day in dates)
        ]
        shown = found[(page - 1) * _FOUND_A_PAGE : page * _FOUND_A_PAGE]
        topics = {post.thread: self._opening(post, now) for post in shown}
        answer: Json = {
            "posts": [self._found(post, now) for post in shown],
            "topics": [
                {"id": number, "title": opening.said.title, "fancy_title": opening.said.title}
                for number, opening in topics.items()
                if opening
            ],
            "users": [],
            "grouped_search_result": {
                "more_full_page_results": len(found) > page * _FOUND_A_PAGE or None,
                "post_ids": [self._id(post) for post in shown],
                "term": asked,
            },
        }
        return JSONResponse(answer)

    async def topic(self, request: Request) -> Response:
        """Its first posts, or those near a number; and the ids of all."""
        if refusal := self._refusal(request):
            return refusal
        now = self.town.now()
        posts = self._in_topic(request.path_params["topic"], now)
        if not posts:
            return _refused(404, "not_found", "The requested URL or resource could not be found.")
        begins = _near(posts, request.path_params.get("number", 1))
        stream = {
            "posts": [self._json(post, now) for post in posts[begins : begins + _CHUNK]],
            "stream": [self._id(post) for post in posts],
        }
        title = posts[0].said.title
        known = {"id": posts[0].thread, "title": title, "posts_count": len(posts), "slug": "-"}
        return JSONResponse({"post_stream": stream, "chunk_size": _CHUNK, **known})

    async def topic_posts(self, request: Request) -> Response:
        """Those asked for by `post_ids[]`, without the topic's title."""
        if refusal := self._refusal(request):
            return refusal
        now, topic = self.town.now(), request.path_params["topic"]
        wanted = request.query_params.getlist("post_ids[]")
        posts = [post for post in self._in_topic(topic, now) if str(self._id(post)) in wanted]
        if not self._in_topic(topic, now):
            return _refused(404, "not_found", "The requested URL or resource could not be found.")
        said = [self._json(post, now) | {"topic_title": None} for post in posts[:_CHUNK]]
        return JSONResponse({"post_stream": {"posts": said}, "id": topic})

    async def post(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        now, topic = self.town.now(), request.path_params["topic"]
        number = request.path_params["number"]
        post = self.town.find(topic if number == 1 else number, now, site=SITE.name)
        if post is None or post.thread != topic:
            return _refused(404, "not_found", "The requested URL or resource could not be found.")
        return JSONResponse(self._json(post, now))

    def _refusal(self, request: Request) -> Response | None:
        given = request.headers.get("api-key")
        if given is None or given == self.token:
            return None
        return _refused(403, "invalid_access", "You are not permitted to view this resource.")

    def _in_topic(self, topic: int, now: datetime) -> list[Post]:
        numbers = self.town.numbers(SITE.name)
        begins = bisect_left(numbers, topic)
        found = (self.town.find(number, now) for number in numbers[begins:])
        return [post for post in found if post and post.thread == topic]

    def _opening(self, post: Post, now: datetime) -> Post | None:
        return self.town.find(post.thread or post.number, now)

    def _id(self, post: Post) -> int:
        return bisect_left(self.town.numbers(SITE.name), post.number) + 1

    def _found(self, post: Post, now: datetime) -> Json:
        return {
            "id": self._id(post),
            "username": post.author.handle,
            "created_at": iso(post.published),
            "blurb": post.text_at(now)[:100],
            "like_count": post.counts_at(now)[0],
            "post_number": _number_in(post.number, post.thread or 0),
            "topic_id": post.thread,
        }

    def _json(self, post: Post, now: datetime) -> Json:
        likes, edited, opening = post.counts_at(now)[0], post.edited_at(now), post.thread or 0
        thread = self._opening(post, now)
        is_direct = post.reply_to in (None, post.thread)
        return {
            "id": self._id(post),
            "name": post.author.name,
            "username": post.author.handle,
            "user_id": post.author.number,
            "created_at": iso(post.published),
            "updated_at": iso(edited or post.published),
            "version": 2 if edited else 1,
            "cooked": rendered(post.text_at(now), base_url=self.town.base_url, profile=_nobody),
            "post_number": _number_in(post.number, opening),
            "post_type": 1,
            "reply_count": len(self.town.replies(post.number, now)),
            "reply_to_post_number": None if is_direct else post.reply_to,
            "topic_id": post.thread,
            "topic_slug": "-",
            "topic_title": thread.said.title if thread else "",
            "actions_summary": [{"id": 2, "count": likes}] if likes else [],
            "hidden": False,
            "deleted_at": None,
            "user_deleted": False,
        }


def _near(posts: list[Post], number: int) -> int:
    """Where a chunk begins that shows a post: a quarter of it lies before."""
    place = sum(_number_in(post.number, post.thread or 0) < number for post in posts)
    return max(min(place - _CHUNK // 4, len(posts) - _CHUNK), 0)


def _nobody(_handle: str) -> None:
    """Mentions are not linked here."""


def _title(post: Post) -> str:
    return post.said.title if post.reply_to is None else ""


def _holds(sign: str, post: Post, day: str) -> bool:
    """From the beginning of the day on, or before it."""
    return (post.published.date().isoformat() >= day) == (sign == "after")


def _integer(said: str | None, default: int) -> int:
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 20 else default


def _refused(status: int, kind: str, why: str) -> Response:
    return JSONResponse({"errors": [why], "error_type": kind}, status_code=status)
