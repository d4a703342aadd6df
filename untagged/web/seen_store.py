"""The mention store as somebody sees it: searches find what names one of their brands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from mentions.mention import Mention
from mentions.query.tree import And, Or, Query
from mentions.store import Counts, MentionStore, Page, Sample
from untagged.accounts.user import Scope
from untagged.detecting import signal_query
from untagged.web.page import pipeline_of
from untagged.web.visitor import scope_of


@dataclass(frozen=True, slots=True)
class SeenStore:
    """Part of a mention store, with its searches and their options."""

    store: MentionStore
    scope: Scope

    def search(self, query: Query, **options: Any) -> Page:
        """As `MentionStore.search`."""
        return self.store.search(self._within(query), **options)

    def count(self, query: Query, **options: Any) -> int:
        """As `MentionStore.count`."""
        return self.store.count(self._within(query), **options)

    def stories(self, query: Query, **options: Any) -> int:
        """As `MentionStore.stories`."""
        return self.store.stories(self._within(query), **options)

    def series(self, query: Query, **options: Any) -> Counts:
        """As `MentionStore.series`."""
        return self.store.series(self._within(query), **options)

    def split_series(self, query: Query, **options: Any) -> dict[str, tuple[int, ...]]:
        """As `MentionStore.split_series`."""
        return self.store.split_series(self._within(query), **options)

    def get(self, mention_id: str) -> Mention | None:
        """The mention, if it names a brand that is seen."""
        found = self.store.get(mention_id)
        is_seen = found is not None and (
            self.scope.brands is None or any(self.scope.has_brand(one.name) for one in found.brands)
        )
        return found if is_seen else None

    def iterate(self, query: Query, **options: Any) -> Iterator[Mention]:
        """As `MentionStore.iterate`."""
        return self.store.iterate(self._within(query), **options)

    def sample(self, query: Query, **options: Any) -> Sample:
        """As `MentionStore.sample`."""
        return self.store.sample(self._within(query), **options)

    def _within(self, query: Query) -> Query:
        if self.scope.brands is None:
            return query
        own = tuple(signal_query(brand, "all").tree for brand in sorted(self.scope.brands))
        return Query(query.text, And((query.tree, Or(own))))


def seen_store(request: Request) -> SeenStore:
    """What whoever is logged in may search."""
    return SeenStore(pipeline_of(request).store, scope_of(request))
