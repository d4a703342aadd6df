"""The rows that SqliteStore keeps of a document, and the statements that insert them.

The words of a chunk go in as one JSON text: SQLite then works through them in one go without
Python's lock, so that the next chunk is made meanwhile (see `mentions.sqlite_writing`).
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence

from mentions import sqlite_facets as facets
from mentions import sqlite_facts as facts
from mentions.documents import TEXT_COLUMNS, Document, Stored
from mentions.query.sql import MULTI_VALUED, column
from mentions.query.values import stored_keyword
from mentions.sqlite_schema import FIELD_COLUMNS, LISTED, MENTION_COLUMNS

Placed = tuple[int, Document]
"""A document and the rowid under which it is kept."""
MAX_JSON_CHARACTERS = 8_000_000
"""In one statement: a thousand posts are a tenth of it, as many articles twenty times as much."""

_MANY = tuple((field, column(field)) for field in sorted(MULTI_VALUED))


def _insert_one(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" for _ in columns)
    return " ".join(("INSERT INTO", table, f"({', '.join(columns)})", f"VALUES ({marks})"))


def _insert_all(table: str, columns: Sequence[str]) -> str:
    """From a JSON array of arrays."""
    values = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(columns)))
    named = f"({', '.join(columns)})"
    return " ".join(("INSERT INTO", table, named, "SELECT", values, "FROM json_each(?)"))


_MENTION = _insert_one("mentions", MENTION_COLUMNS)
_DOC = _insert_one("mention_docs", ("mention", "doc"))
_VALUE = _insert_one("mention_values", ("field", "value", "rowid_ref", "shown"))
_WORDS = _insert_all("mention_words", ("rowid", *TEXT_COLUMNS))


def insert_columns(connection: sqlite3.Connection, rows: Sequence[Placed]) -> None:
    """The doc itself, and the values of all fields but the texts."""
    connection.executemany(_MENTION, (_mention_row(*row) for row in rows))
    connection.executemany(_DOC, ((rowid, document.body) for rowid, document in rows))
    connection.executemany(_VALUE, (value for row in rows for value in _value_rows(*row)))


def insert_words(connection: sqlite3.Connection, rows: Iterable[Placed]) -> None:
    """The words of each text, in one go that leaves Python's lock to others."""
    for part in _parts(_dumped(_words_row(*row)) for row in rows):
        connection.execute(_WORDS, (f"[{','.join(part)}]",))


def fact_rows(
    connection: sqlite3.Connection, rows: Sequence[Placed], sets: Sequence[str]
) -> list[facts.Row]:
    """The facts of each document, whose sets are given; new sets and names get their numbers."""
    shown = [document.facets["author"] for _, document in rows]
    set_numbers = facets.numbers(connection, set(sets))
    names = _name_numbers(connection, {name for found in shown for name in found})
    return [
        facts.Row(
            rowid,
            int(document.values["published"][0]),
            set_numbers[its_set],
            facts.flags_of(document),
            facts.key_of(document),
            names[found[0]] if found else 0,
        )
        for (rowid, document), its_set, found in zip(rows, sets, shown, strict=True)
    ]


_dumped = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def _parts(said: Iterable[str]) -> Iterator[list[str]]:
    part, size = list[str](), 0
    for row in said:
        if size > MAX_JSON_CHARACTERS:
            yield part
            part, size = [], 0
        part.append(row)
        size += len(row)
    if part:
        yield part


def _mention_row(rowid: int, document: Document) -> tuple[Stored | None, ...]:
    values = document.values
    fields = [found[0] if (found := values[name]) else None for name in FIELD_COLUMNS]
    return (rowid, document.engagement, *fields)


def _words_row(rowid: int, document: Document) -> tuple[Stored, ...]:
    return (rowid, *(document.texts.get(name, "") for name in TEXT_COLUMNS))


def _value_rows(rowid: int, document: Document) -> Iterator[tuple[Stored | None, ...]]:
    for field, name in _MANY:
        if values := document.values[name]:
            shown_ones = document.facets[field] if field in LISTED else ()
            spelled = {stored_keyword(field, shown): shown for shown in shown_ones}
            for value in values:
                shown = spelled.get(str(value))
                yield (field, value, rowid, None if shown == value else shown)


def _name_numbers(connection: sqlite3.Connection, names: Collection[str]) -> dict[str, int]:
    """The number of each author's name, given to it now if it is new."""
    said = json.dumps(list(names))
    connection.execute(
        "INSERT OR IGNORE INTO author_names (name) SELECT value FROM json_each(?)", (said,)
    )
    found = connection.execute(
        "SELECT name, number FROM author_names WHERE name IN (SELECT value FROM json_each(?))",
        (said,),
    )
    return dict(found.fetchall())
