"""The tables that `compile_sql` compiles for, in memory, with a mention in a few lines."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from mentions.fields import FIELDS, TEXT_FIELDS, FieldValue, text_words
from mentions.mention import Mention
from mentions.query.sql import FTS5_TOKENIZE, MULTI_VALUED, column, compile_sql
from mentions.query.tree import Node
from mentions.query.values import micros, stored_keyword

SINGLE = [
    name for name, field in FIELDS.items() if field.type != "text" and name not in MULTI_VALUED
]


class SmallStore:
    def __init__(self, mentions: Iterable[Mention]) -> None:
        self.connection = sqlite3.connect(":memory:")
        columns = ", ".join(map(column, SINGLE))
        self.connection.executescript(
            f"""
            CREATE TABLE mentions(rowid INTEGER PRIMARY KEY, {columns});
            CREATE TABLE mention_values(field TEXT, value TEXT, rowid_ref INTEGER,
                PRIMARY KEY(field, value, rowid_ref)) WITHOUT ROWID;
            CREATE VIRTUAL TABLE mention_words USING fts5({", ".join(TEXT_FIELDS)},
                tokenize="{FTS5_TOKENIZE}");
            CREATE VIRTUAL TABLE mention_vocabulary USING fts5vocab(mention_words, 'row');
            """
        )
        for rowid, mention in enumerate(mentions):
            self._add(rowid, mention)

    def _add(self, rowid: int, mention: Mention) -> None:
        values = [next(map(_stored(name), FIELDS[name].read(mention)), None) for name in SINGLE]
        marks = ", ".join("?" * (len(values) + 1))
        self.connection.execute(f"INSERT INTO mentions VALUES ({marks})", (rowid, *values))
        self.connection.executemany(
            "INSERT OR IGNORE INTO mention_values VALUES (?, ?, ?)",
            [
                (name, value, rowid)
                for name in MULTI_VALUED
                for value in map(_stored(name), FIELDS[name].read(mention))
            ],
        )
        self.connection.execute(
            "INSERT INTO mention_words(rowid, text, title, raw) VALUES (?, ?, ?, ?)",
            (rowid, *(" ".join(text_words(name, mention)) for name in TEXT_FIELDS)),
        )

    def found(self, tree: Node) -> set[int]:
        """The numbers of the mentions for which the compiled expression is true."""
        expression, parameters = compile_sql(tree)
        statement = f"SELECT rowid FROM mentions WHERE rowid >= 0 AND ({expression})"
        return {row[0] for row in self.connection.execute(statement, parameters)}

    def close(self) -> None:
        self.connection.close()


def _stored(name: str):
    def stored(value: FieldValue) -> object:
        if isinstance(value, datetime):
            return micros(value)
        return stored_keyword(name, value) if isinstance(value, str) else value

    return stored
