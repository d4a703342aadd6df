"""Cursors: where a page of a search ended, so that the next begins there whatever came since.

A page is ordered by its sort's own number, then newest first, then by id; all three, of the last
mention shown, are the cursor. A mention that arrives in between moves no page boundary.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from mentions.store import SortBy

_VERSION = 1
_LARGEST = 2**63 - 1
MAX_CURSOR_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """The last mention of a page: `rank` is its relevance or reach, 0 if sorted by time alone.

    `weights` are the relevance weights of the first page, kept so that later pages rank alike.
    """

    sort: SortBy
    rank: float
    published: int
    mention_id: str
    weights: tuple[int, ...] = ()

    def cursor(self) -> str:
        """The place as text to hand out; `place_of` reads it."""
        parts = [_VERSION, self.sort, self.rank, self.published, self.mention_id, self.weights]
        packed = json.dumps(parts, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def place_of(cursor: str | None, sort: SortBy) -> Place | None:
    """The place that a cursor names. Raises ValueError if it is none, or of another sort."""
    if cursor is None:
        return None
    if len(cursor) > MAX_CURSOR_CHARACTERS:
        raise ValueError(f"a cursor is never longer than {MAX_CURSOR_CHARACTERS} characters")
    place = _unpacked(cursor)
    if place.sort != sort:
        raise ValueError(f"this cursor goes on a search sorted by {place.sort}, not by {sort}")
    return place


def _unpacked(cursor: str) -> Place:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return _checked(parts)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            "this is no cursor of a search; start again without one, and pass on cursors unchanged"
        ) from error


def _checked(parts: Sequence[Any]) -> Place:
    version, sort, rank, published, mention_id, weights = parts
    mention_id.encode()  # half a surrogate pair would trouble the stores
    if version != _VERSION or sort not in get_args(SortBy):
        raise ValueError("a cursor of another make")
    if not _are_numbers([rank, published, *weights]):
        raise ValueError("what should be numbers are none")
    return Place(sort, rank, int(published), mention_id, tuple(int(weight) for weight in weights))


def _are_numbers(values: Sequence[object]) -> bool:
    return all(
        isinstance(value, int | float) and -_LARGEST <= value <= _LARGEST for value in values
    )
