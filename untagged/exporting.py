"""Exporting: what a search finds as CSV, JSON lines or Parquet, at constant memory."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mentions.mention import Mention
from mentions.spreadsheets import harmless
from mentions.writing import chunks

Format = Literal["csv", "jsonl", "parquet"]
Cell = str | float | bool | datetime | Sequence[str] | None
CHUNK = 500
"""Mentions that are held at once; a file of rows does not grow in memory."""
ROW_GROUP = 5_000
"""Rows that Parquet compresses together."""
BOM = "\ufeff"
"""Without it, Excel takes UTF-8 for the encoding of the country it was bought in."""


class Column(NamedTuple):
    """A column of CSV and Parquet: its Arrow type by name, and how it is read."""

    name: str
    type: Literal["string", "float64", "int64", "bool", "timestamp", "list"]
    read: Callable[[Mention], Cell]


COLUMNS = (
    Column("id", "string", lambda m: m.id),
    Column("published", "timestamp", lambda m: m.published),
    Column("collected", "timestamp", lambda m: m.collected),
    Column("source", "string", lambda m: m.source),
    Column("platform", "string", lambda m: m.platform),
    Column("kind", "string", lambda m: m.kind),
    Column("url", "string", lambda m: m.url),
    Column("site", "string", lambda m: m.site),
    Column("author_handle", "string", lambda m: m.author.handle),
    Column("author_name", "string", lambda m: m.author.name),
    Column("author_followers", "int64", lambda m: m.author.followers),
    Column("title", "string", lambda m: m.title),
    Column("text", "string", lambda m: m.text),
    Column("lang", "string", lambda m: m.lang),
    Column("brands", "list", lambda m: [brand.name for brand in m.brands]),
    Column("tagged", "bool", lambda m: m.is_tagged),
    Column("sentiment", "string", lambda m: m.sentiment.label if m.sentiment else None),
    Column("sentiment_score", "float64", lambda m: m.sentiment.score if m.sentiment else None),
    Column("sentiment_unsure", "bool", lambda m: m.sentiment.unsure if m.sentiment else None),
    Column("intents", "list", lambda m: [intent.label for intent in m.intents]),
    Column("topics", "list", lambda m: m.topics),
    Column("severity", "int64", lambda m: m.severity),
    Column("needs_reply", "bool", lambda m: m.needs_reply),
    Column("answered_at", "timestamp", lambda m: m.answered_at),
    Column("reach", "int64", lambda m: m.reach),
    Column("likes", "int64", lambda m: m.engagement.likes),
    Column("shares", "int64", lambda m: m.engagement.shares),
    Column("replies", "int64", lambda m: m.engagement.replies),
    Column("rating", "float64", lambda m: m.rating),
    Column("tags", "list", lambda m: m.tags),
    Column("case_team", "string", lambda m: m.case_team),
    Column("story", "string", lambda m: m.story),
    Column("corrected", "list", lambda m: sorted(m.corrections)),
)


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


def write_parquet(mentions: Iterable[Mention], file: Path) -> None:
    """The columns of the CSV, typed."""
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - half a second, rarely needed
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

    types = {"timestamp": pa.timestamp("us", tz="UTC"), "list": pa.list_(pa.string())}
    schema = pa.schema(
        [(one.name, types.get(one.type) or pa.type_for_alias(one.type)) for one in COLUMNS]
    )
    with pq.ParquetWriter(file, schema) as writer:
        for chunk in chunks(mentions, ROW_GROUP):
            columns: dict[str, list[Any]] = {
                column.name: [column.read(one) for one in chunk] for column in COLUMNS
            }
            writer.write_table(pa.table(columns, schema=schema))


def write_file(mentions: Iterable[Mention], file: Path, format_: Format, *, bom: bool) -> None:
    """Write the file whole or not at all: what is there stays until the new one is complete."""
    draft = file.with_name(f"{file.name}.part")
    try:
        if format_ == "parquet":
            write_parquet(mentions, draft)
        else:
            pieces = csv_text(mentions, bom=bom) if format_ == "csv" else json_lines(mentions)
            with draft.open("w", encoding="utf-8", newline="") as written:
                written.writelines(pieces)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


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
    if isinstance(cell, float | int):
        return cell
    return harmless(cell if isinstance(cell, str) else "; ".join(cell))
