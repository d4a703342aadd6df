"""`/corrections` and `/export`: saying what a mention means, and taking mentions out as lines."""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from mentions.errors import NotFound
from mentions.mention import MAX_ID_CHARACTERS
from mentions.merge import BRAND
from mentions.query.parser import parse_query
from untagged.correcting import correct, take_back
from untagged.exporting import json_lines
from untagged.web.api.answering import Body, Moment, answered
from untagged.web.api.mentions import MAX_QUERY_CHARACTERS
from untagged.web.api.problems import documented
from untagged.web.api.shapes import MentionShape
from untagged.web.doors import needs
from untagged.web.exporting import MEDIA, MOST_ROWS
from untagged.web.page import agent_of, clock_now, pipeline_of
from untagged.web.seen_store import seen_store
from untagged.web.visitor import scope_of

router = APIRouter(tags=["mentions"])


class Corrected(Body):
    """What a mention is: `sentiment`, `intent`, `severity` or `brand:NAME` (yes or no).

    Without a value the correction is taken back.
    """

    mention_id: str = Field(min_length=1, max_length=MAX_ID_CHARACTERS)
    field: str = Field(min_length=1, max_length=250)
    value: str | None = Field(None, min_length=1, max_length=100)


@router.post(
    "/corrections",
    dependencies=[needs("correct")],
    summary="Say what a mention means",
    response_model=MentionShape,
    responses=documented(404),
)
def say(request: Request, body: Corrected) -> Response:
    """It stays so whatever is read later, until somebody takes it back."""
    pipeline, who, now = pipeline_of(request), agent_of(request), clock_now()
    store, begin = pipeline.store, pipeline.begin
    is_brand = body.field.startswith(BRAND)  # it may be what took the mention out of sight
    if not (is_brand and scope_of(request).has_brand(body.field.removeprefix(BRAND))):
        _refuse_unseen(request, body.mention_id)
    if body.value is None:
        after = take_back(body.mention_id, body.field, who=who, store=store, begin=begin, now=now)
    else:
        after = correct(
            *(body.mention_id, body.field, body.value),
            who=who,
            brands=pipeline.settings.brands,
            store=store,
            begin=begin,
            now=now,
        )
    return answered(request, after.to_json())


@router.get(
    "/export",
    dependencies=[needs("export")],
    summary="Mentions as JSON lines",
    response_class=StreamingResponse,
    responses={
        200: {"content": {MEDIA["jsonl"]: {"schema": {"type": "string"}}}},
        **documented(),
    },
)
def export(
    request: Request,
    *,
    q: Annotated[str, Query(max_length=MAX_QUERY_CHARACTERS)] = "*",
    since: Moment | None = None,
    until: Moment | None = None,
) -> StreamingResponse:
    """The matches, oldest first, one a line, at most 100,000; ask again from the last on."""
    query = parse_query(q.strip() or "*", now=clock_now())
    found = seen_store(request).iterate(query, since=since, until=until)
    lines = json_lines(islice(found, MOST_ROWS))
    return StreamingResponse(lines, media_type=MEDIA["jsonl"])


def _refuse_unseen(request: Request, mention_id: str) -> None:
    if seen_store(request).get(mention_id) is None:
        raise NotFound(f"there is no mention {mention_id}; it may have been deleted")
