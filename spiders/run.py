"""SourceRun: what one pass over one source did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from spiders.journal import Batch


class Quota(NamedTuple):
    """How many requests a platform still allows, of how many where it says so."""

    left: int
    of: int | None = None


Cursor = Mapping[str, Any]
"""Where a source goes on: part (a feed's address, a timeline) -> what its spider remembers."""

REST = "rest "
"""The part of a cursor that remembers, per host, until when it asked to be left alone."""


@dataclass(frozen=True, slots=True)
class SourceRun:
    """One pass over one source. A failed pass may still have brought batches.

    `cursor` covers exactly what `batches` hold; None means that it did not move. `error` is for
    people and empty when `ok`. `withheld` counts posts left alone because their authors do not
    want to be found by search. `newest_post_at` is when the newest post that it brought was
    published, `last_post_at` the last one. `fault` is what a failed pass counts towards a rest, see
    `spiders.pacing`. `parts` are what a backfill reads the source in.
    """

    source: str
    started_at: datetime
    ended_at: datetime
    ok: bool
    error: str = ""
    batches: tuple[Batch, ...] = ()
    cursor: Cursor | None = None
    withheld: int = 0
    newest_post_at: datetime | None = None
    fault: float = 0.0
    quota: Quota | None = None
    last_post_at: datetime | None = None
    parts: tuple[str, ...] = ()

    @property
    def posts(self) -> int:
        """Posts written to the journal, new and seen again."""
        return sum(batch.posts for batch in self.batches)
