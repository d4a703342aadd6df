"""Following: which conversations to look at again, and which of them said something new.

A mention that waits for an answer is looked at again, each in its turn: whether our own account has
answered, its author said more, or it is gone. What a look gave is remembered as a digest, so that a
conversation in which nothing happened is not written again.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mentions.collected import Collected
from mentions.mention import Mention
from spiders.harvest import Withheld
from spiders.seen import digest_of

PART = "conversations"
"""The part of a cursor that remembers where the round of conversations is."""
PER_PASS = 20
"""Conversations a pass looks at: two requests each, of Mastodon's 300 in five minutes."""
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Round:
    """Where the round is: the native id of the last one looked at, and digests of what was seen."""

    last: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def remembered(cls, cursor: Mapping[str, Any]) -> "Round":
        """The round that a cursor holds."""
        return cls(cursor.get("last", ""), cursor.get("seen", {}))

    def turns(self, waiting: Sequence[str]) -> list[str]:
        """Whose turn it is in this pass; `waiting` are the newest first.

        Those never looked at come first, up to half of the pass; then the others, from the last
        one on.
        """
        fresh = [native_id for native_id in waiting if native_id not in self.seen]
        known = sorted(native_id for native_id in waiting if native_id in self.seen)
        place = bisect_right(known, self.last)
        known = [*known[place:], *known[:place]]
        first = fresh[: max(PER_PASS // 2, PER_PASS - len(known))]
        return [*first, *known[: PER_PASS - len(first)]]

    def after(self, native_id: str, digest: str, waiting: Sequence[str]) -> "Round":
        """The round once a conversation was looked at; what waits no more is forgotten."""
        seen = {key: self.seen[key] for key in waiting if key in self.seen}
        return Round(native_id, {**seen, native_id: digest})

    def to_cursor(self) -> dict[str, Any]:
        """What the cursor keeps."""
        return {"last": self.last, "seen": dict(self.seen)}


def as_held(found: Sequence[Collected | Withheld]) -> list[Collected | Withheld]:
    """The post, then what followed it, the oldest first, and last what is not there to be read.

    Platforms show conversations as trees, some in an order that changes with every vote.
    """
    return [*found[:1], *sorted(found[1:], key=_published)]


def _published(item: Collected | Withheld) -> datetime:
    return item.published if isinstance(item, Mention) else _LAST


def digest_of_all(items: Sequence[Collected | Withheld]) -> str:
    """Changes where any item of the conversation does, but for when it was collected."""
    said = "".join(map(digest_of, items))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
