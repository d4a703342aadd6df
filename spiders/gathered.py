"""Gathered: what a run of the stream has picked out, and whose deletions concern us."""

from base64 import b85decode, b85encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from mentions.collected import AuthorDeletion, Deletion
from mentions.errors import BadPost
from mentions.mention import Mention
from spiders.bluesky_mention import Found, Reading, view_mention
from spiders.jetstream import Event, Wanted, read_event
from spiders.json_answer import text_of
from spiders.quarantine import rejected

MAX_AUTHORS = 20_000
"""Remembered at 5 bytes each. With more, every deletion of the network is passed on: that costs
space in the journal and loses nothing."""
FULL_EVENTS, FULL_MESSAGES = 250, 50_000
"""Handed over after so many: a stop costs little, and profiles are asked for 25 at a time."""


class Authors:
    """Whose posts were kept: of all the network's deletions only theirs concern us."""

    def __init__(self, memory: Mapping[str, Any] | None, *, began_before: bool = False) -> None:
        """A source that `began_before` there was a memory may hold posts of anybody."""
        self.is_changed = memory is None
        said = memory or {}
        self._is_everybody = bool(said.get("all")) or (memory is None and began_before)
        raw = b85decode(text_of(said.get("kept")))
        self._kept = {raw[at : at + 4] for at in range(0, len(raw), 4)}

    def note(self, items: Iterable[object]) -> None:
        """Remember who wrote the mentions among the items."""
        for item in items:
            if isinstance(item, Mention):
                self.add(item.author.id)

    def add(self, did: str) -> None:
        """Remember."""
        if did not in self:
            self._kept.add(_short(did))
            self._is_everybody = len(self._kept) > MAX_AUTHORS
            self.is_changed = True

    def __contains__(self, did: str) -> bool:
        return self._is_everybody or _short(did) in self._kept

    def memory(self) -> dict[str, Any]:
        """What to keep in the cursor."""
        self.is_changed = False
        if self._is_everybody:
            return {"all": True}
        return {"kept": b85encode(b"".join(sorted(self._kept))).decode()}


def _short(did: str) -> bytes:
    """Four bytes; that two accounts share them costs one deletion that deletes nothing."""
    return blake2b(did.encode("utf-8", "replace"), digest_size=4).digest()


class Gathered:
    """Takes messages one by one, and remembers what was taken for when it comes again."""

    def __init__(
        self, wanted: Wanted, authors: Authors, known: Mapping[str, Any], *, rewind_us: int
    ) -> None:
        self.time_us: int = known.get("time_us", 0)
        self._wanted = wanted
        self._authors = authors
        self._recent: dict[str, int] = dict(known.get("recent", {}))
        self._rewind_us = rewind_us
        self._events: dict[str, Event] = {}
        self._unreadable: list[tuple[str, object]] = []
        self._messages = 0

    def take(self, message: str | bytes) -> None:
        """Keep it if it concerns us. Raises SourceRefused where it is the stream's own error."""
        self._messages += 1
        try:
            event = read_event(message)
        except BadPost as error:
            self._unreadable.append((str(error), message))
            return
        self.time_us = max(self.time_us, event.time_us)
        if self._concerns(event) and event.key not in self._recent:
            self._recent[event.key] = event.time_us
            # Of several words about one post the last one holds.
            place = event.uri or f"{event.did} gone"
            self._events.pop(place, None)
            self._events[place] = event

    def _concerns(self, event: Event) -> bool:
        if event.kind == "post" and event in self._wanted:
            self._authors.add(event.did)
            return True
        # An update that no longer names us takes back what did.
        return (event.kind in ("deleted", "gone") or event.is_update) and event.did in self._authors

    @property
    def is_full(self) -> bool:
        """Whether it should be handed over now."""
        return len(self._events) >= FULL_EVENTS or self._messages >= FULL_MESSAGES

    @property
    def has_moved(self) -> bool:
        """Whether anything came."""
        return self._messages > 0

    def writers(self) -> list[str]:
        """Whose posts it holds."""
        return list({event.did: None for event in self._events.values() if event.kind == "post"})

    def items(
        self, people: Mapping[str, Mapping[str, Any]], reading: Reading
    ) -> Iterator[Found | AuthorDeletion]:
        """The posts with what their authors are called, and whatever is to be deleted."""
        for reason, message in self._unreadable:
            yield rejected(reading.source, reason, message)
        for event in self._events.values():
            if event.kind == "gone":
                yield AuthorDeletion(reading.source, event.did)
            elif event.kind == "deleted" or event not in self._wanted:
                yield Deletion(f"{reading.source}:{event.uri}")
            else:
                yield event_mention(event, people.get(event.did, {}), reading)

    def taken(self) -> dict[str, Any]:
        """Forget what was handed over; where to go on after it."""
        self._events, self._unreadable, self._messages = {}, [], 0
        oldest = self.time_us - self._rewind_us
        self._recent = {key: at for key, at in self._recent.items() if at >= oldest}
        return {"time_us": self.time_us, "recent": self._recent}


def event_mention(event: Event, author: Mapping[str, Any], reading: Reading) -> Found:
    """The post of an event. An event tells no counts, and only the DID of its author."""
    view = {
        "uri": event.uri,
        "author": {**author, "did": event.did},
        "record": event.record,
        "indexedAt": event.at.isoformat(),
    }
    found = view_mention(view, reading)
    if isinstance(found, Mention) and event.is_update:
        return found.model_copy(update={"edited": event.at})
    return found
