"""How SqliteStore counts: totals, facets and buckets, each by the cheapest way that is exact.

What a rollup's cells answer is summed from them; all else is counted of the matches.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from datetime import date

from mentions import sqlite_rollups as rollups
from mentions.cursors import Place
from mentions.facets import MAX_FACET_VALUES
from mentions.query.tree import Node
from mentions.sqlite_facets import Sets
from mentions.sqlite_matches import Matches
from mentions.sqlite_reading import Found, select
from mentions.sqlite_schema import LISTED
from mentions.windows import Buckets, Window

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
        self._has_matched = False

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
        if name in LISTED:
            return self._listed(name)
        found = self._counted(name)
        there = ((value, mentions) for value, mentions in found.items() if mentions)
        return sorted(there, key=lambda each: (-each[1], each[0]))[:MAX_FACET_VALUES]

    def posts_by_bucket(self, buckets: Buckets) -> Mapping[int, int]:
        """Mentions by bucket number."""
        fits = buckets.width % rollups.QUARTER == 0 and buckets.start % rollups.QUARTER == 0
        if not fits or self._asked is None or self._span is None:
            return self.matches.by_bucket(buckets)
        first, width = self._span.first, buckets.width // rollups.QUARTER
        posts: Counter[int] = Counter()
        by_quarter = rollups.by_quarter(self._connection, self._asked, self._span)
        for quarter, mentions in by_quarter.items():
            posts[(quarter - first) // width] += mentions
        for edge in self._at_edges():  # the end alone, as the start is that of a quarter
            posts.update(edge.by_bucket(buckets))
        return posts

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

    def _listed(self, name: str) -> list[tuple[str, int]]:
        """A facet with many values, counted from its own table."""
        if not self._has_matched:
            self.matches.keep("matched")
            self._has_matched = True
        statement = select(
            "coalesce(shown, value) AS facet, count(*) AS mentions FROM matched JOIN "
            "mention_values ON rowid_ref = matched.mention AND field = ? "
            "GROUP BY facet ORDER BY mentions DESC, facet LIMIT ?",
        )
        return self._connection.execute(statement, (name, MAX_FACET_VALUES)).fetchall()
