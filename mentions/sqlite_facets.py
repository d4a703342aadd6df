"""Facet sets: what a mention counts as, in one number, so that counting reads one column.

Mentions that agree in brand, sentiment, intent, language, source and so on share a set. A million
mentions have some hundreds to some ten thousands of sets, and a facet is counted by set first.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from mentions.documents import Document, keyword
from mentions.query.tree import And, Everything, Flag, Node, Not, Or, Value
from mentions.store import SPLIT_FIELDS

SET_FIELDS = SPLIT_FIELDS
"""Facets with few values; authors, topics and tags are counted from tables of their own."""
_VALUE_FIELDS = frozenset(SET_FIELDS) - {"severity", "tagged"}

Shown = Mapping[str, tuple[str, ...]]
"""Facet field -> its values as people wrote them."""


def packed(document: Document) -> str:
    """The set of a document as text, the same for the same values."""
    return json.dumps([document.facets[name] for name in SET_FIELDS], separators=(",", ":"))


@lru_cache(maxsize=50_000)
def unpacked(text: str) -> Shown:
    """What `packed` was made from."""
    return dict(zip(SET_FIELDS, map(tuple, json.loads(text)), strict=True))


def numbers(connection: sqlite3.Connection, texts: Collection[str]) -> dict[str, int]:
    """The number of each set, given to it now if it is new."""
    connection.executemany(
        "INSERT OR IGNORE INTO facet_sets (shown) VALUES (?)", ((text,) for text in texts)
    )
    found = connection.execute(
        "SELECT shown, number FROM facet_sets WHERE shown IN (SELECT value FROM json_each(?))",
        (json.dumps(list(texts)),),
    )
    return dict(found.fetchall())


class FacetSets:
    """What each number stands for; remembers what it has read, as numbers are for ever.

    Read within read transactions only: what a write has not kept yet may come to nothing.
    """

    def __init__(self) -> None:
        self._known: dict[int, Shown] = {}

    def all(self, connection: sqlite3.Connection) -> Mapping[int, Shown]:
        """Every set that the connection can see, perhaps with some that are newer."""
        last = max(self._known, default=0)
        newer = connection.execute(
            "SELECT number, shown FROM facet_sets WHERE number > ?", (last,)
        ).fetchall()
        if newer:
            # A new dict, as another thread may be reading the old one.
            self._known = self._known | {number: unpacked(text) for number, text in newer}
        return self._known


def is_about_sets(tree: Node) -> bool:
    """Whether a mention's facet set alone tells if it matches."""
    match tree:
        case Everything():
            return True
        case Value(field, _, is_pattern):
            return field in _VALUE_FIELDS and not is_pattern
        case Flag(field, _):
            return field == "tagged"
        case And(parts) | Or(parts):
            return all(map(is_about_sets, parts))
        case Not(part):
            return is_about_sets(part)
    return False


def matching(tree: Node, sets: Mapping[int, Shown]) -> list[int]:
    """The numbers of the sets whose mentions match."""
    return [number for number, shown in sets.items() if holds(tree, shown)]


def holds(tree: Node, shown: Shown) -> bool:
    """Whether mentions of this set match a tree that is about sets."""
    match tree:
        case Value(field, value):
            return any(keyword(field, each) == value for each in shown[field])
        case Flag(field, value):
            return shown[field] == ("true" if value else "false",)
        case And(parts):
            return all(holds(part, shown) for part in parts)
        case Or(parts):
            return any(holds(part, shown) for part in parts)
        case Not(part):
            return not holds(part, shown)
    return True


def counted(
    by_set: Mapping[int, int], sets: Mapping[int, Shown], names: Iterable[str]
) -> dict[str, dict[str, int]]:
    """Mentions by value of each facet, from mentions by set."""
    asked = tuple(names)
    counts: dict[str, dict[str, int]] = {name: {} for name in asked}
    for number, mentions in by_set.items():
        shown = sets[number]
        for name in asked:
            of_name = counts[name]
            for value in shown[name]:
                of_name[value] = of_name.get(value, 0) + mentions
    return counts
