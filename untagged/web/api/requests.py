"""`/requests`: what people ask for, report and leave for, and what becomes of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from alerts.digests.entries import book
from alerts.digests.entries.entry import KINDS, MAX_NOTE_CHARACTERS, EntryKind, KnownEntry, Status
from mentions.errors import UntaggedError
from untagged.digests import deciding
from untagged.digests.showing import show_entry
from untagged.web.api.answering import (
    MAX_LIMIT,
    TAGGED,
    Body,
    IfMatch,
    answered,
    page_of,
    read_cursor,
    version_in,
    written_cursor,
)
from untagged.web.api.problems import documented
from untagged.web.api.shapes import page_shape
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, pipeline_of
from untagged.web.visitor import scope_of

router = APIRouter(tags=["requests"])
EntryId = Annotated[str, Path(max_length=40, description="Such as FR-12, BUG-7 or CHURN-3.")]


class EntryShape(BaseModel):
    """An entry: `title` is in its users' words; `status` is merged where it is in another one."""

    id: str
    kind: EntryKind
    brand: str
    title: str
    status: str
    status_at: datetime | None
    status_by: str
    note: str
    merged_into: str | None
    made_at: datetime
    authors: int
    posts: int
    first_asked: datetime | None
    last_asked: datetime | None


class MemberShape(BaseModel):
    """A post; `placed_by` is the person who put it there, '' where the clustering did."""

    mention: str
    author: str
    source: str
    url: str
    published: datetime
    lang: str
    title: str
    text: str
    placed_by: str


class LineShape(BaseModel):
    """Who said what of it, and when."""

    at: datetime
    who: str
    what: str
    note: str
    detail: dict[str, Any]


class EntryFileShape(EntryShape):
    """An entry with its newest posts and its trail; `merged` are entries that were put into it."""

    merged: list[str]
    members: list[MemberShape]
    has_more: bool
    trail: list[LineShape]


class Marked(Body):
    """What becomes of it, and why; digests show the note, which stays if none is sent with the
    status that it has already."""

    status: Status
    note: str | None = Field(None, max_length=MAX_NOTE_CHARACTERS)


@router.get(
    "/requests",
    dependencies=[needs("look")],
    summary="List requests, bugs and reasons to leave",
    response_model=page_shape("EntryPage", EntryShape),
    responses={**TAGGED, **documented()},
)
def list_(
    request: Request,
    *,
    kind: Annotated[list[EntryKind] | None, Query(max_length=3)] = None,
    status: Annotated[list[Status] | None, Query(max_length=5)] = None,
    brand: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """Those that most people asked for come first."""
    ended = read_cursor(cursor, int, int, int)
    after = None if ended is None else (ended[0], ended[1], _kind(ended[2]))
    scope = scope_of(request)
    brands = scope.brands
    if brand is not None:
        brands = frozenset({brand} if scope.has_brand(brand) else ())
    with pipeline_of(request).read() as connection:
        found = book.list_entries(
            connection,
            kinds=kind or (),
            statuses=status or (),
            brands=brands,
            after=after,
            limit=limit + 1,
        )
    shown = found[:limit]
    ends = None
    if len(found) > limit:
        last = shown[-1]
        ends = written_cursor((last.authors, last.entry.number, KINDS.index(last.entry.kind)))
    return answered(request, page_of([one.to_json() for one in shown], ends))


@router.get(
    "/requests/{entry}",
    dependencies=[needs("look")],
    summary="One request, bug or reason to leave",
    response_model=EntryFileShape,
    responses={**TAGGED, **documented(404)},
)
def show(request: Request, entry: EntryId) -> Response:
    """Its newest posts with their links, and who said what of it.

    The id of one that was merged leads to the one that has its posts.
    """
    return _file(request, entry)


@router.patch(
    "/requests/{entry}",
    dependencies=[needs("correct")],
    summary="Say what becomes of it",
    response_model=EntryFileShape,
    responses=documented(404, 409, 412),
)
def mark(request: Request, entry: EntryId, body: Marked, if_match: IfMatch = None) -> Response:
    """What is not a request never comes back in a digest."""
    one = deciding.mark(
        pipeline_of(request),
        entry,
        body.status,
        who=agent_of(request),
        now=clock_now(),
        note=body.note,
        version=version_in(if_match),
    )
    return _file(request, one.id)


def _kind(place: int) -> EntryKind:
    """The kind that a cursor names by its place."""
    if place >= len(KINDS):
        raise UntaggedError("this cursor is broken; begin again without one")
    return KINDS[place]


def _file(request: Request, entry: str) -> Response:
    file = show_entry(pipeline_of(request), entry)
    one: KnownEntry = file.entry
    return answered(request, file.to_json(), version=one.version)
