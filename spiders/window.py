"""Window: the posts of a search that each pass reads again, to see what changed and what is gone.

Unlike `Seen` it knows them by their ids, so that somebody can be asked about those that vanished.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Self

from mentions.collected import Deletion, Reject
from mentions.mention import Mention
from spiders.harvest import Withheld
from spiders.seen import digest_of

MAX_WATCHED = 2_000
"""About 60 bytes each in the cursor. Those that do not fit are written at every pass."""
_NOT_A_POST = "!"
Item = Mention | Reject | Deletion | Withheld
Entry = tuple[str, int, str]
"""The digest of what a post said, when it was published, and the root of its conversation."""


class Window:
    """What was read before, and what has been read in this way back."""

    def __init__(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        self._before: dict[str, Entry] = {key: _entry(said) for key, said in before.items()}
        self._now: dict[str, Entry] = {key: _entry(said) for key, said in now.items()}

    @classmethod
    def remembered(cls, cursor: Mapping[str, Any]) -> Self:
        """The window that a cursor holds."""
        return cls(cursor.get("before", {}), cursor.get("now", {}))

    def to_json(self) -> dict[str, Any]:
        """What `remembered` reads."""
        return {"before": dict(self._before), "now": dict(self._now)}

    def news(self, items: Iterable[Item], *, now: datetime) -> Iterator[Item]:
        """Those that are new or changed."""
        for item in items:
            key, entry = _remembered(item, now)
            known = (self._before.get(key), self._now.get(key))
            if key in self._now or len(self._now) < MAX_WATCHED:
                self._now[key] = entry
            if entry[0] not in [said[0] for said in known if said]:
                yield item

    def vanished(self, *, since: int) -> list[str]:
        """Ids of posts published since then that were there before, and are not now."""
        if len(self._now) >= MAX_WATCHED:
            return []  # a window that overflows cannot tell
        return [
            key
            for key, (_, published, _) in self._before.items()
            if published >= since and key not in self._now and not key.startswith(_NOT_A_POST)
        ]

    def moved(self, *, floor: int) -> None:
        """A way back has ended: remember what it read, for a page may reach below the next floor.

        What vanished stays while it is above that floor and nobody has been asked about it.
        """
        vanished = {key: said for key, said in self._before.items() if said[1] >= floor}
        every = {**vanished, **self._now}
        newest = set(sorted(every, key=lambda key: every[key][1], reverse=True)[:MAX_WATCHED])
        self._before = {key: entry for key, entry in every.items() if key in newest}
        self._now = {}

    def forget(self, native_id: str) -> None:
        """The post is gone."""
        self._before.pop(native_id, None)

    def asked(self, native_id: str) -> None:
        """Put the post last in `vanished`: where few are asked about, each has its turn."""
        self._before[native_id] = self._before.pop(native_id)

    def renew(self, mention: Mention) -> bool:
        """Remember what a post says now; whether that is something else than before."""
        native_id = mention.native_id
        digest, published, thread = self._before[native_id]
        self._before[native_id] = (digest_of(mention), published, thread)
        return self._before[native_id][0] != digest

    def thread_of(self, native_id: str) -> str:
        """The root of a remembered post's conversation."""
        return self._before[native_id][2] if native_id in self._before else ""


def _remembered(item: Item, now: datetime) -> tuple[str, Entry]:
    if isinstance(item, Mention):
        return item.native_id, (digest_of(item), int(item.published.timestamp()), item.thread)
    digest = digest_of(item)
    return f"{_NOT_A_POST}{digest}", (digest, int(now.timestamp()), "")


def _entry(said: Any) -> Entry:
    digest, published, thread = said
    return digest, published, thread
