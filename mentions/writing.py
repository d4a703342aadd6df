"""What an upsert decides before it writes: which mentions change, and what it says of each.

Pure: a store gives what it holds and gets back what to write, so both stores decide alike.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple, TypeVar

from mentions.documents import Document, document
from mentions.errors import UntaggedError
from mentions.mention import Mention
from mentions.merge import merged
from mentions.store import Refused, Written

T = TypeVar("T")


class Change(NamedTuple):
    """One id after its incoming mentions were merged; `document` is None if nothing changes."""

    kept: Mention
    document: Document | None
    written: Written
    changes_text: bool


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`, without holding more than one list."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def by_id(incoming: Iterable[Mention]) -> dict[str, list[Mention]]:
    """The mentions under their ids, in the order in which they came."""
    grouped: dict[str, list[Mention]] = {}
    for mention in incoming:
        grouped.setdefault(mention.id, []).append(mention)
    return grouped


@contextmanager
def without_collector() -> Iterator[None]:
    """A block in which Python does not look for cycles of objects.

    A chunk becomes some hundred thousand objects that hold no cycles and live for a moment, and
    the collector would walk over them, and over all that the caller holds, again and again: a
    tenth of the time that indexing takes. Where two threads overlap it may run, which only costs.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def plan(
    incoming: Mapping[str, Sequence[Mention]], stored: Mapping[str, Mention]
) -> tuple[dict[str, Change], list[Refused]]:
    """What to do for each id, and the ids that no store can take."""
    changes: dict[str, Change] = {}
    refused: list[Refused] = []
    for mention_id, mentions in incoming.items():
        try:
            changes[mention_id] = _change(stored.get(mention_id), mentions)
        except UntaggedError as error:
            refused.append(Refused(mention_id, str(error)))
    return changes, refused


def total(parts: Iterable[Written]) -> Written:
    """The sum of what several writes did."""
    created = updated = unchanged = 0
    refused: list[Refused] = []
    for part in parts:
        created += part.created
        updated += part.updated
        unchanged += part.unchanged
        refused += part.refused
    return Written(created, updated, unchanged, tuple(refused))


def _change(stored: Mention | None, incoming: Sequence[Mention]) -> Change:
    now, outcomes = stored, list[str]()
    for mention in incoming:
        # A first mention meets itself, so that writing it a second time changes nothing.
        kept = merged(now or mention, mention)
        outcomes.append("created" if now is None else "unchanged" if kept == now else "updated")
        now = kept
    if now is None:
        raise ValueError("an id without mentions")
    return Change(
        kept=now,
        document=None if stored is not None and now == stored else document(now),
        written=total(_ONE[outcome] for outcome in outcomes) if outcomes[1:] else _ONE[outcomes[0]],
        changes_text=stored is None or (stored.text, stored.title) != (now.text, now.title),
    )


_ONE = {
    "created": Written(created=1),
    "updated": Written(updated=1),
    "unchanged": Written(unchanged=1),
}
"""What writing one mention did."""
