"""How SqliteStore writes: statements over the tables of `sqlite_schema`, inside a transaction."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count

from mentions import sqlite_facets as facets
from mentions import sqlite_rollups as rollups
from mentions.documents import TEXT_COLUMNS, Document, Stored, keyword
from mentions.query.sql import MULTI_VALUED, column
from mentions.sqlite_schema import FIELD_COLUMNS, MENTION_COLUMNS, SPELLED
from mentions.writing import Change

_DATA_ERRORS = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    OverflowError,
    ValueError,
)
"""What SQLite says of a value it cannot hold, as opposed to a file it cannot write."""


def _insert(verb: str, table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" for _ in columns)
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({marks})"


_MENTION = _insert("INSERT OR REPLACE", "mentions", MENTION_COLUMNS)
_DOC = _insert("INSERT OR REPLACE", "mention_docs", ("mention", "doc"))
_WORDS = _insert("INSERT", "mention_words", ("rowid", *TEXT_COLUMNS))
_VALUE = _insert("INSERT OR IGNORE", "mention_values", ("field", "value", "rowid_ref", "shown"))


def stored_bodies(
    connection: sqlite3.Connection, mention_ids: Collection[str]
) -> dict[str, tuple[int, str]]:
    """The rowid and body of each of the mentions that are there."""
    found = connection.execute(
        "SELECT id, mentions.rowid, doc FROM mentions JOIN mention_docs "
        "ON mention = mentions.rowid WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(mention_ids)),),
    )
    return {mention_id: (rowid, body) for mention_id, rowid, body in found}


def write(
    connection: sqlite3.Connection, changes: Mapping[str, Change], rowids: Mapping[str, int]
) -> dict[str, str]:
    """Write what changes, and give the reason for each id that SQLite would not take.

    `rowids` are those of the ids that are there already.
    """
    changing = {key: change for key, change in changes.items() if change.document is not None}
    refused: dict[str, str] = {}
    try:
        _write_together(connection, changing, rowids)
    except _DATA_ERRORS:
        for key, change in changing.items():
            try:
                _write_together(connection, {key: change}, rowids)
            except _DATA_ERRORS as error:
                refused[key] = f"SQLite cannot hold it: {error}"
    return refused


def delete(connection: sqlite3.Connection, mention_ids: Collection[str]) -> int:
    """Remove the mentions and everything that was derived from them; how many were there."""
    found = connection.execute(
        "SELECT rowid FROM mentions WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(mention_ids)),),
    ).fetchall()
    rollups.move(connection, _counted_out(connection, [rowid for (rowid,) in found]))
    connection.executemany("DELETE FROM mention_words WHERE rowid = ?", found)
    connection.executemany("DELETE FROM mention_values WHERE rowid_ref = ?", found)
    connection.executemany("DELETE FROM mention_docs WHERE mention = ?", found)
    connection.executemany("DELETE FROM mentions WHERE rowid = ?", found)
    return len(found)


def _write_together(
    connection: sqlite3.Connection, changes: Mapping[str, Change], rowids: Mapping[str, int]
) -> None:
    connection.execute("SAVEPOINT chunk")
    try:
        _write_rows(connection, changes, rowids)
    except BaseException:  # half a chunk is worse than none, whatever stopped it
        connection.execute("ROLLBACK TO chunk")
        connection.execute("RELEASE chunk")
        raise
    connection.execute("RELEASE chunk")


def _write_rows(
    connection: sqlite3.Connection, changes: Mapping[str, Change], rowids: Mapping[str, int]
) -> None:
    rows = _placed(connection, changes, rowids)
    retold = [row for row in rows if changes[row[1].mention_id].changes_text]
    there = set(rowids.values())
    replaced = [rowid for rowid, _ in rows if rowid in there]
    rollups.move(connection, _counted_out(connection, replaced))
    connection.executemany(
        "DELETE FROM mention_values WHERE rowid_ref = ?", [(rowid,) for rowid in replaced]
    )
    connection.executemany(
        "DELETE FROM mention_words WHERE rowid = ?", [(r,) for r, _ in retold if r in there]
    )
    connection.executemany(_WORDS, (_words_row(*row) for row in retold))
    _write_columns(connection, rows)


def insert(connection: sqlite3.Connection, rows: Sequence[tuple[int, Document]]) -> None:
    """Write documents under rowids that are free."""
    connection.executemany(_WORDS, (_words_row(*row) for row in rows))
    _write_columns(connection, rows)


def _write_columns(connection: sqlite3.Connection, rows: Sequence[tuple[int, Document]]) -> None:
    """Everything but the words, which an update of counts alone leaves as they are."""
    sets = [facets.packed(document) for _, document in rows]
    numbers = facets.numbers(connection, set(sets))
    connection.executemany(
        _MENTION,
        (_mention_row(*row, numbers[its_set]) for row, its_set in zip(rows, sets, strict=True)),
    )
    connection.executemany(_DOC, ((rowid, document.body) for rowid, document in rows))
    connection.executemany(_VALUE, (value for row in rows for value in _value_rows(*row)))
    counted_in = zip(sets, (document for _, document in rows), strict=True)
    rollups.move(connection, ((text, _published(each), 1) for text, each in counted_in))


def _counted_out(
    connection: sqlite3.Connection, rowids: Sequence[int]
) -> Iterable[tuple[str, int, int]]:
    """What to take from the rollups before these mentions are changed or go."""
    return connection.execute(
        "SELECT shown, published, -1 FROM mentions JOIN facet_sets ON number = facets "
        "WHERE mentions.rowid IN (SELECT value FROM json_each(?))",
        (json.dumps(rowids),),
    ).fetchall()


def _published(document: Document) -> int:
    return int(document.values["published"][0])


def _placed(
    connection: sqlite3.Connection, changes: Mapping[str, Change], rowids: Mapping[str, int]
) -> list[tuple[int, Document]]:
    """Each document with its rowid, the next free one if its mention is new."""
    highest: int = connection.execute("SELECT coalesce(max(rowid), 0) FROM mentions").fetchone()[0]
    fresh = count(highest + 1)
    return [
        (rowids[key] if key in rowids else next(fresh), change.document)
        for key, change in changes.items()
        if change.document is not None
    ]


def _mention_row(rowid: int, document: Document, its_set: int) -> tuple[Stored | None, ...]:
    values = document.values
    spelled = [shown[0] if (shown := document.facets[name]) else None for name in SPELLED]
    fields = [found[0] if (found := values[name]) else None for name in FIELD_COLUMNS]
    return (rowid, its_set, document.author_key, document.engagement, *spelled, *fields)


def _words_row(rowid: int, document: Document) -> tuple[Stored, ...]:
    return (rowid, *(document.texts.get(name, "") for name in TEXT_COLUMNS))


def _value_rows(rowid: int, document: Document) -> Iterable[tuple[Stored | None, ...]]:
    for field in MULTI_VALUED:
        shown_ones = () if field in SPELLED else document.facets.get(field, ())
        spelled = {keyword(field, shown): shown for shown in shown_ones}
        for value in document.values[column(field)]:
            shown = spelled.get(str(value))
            yield (field, value, rowid, None if shown == value else shown)
