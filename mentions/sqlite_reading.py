"""How SqliteStore reads: a query's condition put into statements over `sqlite_schema`'s tables."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mentions.cursors import Place
from mentions.fields import DEFAULT_TEXT_FIELDS
from mentions.query.sql import compile_sql
from mentions.query.tree import And, Everything, Node
from mentions.relevance import Weighed
from mentions.sqlite_facets import Shown, is_about_sets, matching
from mentions.store import SortBy
from mentions.windows import Buckets, Window

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


def condition(tree: Node, window: Window, sets: Mapping[int, Shown] | None = None) -> Condition:
    """What holds for the mentions that match the query within the window.

    `sets` are all facet sets, if what can be decided by them shall be.
    """
    parts, values = list[str](), list[object]()
    if sets is not None:
        tree, by_set = _apart(tree)
        if by_set is not None:
            parts.append("mentions.facets IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(matching(by_set, sets)))
    sql, its_values = compile_sql(tree)
    parts.append(f"({sql})")
    values += its_values
    for bound, sign in ((window.since, ">="), (window.until, "<")):
        if bound is not None:
            parts.append(f"published {sign} ?")
            values.append(bound)
    return Condition(" AND ".join(parts), tuple(values))


def count(connection: sqlite3.Connection, where: Condition) -> int:
    """How many mentions the condition holds for."""
    counted: int = connection.execute(
        select("count(*)", "FROM mentions WHERE", where.sql), where.values
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
    statement = select(
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


def series_counts(
    connection: sqlite3.Connection, where: Condition, buckets: Buckets, *, authors: bool
) -> Iterable[tuple[int, int, int]]:
    """(bucket number, mentions, distinct authors if asked) of the buckets that are not empty."""
    statement = select(
        "(published - ?) / ? AS bucket, count(*),",
        "count(DISTINCT author_key)" if authors else "0",
        "FROM mentions WHERE",
        where.sql,
        "GROUP BY bucket",
    )
    return connection.execute(statement, (buckets.start, buckets.width, *where.values)).fetchall()


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
    connection: sqlite3.Connection, where: Condition, after: tuple[int, str], limit: int
) -> list[tuple[int, str, str]]:
    """(published, id, body) of the next mentions after the place, oldest first."""
    statement = select(
        "published, id, "
        "(SELECT doc FROM mention_docs WHERE mention = mentions.rowid) FROM mentions WHERE",
        where.sql,
        "AND (published, id) > (?, ?) ORDER BY published, id LIMIT ?",
    )
    return connection.execute(statement, (*where.values, *after, limit)).fetchall()


def _apart(tree: Node) -> tuple[Node, Node | None]:
    """The query as what needs a look at the mention and what its facet set decides."""
    parts = tree.parts if isinstance(tree, And) else (tree,)
    by_set = tuple(
        part for part in parts if is_about_sets(part) and not isinstance(part, Everything)
    )
    if not by_set:
        return tree, None
    rest = tuple(part for part in parts if part not in by_set)
    return And(rest) if rest else Everything(), And(by_set)


def _rank(sort: SortBy, by: Sequence[Weighed]) -> Condition:
    if sort in ("reach", "engagement"):
        return Condition(sort, ())
    if sort == "published" or not by:
        return Condition("0", ())
    parts, values = [], list[object]()
    for each in by:
        sql, its_values = compile_sql(each.condition)
        parts.append(f"? * (({sql}) IS TRUE)")
        values += [each.weight, *its_values]
    return Condition(" + ".join(parts), tuple(values))


def select(*parts: str) -> str:
    """One statement of fixed parts and compiled conditions, which hold placeholders only."""
    return " ".join(("SELECT", *parts))
