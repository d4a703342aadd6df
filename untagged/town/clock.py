"""Clock: what time it is in town."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from mentions.times import as_utc


class Clock:
    """Starts at `start` and runs `pace` times as fast as the world; with pace 0 it stands still.

    It never runs backwards, even if the world's clock is put back.
    """

    def __init__(
        self, start: datetime, *, pace: float = 1.0, seconds: Callable[[], float] = time.time
    ) -> None:
        if pace < 0:
            raise ValueError(f"a pace of {pace} would run backwards; use 0 to stand still")
        self.pace = pace
        self._start = self._latest = as_utc(start)
        self._seconds = seconds
        self._started = seconds()

    def now(self) -> datetime:
        """The town's time."""
        passed = timedelta(seconds=(self._seconds() - self._started) * self.pace)
        self._latest = max(self._latest, self._start + passed)
        return self._latest

    def advance(self, by: timedelta) -> datetime:
        """Put the clock ahead and say what it shows."""
        if by < timedelta():
            raise ValueError(
                "a town's clock cannot be put back; what was published stays published"
            )
        self._start += by
        self._latest += by
        return self.now()
