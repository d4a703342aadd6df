"""SqliteStore: mentions in one file, the embedded default."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from mentions import sqlite_reading as reading
from mentions import sqlite_writing as writing
from mentions.cursors import place_of
from mentions.documents import mention_of
from mentions.errors import StoreError
from mentions.mention import Mention
from mentions.pages import Hit, check_search, check_split, check_voices, page_of
from mentions.query.tree import And, Everything, Node, Not, Query
from mentions.relevance import ranking
from mentions.sampling import check_sample, stretches
from mentions.significance import SAMPLE, asked_tokens, significant, token_counts
from mentions.sqlite_connections import Connections
from mentions.sqlite_counting import Counting
from mentions.sqlite_facets import FacetSets
from mentions.sqlite_finding import counted, is_about_facts
from mentions.sqlite_matches import Matches
from mentions.store import (
    BrandCounts,
    Counts,
    Page,
    Refused,
    Sample,
    SortBy,
    Term,
    Voice,
    Written,
)
from mentions.times import as_utc
from mentions.windows import Window, buckets, window
from mentions.writing import by_id, chunks, total, without_collector

CHUNK = 2_000
"""Mentions in one transaction: long enough to share its fsync, short enough to let others in."""
FIRST = 128
"""Mentions that a long read begins with: many want the first alone, or find no more."""
FEW = 10_000
"""Rows that are looked up one by one to be put in order, in some 30 ms."""
MANY = 100_000
"""Matches of which the first of an order are soon met, wherever its index begins. Of fewer it is
told from the index alone which are met, so that a million are passed over in 130 ms."""
SHORT = timedelta(days=1)
"""A window that is read in order of time, whatever is asked for."""
PATIENCE_SECONDS = 30.0
_WRITING = "cannot write mentions"

Incoming = Mapping[str, Sequence[Mention]]
Oldest = Callable[[sqlite3.Connection, tuple[int, str], int], list[reading.Found]]
"""(connection, place, limit) -> where the next mentions behind the place are."""
Stored = Mapping[str, tuple[int, str]]
"""Rowid and body of each id that is there."""


class SqliteStore:
    """Keeps mentions in the file at `path`, for any number of threads and processes at once.

    A file that others keep locked for `patience_seconds` raises StoreUnavailable.
    """

    def __init__(self, path: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.path = path
        self._connections = Connections(path, patience_seconds=patience_seconds)
        self._sets = FacetSets()

    def prepare(self) -> None:
        """Create the file and its folder, or upgrade it; calling it again changes nothing."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot create the folder {self.path.parent}: {error}") from error
        self._connections.create()

    def upsert(self, mentions: Iterable[Mention]) -> Written:
        """Write each mention by its id, merged with what is there, some hundreds at a time."""
        return total(self._upserts(by_id(chunk) for chunk in chunks(mentions, CHUNK)))

    def get(self, mention_id: str) -> Mention | None:
        """The mention, or None."""
        with self._connections.reading("cannot read a mention") as connection:
            found = writing.stored_bodies(connection, [mention_id])
        return mention_of(found[mention_id][1], mention_id) if found else None

    def search(
        self,
        query: Query,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sort: SortBy = "published",
        limit: int = 50,
        cursor: str | None = None,
        facets: Sequence[str] = (),
    ) -> Page:
        """One page of what matches, newest first by default."""
        check_search(sort=sort, limit=limit, facets=facets)
        after = place_of(cursor, sort)
        asked = window(since, until)
        with self._connections.reading("cannot search") as connection:
            counting = Counting(connection, query.tree, asked, self._sets.all(connection))
            rank = ranking(query.tree, sort=sort, after=after, counts=_counter(connection))
            if sort in ("reach", "engagement") or query.tree == Everything():
                by: reading.SortColumn = "published" if sort == "relevance" else sort
                is_all = query.tree == Everything()
                where = (
                    reading.condition(query.tree, asked)
                    if is_all or counting.total() > MANY
                    else reading.among(counting.matches.rowids.tolist())
                )
                found = reading.page(
                    connection,
                    where,
                    by=by,
                    after=after,
                    limit=limit + 1,
                    is_few=not is_all and counting.total() <= FEW,
                )
            else:
                found = counting.matches.page(rank.conditions, after=after, limit=limit + 1)
            shown = found[:limit]
            bodies = reading.bodies(connection, [each.rowid for each in shown])
            facet_counts = {name: counting.facet(name) for name in facets}
            matched = counting.total()
        return page_of(
            query.tree,
            [Hit(mention_of(bodies[each.rowid], each.mention_id), each.rank) for each in shown],
            sort=sort,
            weights=rank.weights,
            is_last=len(found) <= limit,
            total=matched,
            facets=facet_counts,
        )

    def count(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many mentions match, exactly."""
        with self._connections.reading("cannot count") as connection:
            sets = self._sets.all(connection)
            return Counting(connection, query.tree, window(since, until), sets).total()

    def stories(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many distinct stories the matches tell, exactly: near copies count as one."""
        with self._connections.reading("cannot count stories") as connection:
            sets = self._sets.all(connection)
            return Matches(connection, query.tree, window(since, until), sets).stories

    def series(
        self,
        query: Query,
        *,
        since: datetime,
        until: datetime,
        bucket: timedelta,
        authors: bool = True,
        stories: bool = False,
        once_in: timedelta | None = None,
    ) -> Counts:
        """Counts per bucket, empty buckets as zero; of posts alone, many come from rollups."""
        asked = buckets(since, until, bucket, once_in=once_in)
        within = Window(asked.start, asked.until)
        with self._connections.reading("cannot count a series") as connection:
            counting = Counting(connection, query.tree, within, self._sets.all(connection))
            posts = asked.counts(counting.posts_by_bucket(asked))
            people = counting.matches.authors_by_bucket(asked) if authors else None
            told = counting.matches.stories_by_bucket(asked) if stories else None
        return Counts(
            as_utc(since),
            bucket,
            posts,
            () if people is None else asked.counts(people),
            () if told is None else asked.counts(told),
        )

    def split_series(
        self,
        query: Query,
        *,
        by: str,
        since: datetime,
        until: datetime,
        bucket: timedelta,
        limit: int = 10,
    ) -> dict[str, tuple[int, ...]]:
        """Posts per bucket for each of the most frequent values of a facet."""
        check_split(by=by, limit=limit)
        asked = buckets(since, until, bucket)
        with self._connections.reading("cannot split a series") as connection:
            within = Window(asked.start, asked.until)
            counting = Counting(connection, query.tree, within, self._sets.all(connection))
            return counting.split(asked, by, limit)

    def brand_series(
        self, query: Query, *, since: datetime, until: datetime, bucket: timedelta
    ) -> BrandCounts:
        """Posts per bucket of every brand that the matches name."""
        asked = buckets(since, until, bucket)
        with self._connections.reading("cannot count the series of all brands") as connection:
            within = Window(asked.start, asked.until)
            matches = Matches(connection, query.tree, within, self._sets.all(connection))
            return BrandCounts(as_utc(since), bucket, asked.count, matches.by_brand(asked))

    def voices(
        self,
        query: Query,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 10,
    ) -> list[Voice]:
        """The most frequent authors, as the facet has them."""
        check_voices(limit)
        with self._connections.reading("cannot count authors") as connection:
            sets = self._sets.all(connection)
            counting = Counting(connection, query.tree, window(since, until), sets)
            found = counting.facet("author")[:limit]
            reach = counting.matches.newest_of([name for name, _ in found])
        return [Voice(name, posts, reach[name]) for name, posts in found]

    def significant_terms(
        self, query: Query, *, background: Query, since: datetime, until: datetime, limit: int = 10
    ) -> list[Term]:
        """Tokens that set `query` apart from `background` in the window, highest score first."""
        asked = window(since, until)
        rest = And((background.tree, Not(query.tree)))
        with self._connections.reading("cannot compare terms") as connection:
            here, there = (
                token_counts(
                    reading.newest_texts(connection, reading.condition(tree, asked), SAMPLE)
                )
                for tree in (query.tree, rest)
            )
        return significant(here, there, ignoring=asked_tokens(query.tree), limit=limit)

    def iterate(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Mention]:
        """Every match in order of (published, id); no read stays open while the caller works."""
        asked = window(since, until)
        is_short = since is not None and until is not None and until - since <= SHORT
        where = reading.condition(query.tree, asked)
        is_by_facts = query.tree != Everything() and is_about_facts(query.tree)

        def oldest(
            connection: sqlite3.Connection, after: tuple[int, str], limit: int
        ) -> list[reading.Found]:
            if not is_by_facts:
                return reading.oldest(connection, where, after, limit, by_time=is_short)
            matches = Matches(connection, query.tree, asked, self._sets.all(connection))
            return matches.oldest(after, limit)

        return self._oldest_first(oldest)

    def sample(self, query: Query, *, since: datetime, until: datetime, limit: int) -> Sample:
        """All matches, or as large a part of each stretch of the window."""
        check_sample(limit)
        asked = stretches(window(since, until))
        within = Window(asked.start, asked.until)
        with self._connections.reading("cannot take a sample") as connection:
            matches = Matches(connection, query.tree, within, self._sets.all(connection))
            found = matches.sample(asked, limit)
            bodies = reading.bodies(connection, [each.rowid for each in found])
        mentions = tuple(mention_of(bodies[each.rowid], each.mention_id) for each in found)
        return Sample(mentions, matches.total)

    def delete(self, mention_ids: Iterable[str]) -> int:
        """Remove by id; returns how many were there."""
        deleted = 0
        for chunk in chunks(mention_ids, CHUNK):
            with self._connections.writing("cannot delete") as connection:
                deleted += writing.delete(connection, chunk)
        return deleted

    def retain(self, before: datetime) -> int:
        """Forget every mention published before that moment; returns how many went."""
        old = self.iterate(Query("*", Everything()), until=before)
        return self.delete(mention.id for mention in old)

    def close(self) -> None:
        """Give back the file."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _oldest_first(self, oldest: Oldest) -> Iterator[Mention]:
        after: tuple[int, str] | None = reading.BEFORE_ALL
        size, opened = FIRST, self._connections.reading
        while after is not None:
            with opened("cannot read on") as connection:
                found = oldest(connection, after, size)
                bodies = reading.bodies(connection, [each.rowid for each in found])
            for each in found:
                yield mention_of(bodies[each.rowid], each.mention_id)
            is_more = len(found) == size
            after = (found[-1].published, found[-1].mention_id) if is_more else None
            size, opened = CHUNK, self._connections.passing_by

    def _upserts(self, incoming: Iterable[Incoming]) -> Iterator[Written]:
        """What each chunk did; the next is made while a thread finishes the one before."""
        with ThreadPoolExecutor(1, thread_name_prefix="write-mentions") as thread:
            under_way: Future[Written] | None = None
            for chunk in incoming:
                with self._connections.reading(_WRITING) as connection:
                    seen = writing.stored_bodies(connection, chunk)
                with without_collector():
                    changes, refused = _planned(chunk, seen)
                if under_way is not None:
                    yield under_way.result()
                with without_collector():
                    left = self._begun(chunk, seen, changes, refused)
                under_way = thread.submit(left)
            if under_way is not None:
                yield under_way.result()

    def _begun(
        self,
        incoming: Incoming,
        seen: Stored,
        changes: dict[str, writing.Planned],
        refused: Sequence[Refused],
    ) -> Callable[[], Written]:
        """Take the lock and write the first half of what was planned; what is left to do.

        A mention that others have changed since it was `seen` is planned anew.
        """
        with ExitStack() as opened:
            connection = opened.enter_context(self._connections.writing(_WRITING))
            there = writing.stored_bodies(connection, incoming)
            moved = {key: incoming[key] for key in incoming if there.get(key) != seen.get(key)}
            changes_again, refused_again = _planned(moved, there)
            changes |= changes_again
            rowids = {key: rowid for key, (rowid, _) in there.items()}
            chunk = writing.Chunk(connection, changes, rowids)
            chunk.begin()
            transaction = opened.pop_all()

        def finish() -> Written:
            with transaction:
                unwritable = chunk.finish()
            reasons = {each.mention_id: each for each in (*refused, *refused_again)}
            reasons |= {key: Refused(key, why) for key, why in unwritable.items()}
            done = (change.written for key, change in changes.items() if key not in reasons)
            return total([*done, Written(refused=tuple(reasons.values()))])

        return finish


def _planned(incoming: Incoming, found: Stored) -> tuple[dict[str, writing.Planned], list[Refused]]:
    stored = {key: mention_of(found[key][1], key) for key in incoming if key in found}
    return writing.planned(incoming, stored)


def _counter(connection: sqlite3.Connection) -> Callable[[Sequence[Node]], list[int]]:
    """Counts each tree's mentions in the whole store."""
    return lambda trees: [counted(connection, tree) for tree in trees]
