"""MentionStore: the port that both adapters implement alike (tests/stores holds them to it)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, Self

from mentions.mention import Mention
from mentions.query.tree import Query

SortBy = Literal["published", "relevance", "reach", "engagement"]
MAX_PAGE = 1_000
"""Mentions on one page of a search; iterate() reads any number."""
FACET_FIELDS = (
    "brand",
    "sentiment",
    "intent",
    "lang",
    "source",
    "platform",
    "author",
    "severity",
    "topic",
    "tag",
    "kind",
    "tagged",
    "cluster",
    "site",
    "day",
)

SPLIT_FIELDS = (
    *("brand", "sentiment", "intent", "lang", "source"),
    *("platform", "severity", "kind", "tagged"),
)
"""Facets that a series can be split by: those with few values."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One mention that the store would not take, and why."""

    mention_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """What an upsert did: counts, and every refusal by id."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search.

    `total` is exact. `cursor` asks for the next page and is None on the last. `facets` maps a
    facet field to (value, count) over all matches, most frequent first, ties by value, at most
    `mentions.facets.MAX_FACET_VALUES`; values are spelled as in the posts. `highlights` maps a
    mention id to (start, end) characters of its text that the query's words matched.
    """

    mentions: tuple[Mention, ...]
    total: int
    cursor: str | None = None
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    highlights: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of what matches, oldest first; `total` is how many match, exactly."""

    mentions: tuple[Mention, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Mentions, distinct authors and distinct stories per bucket, from `since` on, the last one
    perhaps cut short.

    An author is told apart by platform and handle, else id, else name; a post that names none is
    by somebody else. Near copies tell one story. `authors` and `stories` are empty if they were
    not asked for.
    """

    start: datetime
    bucket: timedelta
    posts: tuple[int, ...]
    authors: tuple[int, ...]
    stories: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """An author among the matches: how many are theirs, and whom the newest of them may reach."""

    author: str
    posts: int
    reach: int


@dataclass(frozen=True, slots=True)
class BrandCounts:
    """Mentions per bucket of each brand that has any, kept as what is not zero.

    `found` maps a brand (folded) to the numbers of its buckets and the mentions in each.
    """

    start: datetime
    bucket: timedelta
    count: int
    found: Mapping[str, tuple[Sequence[int], Sequence[int]]]

    def posts(self, brand: str) -> tuple[int, ...]:
        """A brand's mentions per bucket, as `series` counts them; the brand in any case."""
        posts = [0] * self.count
        for number, mentions in zip(*self.found.get(brand.casefold(), ((), ())), strict=True):
            posts[number] = mentions
        return tuple(posts)


@dataclass(frozen=True, slots=True)
class Term:
    """A token that is more frequent in the foreground than in the background; `score` > 0."""

    token: str
    score: float
    foreground: int
    background: int


class MentionStore(Protocol):
    """Where mentions live. Every method raises StoreUnavailable if trying again may help.

    Windows are `since` (included) to `until` (excluded) over `published`; None is open.
    """

    def prepare(self) -> None:
        """Create or upgrade what the store needs; calling it again changes nothing."""

    def upsert(self, mentions: Iterable[Mention]) -> Written:
        """Write each mention by its id, merged with what is there (see mentions.merge).

        One refused mention never stops the others. What is written is visible to the next search.
        """

    def get(self, mention_id: str) -> Mention | None:
        """The mention, or None."""

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
        """Newest first by default; `relevance` is that of mentions.relevance, ties newest first.

        `engagement` is likes, shares and replies together, as many as the platform told of.
        A page begins where the last one ended, whatever arrived since. `limit` 0 asks for total
        and facets alone. A bad cursor or limit raises ValueError.
        """

    def count(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many mentions match, exactly."""

    def stories(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many distinct stories the matches tell, exactly: near copies count as one."""

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
        """Counts per bucket, empty buckets as zero; much faster where posts alone are asked for.

        With `once_in`, an hour say, an author or a story counts only in the first bucket of each
        that holds it, so that buckets can be summed. It must be a multiple of the bucket, and
        `since` begin one (hours begin on the hour, UTC), else ValueError.
        """

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
        """Posts per bucket for each of the `limit` most frequent values of a facet, those first.

        `by` is one of SPLIT_FIELDS, else ValueError. A mention with two values counts in both.
        """

    def brand_series(
        self, query: Query, *, since: datetime, until: datetime, bucket: timedelta
    ) -> BrandCounts:
        """Posts per bucket of every brand that the matches name: what `series` says of each brand,
        at little more than the price of one.
        """

    def voices(
        self,
        query: Query,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 10,
    ) -> list[Voice]:
        """The `limit` (at most MAX_FACET_VALUES) most frequent authors, as the facet has them."""

    def significant_terms(
        self, query: Query, *, background: Query, since: datetime, until: datetime, limit: int = 10
    ) -> list[Term]:
        """Tokens that set `query` apart from `background` in the window, highest score first."""

    def iterate(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Mention]:
        """Every match in order of (published, id), at constant memory."""

    def sample(self, query: Query, *, since: datetime, until: datetime, limit: int) -> Sample:
        """All matches, or of too many exactly `limit` (at most MAX_PAGE), the same ones each time.

        As large a part of each of twenty stretches of the window, its oldest; see
        `mentions.sampling`. It costs about as much as a page of that size.
        """

    def delete(self, mention_ids: Iterable[str]) -> int:
        """Remove by id; returns how many were there."""

    def retain(self, before: datetime) -> int:
        """Forget every mention published before that moment; returns how many went."""

    def close(self) -> None:
        """Give back files and connections."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...
