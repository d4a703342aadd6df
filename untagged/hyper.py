"""Tableau's Hyper files, by pantab: the columns of the CSV, typed, and a table that says so.

Hyper runs as a process of its own beside ours and ends with each call.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mentions.errors import UntaggedError
from mentions.mention import Mention
from untagged.export_columns import COLUMNS, SCHEMA
from untagged.export_tables import BATCH, arrow_schema, record_batches

TABLE, SCHEMA_TABLE = "mentions", "untagged_schema"
APPENDED = 100_000
"""Rows for one Hyper process. One for a million rows came to hold 312 MB besides the file, one for
a hundred thousand 188 MB; smaller parts hold hardly less, and their file is twice as large."""


def write_hyper(mentions: Iterable[Mention], file: Path) -> None:
    """Write the mentions as the table `mentions` at constant memory; Hyper has no lists, so that
    several values stand in one text. Raises UntaggedError where Hyper is not, or cannot write.
    """
    pantab, kept = _pantab(), _Kept(record_batches(mentions, has_lists=False))
    tables, mode = {TABLE: kept.stream(), SCHEMA_TABLE: _schema_table()}, "w"
    with TemporaryDirectory(prefix="untagged-hyper-") as logs:  # else they lie where we were called
        while tables:
            try:
                # Not atomic: it is a draft as a whole, which whoever calls puts into its place.
                pantab.frames_to_hyper(
                    tables,
                    file,
                    table_mode=mode,
                    atomic=False,
                    process_params={"log_dir": logs},
                )
            except RuntimeError as error:
                raise kept.error or UntaggedError(
                    f"Hyper cannot write {file}: {error}; look whether its folder is there and "
                    "the disk has room"
                ) from error
            if kept.error is not None:
                raise kept.error
            tables, mode = ({TABLE: kept.stream()} if kept.has_more else {}), "a"


class _Kept:
    """Batches on their way to pantab, which takes an error of theirs for the end (5.3): this
    remembers it, so that no file lacks rows in silence.
    """

    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches
        self._next: list[Any] = []
        self.error: Exception | None = None

    @property
    def has_more(self) -> bool:
        """Whether something is left after the last stream."""
        return bool(self._next)

    def stream(self) -> Any:
        """An Arrow stream of the next APPENDED rows."""
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415  # half a second

        return pa.RecordBatchReader.from_batches(arrow_schema(has_lists=False), self._passed_on())

    def _passed_on(self) -> Iterator[Any]:
        try:
            yield from self._next
            yield from islice(self._batches, APPENDED // BATCH - len(self._next))
            self._next = list(islice(self._batches, 1))
        except Exception as error:  # whatever it is, it is raised again as it was
            self.error = error
            raise


def _schema_table() -> Any:
    import pyarrow as pa  # noqa: PLC0415  # half a second

    return pa.table(
        {
            "schema": [SCHEMA for _ in COLUMNS],
            "position": pa.array(range(1, len(COLUMNS) + 1), pa.int64()),
            "column": [one.name for one in COLUMNS],
            "type": [one.type for one in COLUMNS],
            "meaning": [one.meaning for one in COLUMNS],
        }
    )


def _pantab() -> Any:
    try:
        # Needs Tableau's Hyper, which not every machine has.
        import pantab  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415
    except ImportError as error:
        raise UntaggedError(
            "this machine cannot write Hyper files: pantab is not installed, and Tableau builds no "
            "Hyper for Linux on ARM. Export on another machine, or as parquet or csv"
        ) from error
    return pantab
