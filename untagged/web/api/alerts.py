"""`/alerts`, `/silences`: what the rules found, taking it on, keeping it quiet."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from alerts import book, life, silences
from alerts.history import history_of
from alerts.matchers import parse_matcher
from alerts.rules import KINDS
from alerts.tables import OPEN
from mentions.errors import NotFound
from mentions.numbers import MAX_NUMBER
from untagged.web.api.answering import (
    MAX_LIMIT,
    TAGGED,
    Body,
    Moment,
    Operation,
    answered,
    page_of,
    read_cursor,
    written_cursor,
)
from untagged.web.api.problems import documented
from untagged.web.api.shapes import AlertFileShape, AlertShape, page_shape
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, pipeline_of
from untagged.web.visitor import scope_of

router = APIRouter(tags=["alerts"])
Kind = Literal[KINDS]  # type: ignore[valid-type]  # the rules' own list
Number = Annotated[int, Path(ge=1, le=MAX_NUMBER)]
MAX_MATCHERS = 20
MAX_NOTE = life.MAX_NOTE_CHARACTERS


class Noted(Body):
    """A word for colleagues, kept in the history."""

    note: str = Field("", max_length=MAX_NOTE)


class Handed(Noted):
    """Who gets it."""

    to: str = Field(min_length=1, max_length=life.MAX_NAME_CHARACTERS)


class SilenceShape(BaseModel):
    """Alerts that match are recorded and told to nobody, from `starts_at` until `ends_at`."""

    id: int
    matchers: list[str]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str


class NewSilence(Body):
    """All matchers must hold: `brand=Acme`, `rule=~"neg.*"`."""

    matchers: list[Annotated[str, Field(max_length=1_000)]] = Field(
        min_length=1, max_length=MAX_MATCHERS
    )
    starts_at: Moment | None = None
    ends_at: Moment
    comment: str = Field("", max_length=silences.MAX_COMMENT_CHARACTERS)


@router.get(
    "/alerts",
    dependencies=[needs("look")],
    summary="List alerts",
    response_model=page_shape("AlertPage", AlertShape),
    responses={**TAGGED, **documented()},
)
def list_(
    request: Request,
    *,
    status: Literal["open", "all"] = "open",
    kind: Annotated[list[Kind], Query(max_length=len(KINDS))] = [],  # noqa: B006  # FastAPI copies it
    brand: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """Those that are not over, or all; the newest first."""
    after = read_cursor(cursor, datetime, int)
    with pipeline_of(request).read() as connection:
        found = book.list_alerts(
            connection,
            statuses=OPEN if status == "open" else (),
            kinds=kind,
            brand=brand,
            brands=scope_of(request).brands,
            after=after,
            limit=limit + 1,
        )
    shown = found[:limit]
    ends = written_cursor((shown[-1].started_at, shown[-1].id)) if len(found) > limit else None
    return answered(request, page_of([alert.to_json() for alert in shown], ends))


@router.get(
    "/alerts/{number}",
    dependencies=[needs("look")],
    summary="One alert with its history",
    response_model=AlertFileShape,
    responses={**TAGGED, **documented(404)},
)
def show(request: Request, number: Number) -> Response:
    """Why it fired, its posts' ids, who did what."""
    return answered(request, _file(request, number))


def _deed(name: str, summary: str) -> Callable[[Operation], Operation]:
    """The decorator of an operation that changes an alert."""
    return router.post(
        f"/alerts/{{number}}/{name}",
        dependencies=[needs("acknowledge")],
        summary=summary,
        response_model=AlertFileShape,
        responses=documented(404, 409),
    )


@_deed("acknowledge", "Take an alert on")
def acknowledge(request: Request, number: Number, body: Noted) -> Any:
    """It is yours, and not repeated any more."""
    return _done(request, number, life.acknowledge, note=body.note)


@_deed("unacknowledge", "Give an alert back")
def unacknowledge(request: Request, number: Number, body: Noted) -> Any:
    """It is nobody's, and told again when that is due."""
    return _done(request, number, life.unacknowledge, note=body.note)


@_deed("assign", "Hand an alert over")
def assign(request: Request, number: Number, body: Handed) -> Any:
    """Whether it is acknowledged stays."""
    return _done(request, number, life.assign, to=body.to, note=body.note)


@_deed("resolve", "Close an alert")
def resolve(request: Request, number: Number, body: Noted) -> Any:
    """It stays closed until its cause begins anew."""
    return _done(request, number, life.resolve, note=body.note)


@_deed("reopen", "Undo a closing")
def reopen(request: Request, number: Number, body: Noted) -> Any:
    """It fires again, until its rule has been quiet for a while."""
    return _done(request, number, life.reopen, note=body.note)


@router.get(
    "/silences",
    dependencies=[needs("look")],
    summary="Silences in force or to come",
    response_model=page_shape("SilencePage", SilenceShape),
    responses={**TAGGED, **documented()},
)
def list_silences(request: Request) -> Response:
    """The one that ends first comes first."""
    with pipeline_of(request).read() as connection:
        found = silences.list_silences(connection, now=clock_now(), with_coming=True)
    return answered(request, page_of([one.to_json() for one in found], None))


@router.post(
    "/silences",
    dependencies=[needs("silence", everywhere=True)],
    summary="Keep alerts quiet",
    status_code=201,
    response_model=SilenceShape,
    responses=documented(),
)
def silence(request: Request, body: NewSilence) -> Any:
    """What matches is recorded and told to nobody."""
    now = clock_now()
    with pipeline_of(request).begin() as connection:
        number = silences.silence(
            connection,
            matchers=[parse_matcher(one) for one in body.matchers],
            starts_at=body.starts_at or now,
            ends_at=body.ends_at,
            author=agent_of(request),
            comment=body.comment,
            now=now,
        )
        return _silence(connection, number)


@router.post(
    "/silences/{number}/end",
    dependencies=[needs("silence", everywhere=True)],
    summary="End a silence",
    response_model=SilenceShape,
    responses=documented(404, 409),
)
def end(request: Request, number: Number) -> Any:
    """From now on its alerts are told again."""
    with pipeline_of(request).begin() as connection:
        silences.unsilence(connection, number, now=clock_now())
        return _silence(connection, number)


def _silence(connection: Any, number: int) -> dict[str, Any]:
    for one in silences.list_silences(connection):
        if one.id == number:
            return one.to_json()
    raise NotFound(f"there is no silence {number}")


def _done(request: Request, number: int, do: Callable[..., None], **said: str) -> dict[str, Any]:
    with pipeline_of(request).begin() as connection:
        do(connection, number, who=agent_of(request), now=clock_now(), **said)
    return _file(request, number)


def _file(request: Request, number: int) -> dict[str, Any]:
    with pipeline_of(request).read() as connection:
        alert = book.get_alert(connection, number)
        history = history_of(connection, number)
    return {**alert.to_json(), "history": [line.to_json() for line in history]}
