"""Who speaks to us: the peer of the connection, and the browser behind a proxy of ours."""

from collections.abc import Sequence

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from untagged.accounts.policy import Network

_PEER = "untagged.peer"


class KnownProxies:
    """Takes a proxy's word for the browser's address and scheme, and remembers who said it.

    Uvicorn does the first by itself, but forgets the peer, on which a login by header depends.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[Network]) -> None:
        known = [str(network) for network in proxies]
        self._app: ASGIApp = ProxyHeadersMiddleware(app, known)  # type: ignore[arg-type,assignment]  # the same ASGI in types of its own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on (ASGI)."""
        if scope["type"] == "http":
            scope[_PEER] = (scope.get("client") or ("", 0))[0]
        await self._app(scope, receive, send)


def peer_of(request: Request) -> str:
    """The address that the connection comes from, a proxy's if there is one."""
    peer: str = request.scope.get(_PEER, "")
    return peer


def browser_address(request: Request) -> str:
    """The address of the browser, as far as we and our proxies know."""
    return request.client.host if request.client else ""
