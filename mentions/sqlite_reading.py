"""How SqliteStore reads: a query's condition put into statements over `sqlite_schema`'s tables."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mentions.cursors import Place
from mentions.documents import TEXT_COLUMNS
from mentions.facets import MAX_FACET_VALUES
from mentions.query.sql import compile_sql
from mentions.query.tree import Node
from mentions.relevance import Weighed
from mentions.sqlite_schema import SPELLED
from mentions.store import SortBy
from mentions.windows import Buckets, Window

BEFORE_ALL = (-(2**63), "")
"""The place before the first mention in order of (published, id)."""
_FACET_COLUMNS = {
    "sentiment": "sentiment",
    "lang": "lang",
    "kind": "kind",
    "severity": "CAST(CAST(severity AS INTEGER) AS TEXT)",
    "tagged": "CASE tagged WHEN 1 THEN 'true' ELSE 'false' END",
    "day": "date(published / 1000000, 'unixepoch')",
    **{name: f"facet_{name}" for name in SPELLED},
}


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
    sql, values = compile_sql(tree)
    parts = [f"({sql})"]
    for bound, sign in ((window.since, ">="), (window.until, "<")):
        if bound is not None:
            parts.append(f"published {sign} ?")
            values = [*values, bound]
    return Condition(" AND ".join(parts), tuple(values))


def count(connection: sqlite3.Connection, where: Condition) -> int:
    """How many mentions the condition holds for."""
    counted: int = connection.execute(
        _select("count(*)", "FROM mentions WHERE", where.sql), where.values
    ).fetchone()[0]
    return counted


def page(
    connection: sqlite3.Connection,
    where: Condition,
    *,
    sort: SortBy,
    by: Sequence[Weighed],
    after: Place | None,
    limit: int,
) -> list[Found]:
    """The mentions after the place, highest rank first, then newest first."""
    rank = _rank(sort, by)
    keys = "published, id" if sort == "published" else "rank, published, id"
    follows, place = "", list[object]()
    if after is not None:
        place = [after.published, after.mention_id]
        if sort != "published":
            place.insert(0, after.rank)
        follows = f"WHERE ({keys}) < ({', '.join('?' for _ in place)})"
    statement = _select(
        "mention, id, published, rank FROM (SELECT",
        "rowid AS mention, id, published,",
        rank.sql,
        "AS rank FROM mentions WHERE",
        where.sql,
        ")",
        follows,
        "ORDER BY",
        ", ".join(f"{key} DESC" for key in keys.split(", ")),
        "LIMIT ?",
    )
    values = (*rank.values, *where.values, *place, limit)
    return [Found(*row) for row in connection.execute(statement, values)]


def bodies(connection: sqlite3.Connection, rowids: Sequence[int]) -> dict[int, str]:
    """The stored body of each rowid."""
    found = connection.execute(
        "SELECT mention, doc FROM mention_docs WHERE mention IN (SELECT value FROM json_each(?))",
        (json.dumps(rowids),),
    )
    return dict(found.fetchall())


def facet_counts(
    connection: sqlite3.Connection, where: Condition, names: Iterable[str]
) -> dict[str, list[tuple[str, int]]]:
    """(value, count) of each facet over the condition's mentions, most frequent first."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS matched (mention INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM matched")
    connection.execute(
        " ".join(("INSERT INTO matched", _select("rowid FROM mentions WHERE", where.sql))),
        where.values,
    )
    return {name: _facet(connection, name) for name in names}


def series_counts(
    connection: sqlite3.Connection, where: Condition, buckets: Buckets
) -> Iterable[tuple[int, int, int]]:
    """(bucket number, mentions, distinct authors) of the buckets that are not empty."""
    statement = _select(
        "(published - ?) / ? AS bucket, count(*), count(DISTINCT author_key) FROM mentions WHERE",
        where.sql,
        "GROUP BY bucket",
    )
    return connection.execute(statement, (buckets.start, buckets.width, *where.values)).fetchall()


def newest_texts(connection: sqlite3.Connection, where: Condition, limit: int) -> Iterable[str]:
    """The tokens of the newest mentions, title and text as one string with spaces between."""
    statement = _select(
        " || ' ' || ".join(TEXT_COLUMNS),
        "FROM mention_words WHERE rowid IN (SELECT rowid FROM mentions WHERE",
        where.sql,
        "ORDER BY published DESC, id DESC LIMIT ?)",
    )
    return (row[0] for row in connection.execute(statement, (*where.values, limit)))


def oldest(
    connection: sqlite3.Connection, where: Condition, after: tuple[int, str], limit: int
) -> list[tuple[int, str, str]]:
    """(published, id, body) of the next mentions after the place, oldest first."""
    statement = _select(
        "published, id, "
        "(SELECT doc FROM mention_docs WHERE mention = mentions.rowid) FROM mentions WHERE",
        where.sql,
        "AND (published, id) > (?, ?) ORDER BY published, id LIMIT ?",
    )
    return connection.execute(statement, (*where.values, *after, limit)).fetchall()


def _rank(sort: SortBy, by: Sequence[Weighed]) -> Condition:
    if sort == "reach":
        return Condition("reach", ())
    if sort == "published" or not by:
        return Condition("0", ())
    parts, values = [], list[object]()
    for each in by:
        sql, its_values = compile_sql(each.condition)
        parts.append(f"? * (({sql}) IS TRUE)")
        values += [each.weight, *its_values]
    return Condition(" + ".join(parts), tuple(values))


def _facet(connection: sqlite3.Connection, name: str) -> list[tuple[str, int]]:
    if name in _FACET_COLUMNS:
        value, source = _FACET_COLUMNS[name], "mentions ON mentions.rowid = matched.mention"
    else:
        value = "coalesce(shown, value)"
        source = "mention_values ON rowid_ref = matched.mention AND field = ?"
    statement = _select(
        value,
        "AS facet, count(*) AS mentions FROM matched JOIN",
        source,
        "WHERE facet IS NOT NULL GROUP BY facet ORDER BY mentions DESC, facet LIMIT ?",
    )
    values = () if name in _FACET_COLUMNS else (name,)
    return connection.execute(statement, (*values, MAX_FACET_VALUES)).fetchall()


def _select(*parts: str) -> str:
    """One statement of fixed parts and compiled conditions, which hold placeholders only."""
    return " ".join(("SELECT", *parts))
