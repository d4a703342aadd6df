"""Exporting: what a search finds as CSV, JSON lines, Parquet or Hyper, at constant memory."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from mentions.mention import Mention
from mentions.spreadsheets import harmless
from mentions.writing import chunks
from untagged.export_columns import COLUMNS, Cell, joined
from untagged.export_tables import write_parquet
from untagged.hyper import write_hyper

Format = Literal["csv", "jsonl", "parquet", "hyper"]
CHUNK = 500
"""Mentions that are held at once; a file of rows does not grow in memory."""
BOM = "\ufeff"
"""Without it, Excel takes UTF-8 for the encoding of the country it was bought in."""


def csv_text(mentions: Iterable[Mention], *, bom: bool = False) -> Iterator[str]:
    """CSV (RFC 4180) with a header, in pieces. A cell that a spreadsheet would run is text there.

    Times are UTC, several values stand behind one another with '; ' between.
    """
    yield (BOM if bom else "") + _lines([[column.name for column in COLUMNS]])
    for chunk in chunks(mentions, CHUNK):
        yield _lines([_said(column.read(one)) for column in COLUMNS] for one in chunk)


def json_lines(mentions: Iterable[Mention]) -> Iterator[str]:
    """Each mention with all of its fields as a JSON object on a line, in pieces."""
    for chunk in chunks(mentions, CHUNK):
        yield "".join(f"{json.dumps(one.to_json(), separators=(',', ':'))}\n" for one in chunk)


def write_file(
    mentions: Iterable[Mention], file: Path, format_: Format, *, bom: bool = False
) -> None:
    """Write the file whole or not at all: what is there stays until the new one is complete."""
    draft = file.with_name(f"{file.name}.part")
    draft.unlink(missing_ok=True)  # of one that was killed: Hyper replaces no file that is no whole
    try:
        write_draft(mentions, draft, format_, bom=bom)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def write_draft(
    mentions: Iterable[Mention], file: Path, format_: Format, *, bom: bool = False
) -> None:
    """Write the file as the mentions come; what is left after an error is the caller's."""
    match format_:
        case "parquet":
            write_parquet(mentions, file)
        case "hyper":
            write_hyper(mentions, file)
        case "csv" | "jsonl":
            pieces = csv_text(mentions, bom=bom) if format_ == "csv" else json_lines(mentions)
            with file.open("w", encoding="utf-8", newline="") as written:
                written.writelines(pieces)


def _lines(rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _said(cell: Cell) -> object:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat().replace("+00:00", "Z")
    said = joined(cell)
    return harmless(said) if isinstance(said, str) else said
