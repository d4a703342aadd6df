"""Lists that show the newest first and go on after an id: how far one was read, and from where."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Descent:
    """A way down a list: it goes on after the id `after` (empty: from the top) to `floor`."""

    after: str
    floor: str

    def has_arrived(self, times: Sequence[datetime]) -> bool:
        """Whether an answer with posts of these times reaches below the floor."""
        floor = datetime.fromisoformat(self.floor)
        return any(moment < floor for moment in times)


@dataclass(frozen=True, slots=True)
class Depth:
    """How far a list was read: everything up to `until`, but for what `left` has to go."""

    until: str = ""
    left: Descent | None = None

    @classmethod
    def remembered(cls, cursor: Mapping[str, Any]) -> Self:
        """The depth that a cursor holds."""
        left = cursor.get("left")
        return cls(cursor.get("until", ""), Descent(**left) if left else None)

    def to_json(self) -> dict[str, Any]:
        """What `remembered` reads."""
        return asdict(self)

    def reaches(self, times: Sequence[datetime]) -> bool:
        """Whether an answer with posts of these times goes down to where the list was read."""
        return bool(self.until) and any(moment.isoformat() < self.until for moment in times)

    def risen(self, times: Sequence[datetime], *, now: datetime) -> str:
        """The time of the newest post; a clock that runs ahead does not carry it along."""
        return max([self.until, *(min(moment, now).isoformat() for moment in times)])


def joined(upper: Descent | None, lower: Descent | None) -> Descent | None:
    """One way for two; what lies between them is read again."""
    if upper is None or lower is None:
        return upper or lower
    return replace(upper, floor=min(upper.floor, lower.floor))
