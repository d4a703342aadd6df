"""What a spider hands over after each answer: the items, and where to go on after them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

from mentions.collected import Collected


@dataclass(frozen=True, slots=True)
class Withheld:
    """A post that is not kept, because it is not public or its author refuses to be indexed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Harvest:
    """One answer's worth of items for one part of a source (a feed's address, a timeline).

    `cursor` is asked only after every item was written; it says where this part goes on. None
    forgets the part. `is_answer` is False for what only remembers something about the source. In a
    backfill `is_last` says that nothing of the part's window is left to be read, and `short` what
    of it cannot be had.
    """

    part: str
    items: Iterable[Collected | Withheld]
    cursor: Callable[[], Mapping[str, Any] | None]
    _: KW_ONLY
    is_answer: bool = True
    is_last: bool = False
    short: str = ""
