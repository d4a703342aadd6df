"""Reading: a list of YouTube's threads while its pages come in, the newest first."""

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any

from spiders.seen import Seen

MAX_WATCHED = 1_000


class Reading:
    """What is known of a video's or channel's threads while their pages are read."""

    def __init__(self, state: Mapping[str, Any], *, history: datetime) -> None:
        self.floor: str = state.get("floor") or history.isoformat()
        self.seen = Seen(state.get("seen", {}))
        self.at_top = True
        self._watched: dict[str, str] = dict(state.get("watched", {}))
        self._found: dict[str, str] = {}

    def missing(self, found: Mapping[str, str], oldest: datetime | None) -> list[str]:
        """Threads that should have been among the found so far, down to `oldest`."""
        self._found |= found
        since = oldest.isoformat() if oldest else ""
        return [one for one, at in self._watched.items() if at > since and one not in self._found]

    def forget(self, gone: Set[str], follow_from: datetime) -> None:
        """Watch what was found, without what is gone or too old to be followed."""
        both = {**self._watched, **self._found}.items()
        since = follow_from.isoformat()
        followed = [(at, one) for one, at in both if at > since and one not in gone]
        self._watched = {one: at for at, one in sorted(followed, reverse=True)[:MAX_WATCHED]}

    @property
    def anew(self) -> dict[str, Any]:
        """A cursor that makes the next pass read everything to the floor."""
        return {"floor": self.floor, "seen": self.seen.together, "watched": self._watched}

    def cursor(self, gap: str) -> dict[str, Any]:
        """Where the next pass goes on; `gap` is the page after which something was not read."""
        return {**self.anew, "watched": dict(self._watched), "begun": True, "gap": gap}
