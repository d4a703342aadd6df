"""Making digests at once: how many each person may ask for, as each reads a period's posts.

Kept by the process that answers, so that a restart forgives all.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from mentions.errors import Conflict

HOUR = timedelta(hours=1)
MOST_AN_HOUR = 20
"""Of one person. A large one takes a minute of a core, and people read one at a time."""


class Makings:
    """Who has a digest made now, and when they had others made."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._now: set[int] = set()
        self._lately: dict[int, deque[datetime]] = {}

    @contextmanager
    def one(self, user_id: int, *, now: datetime) -> Iterator[None]:
        """While a digest is made for them. Raises Conflict for a second, or one too many."""
        with self._lock:
            lately = self._lately.setdefault(user_id, deque())
            while lately and lately[0] <= now - HOUR:
                lately.popleft()
            if user_id in self._now:
                raise Conflict("Another digest is being made for you. Wait until it is there.")
            if len(lately) >= MOST_AN_HOUR:
                raise Conflict(
                    f"You had {MOST_AN_HOUR} digests made within an hour. Read some, and try later."
                )
            lately.append(now)
            self._now.add(user_id)
        try:
            yield
        finally:
            with self._lock:
                self._now.discard(user_id)
