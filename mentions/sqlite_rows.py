"""The rows that SqliteStore keeps of a document, and the statements that insert them.

The words of a chunk go in as one JSON text: SQLite then works through them in one go without
Python's lock, so that the next chunk is made meanwhile (see `mentions.sqlite_writing`).
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from mentions import sqlite_facets as facets
from mentions import sqlite_facts as facts
from mentions import sqlite_lists as lists
from mentions.documents import TEXT_COLUMNS, Document, Stored
from mentions.query.sql import MULTI_VALUED, column
from mentions.sqlite_lists import Lists
from mentions.sqlite_schema import FIELD_COLUMNS, MENTION_COLUMNS


class Row(NamedTuple):
    """All that is kept of a document but its rowid, flat: texts and numbers in tuples.

    A document is many small objects, which the garbage collector walks over again and again while
    they live; of these it lets go at once.
    """

    mention_id: str
    columns: tuple[Stored | None, ...]
    values: tuple[tuple[str, Stored], ...]
    words: tuple[str, ...]
    body: str
    its_set: str
    lists: Lists
    published: int
    flags: int
    author_key: int
    author: str
    story_key: int


Placed = tuple[int, Row]
"""A row and the rowid under which it is kept."""
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
_VALUE = _insert_one("mention_values", ("field", "value", "rowid_ref"))
_WORDS = _insert_all("mention_words", ("rowid", *TEXT_COLUMNS))


def row_of(document: Document) -> Row:
    """What is kept of a document."""
    values, shown = document.values, document.facets["author"]
    columns = tuple([found[0] if (found := values[name]) else None for name in FIELD_COLUMNS])
    return Row(
        mention_id=document.mention_id,
        columns=(document.engagement, *columns),
        values=tuple(_values(document)),
        words=tuple([document.texts.get(name, "") for name in TEXT_COLUMNS]),
        body=document.body,
        its_set=facets.packed(document),
        lists=lists.packed(document),
        published=int(values["published"][0]),
        flags=facts.flags_of(document),
        author_key=facts.key_of(document),
        author=shown[0] if shown else "",
        story_key=facts.story_key(document),
    )


def insert_columns(connection: sqlite3.Connection, rows: Sequence[Placed]) -> None:
    """The doc itself, and the values of all fields but the texts."""
    connection.executemany(_MENTION, ((rowid, *row.columns) for rowid, row in rows))
    connection.executemany(_DOC, ((rowid, row.body) for rowid, row in rows))
    connection.executemany(
        _VALUE,
        [(field, value, rowid) for rowid, row in rows for field, value in row.values],
    )


def insert_words(connection: sqlite3.Connection, rows: Iterable[Placed]) -> None:
    """The words of each text, in one go that leaves Python's lock to others."""
    for part in _parts(_dumped((rowid, *row.words)) for rowid, row in rows):
        connection.execute(_WORDS, (f"[{','.join(part)}]",))


def fact_rows(connection: sqlite3.Connection, rows: Sequence[Placed]) -> list[facts.Row]:
    """The facts of each row; new facet sets, lists and names of authors get their numbers."""
    sets = facets.numbers(connection, {row.its_set for _, row in rows})
    names = _name_numbers(connection, {row.author for _, row in rows if row.author})
    listed = lists.numbers(connection, {row.lists for _, row in rows})
    return [
        facts.Row(
            rowid,
            row.published,
            sets[row.its_set],
            row.flags,
            row.author_key,
            names.get(row.author, 0),
            row.story_key,
            *(listed.get(pair, 0) for pair in zip(facts.LISTED, row.lists, strict=True)),
        )
        for rowid, row in rows
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


def _values(document: Document) -> Iterator[tuple[str, Stored]]:
    for field, name in _MANY:
        yield from ((field, value) for value in document.values[name])


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
