"""Bluesky's XRPC, as far as a collector needs it, and its stream. Reference: docs.bsky.app.

As there: searching needs a session and answers 403 without one, threads and profiles are shown to
everybody, `since` and `until` bound what a search shows, a post that is gone is a `notFoundPost` in
its thread, and the account's document says which server to ask.
"""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from mentions.times import as_utc
from untagged.town.people import Person
from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.bluesky_json import (
    DOMAIN,
    did_of,
    handle_of,
    home_of,
    post_json,
    profile_json,
    words_of,
)
from untagged.town.sites.mastodon_search import searcher
from untagged.town.town import Town

SITE = Site(
    "bluesky",
    native_id=str,
    path=lambda post: f"/bluesky/profile/{handle_of(post.author)}/post/{post.number}",
    named=lambda post: f"{home_of(post.author)}{post.number}",
)
_DEFAULT_LIMIT, _MOST = 25, 100
_MOST_PROFILES = 25
_DEPTH, _HEIGHT, _MOST_LEVELS = 6, 80, 1000
"""How far a thread is shown below and above a post if nobody says, and at most."""
SESSION_LASTS = timedelta(hours=2)


class _Opening(BaseModel):
    identifier: str
    password: str


def routes(town: Town, *, password: str) -> list[BaseRoute]:
    """All addresses; `password` is the app password of everybody in town."""
    api = _Api(town, password)
    return [
        Route("/xrpc/com.atproto.server.createSession", api.open_session, methods=["POST"]),
        Route("/xrpc/com.atproto.server.refreshSession", api.refresh_session, methods=["POST"]),
        Route("/xrpc/app.bsky.feed.searchPosts", api.search),
        Route("/xrpc/app.bsky.feed.getPostThread", api.thread),
        Route("/xrpc/app.bsky.actor.getProfiles", api.profiles),
    ]


class _Api:
    def __init__(self, town: Town, password: str) -> None:
        self.town = town
        self.password = password
        self._sessions: dict[str, datetime] = {}
        self._opened = 0

    async def open_session(self, request: Request) -> Response:
        try:
            asked = _Opening.model_validate_json(await request.body())
        except ValidationError:
            return _error(400, "InvalidRequest", "Input must have identifier and password")
        person = self._person(asked.identifier)
        if person is None or asked.password != self.password:
            return _error(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session(person)

    async def refresh_session(self, request: Request) -> Response:
        kind, _, rest = _bearer(request).partition(":")
        person = self._person(rest.partition(":")[0])
        if kind != "refresh" or person is None:
            return _error(400, "InvalidToken", "Token could not be verified")
        return self._session(person)

    async def search(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        asked, now = request.query_params, self.town.now()
        if not asked.get("q", "").strip():
            return _error(400, "InvalidRequest", 'Error: Params must have the property "q"')
        try:
            limit = int(asked.get("limit", _DEFAULT_LIMIT))
            start = int(asked.get("cursor", 0))
            since, until = _moment(asked.get("since")), _moment(asked.get("until"))
        except ValueError:
            return _error(400, "InvalidRequest", "Error: Params must be valid")
        if not 1 <= limit <= _MOST:
            return _error(400, "InvalidRequest", f"Error: limit can not be greater than {_MOST}")
        test = searcher(asked["q"].replace(f".{DOMAIN}", ""))
        found = (
            post
            for post in self.town.newest("bluesky", now)
            if (since is None or post.published >= since)
            and (until is None or post.published < until)
            and test(post, words_of(post, now))
        )
        posts = list(islice(found, start, start + limit))
        more = {"cursor": str(start + limit)} if len(posts) == limit else {}
        return JSONResponse({"posts": [post_json(self.town, one, now) for one in posts], **more})

    async def thread(self, request: Request) -> Response:
        """Public, as there; a token that is given must be a good one."""
        if _bearer(request) and (refused := self._refused(request)):
            return refused
        now, asked = self.town.now(), request.query_params
        uri = asked.get("uri", "")
        try:
            depth, height = int(asked.get("depth", _DEPTH)), int(asked.get("parentHeight", _HEIGHT))
        except ValueError:
            return _error(400, "InvalidRequest", "Error: depth and parentHeight must be integers")
        if not (0 <= depth <= _MOST_LEVELS and 0 <= height <= _MOST_LEVELS):
            return _error(400, "InvalidRequest", f"Error: at most {_MOST_LEVELS} levels are shown")
        if not uri.startswith("at://"):
            return _error(400, "InvalidRequest", "Error: uri must be a valid at-uri")
        number = uri.rpartition("/")[2]
        post = self.town.published(int(number)) if number.isascii() and number.isdigit() else None
        if post is None or post.is_deleted_at(now) or self.town.native_id(post) != uri:
            return _error(400, "NotFound", f"Post not found: {uri}")
        above = self._above(post, now, height)
        return JSONResponse({"thread": {**self._below(post, now, depth), **above}})

    async def profiles(self, request: Request) -> Response:
        """Public, as there: people are looked up without a session."""
        self.town.now()
        asked = request.query_params.getlist("actors")
        if len(asked) > _MOST_PROFILES:
            return _error(400, "InvalidRequest", "Error: actors must not have more than 25 items")
        people = filter(None, map(self._person, asked))
        return JSONResponse({"profiles": [profile_json(person) for person in people]})

    def _above(self, post: Post, now: datetime, height: int) -> dict[str, Any]:
        parent = self.town.published(post.reply_to)
        if parent is None or height == 0:
            return {}
        is_end = parent.is_deleted_at(now)
        above = {} if is_end else self._above(parent, now, height - 1)
        return {"parent": {**self._node(parent, now), **above}}

    def _below(self, post: Post, now: datetime, depth: int) -> dict[str, Any]:
        if depth == 0 or post.is_deleted_at(now):
            return self._node(post, now)
        answers = self.town.replied(post.number)
        return {
            **self._node(post, now),
            "replies": [self._below(one, now, depth - 1) for one in answers],
        }

    def _node(self, post: Post, now: datetime) -> dict[str, Any]:
        defs = "app.bsky.feed.defs"
        if post.is_deleted_at(now):
            uri = self.town.native_id(post)
            return {"$type": f"{defs}#notFoundPost", "uri": uri, "notFound": True}
        return {"$type": f"{defs}#threadViewPost", "post": post_json(self.town, post, now)}

    def _session(self, person: Person) -> Response:
        self._opened += 1
        access = f"access:{did_of(person)}:{self._opened}".replace("did:plc:", "")
        self._sessions[access] = self.town.now() + SESSION_LASTS
        return JSONResponse(
            {
                "did": did_of(person),
                "handle": handle_of(person),
                "accessJwt": access,
                "refreshJwt": f"refresh:{person.handle}:{self._opened}",
                "active": True,
                "didDoc": {
                    "id": did_of(person),
                    "service": [
                        {
                            "id": "#atproto_pds",
                            "type": "AtprotoPersonalDataServer",
                            "serviceEndpoint": self.town.base_url,
                        }
                    ],
                },
            }
        )

    def _refused(self, request: Request) -> Response | None:
        token = _bearer(request)
        if not token:
            return _error(403, "Forbidden", "Searching needs a session")
        lasts = self._sessions.get(token)
        if lasts is None:
            return _error(400, "InvalidToken", "Token could not be verified")
        if lasts <= self.town.now():
            return _error(400, "ExpiredToken", "Token has expired")
        return None

    def _person(self, said: str) -> Person | None:
        """Somebody by handle or DID."""
        if said.startswith("did:"):
            return self.town.person_who(lambda person: did_of(person) == said)
        name = said.removeprefix("@").removesuffix(f".{DOMAIN}").casefold()
        return self.town.person(name) or self.town.person(name.replace("-", "_"))


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


def _error(status: int, name: str, message: str) -> Response:
    return JSONResponse({"error": name, "message": message}, status_code=status)


def _moment(said: str | None) -> datetime | None:
    return as_utc(datetime.fromisoformat(said)) if said else None
