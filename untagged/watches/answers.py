"""Answers: which mentions were answered, as time goes on in a replay."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from mentions.query.tree import Query, Range
from mentions.store import MentionStore


class Answers:
    """The answers from `since` on. Read once, as a query at each step takes longer than the step.

    Only moments and ids are kept, and none is told before its time.
    """

    def __init__(self, store: MentionStore, *, since: datetime) -> None:
        answered = store.iterate(Query("answered", Range("answered_at", low=since)))
        found = [(mention.answered_at, mention.id) for mention in answered if mention.answered_at]
        self._coming = deque(sorted(found))

    def until(self, now: datetime) -> Iterator[tuple[datetime, str]]:
        """Those before `now` that were not told yet, oldest first."""
        while self._coming and self._coming[0][0] < now:
            yield self._coming.popleft()
