"""Server-sent events: a page learns that what it shows has changed, and fetches it by itself.

However many pages listen, the state is looked at once in LOOK_SECONDS.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from mentions.errors import TryAgain

LOOK_SECONDS = 2.0
LONGEST_SECONDS = 600.0
"""A page comes back by itself after that, so no forgotten one holds a connection for ever."""


class Changes:
    """A state that many follow. `look` says what it is; it may wait for a store."""

    def __init__(self, look: Callable[[], str], *, every: float = LOOK_SECONDS) -> None:
        self._look, self._every = look, every
        self._lock = asyncio.Lock()
        self._looked_at = -every
        self._state: str | None = None
        self._is_over = False

    def end(self) -> None:
        """Let everybody who follows go, within one look."""
        self._is_over = True

    async def follow(self, *, longest: float = LONGEST_SECONDS) -> AsyncIterator[str]:
        """The state as it is, and again each time it is another; none while a store is away."""
        ends = time.monotonic() + longest
        said: str | None = None
        while not self._is_over and time.monotonic() < ends:
            state = await self._now()
            if state is not None and state != said:
                said = state
                yield state
            await asyncio.sleep(self._every)

    async def _now(self) -> str | None:
        async with self._lock:
            if time.monotonic() - self._looked_at >= self._every:
                with suppress(TryAgain):  # a page would end, come back and look at once
                    self._state = await run_in_threadpool(self._look)
                self._looked_at = time.monotonic()
            return self._state
