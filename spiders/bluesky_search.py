"""Where a search was read to, and where it goes on: decisions about pages, without a network.

A search of Bluesky is sorted by the earlier of the time that a post claims and the time it was
seen, newest first, and `since` (included) and `until` (excluded) bound it by that time. The API's
own cursor may end before the results do, so `until` leads from page to page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from mentions.errors import SourceUnavailable
from spiders.bluesky_mention import sorted_at
from spiders.past import Past

_STEP = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Walk:
    """A way back from `begun` to `since`; what is before `until` has yet to be read."""

    since: str
    until: str = ""
    begun: str = ""
    seen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """Everything up to `newest` was read, but for what `walk` has to go."""

    newest: str = ""
    seen: Mapping[str, Any] = field(default_factory=dict)
    walk: Walk | None = None

    @classmethod
    def remembered(cls, cursor: Mapping[str, Any]) -> Self:
        """The place that a cursor holds."""
        walk = cursor.get("walk")
        return cls(cursor.get("newest", ""), cursor.get("seen", {}), Walk(**walk) if walk else None)

    @classmethod
    def in_past(cls, past: Past) -> Self:
        """The place with a way back through a backfill's window."""
        # What was published in its last millisecond must be below where the way begins.
        return cls(walk=Walk(since=iso(past.since), until=iso(past.until + _STEP)))

    def walking(self, *, now: datetime, history: timedelta, overlap: timedelta) -> Self:
        """The place with a way back: to the history first, later into what was read before.

        The overlap brings posts that claim to be older than when they came, and counts that grew.
        """
        if self.walk is not None:
            return self
        oldest = datetime.fromisoformat(self.newest) - overlap if self.newest else now - history
        return replace(self, walk=Walk(since=iso(oldest)))


def stepped(place: SearchPlace, posts: Sequence[object], *, full: int) -> SearchPlace:
    """The place after a page; without a walk it has arrived.

    Raises SourceUnavailable where the pages lead nowhere.
    """
    walk = place.walk
    if walk is None:
        raise ValueError("a step needs a way; begin with walking()")
    times = sorted(at for post in posts if (at := sorted_at(post)) is not None)
    begun = walk.begun or (iso(times[-1]) if times else "")
    # The oldest millisecond is read again: more of its posts may be on the next page.
    until = iso(times[0] + _STEP) if times else ""
    if not times or (walk.until and until >= walk.until):
        if len(posts) >= full:
            raise SourceUnavailable("the server's pages do not advance")
        newest = max(place.newest, begun)
        return SearchPlace(newest, place.seen)
    return replace(place, walk=replace(walk, until=until, begun=begun))


def iso(moment: datetime) -> str:
    """As the API writes times; of one form, so that the alphabet sorts them."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
