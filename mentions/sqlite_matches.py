"""Matches: what is counted of the mentions that a query finds in a window."""

import json
import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from mentions import sqlite_facts, sqlite_lists
from mentions.cursors import Place
from mentions.facets import MAX_FACET_VALUES
from mentions.query.tree import Node
from mentions.relevance import Weighed
from mentions.sampling import shares
from mentions.sqlite_facets import Sets
from mentions.sqlite_facts import Numbers
from mentions.sqlite_finding import facts_of, rowids_of
from mentions.sqlite_reading import Found
from mentions.windows import Buckets, Window

_SIEVE = np.uint64(2**22 - 1)
"""Keys that differ in these bits are different: most that are of no copy are told at once."""
_DAY = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Matches:
    """What matches within one read transaction."""

    def __init__(
        self, connection: sqlite3.Connection, tree: Node, window: Window, sets: Sets
    ) -> None:
        self._connection = connection
        self._sets = sets
        self._facts = facts_of(connection, tree, window, sets)

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self._facts.rowids)

    def by_value(self, name: str) -> Mapping[str, int]:
        """Mentions by value of a facet that is part of the set."""
        by_set = np.bincount(self._facts.sets, minlength=self._sets.last + 1)
        return self._sets.counted(by_set, name)

    def by_day(self) -> Mapping[str, int]:
        """Mentions by day, as in 2026-02-21."""
        if not self.total:
            return {}
        days = self._facts.published // _DAY
        first = days.min()
        counts = np.bincount(days - first)
        return {
            date.fromordinal(_EPOCH_DAY + int(first + day)).isoformat(): int(counts[day])
            for day in np.flatnonzero(counts)
        }

    def by_author(self) -> Mapping[str, int]:
        """Mentions by author, as shown; more than anybody reads, so only the numerous ones."""
        names = sqlite_facts.author_names(self._connection, self._facts)
        counts = np.bincount(names)
        counts[:1] = 0  # those without an author
        return self._named(_numerous(counts), counts)

    def by_list(self, name: str) -> Mapping[str, int]:
        """Mentions by value of one of LISTED, as shown; of sites only the numerous ones."""
        numbers = sqlite_facts.list_numbers(self._connection, self._facts, name)
        counts = np.bincount(numbers, minlength=1)
        counts[0] = 0  # those that have none
        # A list of topics that is rare may hold one that is frequent; a site is alone in its list.
        chosen = _numerous(counts) if name == "site" else np.flatnonzero(counts)
        return sqlite_lists.counted(self._connection, chosen, counts)

    def newest_of(self, authors: Sequence[str]) -> dict[str, int]:
        """The reach of the newest mention of each of these authors, by name."""
        names = sqlite_facts.author_names(self._connection, self._facts)
        numbered = self._connection.execute(
            "SELECT name, number FROM author_names WHERE name IN (SELECT value FROM json_each(?))",
            (json.dumps(list(authors)),),
        ).fetchall()
        reach = {}
        for name, number in numbered:
            own = self._facts.where(names == number)
            latest = own.rowids[own.published == own.published.max()].tolist()
            (reach[name],) = self._connection.execute(
                "SELECT reach FROM mentions WHERE rowid IN (SELECT value FROM json_each(?)) "
                "ORDER BY id DESC LIMIT 1",
                (json.dumps(latest),),
            ).fetchone()
        return {name: int(found) for name, found in reach.items()}

    @property
    def stories(self) -> int:
        """How many distinct stories they tell.

        A mention that is no copy is a story of its own; only of copies it must be looked whether
        their first mention is among the matches. Of a million this takes a fifth of the time that
        telling all apart does.
        """
        keys = sqlite_facts.story_keys(self._connection, self._facts)
        is_copy = sqlite_facts.has_flag(self._facts, "copy", value=True)
        firsts, copied = keys[~is_copy], np.unique(keys[is_copy])
        may_be_copied = np.zeros(_SIEVE + 1, dtype=bool)
        may_be_copied[copied & _SIEVE] = True
        firsts_of_copies = firsts[may_be_copied[firsts & _SIEVE]]
        there = int(np.count_nonzero(np.isin(copied, firsts_of_copies)))
        return len(firsts) + len(copied) - there

    def by_story(self) -> Mapping[str, int]:
        """Mentions by the id of their story; only the numerous ones, as with authors."""
        keys = sqlite_facts.story_keys(self._connection, self._facts)
        _, told_by, counts = np.unique(keys, return_index=True, return_counts=True)
        numerous = _numerous(counts)
        rowids = self._facts.rowids[told_by[numerous]].tolist()
        found = self._connection.execute(
            "SELECT rowid, cluster FROM mentions WHERE rowid IN (SELECT value FROM json_each(?))",
            (json.dumps(rowids),),
        )
        stories = dict(found.fetchall())
        told = zip(rowids, counts[numerous].tolist(), strict=True)
        return {stories[rowid]: count for rowid, count in told}

    def by_bucket(self, buckets: Buckets) -> dict[int, int]:
        """Mentions by bucket number."""
        counts = np.bincount(self._bucket_numbers(buckets))
        numbers = np.flatnonzero(counts)
        return dict(zip(numbers.tolist(), counts[numbers].tolist(), strict=True))

    def authors_by_bucket(self, buckets: Buckets) -> dict[int, int]:
        """Distinct authors by bucket number; each mention that names none is by somebody else."""
        keys = sqlite_facts.author_keys(self._connection, self._facts)
        return self._distinct_by_bucket(keys, buckets)

    def stories_by_bucket(self, buckets: Buckets) -> dict[int, int]:
        """Distinct stories by bucket number."""
        keys = sqlite_facts.story_keys(self._connection, self._facts)
        return self._distinct_by_bucket(keys, buckets)

    def split(self, buckets: Buckets, name: str, limit: int) -> dict[str, tuple[int, ...]]:
        """Mentions per bucket of each of the most frequent values, the most frequent first."""
        numbers = self._bucket_numbers(buckets)
        totals = self.by_value(name)
        order = sorted(totals, key=lambda value: (-totals[value], value))[:limit]
        posts = {}
        for value in order:
            has_it = self._sets.having(name, [value])[self._facts.sets]
            posts[value] = np.bincount(numbers[has_it], minlength=buckets.count).tolist()
        return {value: tuple(counts) for value, counts in posts.items()}

    def by_brand(self, buckets: Buckets) -> dict[str, tuple[Sequence[int], Sequence[int]]]:
        """For each brand (folded) that has any: numbers of buckets, and its mentions in each."""
        brands, sets, values = self._sets.folded("brand")
        if not self.total or not brands:
            return {}
        by_set = self._facts.sets.astype(np.int64) * buckets.count
        keys, counts = np.unique(by_set + self._bucket_numbers(buckets), return_counts=True)
        of_set, numbers = np.divmod(keys, buckets.count)
        # A set may have several brands, or none: its mentions count in each.
        first, end = (np.searchsorted(sets, of_set, side=side) for side in ("left", "right"))
        which = np.repeat(np.arange(len(keys)), end - first)
        begins = np.cumsum(end - first) - (end - first)
        pair = np.arange(len(which)) - begins[which] + first[which]
        placed, where = np.unique(
            values[pair] * np.int64(buckets.count) + numbers[which], return_inverse=True
        )
        posts = np.bincount(where, weights=counts[which]).astype(np.int64)
        of_brand, numbers = np.divmod(placed, buckets.count)
        there, starts = np.unique(of_brand, return_index=True)
        parts = zip(
            there.tolist(), np.split(numbers, starts[1:]), np.split(posts, starts[1:]), strict=True
        )
        return {brands[place]: (array("q", at), array("q", held)) for place, at, held in parts}

    def page(self, by: Sequence[Weighed], *, after: Place | None, limit: int) -> list[Found]:
        """The first ones after the place, highest rank first, then newest first, then by id."""
        facts, ranks = self._facts, self._ranks(by)
        tied = np.zeros(0, dtype=np.int64)
        if after is not None:
            order = ranks - after.rank, facts.published - after.published
            follows = (order[0] < 0) | (order[0] == 0) & (order[1] < 0)
            tied = facts.rowids[(order[0] == 0) & (order[1] == 0)]
            facts, ranks = facts.where(follows), ranks[follows]
        chosen = _highest(ranks, facts.published, limit)
        rowids = np.concatenate([tied, facts.rowids[chosen]])
        rank_of = dict(zip(facts.rowids[chosen].tolist(), ranks[chosen].tolist(), strict=True))
        found = sorted(
            (
                Found(rowid, mention_id, published, rank_of.get(rowid, after.rank if after else 0))
                for rowid, mention_id, published in _placed(self._connection, rowids)
            ),
            key=lambda each: (each.rank, each.published, each.mention_id),
            reverse=True,
        )
        if after is not None:
            place = (after.rank, after.published, after.mention_id)
            found = [each for each in found if (each.rank, each.published, each.mention_id) < place]
        return found[:limit]

    @property
    def rowids(self) -> Numbers:
        """Where they are kept, ascending."""
        return self._facts.rowids

    def oldest(self, after: tuple[int, str], limit: int) -> list[Found]:
        """The next ones behind the place, in order of (published, id)."""
        facts = self._facts.where(self._facts.published >= after[0])
        tied = int(np.count_nonzero(facts.published == after[0]))
        if len(facts.rowids) > limit + tied:
            last = np.partition(facts.published, limit + tied - 1)[limit + tied - 1]
            facts = facts.where(facts.published <= last)  # with whatever ties with the last
        found = _in_order(self._connection, facts.rowids)
        return [each for each in found if (each.published, each.mention_id) > after][:limit]

    def sample(self, buckets: Buckets, limit: int) -> list[Found]:
        """All of them, or the oldest of each bucket in its share, in order of (published, id)."""
        numbers = self._bucket_numbers(buckets)
        counts = np.bincount(numbers, minlength=buckets.count).tolist()
        order = np.argsort(self._facts.published, kind="stable")
        taken, begin = [order[:0]], 0
        wanted = shares(counts, limit)
        for count, size in zip(counts, wanted, strict=True):
            its_own = order[begin : begin + count]
            if 0 < size < count:  # whatever ties with the last of them is told by its id
                times = self._facts.published[its_own]
                its_own = its_own[times <= times[size - 1]]
            taken.append(its_own if size else its_own[:0])
            begin += count
        rowids = self._facts.rowids[np.concatenate(taken)]
        found = _in_order(self._connection, rowids)
        left = list(wanted)
        return [
            each
            for each in found
            if _takes(left, (each.published - buckets.start) // buckets.width)
        ]

    def _ranks(self, by: Sequence[Weighed]) -> Numbers:
        """The relevance of each: the weights of the conditions that hold for it."""
        ranks: Numbers = np.zeros(self.total, dtype=np.int64)
        for each in by:
            holding = rowids_of(self._connection, each.condition)
            ranks += each.weight * np.isin(self._facts.rowids, holding, assume_unique=True)
        return ranks

    def _distinct_by_bucket(self, keys: Numbers, buckets: Buckets) -> dict[int, int]:
        """Keys by the number of the first bucket of a stretch that has them; each key 0 is one
        of its own.
        """
        numbers = self._bucket_numbers(buckets)
        stretches = numbers // buckets.stretch
        order = np.lexsort((numbers, keys, stretches))
        keys, numbers, stretches = keys[order], numbers[order], stretches[order]
        is_new = np.ones(len(keys), dtype=bool)
        is_new[1:] = (keys[1:] != keys[:-1]) | (stretches[1:] != stretches[:-1]) | (keys[1:] == 0)
        found, counts = np.unique(numbers[is_new], return_counts=True)
        return dict(zip(found.tolist(), counts.tolist(), strict=True))

    def _bucket_numbers(self, buckets: Buckets) -> Numbers:
        numbers: Numbers = (self._facts.published - buckets.start) // buckets.width
        return numbers

    def _named(self, numbers: Numbers, counts: Numbers) -> Mapping[str, int]:
        found = self._connection.execute(
            "SELECT number, name FROM author_names WHERE number IN "
            "(SELECT value FROM json_each(?))",
            (json.dumps(numbers.tolist()),),
        )
        return {name: int(counts[number]) for number, name in found}


def _placed(connection: sqlite3.Connection, rowids: Numbers) -> list[tuple[int, str, int]]:
    return connection.execute(
        "SELECT rowid, id, published FROM mentions WHERE rowid IN (SELECT value FROM json_each(?))",
        (json.dumps(rowids.tolist()),),
    ).fetchall()


def _in_order(connection: sqlite3.Connection, rowids: Numbers) -> list[Found]:
    """Where these mentions stand in order of (published, id)."""
    return sorted(
        (
            Found(rowid, mention_id, published, 0.0)
            for rowid, mention_id, published in _placed(connection, rowids)
        ),
        key=lambda each: (each.published, each.mention_id),
    )


def _takes(left: list[int], number: int) -> bool:
    """Whether the bucket still wants one; it then wants one less."""
    left[number] -= 1
    return left[number] >= 0


def _highest(ranks: Numbers, published: Numbers, limit: int) -> Numbers:
    """Where the first `limit` by rank and time stand, and whatever ties with the last of them."""
    if len(ranks) <= limit or limit == 0:
        return np.arange(len(ranks) if limit else 0)
    floor = _last_of_highest(ranks, limit)
    above = np.flatnonzero(ranks > floor)
    level = np.flatnonzero(ranks == floor)
    missing = limit - len(above)
    times = published[level]
    if len(level) > missing:
        level = level[times >= _last_of_highest(times, missing)]
    return np.concatenate([above, level])


def _numerous(counts: Numbers) -> Numbers:
    """The numbers whose counts are among the highest, and what ties with the last of them."""
    there: Numbers = np.flatnonzero(counts)
    if len(there) > MAX_FACET_VALUES:
        there = there[counts[there] >= _last_of_highest(counts[there], MAX_FACET_VALUES)]
    return there


def _last_of_highest(values: Numbers, limit: int) -> int:
    """The lowest of the `limit` highest values, of which there are more."""
    lowest: int = np.partition(values, len(values) - limit)[len(values) - limit]
    return lowest
