"""How SqliteStore reads: a query's condition put into statements over `sqlite_schema`'s tables."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mentions.cursors import Place
from mentions.fields import DEFAULT_TEXT_FIELDS
from mentions.query.sql import compile_sql
from mentions.query.tree import Node
from mentions.windows import Window

SortColumn = Literal["published", "reach", "engagement"]
_IN_ORDER: dict[SortColumn, str] = {
    "published": "mentions_by_time",
    "reach": "mentions_by_reach",
    "engagement": "mentions_by_engagement",
}
BEFORE_ALL = (-(2**63), "")
"""The place before the first mention in order of (published, id)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A WHERE expression over `mentions` and the values of its placeholders."""

    sql: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a page: where the mention is kept and its place in the order."""

    rowid: int
    mention_id: str
    published: int
    rank: float


def condition(tree: Node, window: Window) -> Condition:
    """What holds for the mentions that match the query within the window."""
    sql, its_values = compile_sql(tree)
    parts, values = [f"({sql})"], [*its_values]
    for bound, sign in ((window.since, ">="), (window.until, "<")):
        if bound is not None:
            parts.append(f"published {sign} ?")
            values.append(bound)
    return Condition(" AND ".join(parts), tuple(values))


def among(rowids: Sequence[int]) -> Condition:
    """What holds for the mentions that are kept there."""
    return Condition("rowid IN (SELECT value FROM json_each(?))", (json.dumps(list(rowids)),))


def page(
    connection: sqlite3.Connection,
    where: Condition,
    *,
    by: SortColumn,
    after: Place | None,
    limit: int,
    is_few: bool = False,
) -> list[Found]:
    """The mentions after the place, the highest of a column first, then newest first.

    They are looked for along the index that has them in this order, or one by one if the condition
    is `among` a few. SQLite would choose another way, and read every mention of a frequent brand.
    """
    keys = ("published", "id") if by == "published" else (by, "published", "id")
    rank = "0" if by == "published" else by
    follows, place = "", list[object]()
    if after is not None:
        place = [after.rank, after.published, after.mention_id][-len(keys) :]
        follows = f"AND ({', '.join(keys)}) < ({', '.join('?' for _ in place)})"
    statement = select(
        f"rowid, id, published, {rank} FROM mentions",
        "NOT INDEXED WHERE" if is_few else f"INDEXED BY {_IN_ORDER[by]} WHERE",
        where.sql,
        follows,
        "ORDER BY",
        ", ".join(f"{key} DESC" for key in keys),
        "LIMIT ?",
    )
    values = (*where.values, *place, limit)
    return [Found(*row) for row in connection.execute(statement, values)]


def bodies(connection: sqlite3.Connection, rowids: Sequence[int]) -> dict[int, str]:
    """The stored body of each rowid."""
    found = connection.execute(
        "SELECT mention, doc FROM mention_docs WHERE mention IN (SELECT value FROM json_each(?))",
        (json.dumps(rowids),),
    )
    return dict(found.fetchall())


def newest_texts(connection: sqlite3.Connection, where: Condition, limit: int) -> Iterable[str]:
    """The tokens of the newest mentions, title and text as one string with spaces between."""
    statement = select(
        " || ' ' || ".join(DEFAULT_TEXT_FIELDS),
        "FROM mention_words WHERE rowid IN (SELECT rowid FROM mentions WHERE",
        where.sql,
        "ORDER BY published DESC, id DESC LIMIT ?)",
    )
    return (row[0] for row in connection.execute(statement, (*where.values, limit)))


def oldest(
    connection: sqlite3.Connection,
    where: Condition,
    after: tuple[int, str],
    limit: int,
    *,
    by_time: bool = False,
) -> list[Found]:
    """The next mentions after the place, oldest first.

    `by_time` where the window is short: SQLite would read every mention of a frequent author.
    """
    statement = select(
        "rowid, id, published, 0 FROM mentions",
        "INDEXED BY mentions_by_time WHERE" if by_time else "WHERE",
        where.sql,
        "AND (published, id) > (?, ?) ORDER BY published, id LIMIT ?",
    )
    found = connection.execute(statement, (*where.values, *after, limit))
    return [Found(*row) for row in found]


def select(*parts: str) -> str:
    """One statement of fixed parts and compiled conditions, which hold placeholders only."""
    return " ".join(("SELECT", *parts))
