"""The sink: what a spider brings goes into bounded batches, and the cursor never runs ahead."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mentions.collected import Collected
from mentions.errors import PassEnded, StoreUnavailable, UntaggedError
from mentions.mention import Mention
from spiders.clock import Clock
from spiders.harvest import Harvest, Withheld
from spiders.journal import BatchWriter, Journal
from spiders.pacing import fault_of
from spiders.run import Cursor, Quota


class Report:
    """Tells the process that waits what happened, a line at a time, as soon as it is true."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def say(self, event: str, source: str, **facts: object) -> None:
        """Append one event; it is there even if this process ends right now."""
        line = json.dumps({"event": event, "source": source, **facts})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class Sink:
    """Takes the harvests of one source's pass.

    A batch is reported together with the cursor that covers it and nothing after it. After the
    journal refused once, nothing more is taken, so that no cursor passes what was not stored.
    """

    def __init__(
        self, source: str, journal: Journal, cursor: Cursor, *, clock: Clock, report: Report
    ) -> None:
        self._source = source
        self._journal = journal
        self._clock = clock
        self._report = report
        self._cursor: dict[str, Any] = dict(cursor)
        self._writer: BatchWriter | None = None
        self.problems: list[str] = []
        self._fault = 0.0
        self._has_worked = False
        self.withheld = 0
        self.quota: Quota | None = None
        self.parts: tuple[str, ...] = ()
        self._newest: datetime | None = None
        self._last: datetime | None = None
        self.is_broken = False
        self.is_finished = False
        self._report.say("started", source, at=clock().isoformat())

    def take(self, harvest: Harvest) -> None:
        """Write the items, then move the part's cursor; a failure leaves the cursor."""
        if self.is_broken:
            return
        try:
            for item in harvest.items:
                if isinstance(item, Withheld):
                    self.withheld += 1
                else:
                    self._open_writer().add(item)
                    self._note_time(item)
                    self._commit(only_if_full=True)
            self._remember(harvest.part, harvest.cursor())
            self._has_worked = self._has_worked or harvest.is_answer
        except StoreUnavailable as error:
            self._break(error)
        except Exception as error:  # noqa: BLE001 - one unforeseen answer must not cost the others
            self.problem(harvest.part, error)

    def problem(self, part: str, error: BaseException) -> None:
        """Note what went wrong with one part, or with the whole source where none is named.

        That a pass ends before all is read is no problem as long as it got anywhere.
        """
        if isinstance(error, PassEnded) and self._has_worked:
            return
        is_ours = isinstance(error, UntaggedError)
        said = str(error) if is_ours else f"unforeseen {type(error).__name__}: {error}"
        self.problems.append(f"{part}: {said}" if part else said)
        self._fault = max(self._fault, fault_of(error))

    def finish(self) -> None:
        """Commit what is left and report the outcome."""
        self.is_finished = True
        try:
            self._commit()
        except StoreUnavailable as error:
            self._break(error)
        facts: dict[str, object] = {} if self.is_broken else {"cursor": self._cursor}
        self._report.say(
            "ended",
            self._source,
            at=self._clock().isoformat(),
            problems=self.problems,
            withheld=self.withheld,
            newest=self._newest.isoformat() if self._newest else None,
            # What works in part works: one dead feed must not silence the nine beside it.
            fault=0.0 if self._has_worked else self._fault,
            quota=self.quota,
            last=self._last.isoformat() if self._last else None,
            parts=self.parts,
            **facts,
        )

    def _open_writer(self) -> BatchWriter:
        if self._writer is None:
            self._writer = self._journal.writer(self._source, at=self._clock())
        return self._writer

    def _note_time(self, item: Collected) -> None:
        if isinstance(item, Mention):
            self._last = item.published
            self._newest = max(self._newest or item.published, item.published)

    def _commit(self, *, only_if_full: bool = False) -> None:
        writer = self._writer
        if writer is None or (only_if_full and not writer.is_full):
            return
        batch = writer.commit()
        self._writer = None
        if batch is not None:
            counts = {"posts": batch.posts, "deletions": batch.deletions, "rejects": batch.rejects}
            self._report.say(
                "batch", self._source, name=batch.name, cursor=self._cursor, counts=counts
            )

    def _remember(self, part: str, cursor: Mapping[str, Any] | None) -> None:
        # A new dictionary: the one before may already be part of a report.
        others = {name: value for name, value in self._cursor.items() if name != part}
        self._cursor = others if cursor is None else {**others, part: dict(cursor)}

    def _break(self, error: StoreUnavailable) -> None:
        self.is_broken = True
        self.problems.append(str(error))  # the journal's fault, not the source's
        if self._writer is not None:
            self._writer.discard()
            self._writer = None
