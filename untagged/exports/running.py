"""Bringing out the parts that are due, each whole or not at all, and saying what was done.

Done again, a part changes nothing where nothing changed: a file with the same bytes is left alone.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mentions.errors import NotFound, UntaggedError
from mentions.mention import Mention
from mentions.query.parser import parse_query
from mentions.store import MentionStore
from untagged.export_columns import SCHEMA
from untagged.exporting import write_draft
from untagged.exports.place import ExportPlace
from untagged.exports.plan import ExportPlan, Kept, Part, first_of
from untagged.exports.record import keep_part, kept_parts
from untagged.settings import Settings

Begin = Callable[[], AbstractContextManager[Any]]
AT_ONCE = 24
"""Parts of an export in one call, a day of hours: what is left, the next call does."""
MANIFEST = "_manifest.json"
"""Readers of partitioned data pass over names that begin so."""


@dataclass(frozen=True, slots=True)
class Doing:
    """How an export is doing: its parts, when one was last brought out, and what failed."""

    plan: ExportPlan
    parts: int
    rows: int
    last_at: datetime | None
    failing: Kept | None

    def to_json(self) -> dict[str, Any]:
        """What `untagged exports list --json` prints."""
        return {
            "export": self.plan.name,
            "format": self.plan.format,
            "every": self.plan.every,
            "query": self.plan.query,
            "parts": self.parts,
            "rows": self.rows,
            "last_at": self.last_at.isoformat() if self.last_at else None,
            "failing": self.failing.path if self.failing else None,
            "error": self.failing.error if self.failing else "",
        }


@dataclass(frozen=True, slots=True)
class Exports:
    """The exports of the settings over a store and the operations database."""

    settings: Settings
    store: MentionStore
    begin: Begin

    def due(self, *, now: datetime, name: str | None = None) -> list[Kept]:
        """Bring out what is due, of one export or all; each part as it then is.

        A part that fails stops no other export. By name, it is tried again at once.
        """
        if name is not None:
            return list(self._due(self._named(name), now, at_once=True))
        return [done for plan in self.settings.exports for done in self._due(plan, now)]

    def again(
        self, name: str, *, since: datetime, until: datetime, now: datetime
    ) -> Iterator[Kept]:
        """Bring out every closed part of a window once more, whatever is known of it.

        Raises NotFound for another name, UntaggedError where the store may have forgotten some.
        """
        plan = self._named(name)
        if plan.part_at(since).since < self._oldest(now):
            raise UntaggedError(
                f"mentions before {self._oldest(now):%Y-%m-%d %H:%M} are forgotten here "
                "(keep_days), and a file written now would lack them; begin later"
            )
        newest = plan.newest(now)
        with self.begin() as connection:
            kept = {one.since: one for one in kept_parts(connection, name)}
        for part in plan.parts(since, min(until, newest.until)):
            yield self._brought(plan, part, kept.get(part.since), now)

    def doing(self) -> list[Doing]:
        """How each export of the settings is doing."""
        with self.begin() as connection:
            kept = kept_parts(connection)
        return [
            _doing(plan, [one for one in kept if one.export == plan.name])
            for plan in self.settings.exports
        ]

    def _due(self, plan: ExportPlan, now: datetime, *, at_once: bool = False) -> Iterator[Kept]:
        with self.begin() as connection:
            kept = {one.since: one for one in kept_parts(connection, plan.name)}
        if at_once:
            kept = {since: _untried(one) for since, one in kept.items()}
        due = plan.due(kept, now=now, oldest=self._oldest(now))
        for part in first_of(due, kept, AT_ONCE):
            done = self._brought(plan, part, kept.get(part.since), now)
            yield done
            if done.failed_at == now:
                return  # the place is away: the others would only wait for it, too

    def _brought(self, plan: ExportPlan, part: Part, kept: Kept | None, now: datetime) -> Kept:
        was = kept or Kept(plan.name, part.since, part.until, part.path)
        try:
            done = self._written(plan, part, was, now)
        except UntaggedError as error:
            done = replace(was, sha256="", failed_at=now, error=str(error))
        self._keep(done)
        return done

    def _keep(self, kept: Kept) -> None:
        with self.begin() as connection:
            keep_part(connection, kept)

    def _written(self, plan: ExportPlan, part: Part, was: Kept, now: datetime) -> Kept:
        place = ExportPlace(plan.to)
        found = self.store.iterate(
            parse_query(plan.query, now=now), since=part.since, until=part.until
        )
        with TemporaryDirectory(prefix="untagged-export-") as name:
            file, counted = Path(name) / f"part.{plan.format}", Counted(found)
            try:
                write_draft(counted, file, plan.format)
            except OSError as error:
                raise UntaggedError(
                    f"cannot write a draft in {name}: {error.strerror}; make room there"
                ) from error
            done = replace(
                was,
                path=part.path,
                rows=counted.count,
                bytes=file.stat().st_size,
                sha256=_digest(file),
                looked_at=now,
                failed_at=None,
                error="",
            )
            target, manifest = f"{part.path}/{file.name}", f"{part.path}/{MANIFEST}"
            is_same = (done.sha256, done.path) == (was.sha256, was.path)
            if is_same and place.has(target) and place.has(manifest):
                return done
            # Who is killed from here on left a file that nobody knows.
            self._keep(replace(was, sha256=""))
            done = replace(done, written_at=now)
            place.put(file, target)
            told = Path(name) / MANIFEST
            told.write_text(json.dumps(_manifest(plan, part, done), indent=2) + "\n", "utf-8")
            place.put(told, manifest)
        return done

    def _oldest(self, now: datetime) -> datetime:
        return now - timedelta(days=self.settings.keep_days)

    def _named(self, name: str) -> ExportPlan:
        for plan in self.settings.exports:
            if plan.name == name:
                return plan
        known = ", ".join(plan.name for plan in self.settings.exports) or "none"
        raise NotFound(f"there is no export {name!r}; the settings have {known}")


class Counted:
    """The mentions, and how many went by."""

    def __init__(self, mentions: Iterable[Mention]) -> None:
        self._mentions = mentions
        self.count = 0

    def __iter__(self) -> Iterator[Mention]:
        for mention in self._mentions:
            self.count += 1
            yield mention


def _untried(kept: Kept) -> Kept:
    """As if it had never been written, where it failed last."""
    return kept if kept.failed_at is None else replace(kept, failed_at=None, looked_at=None)


def _doing(plan: ExportPlan, kept: Sequence[Kept]) -> Doing:
    failing = [one for one in kept if one.failed_at is not None]
    looked = [one.looked_at for one in kept if one.looked_at is not None]
    return Doing(
        plan,
        parts=sum(one.looked_at is not None for one in kept),
        rows=sum(one.rows for one in kept),
        last_at=max(looked, default=None),
        failing=failing[-1] if failing else None,
    )


def _manifest(plan: ExportPlan, part: Part, done: Kept) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "export": plan.name,
        "query": plan.query,
        "format": plan.format,
        "file": f"part.{plan.format}",
        "since": part.since.isoformat(),
        "until": part.until.isoformat(),
        "zone": plan.zone,
        "rows": done.rows,
        "bytes": done.bytes,
        "sha256": done.sha256,
        "written_at": done.written_at.isoformat() if done.written_at else None,
        "final_after": (part.until + plan.late).isoformat(),
    }


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
