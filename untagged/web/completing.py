"""The options at the caret of the search bar, which search-complete.js shows as a list."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from mentions.query.lexer import MAX_QUERY_CHARACTERS
from mentions.query.tree import Everything
from mentions.query.tree import Query as Asked
from untagged.accounts.user import Scope
from untagged.completing import complete
from untagged.settings import Settings
from untagged.web.doors import needs
from untagged.web.page import clock_now
from untagged.web.reader import reader_of
from untagged.web.seen_store import SeenStore, seen_store
from untagged.web.words import word

router = APIRouter()
COUNTED = ("brand", "sentiment", "intent", "lang", "source", "platform", "topic", "tag", "kind")
LATELY = timedelta(days=30)
FRESH = timedelta(minutes=1)
"""Counts of all posts of a month cost a search with every facet; a minute old is new enough."""
SHARE = 60
"""Where the reading takes long, it is done more seldom: it may take one part in so many."""
EVERYTHING = Asked("*", Everything())

NEVER = datetime.min.replace(tzinfo=UTC)
Facets = Mapping[str, Sequence[tuple[str, int]]]
Counted = Sequence[tuple[str, int | None]]


class SeenValues:
    """The values of the last 30 days with their counts, read once a minute at most.

    Apart for each set of brands that somebody sees.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._read: dict[frozenset[str] | None, tuple[datetime, Facets]] = {}

    def of(self, field: str, store: SeenStore, *, now: datetime) -> Counted:
        """The field's values, those of the settings behind those that were posted."""
        known = ((name, None) for name in self._known(field, store.scope))
        return (*self._posted(field, store, now), *known)

    def _posted(self, field: str, store: SeenStore, now: datetime) -> Sequence[tuple[str, int]]:
        if field not in COUNTED:
            return ()
        # One reads; the others take what was read before, and wait only for the very first.
        until, counts = self._read.get(store.scope.brands, (NEVER, None))
        if now >= until and self._lock.acquire(blocking=counts is None):
            try:
                until, counts = self._read.get(store.scope.brands, (NEVER, None))
                if counts is None or now >= until:
                    counts = self._counts(store, now)
            finally:
                self._lock.release()
        return counts[field] if counts else ()

    def _counts(self, store: SeenStore, now: datetime) -> Facets:
        began = monotonic()
        page = store.search(EVERYTHING, since=now - LATELY, limit=0, facets=COUNTED)
        rest = max(FRESH, SHARE * timedelta(seconds=monotonic() - began))
        self._read[store.scope.brands] = (now + rest, page.facets)
        return page.facets

    def _known(self, field: str, scope: Scope) -> list[str]:
        settings = self._settings
        match field:
            case "brand":
                return [one.name for one in settings.brands if scope.has_brand(one.name)]
            case "source":
                return [source.name for source in settings.sources]
            case "case.team":
                return [team.name for team in settings.teams if scope.has_team(team.name)]
        return []


@router.get("/search/complete", dependencies=[needs("look")])
def search_complete(
    request: Request,
    q: Annotated[str, Query(max_length=MAX_QUERY_CHARACTERS)] = "",
    at: Annotated[int | None, Query(ge=0)] = None,
) -> JSONResponse:
    """`{"start", "end", "options": [{"text", "insert", "hint"}]}`, in characters of `q`.

    `at` is the caret, in characters (code points) as well; left out, it is behind the query.
    """
    seen: SeenValues = request.app.state.seen_values
    store, now = seen_store(request), clock_now()
    found = complete(q, len(q) if at is None else at, lambda field: seen.of(field, store, now=now))
    reader = reader_of(request)
    options = tuple(replace(one, hint=word(reader, one.hint)) for one in found.options)
    answer = JSONResponse(asdict(replace(found, options=options)))
    answer.headers["Cache-Control"] = "no-store"
    return answer
