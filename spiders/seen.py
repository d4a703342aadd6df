"""Seen: what an answer held last time, so that only what is new or changed is written again."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from mentions.collected import Collected
from mentions.mention import Mention
from spiders.harvest import Withheld

MAX_SEEN = 2_000
"""Remembered per part, about 60 bytes each. What does not fit is written at every pass, which
costs space and changes nothing. The longest feed of the recordings has 50 entries."""
_KEY_DIGITS = 16


class Seen:
    """Filters one answer against the last one; `memory` is what to keep for the next.

    An answer that comes in pages goes on from what its earlier pages held (`begun`).
    """

    def __init__(
        self, memory: Mapping[str, Any], *, begun: Mapping[str, Any] | None = None
    ) -> None:
        self._before = memory
        self._now: dict[str, list[Any]] = dict(begun or {})

    def first_published(self, native_id: str) -> datetime | None:
        """The time that a post without a reliable one was given when it was first seen."""
        said = self._before.get(_digest(native_id), ())
        return datetime.fromtimestamp(said[1], UTC) if len(said) > 1 else None

    def held(self, native_id: str) -> bool:
        """Whether the answers before this one held that post."""
        return _digest(native_id) in self._before

    def is_news(self, item: Collected | Withheld) -> bool:
        """Whether it is new or changed since the last answer."""
        key, entry = _entry(item)
        return self._digest_in(self._before, key) != str(entry[0])

    def news(self, items: Iterable[Collected | Withheld]) -> Iterator[Collected | Withheld]:
        """Those that are new or changed since the last answer."""
        for item in items:
            key, entry = _entry(item)
            known = (self._digest_in(self._before, key), self._digest_in(self._now, key))
            if len(self._now) < MAX_SEEN:
                self._now.setdefault(key, entry)
            if entry[0] not in known:
                yield item

    @staticmethod
    def _digest_in(memory: Mapping[str, Any], key: str) -> str | None:
        entry = memory.get(key)
        return str(entry[0]) if entry else None

    @property
    def memory(self) -> dict[str, list[Any]]:
        """What this answer held, for the next pass."""
        return self._now

    @property
    def together(self) -> dict[str, list[Any]]:
        """What this answer and the ones before it held: for lists that come page by page."""
        older = ((key, entry) for key, entry in self._before.items() if key not in self._now)
        return dict(islice(chain(self._now.items(), older), MAX_SEEN))


def digest_of(item: Collected | Withheld) -> str:
    """A few digits that change when the content does; when it was collected is none of it."""
    if not isinstance(item, Mention):
        return _digest(repr(item))
    return _digest(item.model_dump_json(exclude={"collected"}, exclude_defaults=True))


def _entry(item: Collected | Withheld) -> tuple[str, list[Any]]:
    said = digest_of(item)
    if not isinstance(item, Mention):
        return said, [said]
    entry: list[Any] = [said]
    if "published" in item.reasons:
        entry.append(item.published.timestamp())
    return _digest(item.native_id), entry


def _digest(text: str) -> str:
    said = text.encode("utf-8", "backslashreplace")
    return hashlib.blake2b(said, digest_size=_KEY_DIGITS // 2).hexdigest()
