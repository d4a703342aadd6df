"""Facet sets: what a mention counts as, in one number, so that counting reads one column.

Mentions that agree in brand, sentiment, intent, language, source and so on share a set. A million
mentions have some hundreds to some ten thousands of sets, and a facet is counted by set first.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mentions.documents import Document
from mentions.query.reading import is_within
from mentions.query.tree import And, Everything, Flag, Node, Not, Or, Range, Value
from mentions.query.values import stored_keyword
from mentions.store import SPLIT_FIELDS

SET_FIELDS = SPLIT_FIELDS
"""Facets with few values; authors, topics and tags are counted from elsewhere."""
_VALUE_FIELDS = frozenset(SET_FIELDS) - {"severity", "tagged"}

_KEPT_FLAGS = 256
"""A byte for each set: of fifty thousand sets 13 MB in all."""

Flags = NDArray[np.bool_]
Shown = Mapping[str, tuple[str, ...]]
"""Facet field -> its values as people wrote them."""


def packed(document: Document) -> str:
    """The set of a document as text, the same for the same values."""
    return _packed(tuple([document.facets[name] for name in SET_FIELDS]))


@lru_cache(maxsize=50_000)
def _packed(shown: tuple[tuple[str, ...], ...]) -> str:
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=50_000)
def unpacked(text: str) -> Shown:
    """What `packed` was made from."""
    return dict(zip(SET_FIELDS, map(tuple, json.loads(text)), strict=True))


def numbers(connection: sqlite3.Connection, texts: Collection[str]) -> dict[str, int]:
    """The number of each set, given to it now if it is new."""
    said = json.dumps(list(texts))
    connection.execute(
        "INSERT OR IGNORE INTO facet_sets (shown) SELECT value FROM json_each(?)", (said,)
    )
    found = connection.execute(
        "SELECT shown, number FROM facet_sets WHERE shown IN (SELECT value FROM json_each(?))",
        (said,),
    )
    return dict(found.fetchall())


def texts(connection: sqlite3.Connection, numbers: Collection[int]) -> dict[int, str]:
    """The text of each number."""
    found = connection.execute(
        "SELECT number, shown FROM facet_sets WHERE number IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    )
    return dict(found.fetchall())


@dataclass(slots=True)
class _Column:
    """One facet of all sets: set `numbers[i]` has the value `values[codes[i]]`."""

    values: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, value: str) -> None:
        """Note that a set has a value."""
        code = self.known.setdefault(value, len(self.values))
        if code == len(self.values):
            self.values.append(value)
        self.numbers.append(number)
        self.codes.append(code)

    def copy(self) -> "_Column":
        """One that can learn without the other's knowledge."""
        return _Column([*self.values], [*self.numbers], [*self.codes], dict(self.known))


class Sets:
    """Every facet set up to some number, by columns."""

    def __init__(self, last: int, columns: Mapping[str, _Column]) -> None:
        self.last = last
        self._columns = columns
        self._arrays = {
            name: (np.array(column.numbers, dtype=np.intp), np.array(column.codes, dtype=np.intp))
            for name, column in columns.items()
        }
        self._flags: dict[tuple[str, frozenset[str]], Flags] = {}

    def with_newer(self, newer: Sequence[tuple[int, str]]) -> "Sets":
        """These and the ones of these numbers and texts."""
        columns = {name: column.copy() for name, column in self._columns.items()}
        for number, text in newer:
            for name, values in unpacked(text).items():
                for value in values:
                    columns[name].add(number, value)
        return Sets(max(number for number, _ in newer), columns)

    def counted(self, by_set: NDArray[Any], name: str) -> dict[str, int]:
        """Mentions by value of a facet, from mentions by set."""
        numbers, codes = self._arrays[name]
        column = self._columns[name]
        counts = np.bincount(codes, weights=by_set[numbers], minlength=len(column.values))
        found = zip(column.values, counts.astype(int).tolist(), strict=True)
        return {value: count for value, count in found if count}

    def folded(self, name: str) -> tuple[list[str], NDArray[Any], NDArray[Any]]:
        """The values of a facet folded, and pairs of a set and the place of a value that it has,
        each once, in order of the sets.
        """
        numbers, codes = self._arrays[name]
        places: dict[str, int] = {}
        folded = [
            places.setdefault(stored_keyword(name, value), len(places))
            for value in self._columns[name].values
        ]
        if not folded:
            return [], numbers, codes
        pairs = np.unique(numbers * len(places) + np.array(folded)[codes])
        sets, values = np.divmod(pairs, len(places))
        return list(places), sets, values

    def having(self, name: str, values: Collection[str]) -> Flags:
        """For each set, whether it has one of the values, as they are shown.

        Asked for the same again and again: every page counts some brand's negative mentions.
        """
        asked = name, frozenset(values)
        found = self._flags.get(asked)
        if found is None:
            if len(self._flags) >= _KEPT_FLAGS:
                self._flags = {}
            found = self._flags[asked] = self._having(name, values)
        return found

    def _having(self, name: str, values: Collection[str]) -> Flags:
        numbers, codes = self._arrays[name]
        known = self._columns[name].known
        having: Flags = np.zeros(self.last + 1, dtype=bool)
        having[numbers[np.isin(codes, [known[value] for value in values if value in known])]] = True
        return having

    def holding(self, tree: Node) -> Flags:  # noqa: PLR0911  # one answer a kind of node
        """For each set, whether its mentions match a tree that is about sets."""
        match tree:
            case Value(name, value):
                return self._chosen(name, lambda shown: stored_keyword(name, shown) == value)
            case Range(name):
                return self._chosen(name, lambda shown: is_within(tree, float(shown)))
            case Flag(name, value):
                return self.having(name, ["true" if value else "false"])
            case And(parts):
                every: Flags = np.logical_and.reduce([self.holding(part) for part in parts])
                return every
            case Or(parts):
                either: Flags = np.logical_or.reduce([self.holding(part) for part in parts])
                return either
            case Not(part):
                return ~self.holding(part)
        return np.ones(self.last + 1, dtype=bool)

    def _chosen(self, name: str, is_chosen: Any) -> Flags:
        return self.having(
            name, [value for value in self._columns[name].values if is_chosen(value)]
        )


class FacetSets:
    """What each number stands for; remembers what it has read, as numbers are for ever.

    Read within read transactions only: what a write has not kept yet may come to nothing.
    """

    def __init__(self) -> None:
        self._known = Sets(0, {name: _Column() for name in SET_FIELDS})

    def all(self, connection: sqlite3.Connection) -> Sets:
        """Every set that the connection can see, perhaps with some that are newer."""
        known = self._known
        newer = connection.execute(
            "SELECT number, shown FROM facet_sets WHERE number > ? ORDER BY number", (known.last,)
        ).fetchall()
        if newer:
            # A new object, as another thread may be reading the old one.
            known = self._known = known.with_newer(newer)
        return known


def is_about_sets(tree: Node) -> bool:  # noqa: PLR0911  # one answer a kind of node
    """Whether a mention's facet set alone tells if it matches."""
    match tree:
        case Everything():
            return True
        case Value(name, _, is_pattern):
            return name in _VALUE_FIELDS and not is_pattern
        case Range(name):
            return name == "severity"
        case Flag(name, _):
            return name == "tagged"
        case And(parts) | Or(parts):
            return all(map(is_about_sets, parts))
        case Not(part):
            return is_about_sets(part)
    return False
