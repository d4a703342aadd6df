"""Saved views beside the search bar: kept, opened, renamed, shared, deleted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mentions.errors import QueryError
from mentions.query.lexer import MAX_QUERY_CHARACTERS
from mentions.query.parser import parse_query
from mentions.query.tree import And, Query, Range
from untagged import views
from untagged.asked import asked_for
from untagged.views import Listed, View
from untagged.web.doors import needs
from untagged.web.numbers import Number
from untagged.web.page import agent_of, clock_now, pipeline_of
from untagged.web.seen_store import SeenStore, seen_store

router = APIRouter()
FRESH = timedelta(minutes=1)
ENOUGH_SECONDS = 0.05
"""After this no further count begins: the page does not wait, the next one counts on."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A view as it stands beside the bar; `new` is None where nobody counted yet."""

    view: View
    is_own: bool
    new: int | None


class NewCounts:
    """How many mentions are new in a view, counted at most once a minute."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[object, ...], tuple[datetime, int | None]] = {}

    def of(
        self, one: Listed, store: SeenStore, *, now: datetime, is_enough: bool = False
    ) -> int | None:
        """New ones since it was seen; None for a query that can be read no more.

        Also None for what nobody has counted lately, if `is_enough`. `store` is what one sees.
        """
        key = (one.view, one.seen_at, store.scope.brands)
        with self._lock:
            self._kept = {k: kept for k, kept in self._kept.items() if now - kept[0] < FRESH}
            if key in self._kept or is_enough:
                return self._kept.get(key, (now, None))[1]
        count = _new(store, one, now)
        with self._lock:
            self._kept[key] = (now, count)
        return count


def _new(store: SeenStore, one: Listed, now: datetime) -> int | None:
    view = one.view
    asked = asked_for(view.query, period=view.period, since=view.since, until=view.until, now=now)
    try:
        tree = parse_query(asked.text, now=now).tree
    except QueryError:
        return None
    since_seen = Range("collected", one.seen_at, includes_low=False)
    return store.count(Query(view.name, And((tree, since_seen))), **asked.window)


def beside(request: Request) -> list[Beside]:
    """The views of whoever sits there, with what is new in them."""
    who, now = agent_of(request), clock_now()
    store = seen_store(request)
    counts: NewCounts = request.app.state.new_counts
    with pipeline_of(request).read() as connection:
        found = views.listed(connection, who)
    until = monotonic() + ENOUGH_SECONDS
    return [
        Beside(
            view=one.view,
            is_own=one.view.owner == who,
            new=counts.of(one, store, now=now, is_enough=monotonic() >= until),
        )
        for one in found
    ]


@router.post("/search/views", dependencies=[needs("look")])
def save(
    request: Request,
    *,
    name: Annotated[str, Form()],
    q: Annotated[str, Form(max_length=MAX_QUERY_CHARACTERS)] = "",
    period: Annotated[str, Form()] = "7d",
    since: Annotated[str, Form(max_length=100)] = "",
    until: Annotated[str, Form(max_length=100)] = "",
    sort: Annotated[str, Form()] = "newest",
    shared: Annotated[bool, Form()] = False,
) -> Response:
    """Keep the search under a name; then show it."""
    now = clock_now()
    asked = asked_for(q, period=period, since=since, until=until, sort=sort, now=now)
    parse_query(asked.text, now=now)
    since, until = asked.dates
    view = View(
        owner=agent_of(request),
        name=name.strip(),
        query=asked.q,
        period=asked.period,
        sort=asked.sort,
        since=since,
        until=until,
        is_shared=shared,
    )
    with pipeline_of(request).begin() as connection:
        views.save(connection, view, now=now)
    return RedirectResponse(address(view), status_code=303)


@router.get("/search/views/{number}", dependencies=[needs("look")])
def show(request: Request, number: Number) -> Response:
    """The search, which is seen from now on."""
    with pipeline_of(request).begin() as connection:
        view = views.open_view(connection, number, agent_of(request), now=clock_now())
    return RedirectResponse(address(view), status_code=303)


@router.post("/search/views/{number}", dependencies=[needs("look")])
def change(
    request: Request,
    number: Number,
    *,
    do: Annotated[Literal["rename", "share", "unshare", "delete"], Form()],
    name: Annotated[str, Form()] = "",
) -> Response:
    """Rename, share or delete a view of one's own."""
    who = agent_of(request)
    with pipeline_of(request).begin() as connection:
        if do == "rename":
            views.rename(connection, number, who, name=name.strip())
        elif do == "delete":
            views.delete(connection, number, who)
        else:
            views.share(connection, number, who, is_shared=do == "share")
    return RedirectResponse("/search", status_code=303)


def address(view: View) -> str:
    """Where the search page shows a view."""
    said = {"q": view.query, "period": view.period, "sort": view.sort}
    said |= {"since": view.since, "until": view.until}
    return f"/search?{urlencode({name: value for name, value in said.items() if value})}"
