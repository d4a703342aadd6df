"""ElasticStore: mentions in Elasticsearch 8 or 9, for more than one machine holds."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

from mentions import elastic_reading as reading
from mentions import elastic_removing as removing
from mentions import elastic_writing as writing
from mentions.cursors import place_of
from mentions.documents import mention_of
from mentions.elastic_brands import by_brand
from mentions.elastic_client import Patient, Sleep, connect, said
from mentions.elastic_distinct import by_first_bucket
from mentions.elastic_finding import read_everywhere
from mentions.elastic_indices import Names, prepare
from mentions.elastic_longread import long_read
from mentions.elastic_parallel import side_by_side
from mentions.elastic_upgrade import upgrade
from mentions.errors import StoreUnavailable
from mentions.mention import Mention
from mentions.pages import Hit, check_search, check_split, check_voices, page_of
from mentions.query.tree import And, Everything, Node, Not, Query
from mentions.relevance import ranking
from mentions.sampling import check_sample, shares, stretches
from mentions.significance import SAMPLE, asked_tokens, significant, token_counts
from mentions.store import BrandCounts, Counts, Page, Sample, SortBy, Term, Voice, Written
from mentions.store_url import unsaid
from mentions.times import as_utc
from mentions.windows import Window, buckets, window
from mentions.writing import by_id, chunks, total

CHUNK = 1_000
"""Mentions that are looked up, merged and written together."""
PAGE = 500
"""Mentions read at once; all as long as can be, they stay below what a node answers with."""
_SETTLED_TOGETHER = 10_000
"""New mentions between two looks for what others created at the same time."""
_SAMPLE_PAGE = 2_500
"""Texts may be long: a page of these stays far below the 100 MB that a node answers with."""


class ElasticStore:
    """Keeps mentions in the cluster at `url`, in indices whose names begin with `prefix`.

    A user and password may stand in the URL; an `api_key` goes before them. Neither is ever said.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "untagged",
        api_key: str | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.url = unsaid(url)
        self._names = Names(prefix)
        self._node = Patient(connect(url, api_key=api_key), sleep=sleep)

    def prepare(self) -> None:
        """Put the templates and create the first index, or upgrade while others read and write."""
        prepare(self._node, self._names)
        upgrade(self._node, self._names)

    def upsert(self, mentions: Iterable[Mention]) -> Written:
        """Write each mention by its id, merged with what is there, some hundreds at a time."""
        done: list[Written] = []
        created: dict[str, list[str]] = {}
        chunked = (by_id(chunk) for chunk in chunks(mentions, CHUNK))
        for each in side_by_side(partial(writing.upsert, self._node, self._names), chunked):
            done.append(each.written)
            for index, mention_ids in each.created.items():
                created.setdefault(index, []).extend(mention_ids)
            if sum(map(len, created.values())) >= _SETTLED_TOGETHER:
                done.append(self._settle(created))
                created = {}
        if any(each.created or each.updated for each in done):
            done.append(self._settle(created))
        return total(done)

    def get(self, mention_id: str) -> Mention | None:
        """The mention, or None."""
        found = read_everywhere(self._node, self._names, [mention_id])
        return found[mention_id].mention if found else None

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
        rank = ranking(query.tree, sort=sort, after=after, counts=self._counts)
        request = reading.page(
            reading.condition(query.tree, window(since, until)),
            sort=sort,
            by=rank.conditions,
            after=after,
            limit=limit + 1,
            facets=facets,
        )
        answer = self._search("cannot search", request)
        found = answer["hits"]["hits"]
        return page_of(
            query.tree,
            [Hit(_mention(hit), reading.rank_of(hit, sort)) for hit in found[:limit]],
            sort=sort,
            weights=rank.weights,
            is_last=len(found) <= limit,
            total=answer["hits"]["total"]["value"],
            facets=reading.facet_counts(answer),
        )

    def count(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many mentions match, exactly."""
        return self._counted(reading.condition(query.tree, window(since, until)))

    def stories(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many distinct stories the matches tell, exactly: near copies count as one.

        Each first mention is a story, and so are copies whose first one does not match. (A
        cardinality aggregation is exact up to 40,000 only.)
        """
        filters = reading.condition(query.tree, window(since, until))
        stories = self._counted(reading.firsts(filters))
        after: Mapping[str, Any] | None = None
        while True:
            answer = self._search("cannot count stories", reading.copied(filters, after))
            found, after = reading.copied_stories(answer)
            if found:
                stories += len(found) - self._counted(reading.firsts(filters, found))
            if after is None:
                return stories

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
        """Counts per bucket, empty buckets as zero."""
        asked = buckets(since, until, bucket, once_in=once_in)
        distinct = ["authors"] * authors + ["stories"] * stories
        filters = reading.condition(query.tree, Window(asked.start, asked.until))
        here = distinct if asked.stretch == 1 else []
        answer = self._search("cannot count a series", reading.series(filters, asked, here))
        counts = reading.series_counts(answer, asked, here)
        if asked.stretch > 1:
            counts |= {
                name: by_first_bucket(
                    self._search, query.tree, asked, posts=counts["posts"], name=name
                )
                for name in distinct
            }
        return Counts(as_utc(since), bucket, **counts)

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
        filters = reading.condition(query.tree, Window(asked.start, asked.until))
        answer = self._search(
            "cannot split a series", reading.split_series(filters, asked, by, limit)
        )
        return reading.split_counts(answer, asked)

    def brand_series(
        self, query: Query, *, since: datetime, until: datetime, bucket: timedelta
    ) -> BrandCounts:
        """Posts per bucket of every brand that the matches name."""
        asked = buckets(since, until, bucket)
        filters = reading.condition(query.tree, Window(asked.start, asked.until))
        search = partial(self._search, "cannot count the series of all brands")
        found = {
            brand: (tuple(counts), tuple(counts.values()))
            for brand, counts in by_brand(search, filters, asked).items()
        }
        return BrandCounts(as_utc(since), bucket, asked.count, found)

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
        page = self.search(query, since=since, until=until, limit=0, facets=["author"])
        found = page.facets["author"][:limit]
        filters = reading.condition(query.tree, window(since, until))
        request = reading.newest_of(filters, [name for name, _ in found])
        newest = reading.newest_hits(self._search("cannot count authors", request))
        # What came between the two requests may be somebody's last mention, removed.
        return [
            Voice(name, posts, _mention(newest[name]).reach)
            for name, posts in found
            if name in newest
        ]

    def significant_terms(
        self, query: Query, *, background: Query, since: datetime, until: datetime, limit: int = 10
    ) -> list[Term]:
        """Tokens that set `query` apart from `background` in the window, highest score first."""
        asked = window(since, until)
        rest = And((background.tree, Not(query.tree)))
        here, there = (
            token_counts(self._newest_texts(reading.condition(tree, asked)))
            for tree in (query.tree, rest)
        )
        return significant(here, there, ignoring=asked_tokens(query.tree), limit=limit)

    def iterate(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Mention]:
        """Every match in order of (published, id), as the index was at the first."""
        filters = reading.condition(query.tree, window(since, until))
        hits = long_read(self._node, self._names.alias, reading.only(filters), size=PAGE)
        return (_mention(hit) for hit in hits)

    def sample(self, query: Query, *, since: datetime, until: datetime, limit: int) -> Sample:
        """All matches, or as large a part of each stretch of the window."""
        check_sample(limit)
        asked = stretches(window(since, until))
        filters = reading.condition(query.tree, Window(asked.start, asked.until))
        answer = self._search("cannot take a sample", reading.oldest(filters, limit))
        total, hits = answer["hits"]["total"]["value"], answer["hits"]["hits"]
        if total > limit:
            counted = self._search("cannot take a sample", reading.series(filters, asked, ()))
            counts = reading.series_counts(counted, asked, ())["posts"]
            wanted = reading.oldest_of_each(query.tree, asked, shares(counts, limit))
            hits = self._hits_of_each("cannot take a sample", wanted)
        return Sample(tuple(_mention(hit) for hit in hits), total)

    def delete(self, mention_ids: Iterable[str]) -> int:
        """Remove by id; returns how many were there."""
        deleted = sum(
            removing.delete(self._node, self._names, chunk) for chunk in chunks(mention_ids, CHUNK)
        )
        if deleted:
            removing.refresh(self._node, self._names)
        return deleted

    def retain(self, before: datetime) -> int:
        """Forget every mention published before that moment; returns how many went."""
        dropped = removing.drop_before(self._node, self._names, before)
        rest = self.iterate(Query("*", Everything()), until=before)
        return dropped + self.delete(mention.id for mention in rest)

    def close(self) -> None:
        """Give back the connections."""
        self._node.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _counted(self, filters: Sequence[dict[str, Any]]) -> int:
        request = {"query": reading.only(filters), "size": 0, "track_total_hits": True}
        counted: int = self._search("cannot count", request)["hits"]["total"]["value"]
        return counted

    def _search(self, doing: str, request: dict[str, Any]) -> Any:
        return self._node.ask(
            doing,
            lambda client: client.search(
                index=self._names.alias, allow_partial_search_results=False, **request
            ),
        )

    def _hits_of_each(
        self, doing: str, requests: Sequence[dict[str, Any]]
    ) -> list[Mapping[str, Any]]:
        """The hits of several searches, asked at once."""
        header = {"index": self._names.alias, "allow_partial_search_results": False}
        searches = [part for request in requests for part in (header, request)]
        answers = self._node.ask(doing, lambda client: client.msearch(searches=searches))
        for answer in answers["responses"]:
            if "error" in answer:  # the rest cannot be right without it; Elasticsearch says why
                raise StoreUnavailable(f"{doing}: {said(answer)}; try again")
        return [hit for answer in answers["responses"] for hit in answer["hits"]["hits"]]

    def _settle(self, created: Mapping[str, Sequence[str]]) -> Written:
        """Make visible what was written, and one of what two writers created at once."""
        removing.refresh(self._node, self._names)
        settled = writing.settle(self._node, self._names, created)
        if settled.updated:
            removing.refresh(self._node, self._names)
        return settled

    def _counts(self, trees: Sequence[Node]) -> list[int]:
        """How many mentions of the whole store each tree matches."""
        return reading.counts_of(self._search("cannot count words", reading.counts(trees)))

    def _newest_texts(self, filters: Sequence[dict[str, Any]]) -> Iterator[str]:
        after: list[Any] = []
        for _ in range(0, SAMPLE, _SAMPLE_PAGE):
            request = reading.newest_texts(filters, after, _SAMPLE_PAGE)
            hits = self._search("cannot compare terms", request)["hits"]["hits"]
            yield from (reading.text_of(hit) for hit in hits)
            if len(hits) < _SAMPLE_PAGE:
                return
            after = hits[-1]["sort"]


def _mention(hit: Mapping[str, Any]) -> Mention:
    return mention_of(hit["_source"]["doc"], hit["_id"])
