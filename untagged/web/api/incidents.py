"""`/incidents`: crises, with their alerts, cases and log."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from alerts.incident_listing import list_incidents, show_incident
from alerts.tables import INCIDENT_OPEN
from mentions.numbers import MAX_NUMBER
from untagged.web.api.answering import (
    MAX_LIMIT,
    TAGGED,
    answered,
    page_of,
    read_cursor,
    written_cursor,
)
from untagged.web.api.problems import documented
from untagged.web.api.shapes import IncidentFileShape, IncidentShape, page_shape
from untagged.web.doors import needs
from untagged.web.page import pipeline_of
from untagged.web.seen import seen_incidents
from untagged.web.visitor import scope_of

router = APIRouter(tags=["incidents"])


@router.get(
    "/incidents",
    dependencies=[needs("look")],
    summary="List incidents",
    response_model=page_shape("IncidentPage", IncidentShape),
    responses={**TAGGED, **documented()},
)
def list_(
    request: Request,
    *,
    status: Literal["open", "all"] = "open",
    brand: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """Those that are not over, or all; the newest first."""
    after = read_cursor(cursor, datetime, int)
    with pipeline_of(request).read() as connection:
        found = list_incidents(
            connection,
            statuses=INCIDENT_OPEN if status == "open" else (),
            brand=brand,
            after=after,
            limit=limit + 1,
        )
        shown = found[:limit]
        seen = seen_incidents(connection, shown, scope_of(request))
    ends = written_cursor((shown[-1].opened_at, shown[-1].id)) if len(found) > limit else None
    return answered(request, page_of([one.to_json() for one in seen], ends))


@router.get(
    "/incidents/{number}",
    dependencies=[needs("look")],
    summary="One incident",
    response_model=IncidentFileShape,
    responses={**TAGGED, **documented(404)},
)
def show(request: Request, number: Annotated[int, Path(ge=1, le=MAX_NUMBER)]) -> Response:
    """Its alerts, its cases' numbers and its log."""
    with pipeline_of(request).read() as connection:
        file = show_incident(connection, number)
    return answered(request, file.to_json(), version=file.incident.version)
