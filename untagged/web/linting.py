"""The search bar while one types: what the query would find, and what looks wrong about it."""

from threading import BoundedSemaphore
from time import monotonic

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from mentions.errors import QueryError
from mentions.query.parser import parse_query
from mentions.query.tree import Query
from untagged.asked import Asked
from untagged.lint import Linted, lint
from untagged.web.asked import AskedOf
from untagged.web.doors import needs
from untagged.web.page import clock_now, excerpt, marked, render
from untagged.web.search import LINTED_WORDS
from untagged.web.seen_store import seen_store

router = APIRouter()
SAMPLE = 3
ENOUGH_SECONDS = 0.5
"""After this no further count begins: a slow store is asked for little more than the matches."""
AT_ONCE = BoundedSemaphore(2)
"""A browser gives up its look at older text, but the store goes on with it: so many, no more."""


@router.get("/search/lint", dependencies=[needs("look")])
def search_lint(request: Request, asked: AskedOf) -> Response:
    """A piece of a page, which search-lint.js puts under the bar.

    A query that cannot be read was asked about like any other, so the answer is 200 as well; 503
    is for a look that may succeed later.
    """
    try:
        query = parse_query(asked.text, now=clock_now())
    except QueryError as error:
        return _piece(request, asked, error=error)
    if asked.wrong:
        return _piece(request, asked)
    if not AT_ONCE.acquire(blocking=False):
        said = "Enough queries are being looked at; try again.\n"
        return Response(said, 503, {"Retry-After": "1"})
    try:
        return _piece(request, asked, found=_looked_over(request, asked, query))
    finally:
        AT_ONCE.release()


def _looked_over(request: Request, asked: Asked, query: Query) -> Linted:
    until = monotonic() + ENOUGH_SECONDS
    return lint(
        query,
        seen_store(request),
        **asked.window,
        most_words=LINTED_WORDS,
        sample=SAMPLE,
        is_enough=lambda: monotonic() >= until,
    )


def _piece(
    request: Request, asked: Asked, *, found: Linted | None = None, error: QueryError | None = None
) -> Response:
    context = {"asked": asked, "found": found, "error": error, "excerpts": _excerpts(found)}
    piece = render(request, "search_lint.html", context)
    piece.headers["Cache-Control"] = "no-store"
    return piece


def _excerpts(found: Linted | None) -> dict[str, Markup]:
    """Of each post of the sample, what stands around the query's words."""
    if not found:
        return {}
    return {
        mention.id: marked(*excerpt(mention.text, found.highlights.get(mention.id, ())))
        for mention in found.sample
    }
