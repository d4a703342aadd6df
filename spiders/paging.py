"""Where a timeline was read to, and where it goes on: decisions about pages, without a network.

Ids follow the moment a post reached the server and not the one it was written at (the recorded
public timeline has a post 49 minutes old among new ones), so that going forward by them leaves no
gap for posts that arrive late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from mentions.errors import SourceUnavailable
from spiders.status import created_at

LATE = timedelta(days=1)
"""A post reaches a server up to so long after it was written; very few come later."""
_SNOWFLAKE_BITS = 16


@dataclass(frozen=True, slots=True)
class Walk:
    """A way back in time: it began at `newest` and has yet to go from `max_id` to its floor.

    The floor is a time (the first pass's history) or an id (where a search was before).
    """

    newest: str = ""
    max_id: str = ""
    floor_at: str = ""
    floor_id: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a timeline was read: everything up to `newest`, but for what `walk` has to go."""

    newest: str = ""
    walk: Walk | None = None

    @classmethod
    def remembered(cls, cursor: Mapping[str, Any]) -> Self:
        """The place that a cursor holds."""
        walk = cursor.get("walk")
        return cls(cursor.get("newest", ""), Walk(**walk) if walk else None)

    def walking(self, *, floor: datetime) -> Self:
        """The place with a way back to where it was, or to `floor` where it never was anywhere."""
        if self.walk is not None:
            return self
        floor_at = "" if self.newest else floor.isoformat()
        return replace(self, walk=Walk(floor_at=floor_at, floor_id=self.newest))


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its statuses, and the ids from which its neighbours go on."""

    statuses: Sequence[Any]
    newer: str
    older: str


def id_order(status_id: str) -> tuple[int, str]:
    """Ids grow with time: longer is newer, and of one length the alphabet decides."""
    return len(status_id), status_id


def page_of(statuses: Sequence[Any], links: Mapping[str, str]) -> Page:
    """A page with its neighbours as its links name them, else as its ids tell."""
    ids = sorted(_ids(statuses), key=id_order)
    first, last = (ids[0], ids[-1]) if ids else ("", "")
    return Page(statuses, links.get("prev") or last, links.get("next") or first)


def forward(place: Place, page: Page) -> Place:
    """The place after a page of newer posts. Raises SourceUnavailable where it gets no further."""
    if id_order(page.newer) <= id_order(place.newest):
        raise SourceUnavailable("the server's pages do not advance")
    return replace(place, newest=page.newer)


def back(place: Place, page: Page, *, is_search: bool) -> tuple[Sequence[Any], Place]:
    """The statuses above the floor, and the place after them; without a walk it has arrived.

    A timeline can go forward from its newest post at once. A search knows no way forward, so it
    moves up to its newest only when everything below has been seen.
    """
    walk = place.walk or Walk()
    ids = sorted(_ids(page.statuses), key=id_order)
    begun = walk.newest or (ids[-1] if ids else "")
    kept = [status for status in page.statuses if not _is_below(status, walk)]
    # Some servers ignore max_id in searches and would give the same page for ever.
    advances = not walk.max_id or id_order(page.older) < id_order(walk.max_id)
    goes_on = bool(kept) and bool(page.older) and advances
    newest = place.newest
    if not is_search:
        newest = newest or begun
    elif not goes_on:
        newest = max(newest, begun, key=id_order)
    after = replace(walk, newest=begun, max_id=page.older) if goes_on else None
    return kept, Place(newest, after)


def ignored(place: Place, page: Page) -> bool:
    """Whether a server was asked for what is older than an id, and gave something newer."""
    max_id = place.walk.max_id if place.walk else ""
    ids = _ids(page.statuses)
    return bool(max_id and ids) and id_order(max(ids, key=id_order)) >= id_order(max_id)


def skipped(place: Place, page: Page, *, until: datetime) -> Place:
    """The place with its walk moved on to where posts of `until` are, if the ids of a page tell.

    Mastodon's ids begin with the milliseconds since 1970 (lib/mastodon/snowflake.rb); those of
    other servers do not, and their lists are read from the newest on.
    """
    walk = place.walk
    if walk is None or not any(map(_tells_its_time, page.statuses)):
        return place
    reached = str(int((until + LATE).timestamp() * 1_000) << _SNOWFLAKE_BITS)
    return replace(place, walk=replace(walk, max_id=min(reached, walk.max_id, key=id_order)))


def _tells_its_time(status: object) -> bool:
    ids, made = _ids([status]), created_at(status)
    if made is None or not ids or not ids[0].isdecimal():
        return False
    told = (int(ids[0]) >> _SNOWFLAKE_BITS) / 1_000
    return abs(told - made.timestamp()) < LATE.total_seconds()


def _is_below(status: object, walk: Walk) -> bool:
    made = created_at(status)
    if walk.floor_at and made is not None and made < datetime.fromisoformat(walk.floor_at):
        return True
    ids = _ids([status])
    return bool(walk.floor_id and ids) and id_order(ids[0]) <= id_order(walk.floor_id)


def _ids(statuses: Sequence[Any]) -> list[str]:
    said = (status.get("id") for status in statuses if isinstance(status, dict))
    return [str(one) for one in said if isinstance(one, str | int) and str(one)]
