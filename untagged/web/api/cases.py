"""`/cases`: the queue, and working it; every change may say by If-Match what it was decided on."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from cases import desk
from cases.case import LIVING, Case, Priority, Status
from cases.noting import MAX_NOTE_CHARACTERS
from mentions.errors import NotAllowed
from mentions.numbers import MAX_NUMBER
from untagged.web.api.answering import (
    MAX_LIMIT,
    TAGGED,
    Body,
    IfMatch,
    Moment,
    answered,
    page_of,
    read_cursor,
    written_cursor,
)
from untagged.web.api.changing import Name, Number, case_file, change, changed, hold
from untagged.web.api.problems import documented
from untagged.web.api.shapes import CaseFileShape, CaseRowShape, page_shape
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, pipeline_of
from untagged.web.seen import refuse_unseen_case
from untagged.web.visitor import scope_of

router = APIRouter(tags=["cases"])


class Assigned(Body):
    """To an agent, or to a team, whose next in turn gets it; neither is the case's own team."""

    agent: Name | None = None
    team: Name | None = None


class Claimed(Body):
    """Who takes it."""

    agent: Name


class Written(Body):
    """A note for colleagues; never public."""

    text: str = Field(min_length=1, max_length=MAX_NOTE_CHARACTERS)


class Answered(Body):
    """When the author was answered; now if left out."""

    at: Moment | None = None


class Resolved(Body):
    """The address of what settled it, if something did; it is suggested for like questions."""

    answer: str = Field("", max_length=2_000)
    title: str = Field("", max_length=200)


class Snoozed(Body):
    """When it comes back by itself."""

    until: Moment


class Tagged(Body):
    """Tags to put on and to take off, in any spelling."""

    add: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=50)
    remove: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=50)


class Prioritised(Body):
    """How much it presses."""

    priority: Priority


class Merged(Body):
    """The case that goes on."""

    into: int = Field(ge=1, le=MAX_NUMBER)


@router.get(
    "/cases",
    dependencies=[needs("look")],
    summary="List cases",
    response_model=page_shape("CasePage", CaseRowShape),
    responses={**TAGGED, **documented()},
)
def list_(
    request: Request,
    *,
    status: Annotated[list[Status] | None, Query(max_length=5)] = None,
    team: Annotated[str | None, Query(max_length=200)] = None,
    agent: Annotated[str | None, Query(max_length=200, description="Empty is nobody.")] = None,
    brand: Annotated[str | None, Query(max_length=200)] = None,
    priority: Priority | None = None,
    overdue: bool = False,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """The living ones unless `status` says otherwise; the one that is due first at the top."""
    now = clock_now()
    after = read_cursor(cursor, datetime | None, int)
    with pipeline_of(request).read() as connection:
        found = desk.list_cases(
            connection,
            status=status or LIVING,
            team=team,
            agent=agent,
            brand=brand,
            priority=priority,
            overdue_at=now if overdue else None,
            after=after,
            limit=limit + 1,
            **scope_of(request).of_cases,
        )
    shown = found[:limit]
    ends = written_cursor((shown[-1].due_at, shown[-1].id)) if len(found) > limit else None
    rows = [{**case.to_json(), "clock": desk.clock(case, now).to_json()} for case in shown]
    return answered(request, page_of(rows, ends))


@router.get(
    "/cases/{number}",
    dependencies=[needs("look")],
    summary="One case",
    response_model=CaseFileShape,
    responses={**TAGGED, **documented(404)},
)
def show(request: Request, number: Number) -> Response:
    """Its posts, notes and audit trail; the ETag names the state that a change is decided on."""
    return case_file(request, number)


@change(router, "/cases/{number}/assign", "Give a case to somebody")
def assign(request: Request, number: Number, body: Assigned, if_match: IfMatch = None) -> Response:
    """Neither capacity nor turn matter to what is done by hand, but nobody who is away gets it."""
    teams = pipeline_of(request).settings.teams
    given: Any = {"agent": body.agent, "team": body.team, "teams": teams}
    return changed(request, number, if_match, desk.assign, **given)


@change(router, "/cases/{number}/claim", "Take a case that nobody has")
def claim(request: Request, number: Number, body: Claimed, if_match: IfMatch = None) -> Response:
    """Of many who claim at once one gets it."""
    if body.agent != agent_of(request):
        raise NotAllowed(f"you are {agent_of(request)} here and can take a case for nobody else")
    teams = pipeline_of(request).settings.teams
    return changed(request, number, if_match, _claim, teams=teams)


@change(router, "/cases/{number}/release", "Give a case back to its team")
def release(request: Request, number: Number, if_match: IfMatch = None) -> Response:
    """It waits for the next turn or claim."""
    return changed(request, number, if_match, desk.release)


@change(router, "/cases/{number}/notes", "Write a note for colleagues")
def note(request: Request, number: Number, body: Written, if_match: IfMatch = None) -> Response:
    """Never public, whatever the case's status; colleagues whom it names with an @ are told."""
    teams = pipeline_of(request).settings.teams
    return changed(request, number, if_match, _note, text=body.text, teams=teams)


@change(router, "/cases/{number}/answered", "Say that the author was answered")
def answer(request: Request, number: Number, body: Answered, if_match: IfMatch = None) -> Response:
    """The response clock stops at the time of the answer."""
    return changed(request, number, if_match, desk.record_reply, at=body.at or clock_now())


@change(router, "/cases/{number}/resolve", "Resolve a case")
def resolve(request: Request, number: Number, body: Resolved, if_match: IfMatch = None) -> Response:
    """Its clocks stop."""
    if body.answer:
        return changed(
            request, number, if_match, _resolve_with, answer=body.answer, title=body.title
        )
    return changed(request, number, if_match, desk.resolve)


@change(router, "/cases/{number}/reopen", "Open a case again")
def reopen(request: Request, number: Number, if_match: IfMatch = None) -> Response:
    """Its clocks go on where they stood."""
    return changed(request, number, if_match, desk.reopen)


@change(router, "/cases/{number}/pend", "Wait for the author or somebody else")
def pend(request: Request, number: Number, if_match: IfMatch = None) -> Response:
    """Its clocks stand still."""
    return changed(request, number, if_match, desk.pend)


@change(router, "/cases/{number}/snooze", "Put a case aside for a while")
def snooze(request: Request, number: Number, body: Snoozed, if_match: IfMatch = None) -> Response:
    """It comes back by itself; until then its clocks stand still."""
    return changed(request, number, if_match, desk.snooze, until=body.until)


@change(router, "/cases/{number}/tag", "Put tags on a case, and take others off")
def tag(request: Request, number: Number, body: Tagged, if_match: IfMatch = None) -> Response:
    """They are kept in lower case with single spaces, without #."""
    return changed(request, number, if_match, desk.tag, add=body.add, remove=body.remove)


@change(router, "/cases/{number}/prioritise", "Say how much a case presses")
def prioritise(
    request: Request, number: Number, body: Prioritised, if_match: IfMatch = None
) -> Response:
    """Its open promises get the times of that priority; what is missed stays missed."""
    return changed(request, number, if_match, desk.prioritise, priority=body.priority)


@change(router, "/cases/{number}/merge", "Make two cases one")
def merge(request: Request, number: Number, body: Merged, if_match: IfMatch = None) -> Response:
    """Both histories are kept; what comes back is the case as merged."""
    with pipeline_of(request).read() as connection:
        refuse_unseen_case(connection, body.into, scope_of(request))
    return changed(request, number, if_match, desk.merge, into=body.into)


def _claim(connection: Any, number: int, *, actor: str, **said: Any) -> Case:
    return desk.claim(connection, number, actor, **said)


def _note(connection: Any, number: int, *, version: int | None, **said: Any) -> None:
    hold(connection, number, version)
    desk.note(connection, number, said.pop("text"), **said)


def _resolve_with(connection: Any, number: int, **said: Any) -> Case:
    return desk.resolve_with(connection, number, said.pop("answer"), **said)
