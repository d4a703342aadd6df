"""Lists: the topics, the tags and the site of a mention, each kept as one number.

Mentions with the same topics share a number, so that a million of them are counted by number
first, as `mentions.sqlite_facets` does for what has few values. Here each field is numbered alone:
together with the others their values would make as many sets as there are mentions.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache

import numpy as np

from mentions.documents import Document
from mentions.query.values import stored_keyword
from mentions.sqlite_facts import LISTED, PAGE, Numbers

Lists = tuple[str, ...]
"""For each of LISTED what a mention has, as JSON; '' where it has nothing."""


def packed(document: Document) -> Lists:
    """The lists of a document as texts, the same for the same values."""
    return tuple([_text(document.facets[name]) for name in LISTED])


def numbers(connection: sqlite3.Connection, rows: Collection[Lists]) -> dict[tuple[str, str], int]:
    """The number of each list by field and text, given to it now if it is new."""
    pairs = {pair for lists in rows for pair in zip(LISTED, lists, strict=True) if pair[1]}
    said = json.dumps(sorted(pairs))
    connection.execute(
        "INSERT OR IGNORE INTO value_lists (field, shown) "
        "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)",
        (said,),
    )
    found = connection.execute(
        "SELECT field, shown, number FROM value_lists JOIN json_each(?) ON "
        "field = json_extract(value, '$[0]') AND shown = json_extract(value, '$[1]')",
        (said,),
    )
    return {(field, shown): number for field, shown, number in found}


def of_page(connection: sqlite3.Connection, page: int) -> dict[int, Lists]:
    """The lists of the mentions of a page of facts, from columns and values, by rowid."""
    bounds = (page * PAGE, (page + 1) * PAGE)
    found: defaultdict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    values = connection.execute(
        "SELECT rowid, 'site', site FROM mentions WHERE rowid >= ? AND rowid < ? "
        "AND site IS NOT NULL UNION ALL SELECT rowid_ref, field, coalesce(shown, value) "
        "FROM mention_values WHERE rowid_ref >= ? AND rowid_ref < ? AND field IN ('topic', 'tag')",
        (*bounds, *bounds),
    )
    for rowid, field, value in values:
        found[rowid][field].append(value)
    return {rowid: tuple(_text(lists[name]) for name in LISTED) for rowid, lists in found.items()}


def counted(
    connection: sqlite3.Connection, chosen: Numbers, mentions: Numbers
) -> Mapping[str, int]:
    """Mentions by value, from the lists that count and the mentions of every list by number."""
    counts = Counter[str]()
    for number, shown in _texts(connection, chosen.tolist()):
        for value in _values(shown):
            counts[value] += int(mentions[number])
    return counts


def forget(connection: sqlite3.Connection, numbers: Numbers) -> None:
    """Take out lists with a value that no mention has any more; numbers stay, as of authors."""
    for number, field, shown in connection.execute(
        "SELECT number, field, shown FROM value_lists WHERE number IN "
        "(SELECT value FROM json_each(?))",
        (json.dumps(np.unique(numbers).tolist()),),
    ).fetchall():
        values = [stored_keyword(field, value) for value in json.loads(shown)]
        if not all(_is_there(connection, field, value) for value in values):
            connection.execute(
                "UPDATE value_lists SET shown = ? WHERE number = ?",
                (json.dumps([f"(gone {number})"]), number),
            )


def _is_there(connection: sqlite3.Connection, field: str, value: str) -> bool:
    if field == "site":
        found = connection.execute("SELECT 1 FROM mentions WHERE site = ? LIMIT 1", (value,))
    else:
        found = connection.execute(
            "SELECT 1 FROM mention_values WHERE field = ? AND value = ? LIMIT 1", (field, value)
        )
    return found.fetchone() is not None


@lru_cache(maxsize=50_000)
def _values(shown: str) -> Lists:
    return tuple(json.loads(shown))


def _texts(connection: sqlite3.Connection, numbers: Collection[int]) -> list[tuple[int, str]]:
    return connection.execute(
        "SELECT number, shown FROM value_lists WHERE number IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    ).fetchall()


def _text(values: Collection[str]) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False) if values else ""
