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
ASKED_SECONDS = 5.0
"""So often it is asked whether who follows is still logged in: two short queries a page."""
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

    async def follow(
        self,
        *,
        longest: float = LONGEST_SECONDS,
        may: Callable[[], bool] = lambda: True,
        asked: float = ASKED_SECONDS,
    ) -> AsyncIterator[str | None]:
        """The state as it is, and again each time it is another; nothing while a store is away.

        None, and the end, as soon as whoever follows `may` no more, which is `asked` so often.
        """
        ends, ask_at = time.monotonic() + longest, time.monotonic()
        said: str | None = None
        while not self._is_over and time.monotonic() < ends:
            if time.monotonic() >= ask_at:
                ask_at = time.monotonic() + asked
                if not await self._may(may):
                    yield None
                    return
            state = await self._now()
            if state is not None and state != said:
                said = state
                yield state
            await asyncio.sleep(self._every)

    async def _may(self, may: Callable[[], bool]) -> bool:
        with suppress(TryAgain):  # a database that is away logs nobody out
            return await run_in_threadpool(may)
        return True

    async def _now(self) -> str | None:
        async with self._lock:
            if time.monotonic() - self._looked_at >= self._every:
                with suppress(TryAgain):  # a page would end, come back and look at once
                    self._state = await run_in_threadpool(self._look)
                self._looked_at = time.monotonic()
            return self._state
