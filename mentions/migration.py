"""Copying one store into another, such as from SQLite to Elasticsearch when a team outgrows it.

In order of time, so that what a killed copy left off at is found by counting: up to there both
stores hold as many mentions. Writing a mention twice changes nothing. At the end both stores are
read in full and compared by count and checksum.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from mentions.errors import StoreError
from mentions.mention import OLDEST, Mention
from mentions.query.tree import Everything, Query
from mentions.store import MentionStore

CHUNK = 1_000
"""Mentions between two signs of progress."""
_EVERYTHING = Query("*", Everything())
_DAY = timedelta(days=1)
_BITS = 128

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and how far it will go."""


@dataclass(frozen=True, slots=True)
class Contents:
    """How many mentions a store holds, and a sum over all of them that no order changes."""

    count: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration copied, from where on (None: the beginning), and what both stores hold."""

    copied: int
    resumed_at: datetime | None
    contents: Contents


def migrate(
    source: MentionStore,
    target: MentionStore,
    *,
    progress: Progress,
    from_start: bool = False,
) -> Migrated:
    """Copy every mention and compare both stores.

    Goes on where an earlier run was stopped, unless `from_start`. Raises StoreError if the stores
    differ at the end, saying what to do.
    """
    since = None if from_start else resumes_at(source, target)
    copied = _copy(source, target, since, progress)
    here = contents(source, doing="read back the source", progress=progress)
    there = contents(target, doing="read back the target", progress=progress)
    if here != there:
        raise StoreError(_differing(here, there))
    return Migrated(copied, since, there)


def resumes_at(source: MentionStore, target: MentionStore) -> datetime | None:
    """The last midnight up to which both stores hold as many mentions; None if the target none."""
    if target.count(_EVERYTHING) == 0:
        return None
    newest = source.search(_EVERYTHING, limit=1).mentions
    if not newest:
        return None
    lowest, highest = 0, (newest[0].published - OLDEST) // _DAY + 1
    while lowest < highest:
        middle = (lowest + highest + 1) // 2
        until = OLDEST + middle * _DAY
        if source.count(_EVERYTHING, until=until) == target.count(_EVERYTHING, until=until):
            lowest = middle
        else:
            highest = middle - 1
    return OLDEST + lowest * _DAY if lowest else None


def contents(store: MentionStore, *, doing: str, progress: Progress) -> Contents:
    """Count and checksum of everything that the store holds."""
    total = store.count(_EVERYTHING)
    count, checksum = 0, 0
    for mention in store.iterate(_EVERYTHING):
        count += 1
        checksum = (checksum + _digest(mention)) % 2**_BITS
        if count % CHUNK == 0:
            progress(doing, count, total)
    progress(doing, count, total)
    return Contents(count, f"{checksum:032x}")


def _copy(
    source: MentionStore, target: MentionStore, since: datetime | None, progress: Progress
) -> int:
    total = source.count(_EVERYTHING, since=since)
    copied = 0
    for chunk in _chunks(source.iterate(_EVERYTHING, since=since)):
        written = target.upsert(chunk)
        if written.refused:
            first = written.refused[0]
            raise StoreError(
                f"the target refused {len(written.refused)} mentions, first {first.mention_id!r}: "
                f"{first.reason}; mend or delete them in the source and run it again"
            )
        copied += len(chunk)
        progress("copy", copied, total)
    return copied


def _chunks(mentions: Iterator[Mention]) -> Iterator[list[Mention]]:
    while chunk := list(islice(mentions, CHUNK)):
        yield chunk


def _digest(mention: Mention) -> int:
    """Of the mention itself, which either store keeps as the same JSON."""
    body = mention.model_dump_json(exclude_defaults=True).encode()
    return int.from_bytes(hashlib.blake2b(body, digest_size=_BITS // 8).digest())


def _differing(here: Contents, there: Contents) -> str:
    if here.count != there.count:
        what = f"the source holds {here.count:,} mentions, the target {there.count:,}"
    else:
        what = f"both hold {here.count:,} mentions, but not the same ones or not alike"
    return (
        f"the stores differ: {what}; stop what writes to either and run it again with --from-start "
        "(mentions that only the target holds stay there: migrate into an empty store)"
    )
