"""Customers from a CSV file: read at the first look-up, and again when the file changes."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from cases.customers.port import Account, Customer, account_of, customer_of
from cases.customers.sources import CsvSource
from mentions.errors import Conflict, SettingsError

MAX_BYTES = 100_000_000
MAX_ROWS = 500_000
"""More customers than that are a database's; its service is asked over HTTP."""
MAX_SAID = 20
"""Broken rows that are told one by one."""
DELIMITERS = (",", ";", "\t", "|")
_BETWEEN = "\x1f"
"""ASCII's unit separator, which no page shows."""
_APART = str.maketrans(",;|", "   ")


class _Row(NamedTuple):
    """`cells` in one string with _BETWEEN between them: a third of the memory of a tuple."""

    line: int
    cells: str
    accounts: list[Account]


@dataclass(slots=True)
class _Book:
    """The file as it was read. `claimed` are handles of several customers, and their lines."""

    rows: list[_Row] = field(default_factory=list)
    by_account: dict[Account, _Row] = field(default_factory=dict)
    claimed: dict[Account, list[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    left_out: int = 0

    def complain(self, line: int, what: str) -> None:
        self.left_out += 1
        if len(self.wrong) < MAX_SAID:
            self.wrong.append(f"line {line}: {what}")


class CsvCustomers:
    """The customers of a file."""

    def __init__(self, source: CsvSource) -> None:
        self._source = source
        self._path = Path(source.file)
        self._lock = Lock()
        self._read: tuple[tuple[int, ...], _Book | SettingsError] | None = None

    def look_up(self, handle: str, platform: str = "") -> Customer | None:
        """See Customers."""
        try:
            account = account_of(handle, platform)
        except ValueError:
            return None
        book = self._book()
        found = [account] if account.platform else _anywhere(book, account.name)
        lines = sorted({line for one in found for line in book.claimed.get(one, ())})
        rows = {id(row): row for one in found if (row := book.by_account.get(one))}
        if len(rows) > 1:
            lines = sorted({*lines, *(row.line for row in rows.values())})
        if lines:
            said = ", ".join(map(str, lines))
            raise Conflict(
                f"several customers have this handle (lines {said} of {self._path.name}); "
                "mend the file, or say which platform"
            )
        return next((self._customer(row) for row in rows.values()), None)

    def check(self) -> str:
        """See Customers; a file with broken rows wants mending."""
        book = self._book()
        said = f"{len(book.rows):,} customers with {len(book.by_account):,} handles"
        if book.left_out:
            listed = "\n".join(book.wrong)
            more = book.left_out - len(book.wrong)
            rest = f"\nand {more:,} more" if more else ""
            raise SettingsError(
                f"{self._path}: {said}; {book.left_out:,} places to mend, which are left out:\n"
                f"{listed}{rest}"
            )
        return said

    def _customer(self, row: _Row) -> Customer:
        columns = self._source.columns
        number, name, link, *values = row.cells.split(_BETWEEN)
        fields = zip(columns.fields, values, strict=True)
        return customer_of(id=number, name=name, fields=fields, accounts=row.accounts, link=link)

    def _book(self) -> _Book:
        """The file's content, read anew where it is another one than before."""
        with self._lock:
            try:
                there = self._path.stat()
                seen = (there.st_mtime_ns, there.st_size, there.st_ino)
                if self._read is None or self._read[0] != seen:
                    self._read = None
                    self._read = (seen, _read_or_why(self._path, self._source))
            except OSError as error:
                raise SettingsError(f"{self._path}: {error.strerror}") from error
            book = self._read[1]
        if isinstance(book, SettingsError):
            raise SettingsError(str(book))  # a new one: a raised error keeps its first caller
        return book


def _anywhere(book: _Book, name: str) -> list[Account]:
    return [one for one in (*book.by_account, *book.claimed) if one.name == name]


def _read_or_why(path: Path, source: CsvSource) -> _Book | SettingsError:
    """The book, or what to mend: nobody who opens a case waits for the same file twice."""
    try:
        return _read(path, source)
    except SettingsError as error:
        return SettingsError(str(error))


def _read(path: Path, source: CsvSource) -> _Book:
    content = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    if content is None:
        raise SettingsError(f"{path}: over {MAX_BYTES // 1_000_000} MB; ask a service (kind: http)")
    encoding = "utf-8-sig" if source.encoding.lower() in ("utf-8", "utf8") else source.encoding
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        line = content.count(b"\n", 0, at) + 1
        raise SettingsError(
            f"{path}, line {line}: is not {source.encoding}; save the file so, or write "
            "`encoding: windows-1252` (Excel's CSV) or whatever it is"
        ) from error
    return _filled(text, path, source)


def _filled(text: str, path: Path, source: CsvSource) -> _Book:
    columns = source.columns
    wanted = [columns.id, columns.name, columns.link, *columns.fields.values()]
    places = [*filter(None, wanted), *columns.handles.values()]
    delimiter, header = _header(text, places, path)
    at = [header.index(name) if name else None for name in wanted]
    handles = [(platform, header.index(name)) for platform, name in columns.handles.items()]
    book, by_id = _Book(), dict[str, _Row]()
    for line, cells in _lines(text, delimiter, book):
        if len(cells) != len(header):
            book.complain(line, f"has {len(cells)} cells, the header {len(header)}")
            continue
        told = [cells[place].replace(_BETWEEN, "") if place is not None else "" for place in at]
        number = told[0].strip()
        if not number:
            book.complain(line, f"has no {columns.id}")
            continue
        row = by_id.get(number)
        if row is None:
            row = by_id[number] = _Row(line, _BETWEEN.join(told), [])
            book.rows.append(row)
            if len(book.rows) > MAX_ROWS:
                raise SettingsError(f"{path}: over {MAX_ROWS:,} rows; ask a service (kind: http)")
        for platform, place in handles:
            if cells[place]:
                _add(book, row, line, platform, cells[place])
    return book


def _header(text: str, places: Sequence[str], path: Path) -> tuple[str, list[str]]:
    """The delimiter with which the first line has all columns, and the columns."""
    found: list[list[str]] = []
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            header = [cell.strip() for cell in next(reader, [])]
        except csv.Error:
            continue
        if all(place in header for place in places):
            return delimiter, header
        found.append(header)
    header = max(found, key=len, default=[])
    missing = ", ".join(dict.fromkeys(place for place in places if place not in header))
    raise SettingsError(
        f"{path}, line 1: has no column {missing}; it has {', '.join(header)[:500] or 'none'}"
    )


def _lines(text: str, delimiter: str, book: _Book) -> Iterator[tuple[int, list[str]]]:
    """Each row below the header with the number of the line that it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begun = 0
    while True:
        begun = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            book.complain(begun, f"cannot be read: {error}")
            continue
        if cells is None:
            return
        if begun > 1 and any(cells):
            yield begun, cells


def _add(book: _Book, row: _Row, line: int, platform: str, cell: str) -> None:
    """Give the row the handles of the cell; what another customer has is nobody's."""
    for handle in cell.translate(_APART).split():
        try:
            account = account_of(handle, platform)
        except ValueError as error:
            book.complain(line, f"{platform} {error}")
            continue
        owner = book.by_account.get(account)
        if account in book.claimed:
            book.claimed[account].append(line)
        elif owner is None:
            book.by_account[account] = row
            row.accounts.append(account)
        elif owner is not row:
            del book.by_account[account]
            owner.accounts.remove(account)
            book.claimed[account] = [owner.line, line]
            book.complain(line, f"has the {platform} handle of another customer, line {owner.line}")
