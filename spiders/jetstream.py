"""Jetstream: what happens on the whole network, as JSON, filtered by words before it is kept.

Events come at least once and roughly in order; the cursor is the time of one in microseconds and
is itself delivered again (github.com/bluesky-social/jetstream).
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from mentions.errors import BadPost, SourceRefused, SourceUnavailable
from spiders.bluesky_mention import POSTS
from spiders.bluesky_text import post_text
from spiders.json_answer import list_of, object_of, text_of

GONE = frozenset({"deleted", "takendown"})
"""A deactivated or suspended account may come back, and its posts with it."""
_UNSPACED_FROM = "\u0e00"
"""From Thai on, many scripts write no spaces between words."""


class CursorTooOld(SourceRefused):
    """The stream no longer holds what came after the cursor."""

    NAME = "CursorTooOld"

    def __init__(self, said: str) -> None:
        super().__init__(
            f"{said}; what was posted in between is lost here, a search may still find it, and the"
            " next pass goes on"
        )


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a post, or to an account (`kind` gone); others are `other`."""

    kind: Literal["post", "deleted", "gone", "other"]
    did: str
    time_us: int
    uri: str = ""
    rev: str = ""
    is_update: bool = False
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When the network saw it."""
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=self.time_us)

    @property
    def key(self) -> str:
        """Tells it apart from other events, also when another server delivers it again."""
        said = f"{self.kind} {self.uri or self.did} {self.rev}"
        return blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


def read_event(message: str | bytes) -> Event:
    """Read a message. Raises BadPost where it is none, SourceRefused where it is an error."""
    try:
        said = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise BadPost(f"a message is no JSON: {error}") from error
    if isinstance(said, dict) and isinstance(said.get("error"), str):
        kind = CursorTooOld if said["error"] == CursorTooOld.NAME else SourceRefused
        raise kind(f"the stream says {said['error']}: {text_of(said.get('message'))}")
    did, time_us = text_of(object_of(said).get("did")), object_of(said).get("time_us")
    if not did or not isinstance(time_us, int) or not 0 < time_us < 2**53:
        raise BadPost("a message has no did or no time_us")
    account, commit = object_of(said.get("account")), object_of(said.get("commit"))
    if account and account.get("active") is False and text_of(account.get("status")) in GONE:
        return Event("gone", did, time_us, rev=text_of(account.get("seq")))
    if commit.get("collection") != POSTS:
        return Event("other", did, time_us)
    uri, rev = f"at://{did}/{POSTS}/{text_of(commit.get('rkey'))}", text_of(commit.get("rev"))
    operation = text_of(commit.get("operation"))
    if operation == "delete":
        return Event("deleted", did, time_us, uri, rev)
    if operation not in ("create", "update"):
        return Event("other", did, time_us)
    record, is_update = object_of(commit.get("record")), operation == "update"
    return Event("post", did, time_us, uri, rev, is_update, record)


class Wanted:
    """Which posts are listened for: by a word in them, or because of whose they are."""

    def __init__(self, words: Iterable[str], accounts: Iterable[str] = ()) -> None:
        self._accounts = frozenset(accounts)
        patterns = [_pattern(word.casefold()) for word in words]
        self._words = re.compile("|".join(patterns)) if patterns else None

    def __contains__(self, event: Event) -> bool:
        if event.did in self._accounts or self._addresses(event.record):
            return True
        text = post_text(event.record, web="").casefold()
        return self._words is not None and self._words.search(text) is not None

    def _addresses(self, record: Mapping[str, Any]) -> bool:
        """Whether it answers or names one of the accounts."""
        if not self._accounts:
            return False
        parent = object_of(object_of(record.get("reply")).get("parent"))
        if text_of(parent.get("uri")).removeprefix("at://").partition("/")[0] in self._accounts:
            return True
        return any(
            text_of(object_of(feature).get("did")) in self._accounts
            for facet in list_of(record.get("facets"))
            for feature in list_of(object_of(facet).get("features"))
        )


def _pattern(word: str) -> str:
    """The word as a whole, with any spaces between its parts."""
    inner = r"\s+".join(re.escape(part) for part in word.split())
    before = r"(?<!\w)" if _is_spaced(word[0]) else ""
    return f"{before}{inner}(?!\\w)" if _is_spaced(word[-1]) else f"{before}{inner}"


def _is_spaced(letter: str) -> bool:
    return letter.isalnum() and letter < _UNSPACED_FROM


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a run ends: after a time or a count, or when nothing comes any more."""

    seconds: float
    quiet_seconds: float
    messages: int


async def messages(connection: ClientConnection, bounds: Bounds) -> AsyncIterator[str | bytes]:
    """What comes within the bounds of time and count. Raises SourceUnavailable at a broken end."""
    loop = asyncio.get_running_loop()
    end = loop.time() + bounds.seconds
    for _ in range(bounds.messages):
        try:
            async with asyncio.timeout_at(min(end, loop.time() + bounds.quiet_seconds)):
                message = await connection.recv()
        except TimeoutError:
            return
        except ConnectionClosed as error:
            raise SourceUnavailable(
                f"the stream broke off ({error}); the next pass goes on"
            ) from error
        yield message
