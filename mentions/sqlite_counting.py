"""How SqliteStore counts: totals, facets and buckets, each by the cheapest way that is exact.

What a rollup's cells answer is summed from them; all else is counted of the matches.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from mentions import sqlite_rollups as rollups
from mentions.cursors import Place
from mentions.facets import MAX_FACET_VALUES
from mentions.query.tree import Node
from mentions.sqlite_facets import Sets
from mentions.sqlite_facts import LISTED
from mentions.sqlite_matches import Matches
from mentions.sqlite_reading import Found
from mentions.windows import Buckets, Window

_EVERY = 1_000_000
"""More values than a facet has."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Counting:
    """Counts one query's matches in a window; looks for them once, and only if it must."""

    def __init__(
        self, connection: sqlite3.Connection, tree: Node, window: Window, sets: Sets
    ) -> None:
        self._connection = connection
        self._tree = tree
        self._sets = sets
        self._window = window
        self._matches: Matches | None = None
        self._edges: list[Matches] | None = None
        self._asked = rollups.asked(tree)
        self._span = rollups.span(window) if self._asked is not None else None

    @property
    def matches(self) -> Matches:
        """What matches in the window."""
        if self._matches is None:
            self._matches = self._within(self._window)
        return self._matches

    def total(self) -> int:
        """How many match."""
        if self._matches is None and self._asked is not None and self._span is not None:
            whole = rollups.by_quarter(self._connection, self._asked, self._span)
            return sum(whole.values()) + sum(edge.total for edge in self._at_edges())
        return self.matches.total

    def newest(self, *, after: Place | None, limit: int) -> list[Found]:
        """The first ones after the place, newest first."""
        return self.matches.page((), after=after, limit=limit)

    def facet(self, name: str) -> list[tuple[str, int]]:
        """(value, count), most frequent first."""
        found = self._counted(name)
        there = ((value, mentions) for value, mentions in found.items() if mentions)
        return sorted(there, key=lambda each: (-each[1], each[0]))[:MAX_FACET_VALUES]

    def posts_by_bucket(self, buckets: Buckets) -> Mapping[int, int]:
        """Mentions by bucket number."""
        if not _fits(buckets) or self._asked is None or self._span is None:
            return self.matches.by_bucket(buckets)
        first, width = self._span.first, buckets.width // rollups.QUARTER
        posts: Counter[int] = Counter()
        by_quarter = rollups.by_quarter(self._connection, self._asked, self._span)
        for quarter, mentions in by_quarter.items():
            posts[(quarter - first) // width] += mentions
        for edge in self._at_edges():  # the end alone, as the start is that of a quarter
            posts.update(edge.by_bucket(buckets))
        return posts

    def split(self, buckets: Buckets, name: str, limit: int) -> dict[str, tuple[int, ...]]:
        """Mentions per bucket of each of the most frequent values, the most frequent first."""
        is_kept = _fits(buckets) and self._asked is not None and not self._asked.field
        if not is_kept or self._asked is None or self._span is None:
            return self.matches.split(buckets, name, limit)
        width = buckets.width // rollups.QUARTER
        posts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * buckets.count)
        kept = rollups.by_value_and_quarter(self._connection, self._asked.brand, name, self._span)
        for value, quarter, mentions in kept:
            posts[value][(quarter - self._span.first) // width] += mentions
        for edge in self._at_edges():  # the end alone, as above
            for value, counts in edge.split(buckets, name, _EVERY).items():
                posts[value] = [one + more for one, more in zip(posts[value], counts, strict=True)]
        order = sorted(posts, key=lambda value: (-sum(posts[value]), value))
        return {value: tuple(posts[value]) for value in order[:limit] if any(posts[value])}

    def _within(self, window: Window) -> Matches:
        return Matches(self._connection, self._tree, window, self._sets)

    def _at_edges(self) -> list[Matches]:
        """What lies in the window's ragged edges."""
        if self._edges is None:
            edges = self._span.edges if self._span is not None else ()
            self._edges = [self._within(edge) for edge in edges]
        return self._edges

    def _counted(self, name: str) -> Mapping[str, int]:
        if name == "author":
            return self.matches.by_author()
        if name == "cluster":
            return self.matches.by_story()
        if name in LISTED:
            return self.matches.by_list(name)
        is_kept = self._matches is None and self._asked is not None and self._span is not None
        if name == "day":
            return self._by_day() if is_kept else self.matches.by_day()
        if not is_kept or self._asked is None or self._asked.field:
            return self.matches.by_value(name)
        return self._kept_by_value(name, self._asked.brand)

    def _kept_by_value(self, name: str, brand: str) -> Mapping[str, int]:
        found = Counter[str]()
        if self._span is not None:
            found.update(rollups.by_value(self._connection, brand, name, self._span))
        for edge in self._at_edges():
            found.update(edge.by_value(name))
        return found

    def _by_day(self) -> Mapping[str, int]:
        days = Counter[str]()
        if self._asked is not None and self._span is not None:
            kept = rollups.by_quarter(self._connection, self._asked, self._span)
            for quarter, mentions in kept.items():
                day = date.fromordinal(_EPOCH_DAY + quarter // rollups.QUARTERS_A_DAY)
                days[day.isoformat()] += mentions
        for edge in self._at_edges():
            days.update(edge.by_day())
        return days


def _fits(buckets: Buckets) -> bool:
    """Whether each bucket is whole quarters."""
    return buckets.width % rollups.QUARTER == 0 and buckets.start % rollups.QUARTER == 0
