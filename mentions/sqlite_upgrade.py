"""From an older file of SqliteStore to this version's tables: every mention is indexed anew.

The docs are the truth and everything else is derived from them, so one way serves all versions.
Only from version 6 there is a shorter one: what it lacks, the numbers of lists and some indexes,
is made from its columns. It is one transaction: a process that is killed half-way leaves the old
file, others read the old state until the end, and a second process that prepares at once waits
and finds the work done.
"""

import sqlite3

from mentions import sqlite_facts, sqlite_lists, tokens
from mentions import sqlite_schema as schema
from mentions.documents import document, mention_of
from mentions.sqlite_facts import LISTED
from mentions.sqlite_rows import row_of
from mentions.sqlite_writing import insert

CHUNK = 500
BEFORE_LISTS = 600 + tokens.VERSION
"""Version 6, with words cut as they are now."""


def create_or_upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date within the caller's transaction."""
    version = schema.version_of(connection)
    if version == schema.VERSION:
        return
    if version == BEFORE_LISTS:
        _add_lists(connection)
        return
    if version:
        _set_docs_aside(connection)
    schema.create(connection)
    if version:
        _index_anew(connection)


def _add_lists(connection: sqlite3.Connection) -> None:
    for statement in schema.SINCE_7:
        connection.execute(statement)
    connection.execute("ALTER TABLE fact_pages ADD COLUMN lists BLOB NOT NULL DEFAULT x''")
    for (page,) in connection.execute("SELECT page FROM fact_pages").fetchall():
        there = sqlite_lists.of_page(connection, page)
        numbers = sqlite_lists.numbers(connection, set(there.values()))
        sqlite_facts.write_lists(
            connection,
            page,
            (
                (rowid, *(numbers.get(pair, 0) for pair in zip(LISTED, own, strict=True)))
                for rowid, own in there.items()
            ),
        )
    connection.execute("ALTER TABLE mention_values DROP COLUMN shown")
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _set_docs_aside(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE mention_docs RENAME TO earlier_docs")
    # Virtual tables first: dropping one drops the tables it is made of.
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'earlier_docs' "
        "AND name NOT LIKE 'sqlite_%' ORDER BY sql NOT LIKE 'CREATE VIRTUAL%', name DESC"
    ).fetchall()
    for (name,) in names:
        connection.execute(f'DROP TABLE IF EXISTS "{name}"')


def _index_anew(connection: sqlite3.Connection) -> None:
    last = 0
    while found := connection.execute(
        "SELECT mention, doc FROM earlier_docs WHERE mention > ? ORDER BY mention LIMIT ?",
        (last, CHUNK),
    ).fetchall():
        insert(
            connection,
            [(rowid, row_of(document(mention_of(doc, f"number {rowid}")))) for rowid, doc in found],
        )
        last = found[-1][0]
    connection.execute("DROP TABLE earlier_docs")
