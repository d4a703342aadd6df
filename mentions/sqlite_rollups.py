"""Rollups: how many mentions there are per quarter of an hour, kept with every write.

A cell is everything, one value of a facet ('sentiment' 'negative'), or such a value within a
brand. Whole quarters of a window are summed from them; the ragged edges are counted exactly.
Distinct authors cannot be summed and are not kept.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

from mentions.query.tree import And, Everything, Flag, Node, Value
from mentions.query.values import stored_keyword
from mentions.sqlite_facets import SET_FIELDS, Shown, is_about_sets, unpacked
from mentions.windows import Window

QUARTER = 900_000_000
"""Microseconds: detection works in quarters of an hour."""
QUARTERS_A_DAY = 96
_QUARTER_BITS = 32
"""Enough for a hundred thousand years of them; no mention is older than 1990."""
_FIRST, _LAST = -(2**40), 2**40

Cell = tuple[str, str, str]
"""Brand, field and value; '' stands for any."""
EVERYTHING: Cell = ("", "", "")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that cells answer: within a brand (folded) or not, with one value (folded) or not."""

    brand: str = ""
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole quarters of a window, and what of it lies before and after them."""

    first: int
    end: int
    edges: tuple[Window, ...]


def asked(tree: Node) -> Asked | None:
    """The query in terms of cells, or None if they do not answer it."""
    if not is_about_sets(tree):
        return None
    brand, rest = "", list[tuple[str, str]]()
    for part in _parts(tree):
        match part:
            case Value("brand", value) if not brand and value:
                brand = value
            case Value(field, value):
                rest.append((field, value))
            case Flag(field, flag):
                rest.append((field, "true" if flag else "false"))
            case Everything():
                pass
            case _:
                return None
    if len(rest) > 1 or any(field == "brand" for field, _ in rest):
        return None
    return Asked(brand, *rest[0]) if rest else Asked(brand)


def span(window: Window) -> Span | None:
    """The window's whole quarters, or None if it has none."""
    first = _FIRST if window.since is None else -(-window.since // QUARTER)
    end = _LAST if window.until is None else window.until // QUARTER
    if end <= first:
        return None
    edges = []
    if window.since is not None and first * QUARTER > window.since:
        edges.append(Window(window.since, first * QUARTER))
    if window.until is not None and end * QUARTER < window.until:
        edges.append(Window(end * QUARTER, window.until))
    return Span(first, end, tuple(edges))


def move(connection: sqlite3.Connection, moves: Collection[tuple[str, int, int]]) -> None:
    """Count mentions (facet set as text, published, +1 or -1) in or out."""
    cells: dict[Cell, int] = {}
    by_set: dict[str, list[int]] = {}
    for text, _, _ in moves:
        if text not in by_set:
            by_set[text] = [cells.setdefault(cell, len(cells)) for cell in _cells_of(text)]
    if not cells:
        return
    rows = _changes(moves, by_set)
    numbers = _numbers(connection, list(cells))
    changed = [(numbers[cell], quarter, change) for cell, quarter, change in rows if change]
    connection.executemany(
        "INSERT INTO rollups VALUES (?, ?, ?) "
        "ON CONFLICT (cell, quarter) DO UPDATE SET posts = posts + excluded.posts",
        changed,
    )
    connection.executemany(
        "DELETE FROM rollups WHERE cell = ? AND quarter = ? AND posts = 0",
        [(cell, quarter) for cell, quarter, change in changed if change < 0],
    )


def by_quarter(connection: sqlite3.Connection, what: Asked, whole: Span) -> dict[int, int]:
    """Mentions in each quarter that has any."""
    found = connection.execute(
        "SELECT quarter, sum(posts) FROM rollups WHERE cell IN (SELECT value FROM json_each(?)) "
        "AND quarter >= ? AND quarter < ? GROUP BY quarter",
        (json.dumps(_asked_cells(connection, what)), whole.first, whole.end),
    )
    return dict(found.fetchall())


def by_value(connection: sqlite3.Connection, brand: str, name: str, whole: Span) -> dict[str, int]:
    """Mentions by value of a facet, within the brand if one is given (folded)."""
    counts = Counter[str]()
    for within in _brands(connection, brand) if brand else [""]:
        cells = connection.execute(
            "SELECT value, (SELECT sum(posts) FROM rollups WHERE cell = number "
            "AND quarter >= ? AND quarter < ?) FROM rollup_cells WHERE brand = ? AND field = ?",
            (whole.first, whole.end, within, name),
        )
        for value, posts in cells:
            counts[value] += posts or 0
    return counts


def by_value_and_quarter(
    connection: sqlite3.Connection, brand: str, name: str, whole: Span
) -> Iterator[tuple[str, int, int]]:
    """(value, quarter, mentions) of a facet, within the brand if one is given (folded).

    A brand in two spellings has a value in both: sum them.
    """
    for within in _brands(connection, brand) if brand else [""]:
        yield from connection.execute(
            "SELECT value, quarter, posts FROM rollup_cells JOIN rollups ON cell = number "
            "WHERE brand = ? AND field = ? AND quarter >= ? AND quarter < ?",
            (within, name, whole.first, whole.end),
        )


def _parts(tree: Node) -> Iterator[Node]:
    if isinstance(tree, And):
        for part in tree.parts:
            yield from _parts(part)
    else:
        yield tree


@lru_cache(maxsize=50_000)
def _cells_of(text: str) -> tuple[Cell, ...]:
    shown: Shown = unpacked(text)
    values = [(field, value) for field in SET_FIELDS for value in shown[field]]
    return (
        EVERYTHING,
        *(("", field, value) for field, value in values),
        *((brand, field, value) for brand in shown["brand"] if brand for field, value in values),
    )


def _changes(
    moves: Collection[tuple[str, int, int]], cells: Mapping[str, Sequence[int]]
) -> Iterable[tuple[int, int, int]]:
    """(place of the cell, quarter, change), each cell and quarter once, in their order."""
    counts = [len(cells[text]) for text, _, _ in moves]
    its_cells = np.fromiter(chain.from_iterable([cells[text] for text, _, _ in moves]), np.int64)
    quarters = np.repeat([published // QUARTER for _, published, _ in moves], counts)
    signs = np.repeat([sign for _, _, sign in moves], counts)
    keys, where = np.unique(its_cells << _QUARTER_BITS | quarters, return_inverse=True)
    changes = np.bincount(where, weights=signs).astype(int)
    both = keys >> _QUARTER_BITS, keys & ((1 << _QUARTER_BITS) - 1), changes
    return zip(*(column.tolist() for column in both), strict=True)


def _numbers(connection: sqlite3.Connection, cells: Sequence[Cell]) -> list[int]:
    """The number of each cell, given to it now if it is new."""
    connection.executemany(
        "INSERT OR IGNORE INTO rollup_cells (brand, field, value) VALUES (?, ?, ?)", cells
    )
    number = "SELECT number FROM rollup_cells WHERE brand = ? AND field = ? AND value = ?"
    return [connection.execute(number, cell).fetchone()[0] for cell in cells]


def _asked_cells(connection: sqlite3.Connection, what: Asked) -> list[int]:
    field = what.field or ("brand" if what.brand else "")
    folded = what.value if what.field else what.brand
    numbers = []
    # A brand alone is the value 'brand' of no brand in particular.
    brands = _brands(connection, what.brand) if what.brand and what.field else [""]
    for brand in brands:
        cells = connection.execute(
            "SELECT number, value FROM rollup_cells WHERE brand = ? AND field = ?", (brand, field)
        )
        numbers += [number for number, value in cells if stored_keyword(field, value) == folded]
    return numbers


def _brands(connection: sqlite3.Connection, folded: str) -> list[str]:
    """The brand in every spelling; a mention counts under one of them."""
    cells = connection.execute(
        "SELECT value FROM rollup_cells WHERE brand = '' AND field = 'brand' AND value <> ''"
    )
    return [value for (value,) in cells if stored_keyword("brand", value) == folded]
