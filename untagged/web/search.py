"""The search page: the query bar, facets, results with their reasons."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response

from mentions.errors import QueryError
from mentions.query.parser import parse_query
from mentions.query.tree import Or, Query, Value
from mentions.store import Page, SortBy
from untagged.lint import Warned, lint
from untagged.web.doors import needs
from untagged.web.page import clock_now, render
from untagged.web.seen_store import seen_store

router = APIRouter()
PAGE = 25
LINTED_WORDS = 4
"""Words that a look at the page counts, beside the search itself; `untagged lint` counts more."""
FACETS = ("brand", "sentiment", "intent", "lang", "source", "tagged")
PERIODS = {
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "all": None,
}
SORTS: dict[str, SortBy] = {
    "newest": "published",
    "widest": "reach",
    "liveliest": "engagement",
    "best": "relevance",
}
EXAMPLES = (
    ("People who are unhappy and not talking to us", "sentiment:negative AND tagged:false"),
    ("Questions nobody answered", "intent:question AND answered:false"),
    ("Ideas for the product", "intent:feature_request"),
    ("Widely read authors", "author.followers:>10000"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    q: str
    period: str
    sort: str = "newest"
    cursor: str | None = None

    @property
    def text(self) -> str:
        """The query, everything if the bar is empty."""
        return self.q.strip() or "*"

    @property
    def since(self) -> datetime | None:
        """Where the period begins; None is all time."""
        span = PERIODS[self.period]
        return clock_now() - span if span else None


@router.get("/search", dependencies=[needs("look")])
def search(
    request: Request,
    q: str = "",
    period: str = "7d",
    sort: str = "newest",
    cursor: str | None = None,
) -> Response:
    """Results for the query, or the query with a caret under what is wrong."""
    asked = Asked(q, known_period(period), sort if sort in SORTS else "newest", cursor)
    try:
        query = parse_query(asked.text, now=clock_now())
    except QueryError as error:
        return render(request, "search.html", _page(asked, None, error), status=400)
    try:
        page = _found(request, asked, query)
        told = _told(request, asked, query, page)
    except ValueError as error:
        bad = QueryError(asked.text, 0, f"this link is broken ({error}); search again")
        return render(request, "search.html", _page(asked, None, bad), status=400)
    shown = _page(asked, page, None) | told | {"warnings": _warnings(request, asked, query)}
    return render(request, "search.html", shown)


def known_period(period: str) -> str:
    """The period, the default if there is no such one."""
    return period if period in PERIODS else "7d"


def _warnings(request: Request, asked: Asked, query: Query) -> tuple[Warned, ...]:
    """What looks wrong about a query that somebody typed, on the first page."""
    if not asked.q.strip() or asked.cursor:
        return ()
    store = seen_store(request)
    return lint(query, store, since=asked.since, most_words=LINTED_WORDS, sample=0).warnings


def _found(request: Request, asked: Asked, query: Query) -> Page:
    return seen_store(request).search(
        query,
        since=asked.since,
        sort=SORTS[asked.sort],
        limit=PAGE,
        cursor=asked.cursor,
        facets=FACETS,
    )


def _told(request: Request, asked: Asked, query: Query, page: Page) -> dict[str, object]:
    """How many stories the matches tell, and how many near copies each mention has in the period.

    Copies count whether or not they match: that is what following the link to them shows.
    """
    store = seen_store(request)
    shown = Or(tuple(Value("cluster", mention.story) for mention in page.mentions))
    there: Page | None = None
    if page.mentions:
        there = store.search(
            Query("near copies", shown), since=asked.since, limit=0, facets=("cluster",)
        )
    return {
        "stories": store.stories(query, since=asked.since),
        "told": dict(there.facets["cluster"]) if there else {},
    }


def _page(asked: Asked, page: Page | None, error: QueryError | None) -> dict[str, object]:
    return {
        "asked": asked,
        "page": page,
        "error": error,
        "warnings": (),
        "periods": list(PERIODS),
        "sorts": list(SORTS),
        "examples": EXAMPLES,
        "narrowed": _narrowed,
    }


def _narrowed(query: str, field: str, value: str) -> str:
    """The query with one more condition."""
    plain = value.replace("\\", "\\\\").replace('"', '\\"')
    more = f'{field}:"{plain}"'
    text = query.strip()
    return more if text in ("", "*") else f"({text}) AND {more}"
