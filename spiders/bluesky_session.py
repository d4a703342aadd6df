"""Asking Bluesky: in a session opened with an app password and kept fresh, or without one.

A session lives in memory for the length of a pass. A server opens 30 of them in 5 minutes and 300
a day for one account (docs.bsky.app/docs/advanced-guides/rate-limits).
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from scrapy.http import Response

from mentions.errors import SourceRefused, SourceUnavailable
from spiders.credentials import check_encrypted
from spiders.feed import web_address
from spiders.json_answer import list_of, object_of, read_json, text_of
from spiders.source import Source

_REFUSED = (400, 401, 403)
_WORN_OUT = frozenset({"ExpiredToken", "InvalidToken"})
_ADVICE = (
    "make an app password under Settings, Privacy and security, App passwords, and put it into"
    " the environment"
)
_WHY_NOT = {
    "AuthenticationRequired": f"it does not know the identifier or the password; {_ADVICE}",
    "AuthFactorTokenRequired": f"it wants a second factor, which no app password needs; {_ADVICE}",
    "AccountTakedown": "the account was taken down; use another",
}


_Refusal = Callable[[Response], SourceUnavailable | SourceRefused]


class Visitor:
    """Asks a server that shows posts to everybody. `fetch` and `refusal` are the spider's."""

    def __init__(
        self, server: str, *, fetch: Callable[..., Awaitable[Response]], refusal: _Refusal
    ) -> None:
        self._server = server
        self._fetch = fetch
        self._refusal = refusal

    async def get(self, method: str, query: Mapping[str, str]) -> Any:
        """The JSON that an XRPC query answers, None where what it asks for is gone."""
        url = f"{self._server}/xrpc/{method}?{urlencode(query)}"
        return _answered(await self._fetch(url, reads=_REFUSED), self._refusal)


class Session:
    """Asks the server that holds the account. `fetch` and `refusal` are the spider's."""

    def __init__(
        self,
        source: Source,
        *,
        service: str,
        fetch: Callable[..., Awaitable[Response]],
        refusal: _Refusal,
    ) -> None:
        self._source = source
        self._service = service
        self._fetch = fetch
        self._refusal = refusal
        self._host = ""
        self._access = ""
        self._refresh = ""
        self._opening = b""

    async def open(self, identifier: str, password: str) -> None:
        """Begin with the name and app password. Raises SourceRefused with what to do."""
        check_encrypted(self._service, self._source)
        self._opening = json.dumps({"identifier": identifier, "password": password}).encode()
        await self._begin()

    async def get(self, method: str, query: Mapping[str, str]) -> Any:
        """The JSON that an XRPC query answers, None where what it asks for is gone.

        A worn-out token is replaced once.
        """
        response = await self._ask(method, query)
        if _error_of(response) in _WORN_OUT:
            await self._renew()
            response = await self._ask(method, query)
        return _answered(response, self._refusal)

    async def _ask(self, method: str, query: Mapping[str, str]) -> Response:
        url = f"{self._host}/xrpc/{method}?{urlencode(query)}"
        headers = {"Authorization": f"Bearer {self._access}"}
        return await self._fetch(url, headers, reads=_REFUSED)

    async def _begin(self) -> None:
        response = await self._fetch(
            f"{self._service}/xrpc/com.atproto.server.createSession",
            {"Content-Type": "application/json"},
            method="POST",
            body=self._opening,
            reads=_REFUSED,
        )
        if why := _WHY_NOT.get(_error_of(response)):
            raise SourceRefused(f"{self._service} opens no session: {why}")
        if response.status in _REFUSED:
            raise self._refusal(response)
        self._take(read_json(response))

    async def _renew(self) -> None:
        """Refresh, or begin again where the refresh token is worn out, too."""
        response = await self._fetch(
            f"{self._host}/xrpc/com.atproto.server.refreshSession",
            {"Authorization": f"Bearer {self._refresh}"},
            method="POST",
            reads=_REFUSED,
        )
        if response.status in _REFUSED:
            await self._begin()
        else:
            self._take(read_json(response))

    def _take(self, answer: object) -> None:
        said = object_of(answer)
        self._access = text_of(said.get("accessJwt"))
        self._refresh = text_of(said.get("refreshJwt"))
        if not self._access:
            raise SourceUnavailable(f"{self._service} opened a session without a token")
        self._host = _home(said) or self._host or self._service
        check_encrypted(self._host, self._source)


def _home(session: dict[str, Any]) -> str:
    """The server that holds the account (its PDS), as the account's document names it."""
    for one in list_of(object_of(session.get("didDoc")).get("service")):
        named = object_of(one)
        if text_of(named.get("id")).endswith("#atproto_pds"):
            try:
                return web_address(text_of(named.get("serviceEndpoint"))).rstrip("/")
            except ValueError:
                return ""
    return ""


def _answered(response: Response, refusal: _Refusal) -> Any:
    """The JSON of an answer, None where it says that what was asked for is gone."""
    if _error_of(response) == "NotFound":
        return None
    if response.status in _REFUSED:
        raise refusal(response)
    return read_json(response)


def _error_of(response: Response) -> str:
    """The name of the error in an XRPC answer; empty where it is none."""
    if response.status not in _REFUSED:
        return ""
    try:
        return text_of(object_of(json.loads(response.body)).get("error"))
    except (ValueError, RecursionError):
        return ""
