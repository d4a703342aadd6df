"""How often one caller may ask the API; over it 429 says when to come back.

A moving window in this process's memory: a second process counts by itself.
"""

import math
import time
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from untagged.web.api.problems import problem

Handler = Callable[[Request], Awaitable[Response]]


class Pace:
    """A middleware that counts what each caller asks."""

    def __init__(self, caller_of: Callable[[Request], str], per_minute: int) -> None:
        self._caller_of = caller_of
        self._allowed = RateLimitItemPerMinute(per_minute)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, request: Request, call_next: Handler) -> Response:
        """Refuse what is too much, and tell everybody how much is left."""
        caller = self._caller_of(request)
        is_fine = self._limiter.hit(self._allowed, caller)
        reset_at, left = self._limiter.get_window_stats(self._allowed, caller)
        wait = max(1, math.ceil(reset_at - time.time()))
        if is_fine:
            answer = await call_next(request)
        else:
            said = f"more than {self._allowed.amount} requests a minute; come back in {wait} s"
            answer = problem(request, 429, said, headers={"Retry-After": str(wait)})
        answer.headers["X-RateLimit-Limit"] = str(self._allowed.amount)
        answer.headers["X-RateLimit-Remaining"] = str(max(0, int(left)))
        answer.headers["X-RateLimit-Reset"] = str(wait)
        return answer
