"""How SqliteStore counts: totals, facets and buckets, each by the cheapest way that is exact.

What a rollup's cells answer is summed from them. All else is one pass over the matches, which
reads three numbers of each: when it was published, its facet set, and where it is kept.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from heapq import nlargest

from mentions import sqlite_rollups as rollups
from mentions.cursors import Place
from mentions.facets import MAX_FACET_VALUES
from mentions.query.tree import Node
from mentions.sqlite_facets import SET_FIELDS, Shown, counted
from mentions.sqlite_reading import Condition, Found, condition, count, select
from mentions.windows import Buckets, Window

_DAY = 86_400_000_000
_SLICE = 20_000
"""Matches in memory at once."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(slots=True)
class Pass:
    """What one look at every match gave."""

    total: int = 0
    by_set: Counter[int] = field(default_factory=Counter)
    by_day: Counter[int] = field(default_factory=Counter)
    newest: list[Found] = field(default_factory=list)

    def add(self, other: "Pass") -> None:
        """Count what another part of the window gave as well."""
        self.total += other.total
        self.by_set.update(other.by_set)
        self.by_day.update(other.by_day)


def one_pass(
    connection: sqlite3.Connection,
    where: Condition,
    *,
    after: Place | None = None,
    newest: int = 0,
) -> Pass:
    """Count the matches by facet set and day, and give the `newest` ones that follow the place."""
    rows = connection.execute(
        select("published, facets, rowid FROM mentions WHERE", where.sql), where.values
    )
    made = Pass()
    top = _Newest(newest, after)
    while part := rows.fetchmany(_SLICE):
        made.total += len(part)
        made.by_set.update([row[1] for row in part])
        made.by_day.update([row[0] // _DAY for row in part])
        if newest:
            top.see(part)
    made.newest = top.found(connection)
    return made


def split_posts(
    connection: sqlite3.Connection,
    where: Condition,
    buckets: Buckets,
    *,
    sets: Mapping[int, Shown],
    by: str,
    limit: int,
) -> dict[str, tuple[int, ...]]:
    """Mentions per bucket of each of the most frequent values, the most frequent first."""
    statement = select(
        "(published - ?) / ? AS bucket, facets, count(*) FROM mentions WHERE",
        where.sql,
        "GROUP BY bucket, facets",
    )
    posts: dict[str, list[int]] = {}
    for number, its_set, mentions in connection.execute(
        statement, (buckets.start, buckets.width, *where.values)
    ):
        for value in sets[its_set][by]:
            posts.setdefault(value, [0] * buckets.count)[number] += mentions
    order = sorted(posts, key=lambda value: (-sum(posts[value]), value))
    return {value: tuple(posts[value]) for value in order[:limit]}


class Counting:
    """Counts one query's matches in a window, each number once and only if it is asked for."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        tree: Node,
        window: Window,
        sets: Mapping[int, Shown],
        counts: Pass | None = None,
    ) -> None:
        self._connection = connection
        self._tree = tree
        self._sets = sets
        self._window = window
        self._counts = counts
        self._edges: Pass | None = None
        self._asked = rollups.asked(tree) if counts is None else None
        self._span = rollups.span(window) if self._asked is not None else None
        self._kept: dict[str, Counter[str]] = {}
        self._has_matched = False

    def total(self) -> int:
        """How many match."""
        if self._counts is not None:
            return self._counts.total
        if self._asked is not None and self._span is not None:
            whole = rollups.by_quarter(self._connection, self._asked, self._span)
            return sum(whole.values()) + self._at_edges().total
        return count(self._connection, self._where(self._window))

    def facet(self, name: str) -> list[tuple[str, int]]:
        """(value, count), most frequent first."""
        if name not in (*SET_FIELDS, "day"):
            return self._listed(name)
        found = self._by_day() if name == "day" else self._by_value(name)
        there = ((value, mentions) for value, mentions in found.items() if mentions)
        return sorted(there, key=lambda each: (-each[1], each[0]))[:MAX_FACET_VALUES]

    def posts_by_bucket(self, buckets: Buckets) -> dict[int, int] | None:
        """Mentions by bucket number from the rollups, or None if they cannot tell."""
        fits = buckets.width % rollups.QUARTER == 0 and buckets.start % rollups.QUARTER == 0
        if not fits or self._asked is None or self._span is None:
            return None
        first, width = self._span.first, buckets.width // rollups.QUARTER
        posts: Counter[int] = Counter()
        by_quarter = rollups.by_quarter(self._connection, self._asked, self._span)
        for quarter, mentions in by_quarter.items():
            posts[(quarter - first) // width] += mentions
        for edge in self._span.edges:  # the end alone, as the start is that of a quarter
            number = (edge.since or 0) - buckets.start
            posts[number // buckets.width] += count(self._connection, self._where(edge))
        return posts

    def _where(self, window: Window) -> Condition:
        return condition(self._tree, window, self._sets)

    def _all(self) -> Pass:
        if self._counts is None:
            self._counts = one_pass(self._connection, self._where(self._window))
        return self._counts

    def _at_edges(self) -> Pass:
        """What lies in the window's ragged edges."""
        if self._edges is None:
            self._edges = Pass()
            for edge in self._span.edges if self._span is not None else ():
                self._edges.add(one_pass(self._connection, self._where(edge)))
        return self._edges

    def _by_value(self, name: str) -> Mapping[str, int]:
        asked = self._asked
        if asked is None or self._span is None or asked.field or self._counts is not None:
            return counted(self._all().by_set, self._sets, [name])[name]
        found = rollups.by_value(self._connection, asked.brand, [name], self._span)[name]
        found.update(counted(self._at_edges().by_set, self._sets, [name])[name])
        return found

    def _by_day(self) -> Mapping[str, int]:
        if self._asked is None or self._span is None or self._counts is not None:
            days = self._all().by_day
        else:
            days = Counter(self._at_edges().by_day)
            by_quarter = rollups.by_quarter(self._connection, self._asked, self._span)
            for quarter, mentions in by_quarter.items():
                days[quarter // rollups.QUARTERS_A_DAY] += mentions
        return {date.fromordinal(_EPOCH_DAY + day).isoformat(): days[day] for day in days}

    def _listed(self, name: str) -> list[tuple[str, int]]:
        """A facet with many values, counted from its own table."""
        self._match()
        if name == "author":
            value, source = "facet_author", "mentions ON mentions.rowid = matched.mention"
        else:
            value = "coalesce(shown, value)"
            source = "mention_values ON rowid_ref = matched.mention AND field = ?"
        statement = select(
            value,
            "AS facet, count(*) AS mentions FROM matched JOIN",
            source,
            "WHERE facet IS NOT NULL GROUP BY facet ORDER BY mentions DESC, facet LIMIT ?",
        )
        values = () if name == "author" else (name,)
        return self._connection.execute(statement, (*values, MAX_FACET_VALUES)).fetchall()

    def _match(self) -> None:
        if self._has_matched:
            return
        self._has_matched = True
        where = self._where(self._window)
        self._connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS matched (mention INTEGER PRIMARY KEY)"
        )
        self._connection.execute("DELETE FROM matched")
        self._connection.execute(
            " ".join(("INSERT INTO matched", select("rowid FROM mentions WHERE", where.sql))),
            where.values,
        )


class _Newest:
    """The newest of the matches that follow a place, ties and all, seen slice by slice."""

    def __init__(self, limit: int, after: Place | None) -> None:
        self._limit = limit
        self._after = after
        self._tied: list[int] = []
        self._best: list[tuple[int, int]] = []
        self._floor = -(2**63)

    def see(self, rows: Iterable[tuple[int, int, int]]) -> None:
        """Take what may be among the newest of these (published, set, rowid)."""
        if self._after is not None:
            place = self._after.published
            rows = [row for row in rows if row[0] <= place]
            self._tied += [row[2] for row in rows if row[0] == place]
            rows = [row for row in rows if row[0] < place]
        self._best += [(row[0], row[2]) for row in rows if row[0] >= self._floor]
        if len(self._best) > self._limit:
            self._floor = nlargest(self._limit, self._best)[-1][0]
            self._best = [each for each in self._best if each[0] >= self._floor]

    def found(self, connection: sqlite3.Connection) -> list[Found]:
        """At most `limit` of them, newest first."""
        rowids = [*self._tied, *(rowid for _, rowid in self._best)]
        if not rowids:
            return []
        rows = connection.execute(
            "SELECT rowid, id, published FROM mentions "
            "WHERE rowid IN (SELECT value FROM json_each(?))",
            (json.dumps(rowids),),
        )
        found = sorted(
            (Found(rowid, mention_id, published, 0) for rowid, mention_id, published in rows),
            key=lambda each: (each.published, each.mention_id),
            reverse=True,
        )
        if self._after is not None:
            place = (self._after.published, self._after.mention_id)
            found = [each for each in found if (each.published, each.mention_id) < place]
        return found[: self._limit]
