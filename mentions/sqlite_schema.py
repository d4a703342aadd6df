"""The tables of SqliteStore, derived from `mentions.fields`, and their version in the file."""

import sqlite3

from mentions import tokens
from mentions.documents import TEXT_COLUMNS
from mentions.errors import StoreError
from mentions.fields import FIELDS, FieldType
from mentions.query.sql import FTS5_TOKENIZE, MULTI_VALUED, column

TABLES_VERSION = 7
VERSION = 100 * TABLES_VERSION + tokens.VERSION
"""Of tables and words together; an older file is indexed anew (see `mentions.sqlite_upgrade`)."""
APPLICATION_ID = int.from_bytes(b"untg")
"""Written into the file, so that no other program's database is ever taken for a store."""

_TYPES: dict[FieldType, str] = {
    "keyword": "TEXT",
    "number": "REAL",
    "date": "INTEGER",
    "flag": "INTEGER",
}

_FIRST = ("published",)
"""Columns that most reads want: the nearer to a row's start, the less of it is decoded."""
FIELD_COLUMNS = dict.fromkeys(_FIRST, "INTEGER") | {
    column(field.name): _TYPES[field.type]
    for field in FIELDS.values()
    if field.type != "text" and field.name not in MULTI_VALUED
}
MENTION_COLUMNS = (
    "rowid",
    "engagement",
    *FIELD_COLUMNS,
)


SINCE_7 = (
    # What is asked for besides words, facets and times, and so would read every row.
    "CREATE INDEX mentions_by_site ON mentions (site)",
    "CREATE INDEX mentions_by_followers ON mentions (author_followers)",
    # The order of pages of what most people see.
    "CREATE INDEX mentions_by_reach ON mentions (reach, published, id)",
    "CREATE INDEX mentions_by_engagement ON mentions (engagement, published, id)",
    # Numbers are for ever, as of facet sets and names.
    """CREATE TABLE value_lists (number INTEGER PRIMARY KEY, field TEXT NOT NULL,
    shown TEXT NOT NULL, UNIQUE (field, shown))""",
)


def _tables() -> tuple[str, ...]:
    fields = ", ".join(f"{name} {kind}" for name, kind in FIELD_COLUMNS.items())
    return (
        f"""CREATE TABLE mentions (rowid INTEGER PRIMARY KEY, engagement REAL NOT NULL, {fields},
        UNIQUE (id))""",
        # The order of pages and long reads; the id makes it a total order for cursors.
        "CREATE INDEX mentions_by_time ON mentions (published, id)",
        # Copies of a story; its first mention is found by its id (see `mentions.query.sql`).
        "CREATE INDEX mentions_by_cluster ON mentions (cluster) WHERE copy",
        # What counting reads instead of rows, see `mentions.sqlite_facts`.
        """CREATE TABLE fact_pages (page INTEGER PRIMARY KEY, since INTEGER NOT NULL,
        until INTEGER NOT NULL, facts BLOB NOT NULL, authors BLOB NOT NULL,
        stories BLOB NOT NULL, lists BLOB NOT NULL)""",
        # Numbers are for ever: processes remember what they stand for.
        "CREATE TABLE facet_sets (number INTEGER PRIMARY KEY, shown TEXT NOT NULL UNIQUE)",
        "CREATE TABLE author_names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        """CREATE TABLE rollup_cells (number INTEGER PRIMARY KEY, brand TEXT NOT NULL,
        field TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (brand, field, value))""",
        """CREATE TABLE rollups (cell INTEGER NOT NULL, quarter INTEGER NOT NULL,
        posts INTEGER NOT NULL, PRIMARY KEY (cell, quarter)) WITHOUT ROWID""",
        # Apart from the columns, so that counting reads narrow rows only.
        "CREATE TABLE mention_docs (mention INTEGER PRIMARY KEY, doc TEXT NOT NULL)",
        """CREATE TABLE mention_values (field TEXT NOT NULL, value TEXT NOT NULL,
        rowid_ref INTEGER NOT NULL, PRIMARY KEY (field, value, rowid_ref))
        WITHOUT ROWID""",
        "CREATE INDEX mention_values_of ON mention_values (rowid_ref, field)",
        # No column sizes: relevance is ours (mentions.relevance), not FTS5's bm25.
        f"""CREATE VIRTUAL TABLE mention_words USING fts5({", ".join(TEXT_COLUMNS)},
        columnsize=0, tokenize = "{FTS5_TOKENIZE}")""",
        "CREATE VIRTUAL TABLE mention_vocabulary USING fts5vocab(mention_words, row)",
        *SINCE_7,
    )


def create(connection: sqlite3.Connection) -> None:
    """Create the tables within the caller's transaction."""
    for statement in _tables():
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def version_of(connection: sqlite3.Connection) -> int:
    """The version in the file, 0 for an empty one. Raises StoreError if it cannot be ours."""
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application or version or tables:
            raise StoreError(
                "the file is another program's database; let the store's URL name one of its own"
            )
        return 0
    if version > VERSION:
        raise StoreError(
            f"the store was written by a newer Untagged (version {version}, this one reads "
            f"{VERSION}); upgrade Untagged or use another file"
        )
    return version
