"""The rows of somebody's CSV, JSON-lines or Parquet file, each good or with why not."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from mentions.errors import SettingsError
from spiders.columns import Columns

MAX_FIELD_CHARACTERS = 2**20
"""Python's csv stops at 128 K, so that one page dump would end an import; ours becomes a Reject."""
MAX_LINE_CHARACTERS = 2**22
PARQUET_ROWS_AT_ONCE = 1_000
_ESCAPED = re.compile("[\udc80-\udcff]")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Row:
    """One row and its place in the file, with its values by column or the problem it has.

    Bytes that are no UTF-8 are in the values as Python's surrogate escapes, or as bytes.
    """

    place: str
    values: Mapping[str, Any]
    problem: str = ""


def rows_of(path: Path, columns: Columns | None) -> Iterator[Row]:
    """Every row. Raises SettingsError at once where the file or a column is not there."""
    kind = path.suffix.lower()
    try:
        path.open("rb").close()
        if kind in (".csv", ".tsv"):
            return _csv_rows(path, columns, _delimiter(path, columns))
        if kind in (".jsonl", ".ndjson", ".json"):
            return _json_rows(path, columns.encoding if columns else None)
        if kind == ".parquet":
            return _parquet_rows(path, columns)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror or error}") from error
    raise SettingsError(f"{path}: end its name in .csv, .tsv, .jsonl, .ndjson or .parquet")


def decoded(text: str | bytes, encoding: str | None) -> str:
    """UTF-8, else the encoding named. Raises UnicodeError that asks for it.

    Text may hold undecoded bytes as surrogate escapes; half a surrogate pair from elsewhere stays.
    """
    if isinstance(text, str):
        if not _ESCAPED.search(text):
            return text
        try:
            text = text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return str(text)
    for name in filter(None, ("utf-8", encoding)):
        try:
            return text.decode(name)
        except UnicodeDecodeError:
            continue
    said = f"and not {encoding}" if encoding else "; name its encoding, as in encoding: cp1252"
    raise UnicodeError(f"is not UTF-8 {said}".replace(" ;", ";"))


def _delimiter(path: Path, columns: Columns | None) -> str:
    said = columns.delimiter if columns else None
    return said or ("\t" if path.suffix.lower() == ".tsv" else ",")


def _open_text(path: Path) -> TextIO:
    with path.open("rb") as file:
        is_utf16 = file.read(2) in _UTF16_MARKS
    if is_utf16:
        return path.open(encoding="utf-16", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


class _Lines:
    """The lines with their ends; the rest of one that is too long is left out."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.last = self._file.readline(MAX_LINE_CHARACTERS)
        if not self.last:
            raise StopIteration
        if self.last[-1] not in "\r\n":
            rest = self._file.readline(MAX_LINE_CHARACTERS)
            while rest and rest[-1] not in "\r\n":
                rest = self._file.readline(MAX_LINE_CHARACTERS)
        return self.last


def _csv_rows(path: Path, columns: Columns | None, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    with _open_text(path) as file:
        try:
            header: list[str] = next(_reader(_Lines(file), delimiter), [])
        except csv.Error as error:
            raise SettingsError(f"{path}: has no header that can be read: {error}") from error
    names = [name.strip() for name in header]
    _check_columns(path, names, columns)
    return _csv_records(path, names, delimiter)


def _reader(lines: _Lines, delimiter: str) -> Any:
    # Strict: else a quotation mark that is missing makes one post of many rows, silently.
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _csv_records(path: Path, names: Sequence[str], delimiter: str) -> Iterator[Row]:
    with _open_text(path) as file:
        lines = _Lines(file)
        reader = _reader(lines, delimiter)
        next(reader)
        number = 0
        while True:
            first_line = reader.line_num + 1
            try:
                fields = next(reader)
                problem = f"has {len(fields)} fields where the header has {len(names)}"
                is_good = len(fields) == len(names)
            except StopIteration:
                return
            except csv.Error as error:
                fields, problem, is_good = [lines.last], f"is no CSV: {error}", False
            if not fields:
                continue
            number += 1
            place = f"row {number} (line {first_line})"
            if is_good:
                yield Row(place, dict(zip(names, fields, strict=True)))
                continue
            if reader.line_num > first_line:
                problem += f", up to line {reader.line_num}: a quotation mark may be missing"
            yield Row(place, {"fields": fields}, problem)


def _json_rows(path: Path, encoding: str | None) -> Iterator[Row]:
    with _open_text(path) as file:
        if file.read(1) == "[":
            raise SettingsError(f"{path}: is one JSON list; write one object on each line")
    return _json_records(path, encoding)


def _json_records(path: Path, encoding: str | None) -> Iterator[Row]:
    with _open_text(path) as file:
        for number, line in enumerate(_Lines(file), 1):
            if line.strip():
                yield _json_row(f"line {number}", line.rstrip("\r\n"), encoding)


def _json_row(place: str, line: str, encoding: str | None) -> Row:
    if len(line) >= MAX_LINE_CHARACTERS - 1:
        return Row(place, {"line": line}, f"is longer than {MAX_LINE_CHARACTERS} characters")
    try:
        record = json.loads(decoded(line, encoding), parse_constant=_no_number)
    except UnicodeError as error:
        return Row(place, {"line": line}, str(error))
    except (ValueError, RecursionError) as error:
        return Row(place, {"line": line}, f"is no JSON: {error}")
    if not isinstance(record, dict):
        return Row(place, {"line": line}, "is no JSON object")
    return Row(place, record)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _parquet_rows(path: Path, columns: Columns | None) -> Iterator[Row]:
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - half a second, rarely needed
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

    try:
        names = pq.read_schema(path).names
    except pa.ArrowException as error:
        raise SettingsError(f"{path}: is no Parquet file: {error}") from error
    _check_columns(path, names, columns)
    return _parquet_records(path, columns.needed if columns else None)


def _parquet_records(path: Path, wanted: Sequence[str] | None) -> Iterator[Row]:
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(PARQUET_ROWS_AT_ONCE, columns=wanted):
                names = batch.schema.names
                for values in zip(*map(_values, batch.columns), strict=True):
                    number += 1
                    yield Row(f"row {number}", dict(zip(names, values, strict=True)))
    except (pa.ArrowException, OSError) as error:
        yield Row(f"row {number + 1}", {}, f"and what follows are damaged: {error}")


def _values(column: Any) -> list[Any]:
    """A column as Python values; text as bytes, for it may be no UTF-8."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type):
        column = column.cast(pa.binary())
    elif pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    elif pa.types.is_timestamp(column.type):
        # Python's times end at microseconds.
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):
        values = [_value(scalar) for scalar in column]
    return values


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except (ValueError, OverflowError) as error:
        return f"out of range: {error}"


def _check_columns(path: Path, names: Sequence[str], columns: Columns | None) -> None:
    """Refuse the file before anything of it is taken."""
    needed = columns.needed if columns else ("id", "text", "published")
    missing = [name for name in needed if name not in names]
    if missing:
        said = ", ".join(names[:40])
        hint = "; is its delimiter another?" if len(names) == 1 else ""
        if columns is None:
            hint += "; say which is which in a column map (--columns)"
        raise SettingsError(f"{path}: has no column {', '.join(missing)}; it has {said}{hint}")
    twice = [name for name, times in Counter(names).items() if times > 1 and name in needed]
    if twice:
        raise SettingsError(f"{path}: has the column {', '.join(twice)} more than once; rename one")
