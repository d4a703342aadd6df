"""The YouTube Data API, as far as a collector needs it: search, videos, commentThreads, comments.

A thread of the town is a video of Saltmarsh TV, what is said under it are comments. As there: a key
is asked for, errors are Google's, threads are newest first and bring a few replies along, a
comment that was taken back is in no list, and an answer's id begins with that of its thread.
"""

from collections.abc import Sequence
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
from untagged.town.truth import iso


def _named(post: Post) -> str:
    is_answer = post.reply_to not in (None, post.thread)
    return f"{post.reply_to}.{post.number}" if is_answer else str(post.number)


SITE = Site(
    "youtube",
    native_id=str,
    path=lambda post: f"/youtube/watch/{post.number}",
    named=_named,
)
CHANNEL = "UCsaltmarsh"
_BROUGHT_ALONG = 5
_MOST = {"search": 50, "videos": 50, "threads": 100, "comments": 100}
Json = dict[str, Any]


def routes(town: Town, *, key: str) -> list[Route]:
    """The four lists."""
    api = _Api(town, key)
    return [
        Route("/youtube/v3/search", api.search),
        Route("/youtube/v3/videos", api.videos),
        Route("/youtube/v3/commentThreads", api.threads),
        Route("/youtube/v3/comments", api.comments),
    ]


class _Api:
    def __init__(self, town: Town, key: str) -> None:
        self.town = town
        self.key = key

    async def search(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        now, asked = self.town.now(), request.query_params
        test = searcher(asked.get("q", ""))
        since, until = _moment(asked.get("publishedAfter")), _moment(asked.get("publishedBefore"))
        found = [
            post
            for post in self.town.newest(SITE.name, now)
            if post.reply_to is None
            and test(post, f"{post.said.title} {post.text_at(now)}")
            and (since is None or post.published >= since)
            and (until is None or post.published < until)
        ]
        return _page(request, "search", [_video(post, now) for post in found])

    async def videos(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        now, ids = self.town.now(), request.query_params.get("id", "")
        named = (self._found(one, now) for one in ids.split(","))
        found = [one for one in named if one and one.reply_to is None]
        return _page(request, "videos", [self._watched(one, now) for one in found])

    async def threads(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        now, asked = self.town.now(), request.query_params
        if "id" in asked:
            named = (self._found(one, now) for one in asked["id"].split(","))
            begun = [one for one in named if one and one.reply_to and one.reply_to == one.thread]
            return _page(request, "threads", [self._thread(one, now) for one in begun])
        video = asked.get("videoId", "")
        if video:
            opening = self._found(video, now)
            if opening is None or opening.reply_to is not None:
                return _error(404, "videoNotFound", "The video could not be found.")
        elif asked.get("allThreadsRelatedToChannelId") != CHANNEL:
            return _error(404, "channelNotFound", "The channel could not be found.")
        found = [
            self._thread(post, now)
            for post in self.town.newest(SITE.name, now)
            if post.reply_to is not None
            and post.reply_to == post.thread
            and (not video or str(post.thread) == video)
        ]
        return _page(request, "threads", found)

    async def comments(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        now, asked = self.town.now(), request.query_params
        if "id" in asked:
            named = (self._found(one, now) for one in asked["id"].split(","))
            return _page(request, "comments", [self._comment(one, now) for one in named if one])
        parent = self._found(asked.get("parentId", ""), now)
        if parent is None:
            return _error(404, "commentNotFound", "The comment could not be found.")
        replies = self.town.replies(parent.number, now)
        return _page(request, "comments", [self._comment(one, now) for one in replies])

    def _refused(self, request: Request) -> Response | None:
        given = request.headers.get("x-goog-api-key") or request.query_params.get("key", "")
        if not given:
            said = "Method doesn't allow unregistered callers. Please use API Key."
            return _error(403, "forbidden", said)
        if given != self.key:
            return _error(400, "badRequest", "API key not valid. Please pass a valid API key.")
        return None

    def _found(self, name: str, now: datetime) -> Post | None:
        number = name.rpartition(".")[2]
        if not (number.isascii() and number.isdigit() and len(number) < 20):
            return None
        post = self.town.find(int(number), now, site=SITE.name)
        return post if post and SITE.id_of(post) == name else None

    def _thread(self, post: Post, now: datetime) -> Json:
        replies = self.town.replies(post.number, now)
        thread: Json = {
            "kind": "youtube#commentThread",
            "id": str(post.number),
            "snippet": {
                "channelId": CHANNEL,
                "videoId": str(post.thread),
                "topLevelComment": self._comment(post, now),
                "canReply": True,
                "totalReplyCount": len(replies),
                "isPublic": True,
            },
        }
        if replies:
            brought = replies[: -_BROUGHT_ALONG - 1 : -1]
            thread["replies"] = {"comments": [self._comment(one, now) for one in brought]}
        return thread

    def _watched(self, post: Post, now: datetime) -> Json:
        """A video itself, which a search shows without its counts."""
        likes, _ = post.counts_at(now)
        comments = sum(one.thread == post.number for one in self.town.newest(SITE.name, now)) - 1
        return {
            **_video(post, now),
            "kind": "youtube#video",
            "id": str(post.number),
            "statistics": {"likeCount": str(likes), "commentCount": str(comments)},
        }

    def _comment(self, post: Post, now: datetime) -> Json:
        likes, _ = post.counts_at(now)
        text = post.text_at(now)
        author = f"UC{post.author.number}"
        snippet: Json = {
            "authorDisplayName": f"@{post.author.handle}",
            "authorChannelUrl": f"{self.town.base_url}/@{post.author.handle}",
            "authorChannelId": {"value": author},
            "channelId": CHANNEL,
            "videoId": str(post.thread),
            "textDisplay": escape(text).replace("\n", "<br>"),
            "textOriginal": text,
            "canRate": True,
            "viewerRating": "none",
            "likeCount": likes,
            "publishedAt": iso(post.published),
            "updatedAt": iso(post.edited_at(now) or post.published),
        }
        if post.reply_to != post.thread:
            snippet["parentId"] = str(post.reply_to)
        return {"kind": "youtube#comment", "id": SITE.id_of(post), "snippet": snippet}


def _video(post: Post, now: datetime) -> Json:
    return {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#video", "videoId": str(post.number)},
        "snippet": {
            "publishedAt": iso(post.published),
            "channelId": CHANNEL,
            "title": escape(post.said.title or post.text_at(now)[:60]),
            "description": post.text_at(now),
            "channelTitle": "Saltmarsh TV",
            "liveBroadcastContent": "none",
        },
    }


def _page(request: Request, kind: str, items: Sequence[Json]) -> Response:
    """A page of the items; its token is the place of the next one."""
    asked = request.query_params
    token, size = asked.get("pageToken", "0"), asked.get("maxResults", "20")
    if not token.isdigit() or not size.isdigit():
        return _error(400, "invalidPageToken", "The request specifies an invalid page token.")
    start, most = int(token), min(int(size), _MOST[kind])
    answer: Json = {
        "kind": f"youtube#{kind}ListResponse",
        "pageInfo": {"totalResults": len(items), "resultsPerPage": most},
        "items": items[start : start + most],
    }
    if start + most < len(items):
        answer["nextPageToken"] = str(start + most)
    return JSONResponse(answer)


def _error(status: int, reason: str, message: str) -> Response:
    errors = [{"message": message, "domain": "youtube", "reason": reason}]
    said = {"error": {"code": status, "message": message, "errors": errors}}
    return JSONResponse(said, status_code=status)


def _moment(said: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(said) if said else None
    except ValueError:
        return None
