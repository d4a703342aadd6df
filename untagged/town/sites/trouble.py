"""Trouble: a test makes all sites of the town fail, or one, as servers do."""

import asyncio
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mentions.mention import said_validation

Kind = Literal["down", "busy", "broken off", "page", "silent"]
RETRY_AFTER_SECONDS = 120
_LOOK_SECONDS = 0.05
_NEVER = ("/town/", "/robots.txt")


class Wanted(BaseModel):
    """Which trouble the `site` is in, all of them if left out; null is none."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None
    site: str | None = None


class Trouble:
    """What is wrong now, and where a test says so. `sites` are the routes of each."""

    def __init__(self, sites: Mapping[str, Sequence[BaseRoute]]) -> None:
        self.kind: Kind | None = None
        self._sites = sites
        self._site: str | None = None

    def meets(self, scope: Scope) -> bool:
        """Whether a request goes to where something is wrong."""
        if self.kind is None or scope["type"] != "http" or scope["path"].startswith(_NEVER):
            return False
        routes = None if self._site is None else self._sites[self._site]
        return routes is None or any(route.matches(scope)[0] is Match.FULL for route in routes)

    def routes(self) -> list[Route]:
        """Where a test says it."""
        return [Route("/town/trouble", self._begin, methods=["POST"])]

    async def _begin(self, request: Request) -> Response:
        try:
            wanted = Wanted.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": said_validation(error)}, status_code=422)
        if wanted.site is not None and wanted.site not in self._sites:
            known = f"there is no site {wanted.site!r} in town; there are {', '.join(self._sites)}"
            return JSONResponse({"error": known}, status_code=404)
        self.kind, self._site = wanted.kind, wanted.site
        return JSONResponse({"kind": self.kind, "site": self._site})


class Troubled:
    """Answers for the sites while they are in trouble; streams and robots.txt go on."""

    def __init__(self, app: ASGIApp, *, trouble: Trouble) -> None:
        self.app = app
        self.trouble = trouble

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or fail as asked."""
        kind = self.trouble.kind
        if kind is None or not self.trouble.meets(scope):
            await self.app(scope, receive, send)
        elif kind == "broken off":
            await _halved(self.app, scope, receive, send)
        else:
            await (await self._instead(kind))(scope, receive, send)

    async def _instead(self, kind: Kind) -> Response:
        if kind == "busy":
            said = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return JSONResponse({"error": "Too many requests"}, status_code=429, headers=said)
        if kind == "page":
            return HTMLResponse("<!DOCTYPE html><html><body>We will be right back</body></html>")
        while kind == "silent" and self.trouble.kind == kind:
            await asyncio.sleep(_LOOK_SECONDS)
        return JSONResponse({"error": "Internal error"}, status_code=500)


async def _halved(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The first half of the answer, as if the other had got lost on the way."""
    start: MutableMapping[str, Any] = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    half = bytes(body[: len(body) // 2])
    length = (b"content-length", str(len(half)).encode())
    kept = [pair for pair in start["headers"] if pair[0].lower() != length[0]]
    await send({**start, "headers": [*kept, length]})
    await send({"type": "http.response.body", "body": half})
