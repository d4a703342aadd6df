"""`/webhooks`: who hears of events, the log of telling them, telling once more."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from alerts.events import endpoints
from alerts.events.tries import Try, latest_tries
from untagged.endpoint_state import endpoint_states, replay, webhook_of
from untagged.web.api.answering import (
    MAX_LIMIT,
    TAGGED,
    Body,
    Moment,
    answered,
    page_of,
    read_cursor,
    written_cursor,
)
from untagged.web.api.problems import documented
from untagged.web.api.shapes import page_shape, shape
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, pipeline_of

router = APIRouter(tags=["webhooks"])
OPERATORS = [needs("operate", everywhere=True)]
Name = Annotated[str, Path(min_length=1, max_length=60)]


class WebhookShape(BaseModel):
    """A webhook and how it is doing: 'fine', 'failing' or 'paused'. Its address is not told."""

    name: str
    events: list[str]
    query: str
    brands: list[str]
    teams: list[str]
    keep_days: int
    state: str
    fails: int
    failing_since: datetime | None
    next_try_at: datetime | None
    paused_at: datetime | None
    paused_because: str
    missed: int
    waiting: int
    sent: int
    refused: int


class Replayed(BaseModel):
    """How many events will be told again."""

    events: int


class Wanted(Body):
    """Which events: since when, of one type or a pattern such as `case.*`, or one by its id."""

    since: Moment | None = None
    event: str = Field("", max_length=40)
    id: str = Field("", max_length=2_000)


@router.get(
    "/webhooks",
    dependencies=OPERATORS,
    summary="Webhooks and how they are doing",
    response_model=page_shape("WebhookPage", WebhookShape),
    responses={**TAGGED, **documented()},
)
def list_(request: Request) -> Response:
    """As the settings have them."""
    return answered(request, page_of(_states(request), None))


@router.get(
    "/webhooks/tries",
    dependencies=OPERATORS,
    summary="The log of telling webhooks",
    response_model=page_shape("TryPage", shape("Try", Try)),
    responses={**TAGGED, **documented()},
)
def tries(
    request: Request,
    *,
    webhook: Annotated[str, Query(max_length=60)] = "",
    outcome: Literal["", "sent", "delayed", "refused"] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """The newest first; what each answered, and how long that took."""
    after = read_cursor(cursor, int)
    with pipeline_of(request).read() as connection:
        found = latest_tries(
            connection,
            endpoint=webhook,
            outcome=outcome,
            before=after[0] if after else None,
            limit=limit + 1,
        )
    shown = found[:limit]
    ends = written_cursor((shown[-1].id,)) if len(found) > limit else None
    return answered(request, page_of([one.to_json() for one in shown], ends))


@router.post(
    "/webhooks/{name}/replay",
    dependencies=OPERATORS,
    summary="Tell a webhook once more what it was told",
    response_model=Replayed,
    responses=documented(404),
)
def replay_events(request: Request, name: Name, body: Wanted) -> Any:
    """With the ids that they had, marked as replays, with the next response."""
    pipeline = pipeline_of(request)
    with pipeline.begin() as connection:
        number = replay(
            connection,
            pipeline.settings,
            name,
            now=clock_now(),
            since=body.since,
            event=body.event,
            event_id=body.id,
        )
    return {"events": number}


@router.post(
    "/webhooks/{name}/pause",
    dependencies=OPERATORS,
    summary="Tell a webhook nothing for now",
    response_model=WebhookShape,
    responses=documented(404),
)
def pause(request: Request, name: Name) -> Any:
    """What happens meanwhile is kept for it."""
    webhook_of(pipeline_of(request).settings, name)
    because = f"paused by {agent_of(request)}"
    with pipeline_of(request).begin() as connection:
        endpoints.pause(connection, name, because=because, now=clock_now())
    return _state(request, name)


@router.post(
    "/webhooks/{name}/resume",
    dependencies=OPERATORS,
    summary="Tell a webhook again",
    response_model=WebhookShape,
    responses=documented(404, 409),
)
def resume(request: Request, name: Name) -> Any:
    """First what waits, with the next response."""
    webhook_of(pipeline_of(request).settings, name)
    with pipeline_of(request).begin() as connection:
        endpoints.resume(connection, name, now=clock_now())
    return _state(request, name)


def _states(request: Request) -> list[dict[str, Any]]:
    pipeline = pipeline_of(request)
    with pipeline.read() as connection:
        found = endpoint_states(connection, pipeline.settings, now=clock_now())
    return [one.to_json() for one in found]


def _state(request: Request, name: str) -> dict[str, Any]:
    return next(one for one in _states(request) if one["name"] == name)
