"""Where a search of X was read to, and what is asked next: decisions, without a network.

A search answers the newest first and leads back page by page. `since_id` and `until_id` bound it
by ids, which grow with time; both, and `start_time`, must lie within its reach (7 days without the
archive), and ids and times must not be mixed: each is answered with 400.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from mentions.errors import SourceUnavailable
from spiders.paging import id_order
from spiders.past import Past
from spiders.x_post import Answer, id_of, posted_at

RECENT = timedelta(days=7)
MARGIN = timedelta(minutes=10)
"""How far from the edge of the reach we stay: a pass takes time, and clocks differ."""
_UP = timedelta(seconds=1, microseconds=-1)
_UNSEARCHED = timedelta(seconds=30)
_OVERLAP = timedelta(minutes=2)
"""A search ends 30 seconds before it is asked; what came since must be in the next one."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A way back in time: it began at `newest`, has reached `until_id`, and ends at its floor.

    That of a backfill begins below `ceiling_at`.
    """

    begun_at: str
    floor_at: str
    ceiling_at: str = ""
    since_id: str = ""
    newest: str = ""
    newest_at: str = ""
    until_id: str = ""
    until_at: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to `newest` was read, and at `read_at`, but for what `walk` has to go."""

    newest: str = ""
    newest_at: str = ""
    read_at: str = ""
    walk: Walk | None = None

    @classmethod
    def remembered(cls, cursor: Mapping[str, Any]) -> Self:
        """The place that a cursor holds."""
        walk = cursor.get("walk")
        texts = {name: cursor.get(name, "") for name in ("newest", "newest_at", "read_at")}
        return cls(**texts, walk=Walk(**walk) if walk else None)

    @classmethod
    def in_past(cls, past: Past, *, now: datetime) -> "Place":
        """The place with a way back through a backfill's window."""
        ceiling = min(past.until, now - _UNSEARCHED).isoformat()
        return cls(walk=Walk(now.isoformat(), past.since.isoformat(), ceiling))

    def walking(self, *, now: datetime, history: timedelta) -> "Place":
        """The place with a way back to where it was, or to its history on the first pass."""
        if self.walk is not None:
            return self
        floor = datetime.fromisoformat(self.read_at) - _OVERLAP if self.read_at else now - history
        walk = Walk(now.isoformat(), floor.isoformat(), since_id=self.newest)
        return replace(self, walk=walk)


def question(place: Place, *, now: datetime, reach: timedelta | None) -> dict[str, str]:
    """The bounds of the search that the place's walk asks for; `reach` None is the archive."""
    walk = place.walk
    if walk is None:
        return {}
    edge = now - reach + MARGIN if reach else None
    bounds = {"until_id": walk.until_id} if walk.until_id else {}
    if walk.since_id and _is_after(place.newest_at, edge):
        return {**bounds, "since_id": walk.since_id}
    if bounds:
        return bounds
    floor = datetime.fromisoformat(walk.floor_at)
    start = max(floor, edge) if edge else floor
    if not walk.ceiling_at:
        return {"start_time": _stamp(start)}
    # Whole seconds, rounded up: what is published in the last one is picked out later.
    end = datetime.fromisoformat(walk.ceiling_at) + _UP
    return {"start_time": _stamp(start), "end_time": _stamp(end)}


def lost(place: Place, *, now: datetime, reach: timedelta | None) -> str:
    """What a walk can no longer reach, in words; empty where nothing is lost."""
    walk = place.walk
    if walk is None or reach is None:
        return ""
    # The way back ends at what was found last, or at its floor where nothing was found yet.
    if _is_after(walk.floor_at, now - reach - _OVERLAP):
        return ""
    until = walk.until_at or (now - reach).isoformat()
    return (
        f"posts from {walk.floor_at[:16]}Z to {min(until, (now - reach).isoformat())[:16]}Z are out"
        " of the reach of recent search; archive: true gets them, where the plan has it"
    )


def arrived(place: Place) -> Place:
    """The place at the end of its walk."""
    walk = place.walk
    if walk is None:
        return place
    if walk.newest and id_order(walk.newest) > id_order(place.newest):
        return Place(walk.newest, walk.newest_at, walk.begun_at)
    return Place(place.newest, place.newest_at, walk.begun_at)


def is_out_of_reach(place: Place, *, now: datetime, reach: timedelta | None) -> bool:
    """Whether nothing of the walk's way can be asked for any more."""
    walk = place.walk
    if walk is None or reach is None or not (above := walk.until_at or walk.ceiling_at):
        return False
    return not _is_after(above, now - reach + MARGIN)


def back(place: Place, answer: Answer) -> tuple[Sequence[Any], Place]:
    """The posts above the floor, and the place after them; without a walk it has arrived.

    Raises SourceUnavailable where the pages do not lead back.
    """
    walk = place.walk or Walk("", "")
    ordered = sorted(filter(id_of, answer.posts), key=lambda post: id_order(id_of(post)))
    posts = [post for post in answer.posts if _is_above(post, walk)]
    if not ordered:
        return posts, place if answer.next_token else arrived(place)
    oldest, newest = ordered[0], ordered[-1]
    if walk.until_id and id_order(id_of(oldest)) >= id_order(walk.until_id):
        raise SourceUnavailable("the server's pages do not advance")
    begun = {"newest": id_of(newest), "newest_at": _at(newest)} if not walk.newest else {}
    walk = replace(walk, **begun, until_id=id_of(oldest), until_at=_at(oldest))
    after = replace(place, walk=walk)
    goes_on = bool(answer.next_token) and len(posts) == len(answer.posts)
    return posts, after if goes_on else arrived(after)


def _is_above(post: object, walk: Walk) -> bool:
    if walk.since_id:
        return id_order(id_of(post)) > id_order(walk.since_id)
    made = posted_at(post)
    if made is None or not walk.floor_at:
        return True
    return made >= datetime.fromisoformat(walk.floor_at)


def _is_after(said: str, edge: datetime | None) -> bool:
    return edge is None or (bool(said) and datetime.fromisoformat(said) > edge)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _at(post: object) -> str:
    made = posted_at(post)
    return made.isoformat() if made else ""
