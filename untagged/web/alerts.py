"""The alerts pages: what fires, why, who has it, where it was told, and what one does with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerts import groups, life, silences
from alerts.book import Alert, get_alert, list_alerts, most_pressing
from alerts.history import history_of
from alerts.matchers import Matcher
from alerts.tables import OPEN
from mentions.errors import UntaggedError
from untagged.web.doors import insist, needs
from untagged.web.numbers import Number
from untagged.web.page import agent_of, clock_now, own_path, pipeline_of, render
from untagged.web.spikes import shown
from untagged.web.visitor import scope_of

router = APIRouter()
SHOWN, PAGE = 20, 40
"""Of each status where all are shown, and where it is one alone: a card weighs 2.4 KB."""
LAST_PAGE = 1_000_000
"""So that no offset is larger than a database can read."""
STATUSES = {"firing": "Firing", "acknowledged": "Acknowledged", "resolved": "Over"}
SHOWN_POSTS = 10
SPANS = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1)}
KINDS = (
    ("", "All"),
    ("crisis", "Crises"),
    ("spike", "Spikes"),
    ("unanswered", "Unanswered"),
    ("watchlist", "Watchlist"),
    ("influencer", "Influencers"),
    ("trend", "Trends"),
    ("flatline", "Silent sources"),
)
SCOPES = {"cause": ("rule", "brand", "signal"), "rule": ("rule",), "brand": ("brand",)}
"""What a silence made from an alert matches: the labels in which others must be like it."""


@router.get("/alerts", dependencies=[needs("look")])
def alerts(request: Request, kind: str = "", status: str = "", page: int = 1) -> Response:
    """Alerts: those that fire first, the most pressing at the top, then those that are over.

    A status alone is shown page by page.
    """
    kinds = (kind,) if kind else ()
    narrowed: dict[str, Any] = {"kinds": kinds, "brands": scope_of(request).brands}
    chosen = [status] if status in STATUSES else list(STATUSES)
    most = PAGE if len(chosen) == 1 else SHOWN
    number = min(max(1, page), LAST_PAGE) if len(chosen) == 1 else 1
    with pipeline_of(request).read() as connection:
        sections = [
            _section(connection, one, first=(number - 1) * most, most=most, narrowed=narrowed)
            for one in chosen
        ]
    return render(
        request,
        "alerts.html",
        {
            "sections": sections,
            "kind": kind,
            "kinds": KINDS,
            "status": status if status in STATUSES else "",
            "page_number": number,
        },
    )


@dataclass(frozen=True, slots=True)
class _Section:
    """Alerts of one status, from some place on, and whether there are more."""

    status: str
    name: str
    alerts: Sequence[Alert]
    has_more: bool


def _section(
    connection: Any, status: str, *, first: int, most: int, narrowed: dict[str, Any]
) -> _Section:
    """Of one status, the most pressing first, of equals the newest; what is over, by its start.

    Cut only then: a hundred single posts must not hide the crisis that is older than they are.
    """
    narrowed = {"statuses": (status,), **narrowed}
    if status in OPEN:
        found = most_pressing(list_alerts(connection, limit=None, **narrowed))[first:]
    else:
        found = list_alerts(connection, limit=most + 1, offset=first, **narrowed)
    return _Section(status, STATUSES[status], found[:most], len(found) > most)


@router.get("/alerts/{number}", dependencies=[needs("look")])
def alert(request: Request, number: Number) -> Response:
    """One alert with its reason, posts, history and letters, and the silences that match it."""
    pipeline, now = pipeline_of(request), clock_now()
    with pipeline.read() as connection:
        one = get_alert(connection, number)
        history = history_of(connection, number)
        letters = groups.letters_of(connection, number)
        known = silences.list_silences(connection, now=now, with_coming=True)
    newest = one.mention_ids[: -SHOWN_POSTS - 1 : -1]
    posts = [post for post in map(pipeline.store.get, newest) if post is not None]
    return render(
        request,
        "alert.html",
        {
            "alert": one,
            "shown": shown(pipeline, one),
            "history": history,
            "letters": letters,
            "silences": [silence for silence in known if silence.matches(one)],
            "posts": posts,
            "spans": list(SPANS),
        },
    )


@router.post("/alerts/{number}", dependencies=[needs("acknowledge")])
def work(
    request: Request,
    number: Number,
    *,
    do: Annotated[str, Form()],
    to: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "cause",
    back: Annotated[str, Form()] = "",
) -> Response:
    """One step in an alert's life, refused if somebody else was faster.

    It ends where it was asked for: at the place that `back` says, else on the alert's own page.
    """
    now, who = clock_now(), agent_of(request)
    said: dict[str, Any] = {"who": who, "note": text.strip(), "now": now}
    with pipeline_of(request).begin() as connection:
        match do:
            case "acknowledge":
                life.acknowledge(connection, number, **said)
            case "unacknowledge":
                life.unacknowledge(connection, number, **said)
            case "assign":
                life.assign(connection, number, to=to, **said)
            case "resolve":
                life.resolve(connection, number, **said)
            case "reopen":
                life.reopen(connection, number, **said)
            case "silence" if to in SPANS and scope in SCOPES:
                insist(request, "silence", everywhere=scope == "rule")
                silences.silence(
                    connection,
                    matchers=_like(get_alert(connection, number), scope),
                    starts_at=now,
                    ends_at=now + SPANS[to],
                    author=who,
                    comment=text.strip(),
                    now=now,
                )
            case _:
                raise UntaggedError(f"{do!r} is nothing that one can do with an alert")
    own = f"/alerts/{number}"
    return RedirectResponse(own_path(back or own, otherwise=own), status_code=303)


def _like(one: Alert, scope: str) -> list[Matcher]:
    """Matchers of what is like the alert. A source that is silent has no brand, and needs none."""
    return [Matcher(name, "=", getattr(one, name)) for name in SCOPES[scope]]
