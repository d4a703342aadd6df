"""Digests, and the requests that they tell of, from outside."""

from collections.abc import Iterator, Sequence
from typing import Literal, cast
from urllib.parse import quote

from untagged.client.asking import Asker, several
from untagged.client.report_shapes import Digest, DigestFile, Entry, EntryFile

Status = Literal["open", "planned", "shipped", "declined", "not_a_request"]


class Digests:
    """`untagged.digests`: periodic reports that were made."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def list(self, *, kind: str | None = None, brand: str | None = None) -> Iterator[Digest]:
        """Of one kind or brand or all; the period that ended last comes first."""
        return self._asker.pages("/digests", kind=kind, brand=brand)

    def get(self, number: int) -> DigestFile:
        """One with its records and its document."""
        return cast("DigestFile", self._asker.get(f"/digests/{number}"))


class Requests:
    """`untagged.requests`: feature requests, bugs and reasons to leave, under ids that stay."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def list(
        self,
        *,
        kind: str | Sequence[str] | None = None,
        status: Status | Sequence[Status] | None = None,
        brand: str | None = None,
    ) -> Iterator[Entry]:
        """What most people asked for comes first; of one kind or status, or of several."""
        return self._asker.pages(
            "/requests",
            kind=several(kind),
            status=several(status),
            brand=brand,
        )

    def get(self, entry: str) -> EntryFile:
        """One, such as FR-12, with its newest posts and its trail."""
        return cast("EntryFile", self._asker.get(f"/requests/{quote(entry, safe='')}"))

    def mark(self, entry: str, status: Status, *, note: str | None = None) -> EntryFile:
        """Say what becomes of it; what is not a request never comes back in a digest."""
        body = {"status": status, "note": note}
        return cast("EntryFile", self._asker.patch(f"/requests/{quote(entry, safe='')}", body))
