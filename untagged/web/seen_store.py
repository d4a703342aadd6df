"""The mention store as somebody sees it: searches find what names one of their brands."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from mentions.query.tree import And, Or, Query
from mentions.store import MentionStore, Page
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

    def _within(self, query: Query) -> Query:
        if self.scope.brands is None:
            return query
        own = tuple(signal_query(brand, "all").tree for brand in sorted(self.scope.brands))
        return Query(query.text, And((query.tree, Or(own))))


def seen_store(request: Request) -> SeenStore:
    """What whoever is logged in may search."""
    return SeenStore(pipeline_of(request).store, scope_of(request))
