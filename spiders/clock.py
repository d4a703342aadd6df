"""The clock of a collecting pass."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

Clock = Callable[[], datetime]
"""Now, aware."""


def running_from(now: datetime) -> Clock:
    """A clock that says `now` at first and goes on from there, also when the machine's is set."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)
