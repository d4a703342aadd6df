"""`/digests`: periodic reports that were made, with their records and what people read."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from alerts.digests.digest import Kind
from alerts.digests.issued import Seen, get_issued, list_issued
from alerts.digests.record import SCHEMA, to_json
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
from untagged.web.api.shapes import page_shape
from untagged.web.doors import needs
from untagged.web.page import pipeline_of
from untagged.web.visitor import scope_of

router = APIRouter(tags=["digests"])


class DigestShape(BaseModel):
    """What a digest is about; `lead` says the rest in a sentence or two."""

    id: int
    kind: Kind
    title: str
    brand: str | None
    team: str | None
    since: datetime
    until: datetime
    lead: list[str]
    is_empty: bool
    made_at: datetime
    changed_at: datetime


class DigestFileShape(DigestShape):
    """All of a digest: `records` for machines, `document` as people read it."""

    schema_name: Annotated[str, Field(alias="schema")]
    records: list[dict[str, Any]]
    document: dict[str, Any]


@router.get(
    "/digests",
    dependencies=[needs("look")],
    summary="List digests",
    response_model=page_shape("DigestPage", DigestShape),
    responses={**TAGGED, **documented()},
)
def list_(
    request: Request,
    *,
    kind: Kind | None = None,
    brand: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """Those that were made, the period that ended last first."""
    after = read_cursor(cursor, datetime, int)
    scope = scope_of(request)
    with pipeline_of(request).read() as connection:
        found = list_issued(
            connection,
            kind=kind,
            brand=brand,
            seen=Seen(scope.brands, scope.teams),
            after=(after[0], after[1]) if after else None,
            limit=limit + 1,
        )
    shown = found[:limit]
    ends = None
    if len(found) > limit:
        ends = written_cursor((shown[-1].digest.until, shown[-1].id))
    return answered(request, page_of([one.about() for one in shown], ends))


@router.get(
    "/digests/{number}",
    dependencies=[needs("look")],
    summary="One digest",
    response_model=DigestFileShape,
    responses={**TAGGED, **documented(404)},
)
def show(request: Request, number: Annotated[int, Path(ge=1, le=MAX_NUMBER)]) -> Response:
    """Its records and its document."""
    with pipeline_of(request).read() as connection:
        found = get_issued(connection, number)
    written = to_json(found.digest)
    document = {"lead": written["lead"], "sections": written["sections"]}
    said = {"schema": SCHEMA, "records": written["records"], "document": document}
    return answered(request, {**found.about(), **said})
