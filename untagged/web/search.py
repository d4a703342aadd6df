"""The search page: the query bar, facets, results with their reasons."""

from fastapi import APIRouter, Request, Response

from mentions.errors import QueryError
from mentions.query.parser import parse_query
from mentions.query.tree import Or, Query, Value
from mentions.store import Page
from untagged.asked import PERIODS, SORTS, Asked
from untagged.lint import Warned, lint
from untagged.rule_draft import drafts
from untagged.web.asked import AskedOf
from untagged.web.correcting import KEYS, decided
from untagged.web.doors import needs
from untagged.web.exporting import MOST_ROWS
from untagged.web.page import clock_now, pipeline_of, render
from untagged.web.seen_store import seen_store
from untagged.web.timeline import Timeline, timeline
from untagged.web.views import beside

router = APIRouter()
PAGE = 25
LINTED_WORDS = 4
"""Words that a look at the page counts, beside the search itself; `untagged lint` counts more."""
FACETS = ("brand", "sentiment", "intent", "lang", "source", "tagged")
RULES = {
    "watchlist": "each mention (watchlist)",
    "unanswered": "what nobody answers (unanswered)",
    "spike": "when there are unusually many (spike)",
}
"""What a rule of each kind tells of."""
EXAMPLES = (
    ("People who are unhappy and not talking to us", "sentiment:negative AND tagged:false"),
    ("Questions nobody answered", "intent:question AND answered:false"),
    ("Ideas for the product", "intent:feature_request"),
    ("Widely read authors", "author.followers:>10000"),
)


@router.get("/search", dependencies=[needs("look")])
def search(request: Request, asked: AskedOf) -> Response:
    """Results for the query, or the query with a caret under what is wrong."""
    try:
        query = parse_query(asked.text, now=clock_now())
    except QueryError as error:
        return render(request, "search.html", _page(asked, None, error), status=400)
    if asked.wrong:
        return render(request, "search.html", _page(asked, None, None), status=400)
    try:
        page = _found(request, asked, query)
        told = _told(request, asked, query, page)
    except ValueError as error:
        bad = QueryError(asked.text, 0, f"this link is broken ({error}); search again")
        return render(request, "search.html", _page(asked, None, bad), status=400)
    shown = _page(asked, page, None) | told
    shown["warnings"] = _warnings(request, asked, query, page)
    shown["decided"] = decided(request, page.mentions)
    kinds = drafts(asked.q, pipeline_of(request).settings.brands) if asked.q.strip() else {}
    shown["rule_kinds"] = {kind: RULES[kind] for kind in kinds}
    shown["views"] = beside(request)
    shown["timeline"] = _timeline(request, asked, query, page)
    return render(request, "search.html", shown)


def _warnings(request: Request, asked: Asked, query: Query, page: Page) -> tuple[Warned, ...]:
    """What looks wrong about a query that somebody typed, on the first page."""
    if not asked.q.strip() or asked.cursor:
        return ()
    store = seen_store(request)
    looked = lint(query, store, **asked.window, most_words=LINTED_WORDS, matched=page.total)
    return looked.warnings


def _found(request: Request, asked: Asked, query: Query) -> Page:
    return seen_store(request).search(
        query,
        **asked.window,
        sort=SORTS[asked.sort],
        limit=PAGE,
        cursor=asked.cursor,
        facets=FACETS if asked.since else (*FACETS, "day"),
    )


def _timeline(request: Request, asked: Asked, query: Query, page: Page) -> Timeline | None:
    """How the matches spread, on the first page."""
    if asked.cursor or not page.total:
        return None
    store, days = seen_store(request), page.facets.get("day", ())
    return timeline(store, query, **asked.window, now=clock_now(), days=days)


def _told(request: Request, asked: Asked, query: Query, page: Page) -> dict[str, object]:
    """How many stories the matches tell, and how many near copies each mention has in the period.

    Copies count whether or not they match: that is what following the link to them shows.
    """
    store = seen_store(request)
    shown = Or(tuple(Value("cluster", mention.story) for mention in page.mentions))
    there: Page | None = None
    if page.mentions:
        there = store.search(
            Query("near copies", shown), **asked.window, limit=0, facets=("cluster",)
        )
    return {
        "stories": store.stories(query, **asked.window),
        "told": dict(there.facets["cluster"]) if there else {},
    }


def _page(asked: Asked, page: Page | None, error: QueryError | None) -> dict[str, object]:
    return {
        "asked": asked,
        "page": page,
        "error": error,
        "warnings": (),
        "timeline": None,
        "decided": {},
        "views": (),
        "rule_kinds": {},
        "most_rows": MOST_ROWS,
        "keys": KEYS,
        "facets": FACETS,
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
