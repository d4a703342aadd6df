"""How SqliteStore writes: statements over the tables of `sqlite_schema`, inside a transaction.

A chunk is written in two halves. `Chunk.begin` does what needs Python for every row. What is left
to `Chunk.finish`, the words, is one statement for all that leaves Python's lock to others, as does
the commit behind it: a thread does both while the next chunk is made.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np

from mentions import sqlite_facets as facets
from mentions import sqlite_facts as facts
from mentions import sqlite_lists as lists
from mentions import sqlite_rollups as rollups
from mentions import sqlite_rows as rows_of
from mentions.mention import Mention
from mentions.query.values import stored_keyword
from mentions.sqlite_rows import Placed, Row, row_of
from mentions.store import Refused, Written
from mentions.writing import chunks, plan

_PLANNED_TOGETHER = 20
"""Documents that live at a time, see `sqlite_rows.Row`."""
_DATA_ERRORS = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    OverflowError,
    ValueError,
)
"""What SQLite says of a value it cannot hold, as opposed to a file it cannot write."""


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


class Planned(NamedTuple):
    """What to do for a mention: `row` is None if nothing changes."""

    row: Row | None
    written: Written
    changes_text: bool


def planned(
    incoming: Mapping[str, Sequence[Mention]], stored: Mapping[str, Mention]
) -> tuple[dict[str, Planned], list[Refused]]:
    """What to do for each id, a few at a time, and the ids that no store can take."""
    done: dict[str, Planned] = {}
    refused: list[Refused] = []
    for keys in chunks(incoming, _PLANNED_TOGETHER):
        changes, impossible = plan({key: incoming[key] for key in keys}, stored)
        refused += impossible
        for key, change in changes.items():
            row = row_of(change.document) if change.document else None
            done[key] = Planned(row, change.written, change.changes_text)
    return done, refused


class Chunk:
    """What changes of some mentions; `rowids` are those of the ids that are there already.

    Both halves belong to one transaction of the caller, the second may run in another thread.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        changes: Mapping[str, Planned],
        rowids: Mapping[str, int],
    ) -> None:
        self._connection = connection
        self._changing = {key: change for key, change in changes.items() if change.row is not None}
        self._rowids = rowids
        self._rows: list[Placed] = []
        self._is_apart = False

    def begin(self) -> None:
        """Remove what is replaced; write docs, columns, facts and counts."""
        self._connection.execute("SAVEPOINT chunk")
        try:
            self._rows = _placed(self._connection, self._changing, self._rowids)
            _begin(self._connection, self._rows, self._changing, self._rowids)
        except _DATA_ERRORS:
            self._undo()
        except BaseException:  # half a chunk is worse than none, whatever stopped it
            self._undo()
            raise

    def finish(self) -> dict[str, str]:
        """Write words; the reason for each id that SQLite would not take."""
        try:
            if not self._is_apart:
                _finish(self._connection, self._rows, self._changing)
        except _DATA_ERRORS:
            self._undo()
        except BaseException:  # as above
            self._undo()
            raise
        if self._is_apart:
            return self._each_alone()
        self._connection.execute("RELEASE chunk")
        return {}

    def _undo(self) -> None:
        self._is_apart = True
        self._connection.execute("ROLLBACK TO chunk")
        self._connection.execute("RELEASE chunk")

    def _each_alone(self) -> dict[str, str]:
        """Something in the chunk cannot be held: find it, and write the others."""
        refused: dict[str, str] = {}
        for key, change in self._changing.items():
            self._connection.execute("SAVEPOINT one")
            try:
                rows = _placed(self._connection, {key: change}, self._rowids)
                _begin(self._connection, rows, self._changing, self._rowids)
                _finish(self._connection, rows, self._changing)
            except _DATA_ERRORS as error:
                self._connection.execute("ROLLBACK TO one")
                refused[key] = f"SQLite cannot hold it: {error}"
            self._connection.execute("RELEASE one")
        return refused


def insert(connection: sqlite3.Connection, rows: Sequence[Placed]) -> None:
    """Write rows under rowids that are free."""
    _insert_counted(connection, rows)
    rows_of.insert_words(connection, rows)


def delete(connection: sqlite3.Connection, mention_ids: Collection[str]) -> int:
    """Remove the mentions and everything that was derived from them; how many were there."""
    found = connection.execute(
        "SELECT rowid FROM mentions WHERE id IN (SELECT value FROM json_each(?)) ORDER BY rowid",
        (json.dumps(list(mention_ids)),),
    ).fetchall()
    rowids = [rowid for (rowid,) in found]
    names = facts.name_numbers(connection, rowids)
    listed = facts.all_list_numbers(connection, rowids)
    rollups.move(connection, _counted_out(connection, rowids))
    facts.remove(connection, rowids)
    _clear(connection, rowids)
    connection.executemany("DELETE FROM mention_words WHERE rowid = ?", found)
    _forget_names(connection, names)
    lists.forget(connection, listed)
    return len(found)


def _forget_names(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Take out names that no mention has any more; their numbers stay, as they are for ever."""
    found = connection.execute(
        "SELECT name, number FROM author_names WHERE number IN (SELECT value FROM json_each(?))",
        (json.dumps(numbers),),
    )
    connection.executemany(
        "UPDATE author_names SET name = '(gone ' || number || ')' WHERE number = ? AND NOT EXISTS"
        " (SELECT 1 FROM mention_values WHERE field = 'author' AND value = ?)",
        [(number, stored_keyword("author", name)) for name, number in found.fetchall()],
    )


def _begin(
    connection: sqlite3.Connection,
    rows: Sequence[Placed],
    changes: Mapping[str, Planned],
    rowids: Mapping[str, int],
) -> None:
    replaced = [row for row in rows if row[1].mention_id in rowids]
    rollups.move(connection, _counted_out(connection, [rowid for rowid, _ in replaced]))
    _clear(connection, [rowid for rowid, _ in replaced])
    retold = [(rowid,) for rowid, each in replaced if changes[each.mention_id].changes_text]
    connection.executemany("DELETE FROM mention_words WHERE rowid = ?", retold)
    _insert_counted(connection, rows)


def _finish(
    connection: sqlite3.Connection, rows: Sequence[Placed], changes: Mapping[str, Planned]
) -> None:
    """An update of counts alone leaves the words as they are."""
    rows_of.insert_words(
        connection, (row for row in rows if changes[row[1].mention_id].changes_text)
    )


def _insert_counted(connection: sqlite3.Connection, rows: Sequence[Placed]) -> None:
    """Docs, columns, facts and counts."""
    rows_of.insert_columns(connection, rows)
    facts.write(connection, rows_of.fact_rows(connection, rows))
    rollups.move(connection, [(row.its_set, row.published, 1) for _, row in rows])


def _clear(connection: sqlite3.Connection, rowids: Iterable[int]) -> None:
    """Remove all but the words: inserting anew costs half of what replacing does."""
    found = [(rowid,) for rowid in rowids]
    connection.executemany("DELETE FROM mention_values WHERE rowid_ref = ?", found)
    connection.executemany("DELETE FROM mention_docs WHERE mention = ?", found)
    connection.executemany("DELETE FROM mentions WHERE rowid = ?", found)


def _counted_out(
    connection: sqlite3.Connection, rowids: Sequence[int]
) -> list[tuple[str, int, int]]:
    """What to take from the rollups before these mentions, which are there, change or go."""
    found = facts.of(connection, np.array(sorted(rowids), dtype=np.int64))
    numbers = found.sets.tolist()
    texts = facets.texts(connection, set(numbers))
    counted = zip(numbers, found.published.tolist(), strict=True)
    return [(texts[number], published, -1) for number, published in counted]


def _placed(
    connection: sqlite3.Connection, changes: Mapping[str, Planned], rowids: Mapping[str, int]
) -> list[Placed]:
    """Each row with its rowid, the next free one if its mention is new."""
    highest: int = connection.execute("SELECT coalesce(max(rowid), 0) FROM mentions").fetchone()[0]
    fresh = count(highest + 1)
    return [
        (rowids[key] if key in rowids else next(fresh), change.row)
        for key, change in changes.items()
        if change.row is not None
    ]
