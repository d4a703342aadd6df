"""The silences page: what is kept quiet, by whom, until when; a new one with its preview."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerts import silences
from alerts.book import list_alerts
from alerts.matchers import Matcher, match_all, parse_matcher
from alerts.tables import OPEN
from mentions.errors import UntaggedError
from untagged.web.alerts import SPANS
from untagged.web.doors import needs
from untagged.web.numbers import Number
from untagged.web.page import agent_of, clock_now, pipeline_of, render
from untagged.web.visitor import scope_of

router = APIRouter()


@router.get("/silences", dependencies=[needs("look")])
def listed(request: Request, matchers: str = "", span: str = "4h", comment: str = "") -> Response:
    """Silences in force and to come. With matchers, which open alerts they would match."""
    now, problem, wanted = clock_now(), "", list[Matcher]()
    try:
        wanted = _read(matchers)
    except UntaggedError as error:
        problem = str(error)
    with pipeline_of(request).read() as connection:
        known = silences.list_silences(connection, now=now, with_coming=True)
        still_open = (
            list_alerts(connection, statuses=OPEN, brands=scope_of(request).brands, limit=None)
            if wanted
            else []
        )
    return render(
        request,
        "silences.html",
        {
            "silences": known,
            "matchers": matchers,
            "span": span,
            "spans": list(SPANS),
            "comment": comment,
            "problem": problem,
            "wanted": wanted,
            "matching": [one for one in still_open if match_all(wanted, one)],
        },
        status=400 if problem else 200,
    )


def _read(matchers: str) -> list[Matcher]:
    """One matcher a line."""
    return [parse_matcher(line) for line in matchers.splitlines() if line.strip()]


@router.post("/silences", dependencies=[needs("silence", everywhere=True)])
def make(
    request: Request,
    *,
    matchers: Annotated[str, Form()],
    span: Annotated[str, Form()],
    comment: Annotated[str, Form()] = "",
) -> Response:
    """Keep quiet what matches."""
    now = clock_now()
    if span not in SPANS:
        raise UntaggedError(f"{span!r} is not offered; choose one of {', '.join(SPANS)}")
    with pipeline_of(request).begin() as connection:
        silences.silence(
            connection,
            matchers=_read(matchers),
            starts_at=now,
            ends_at=now + SPANS[span],
            author=agent_of(request),
            comment=comment.strip(),
            now=now,
        )
    return RedirectResponse("/silences", status_code=303)


@router.post("/silences/{number}", dependencies=[needs("silence", everywhere=True)])
def change(
    request: Request,
    number: Number,
    *,
    do: Annotated[str, Form()],
    span: Annotated[str, Form()] = "",
) -> Response:
    """End a silence, or let it hold for so long from now."""
    now = clock_now()
    with pipeline_of(request).begin() as connection:
        match do:
            case "end":
                silences.unsilence(connection, number, now=now)
            case "extend" if span in SPANS:
                silences.extend(connection, number, ends_at=now + SPANS[span], now=now)
            case _:
                raise UntaggedError(f"{do!r} is nothing that one can do with a silence")
    return RedirectResponse("/silences", status_code=303)
