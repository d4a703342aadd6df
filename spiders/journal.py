"""The journal: what every collecting run brought, as immutable compressed JSON-lines files.

A batch is there whole or not at all: it is written beside its place, flushed to the disk, and
renamed. Its name says when and from which source, so that a sorted listing is a history.
"""

import contextlib
import gzip
import itertools
import json
import re
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Self

from mentions.collected import AuthorDeletion, Collected, Deletion, Reject
from mentions.errors import BadPost, NotFound, SettingsError
from mentions.mention import Mention
from spiders.journal_place import Draft, Place, open_place
from spiders.quarantine import rejected
from spiders.source import SOURCE_NAME

MAX_BATCH_ITEMS = 5_000
MAX_BATCH_BYTES = 16 * 2**20
"""Uncompressed. Both bounds keep what a reader holds at once in the tens of megabytes."""
_SUFFIX = ".jsonl.gz"
_TIME = "%Y%m%dT%H%M%S.%fZ"
_NAME = re.compile(rf"(\d{{8}}T\d{{6}}\.\d{{6}}Z)_({SOURCE_NAME})_\d{{6}}[0-9a-f]{{8}}\.jsonl\.gz")
_sequence = itertools.count()


@dataclass(frozen=True, slots=True)
class Batch:
    """One file of the journal and what it holds."""

    name: str
    source: str
    written_at: datetime
    posts: int = 0
    deletions: int = 0
    rejects: int = 0


def named(name: str) -> Batch:
    """The batch of this name, uncounted. Raises NotFound where the name is no batch's."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise NotFound(f"{name!r} is no name of a batch")
    return Batch(name, match[2], datetime.strptime(match[1], _TIME).replace(tzinfo=UTC))


class BatchWriter:
    """Writes one batch as its items come, in constant memory; nothing is there until `commit`."""

    def __init__(self, place: Place, source: str, at: datetime) -> None:
        # The number keeps batches of one moment in order, the rest keeps processes apart.
        unique = f"{next(_sequence) % 1_000_000:06d}{secrets.token_hex(4)}"
        self.name = f"{at.astimezone(UTC).strftime(_TIME)}_{source}_{unique}{_SUFFIX}"
        self.bytes_written = 0
        self._batch = named(self.name)
        self._counts = {"posts": 0, "deletions": 0, "rejects": 0}
        self._place = place
        self._draft: Draft | None = None
        self._stream: gzip.GzipFile | None = None

    @property
    def items(self) -> int:
        """How many were added."""
        return sum(self._counts.values())

    @property
    def is_full(self) -> bool:
        """Whether a reader would rather have the rest in another batch."""
        return self.items >= MAX_BATCH_ITEMS or self.bytes_written >= MAX_BATCH_BYTES

    def add(self, item: Collected) -> None:
        """Append one item. Raises StoreUnavailable when the journal takes no more."""
        kind, line = _line(item)
        with self._place.translated("write"):
            if self._stream is None:
                self._draft = self._place.draft(self.name)
                self._stream = _packed(self._draft)
            self._stream.write(line)
        self.bytes_written += len(line)
        self._counts[kind] += 1

    def commit(self) -> Batch | None:
        """Make the batch durable and visible; None, and no file, where nothing was added."""
        if self._stream is None or self._draft is None:
            return None
        with self._place.translated("write"):
            self._stream.close()
            self._place.publish(self._draft)
        return Batch(self.name, self._batch.source, self._batch.written_at, **self._counts)

    def discard(self) -> None:
        """Forget what was added and not committed; after `commit` it changes nothing."""
        if self._draft is not None:
            self._draft.discard()


class Journal:
    """Batches in a directory, or under any fsspec URL such as s3://bucket/journal."""

    def __init__(self, url: str) -> None:
        self._place = open_place(url)

    def writer(self, source: str, *, at: datetime) -> BatchWriter:
        """A batch to fill item by item."""
        if re.fullmatch(SOURCE_NAME, source) is None:
            raise SettingsError(
                f"{source!r} cannot name a source; use up to 64 letters, digits, '.', '_' and '-'"
            )
        return BatchWriter(self._place, source, at)

    def write(self, source: str, items: Iterable[Collected], *, at: datetime) -> Batch | None:
        """All items as one durable batch, or none of them; None where there are no items."""
        writer = self.writer(source, at=at)
        try:
            for item in items:
                writer.add(item)
            return writer.commit()
        finally:
            writer.discard()

    def write_all(
        self, source: str, items: Iterable[Collected], *, at: datetime
    ) -> Iterator[Batch]:
        """As many durable batches of bounded size as it takes, each yielded once it is there."""
        items = iter(items)
        while True:
            batch = self.write(source, itertools.islice(items, MAX_BATCH_ITEMS), at=at)
            if batch is None:
                return
            yield batch

    def read(self, name: str) -> Iterator[Collected]:
        """Everything in the batch; a damaged line or file gives a Reject, never an exception.

        Raises NotFound where there is no such batch, StoreUnavailable where it cannot be had now.
        """
        source = named(name).source
        number = 0
        with self._place.translated("read"), self._place.open(name) as file:
            try:
                with gzip.GzipFile(fileobj=file) as lines:
                    for number, line in enumerate(lines, 1):  # noqa: B007 - used after the loop
                        yield _read_line(line, source)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                yield rejected(source, f"batch {name} is damaged after line {number}: {error}")

    def without(self, name: str, is_unwanted: Callable[[Collected], bool]) -> int:
        """Take what is unwanted out of a batch for good; returns how many lines went.

        The batch keeps its name and every other line as it is. It is written beside its place and
        renamed, so whoever reads it meanwhile, or a kill, finds the one or the other, whole. What
        cannot be read behind a damage goes as well: nobody can tell whose it is.
        """
        if not any(is_unwanted(item) for item in self.read(name)):
            return 0
        source, removed = named(name).source, 0
        with self._place.translated("write"):
            draft = self._place.draft(name)
            try:
                with self._place.open(name) as file, _packed(draft) as kept:
                    for line in _lines(file):
                        if is_unwanted(_read_line(line, source)):
                            removed += 1
                        else:
                            kept.write(line)
                self._place.publish(draft)
            finally:
                draft.discard()
        return removed

    def names(self) -> list[str]:
        """Every batch, oldest first."""
        with self._place.translated("list"):
            return sorted(name for name in self._place.names() if _NAME.fullmatch(name))

    def remove(self, name: str) -> None:
        """Take the batch away; one that is not there changes nothing."""
        named(name)
        with self._place.translated("remove from"):
            self._place.remove(name)

    def sweep(self, *, before: datetime) -> int:
        """Remove drafts that a killed process left before the moment; returns how many."""
        with self._place.translated("sweep"):
            return self._place.sweep(before)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing is held open between calls."""


def _packed(draft: Draft) -> gzip.GzipFile:
    """A stream into the draft, without the time of writing: like batches are like files."""
    return gzip.GzipFile("", "wb", 6, draft.file, 0)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a batch, as far as they can be read."""
    with contextlib.suppress(EOFError, gzip.BadGzipFile, zlib.error):
        yield from gzip.GzipFile(fileobj=file)


def _line(item: Collected) -> tuple[str, bytes]:
    match item:
        case Mention():
            # What is as always is left out: a third of the size, and it reads back the same.
            return "posts", b'{"post":%b}\n' % item.model_dump_json(exclude_defaults=True).encode()
        case Deletion():
            return "deletions", json.dumps({"deleted": item.mention_id}).encode() + b"\n"
        case AuthorDeletion():
            account = {"source": item.source, "author_id": item.author_id}
            return "deletions", json.dumps({"author_deleted": account}).encode() + b"\n"
        case Reject():
            said = {"source": item.source, "reason": item.reason, "raw": item.raw}
            return "rejects", json.dumps({"rejected": said}).encode() + b"\n"


def _read_line(line: bytes, source: str) -> Collected:
    try:
        match json.loads(line):
            case {"post": record}:
                return Mention.from_json(record)
            case {"deleted": str(mention_id)}:
                return Deletion(mention_id)
            case {"author_deleted": {"source": str(where), "author_id": str(author_id)}}:
                return AuthorDeletion(where, author_id)
            case {"rejected": {"source": str(where), "reason": str(reason), "raw": str(raw)}}:
                return Reject(where, reason, raw)
        reason = "a line of the journal holds neither a post, a deletion nor a reject"
    except BadPost as error:
        reason = str(error)
    except (ValueError, RecursionError) as error:
        reason = f"a line of the journal is no JSON: {error}"
    return rejected(source, reason, line)
