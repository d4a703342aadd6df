"""Stretch: how far back in time a search was read, where its server knows moments and no cursor.

Such a search gives the newest first. It is read backwards by asking for what is not newer than
the oldest post so far, so that no post slips between two pages while others are being written.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from mentions.errors import SourceUnavailable


@dataclass(frozen=True, slots=True)
class Stretch:
    """Everything published before `until` was read. Moments are seconds since 1970, 0 is none.

    While a way back is under way it began at the moment `begun`, goes down to `floor`, and goes
    on at `at` (included), with the page of that number where one second fills several.
    """

    until: int = 0
    begun: int = 0
    floor: int = 0
    at: int = 0
    page: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether no way back is under way."""
        return not self.begun

    @classmethod
    def through(cls, since: datetime, until: datetime) -> Self:
        """A way back through a window that is asked for by its moments."""
        begun = int(until.timestamp())
        return cls(begun=begun, floor=int(since.timestamp()), at=begun)

    def begin(self, now: datetime, *, history: timedelta, reread: timedelta) -> Self:
        """On the way back: one that is under way, else a new one.

        It goes `reread` further than the last, for posts that the search learnt of late or that
        changed; the first goes to the beginning of the `history`.
        """
        if not self.is_whole:
            return self
        begun = int(now.timestamp())
        floor = self.until - _seconds(reread) if self.until else begun - _seconds(history)
        return replace(self, begun=begun, floor=max(floor, 0), at=0, page=0)

    def ended(self) -> Self:
        """The way back has arrived."""
        return type(self)(until=self.begun)

    def after(self, moments: Collection[int], *, has_more: bool) -> Self:
        """Where to go on after a page. Raises SourceUnavailable where its pages do not advance."""
        oldest = min(moments, default=self.at)
        if not has_more or (moments and oldest < self.floor):
            return self.ended()
        if self.at and oldest > self.at:
            raise SourceUnavailable("the server's pages do not advance")
        if oldest == self.at:
            return replace(self, page=self.page + 1)
        return replace(self, at=oldest, page=0)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
