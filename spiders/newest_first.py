"""Lists that show the newest first, by page number: how far one was read, and where it goes on.

A page number is a place from the top, and the top moves: what is new pushes everything down, what
is deleted pulls it up. So each window asked for reaches back over the end of the one before; where
the two do not meet, something was pulled out from between them, and the reading steps back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from mentions.errors import SourceUnavailable

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Gap:
    """What is still to be read: from the time `last`, about `covered` places down, to `floor`."""

    last: str
    covered: int
    floor: str

    def pushed_down(self, places: int) -> "Gap":
        """The same gap after so many new posts came in on top."""
        return replace(self, covered=self.covered + places)

    @staticmethod
    def joined(upper: "Gap | None", lower: "Gap | None") -> "Gap | None":
        """One gap for two; what lies between them is read again."""
        if upper is None or lower is None:
            return upper or lower
        return replace(upper, floor=min(upper.floor, lower.floor))


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a list was read: everything up to `until`, but for `gap`."""

    until: str = ""
    gap: Gap | None = None

    @classmethod
    def remembered(cls, cursor: Mapping[str, Any]) -> Self:
        """The reach that a cursor holds."""
        gap = cursor.get("gap")
        return cls(cursor.get("until", ""), Gap(**gap) if gap else None)

    def to_json(self) -> dict[str, Any]:
        """What `remembered` reads."""
        return asdict(self)

    def is_reached_by(self, walk: "Walk") -> bool:
        """Whether a walk from the top has come down to where the list was read."""
        return bool(self.until and walk.last and walk.last.isoformat() < self.until)


@dataclass(frozen=True, slots=True)
class Walk:
    """A way down a list to the time `floor`: the end of what was read, how many places, and ids."""

    floor: datetime
    last: datetime | None = None
    covered: int = 0
    ids: frozenset[str] = frozenset()

    @classmethod
    def through(cls, gap: Gap) -> Self:
        """The walk that goes on in a gap."""
        last, floor = datetime.fromisoformat(gap.last), datetime.fromisoformat(gap.floor)
        return cls(floor, last, gap.covered)

    @property
    def window(self) -> tuple[int, int]:
        """The page and its size to ask for next: it holds the last place read and goes furthest."""
        last = max(self.covered - 1, 0)
        size = max(
            range(PAGE_SIZE // 2, PAGE_SIZE + 1), key=lambda size: (size - last % size, size)
        )
        return last // size + 1, size

    def meets(self, times: Sequence[datetime]) -> bool:
        """Whether a window of these times leaves nothing out between itself and the last one."""
        first, _ = self.window
        return self.last is None or first == 1 or not times or max(times) >= self.last

    def stepped_back(self) -> "Walk":
        """A page further up; what is read twice is only written once."""
        return replace(self, covered=max(self.covered - PAGE_SIZE, 0), ids=frozenset())

    def after(self, ids: Sequence[str], times: Sequence[datetime]) -> "Walk":
        """The walk after a window that meets it; `times` leave out what is pinned on top."""
        page, size = self.window
        return replace(
            self,
            last=min([*times, *([self.last] if self.last else [])], default=None),
            covered=(page - 1) * size + len(ids),
            ids=frozenset(ids),
        )

    def has_arrived(self, ids: Sequence[str], times: Sequence[datetime]) -> bool:
        """Whether a window is the last one: it reaches below the floor or brings nothing more.

        Raises SourceUnavailable where the server gives the same full page for ever.
        """
        brings_nothing = self.ids.issuperset(ids)
        if brings_nothing and len(ids) >= self.window[1]:
            raise SourceUnavailable("the server's pages do not advance")
        return brings_nothing or any(moment < self.floor for moment in times)

    @property
    def gap(self) -> Gap | None:
        """What this walk leaves if it goes no further; None where it saw no time at all."""
        if self.last is None:
            return None
        return Gap(self.last.isoformat(), self.covered, self.floor.isoformat())
