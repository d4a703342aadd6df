"""Limits: how often one may ask, counted and announced as Mastodon does.

Fixed windows of five minutes per token or address; the reset is an ISO time on the world's clock,
because it is the caller who waits (docs.joinmastodon.org/api/rate-limits).
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WINDOW_SECONDS = 300
MASTODON_LIMIT = 300


class RateLimit:
    """Lets `limit` requests of a caller to `/api/` through in a window; answers 429 to the rest."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int = MASTODON_LIMIT,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self.app = app
        self.limit = limit
        self._seconds = seconds
        self._window = 0
        self._used: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, pass on, and say in the answer's headers what is left."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        left, reset = self._count(scope)
        said = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": reset,
        }

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(said)
            await send(message)

        refused = JSONResponse({"error": "Too many requests"}, status_code=429)
        await (refused if left < 0 else self.app)(scope, receive, send_with_limits)

    def _count(self, scope: Scope) -> tuple[int, str]:
        window = int(self._seconds() // WINDOW_SECONDS)
        if window != self._window:
            self._window = window
            self._used.clear()
        address = (scope.get("client") or ("",))[0]
        caller = Headers(scope=scope).get("authorization", address)
        self._used[caller] += 1
        reset = datetime.fromtimestamp((window + 1) * WINDOW_SECONDS, UTC)
        stamp = reset.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return self.limit - self._used[caller], stamp
