"""`/cases/N/watchers`, `tickets`, `steps`, `needs-reply`: working a case with others."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from cases import desk
from cases.case import Case
from cases.playbook import MAX_STEPS
from cases.steps import Step
from cases.tickets import tickets_of
from untagged import handing_over
from untagged.web.api.answering import TAGGED, Body, IfMatch, answered, page_of
from untagged.web.api.changing import Name, Number, Show, change, changed, hold
from untagged.web.api.problems import documented
from untagged.web.api.shapes import page_shape, shape
from untagged.web.doors import needs
from untagged.web.page import pipeline_of

router = APIRouter(tags=["cases"])


class WatcherShape(BaseModel):
    """Who hears of what happens with the case."""

    agent: str


class TicketShape(BaseModel):
    """A case in the help desk of another team; `ticket` is '' until it was made there."""

    desk: str
    ticket: str
    url: str
    status: str
    said: str
    handed_at: datetime
    seen_at: datetime | None
    problem: str


class HandedOver(Body):
    """The help desk, as the settings call it."""

    desk: Name


class Ticked(Body):
    """Whether it is done."""

    done: bool = True


class Verdict(Body):
    """Whether the author waits for an answer."""

    needed: bool = True


WatcherPage = page_shape("WatcherPage", WatcherShape)
TicketPage = page_shape("TicketPage", TicketShape)
StepPage = page_shape("StepPage", shape("Step", Step))


@router.get(
    "/cases/{number}/watchers",
    dependencies=[needs("look")],
    summary="Who watches a case",
    response_model=WatcherPage,
    responses={**TAGGED, **documented(404)},
)
def watchers(request: Request, number: Number) -> Response:
    """By name."""
    return _watchers(request, number)


@change(router, "/cases/{number}/watch", "Watch a case", model=WatcherPage)
def watch(request: Request, number: Number, if_match: IfMatch = None) -> Response:
    """You hear of it from now on, if you are an agent of a team."""
    teams = pipeline_of(request).settings.teams
    return changed(request, number, if_match, _watch, show=_watchers, teams=teams)


@change(router, "/cases/{number}/unwatch", "Watch a case no more", model=WatcherPage)
def unwatch(request: Request, number: Number, if_match: IfMatch = None) -> Response:
    """You hear of it no more."""
    return changed(request, number, if_match, _unwatch, show=_watchers)


@router.get(
    "/cases/{number}/tickets",
    dependencies=[needs("look")],
    summary="A case in help desks",
    response_model=TicketPage,
    responses={**TAGGED, **documented(404)},
)
def tickets(request: Request, number: Number) -> Response:
    """Its tickets, the oldest first, and what keeps a letter from being sent."""
    return _tickets(request, number)


@change(router, "/cases/{number}/hand-over", "Hand a case over to a help desk", model=TicketPage)
def hand_over(
    request: Request, number: Number, body: HandedOver, if_match: IfMatch = None
) -> Response:
    """Once, until the desk shows its ticket no more."""
    said = {"settings": pipeline_of(request).settings, "name": body.desk}
    return changed(request, number, if_match, _hand_over, show=_tickets, **said)


@router.get(
    "/cases/{number}/steps",
    dependencies=[needs("look")],
    summary="What the playbook of a case asks for",
    response_model=StepPage,
    responses={**TAGGED, **documented(404)},
)
def steps(request: Request, number: Number) -> Response:
    """In order; `done_by` is '' while nobody has done it."""
    return _steps(request, number)


@change(router, "/cases/{number}/steps/{step}", "Tick a step of the playbook", model=StepPage)
def tick(
    request: Request,
    number: Number,
    step: Annotated[int, Path(ge=1, le=MAX_STEPS)],
    body: Ticked,
    if_match: IfMatch = None,
) -> Response:
    """It is done, or not yet after all."""
    said = {"step": step, "is_done": body.done}
    return changed(request, number, if_match, _tick, show=_steps, **said)


@change(router, "/cases/{number}/needs-reply", "Say whether a case needs a reply")
def needs_reply(
    request: Request, number: Number, body: Verdict, if_match: IfMatch = None
) -> Response:
    """If so, the response clocks go on and a resolved case is opened again; if not, they stop."""
    do = desk.needs_reply if body.needed else desk.needs_no_reply
    return changed(request, number, if_match, do)


def _watch(connection: Any, number: int, *, version: int | None, actor: str, **said: Any) -> None:
    hold(connection, number, version)
    desk.watch(connection, number, actor, **said)


def _unwatch(
    connection: Any, number: int, *, version: int | None, actor: str, **_said: Any
) -> None:
    hold(connection, number, version)
    desk.unwatch(connection, number, actor)


def _hand_over(
    connection: Any, number: int, *, version: int | None, settings: Any, name: str, **said: Any
) -> None:
    hold(connection, number, version)
    handing_over.hand_over(connection, settings, number, name, **said)


def _tick(connection: Any, number: int, *, version: int | None, step: int, **said: Any) -> None:
    hold(connection, number, version)
    desk.tick(connection, number, step, **said)


def _shown(read: Any) -> Show:
    """How a page of what belongs to a case is answered; its ETag begins with the case's version."""

    def show(request: Request, number: int) -> Response:
        with pipeline_of(request).read() as connection:
            case = desk.read_case(connection, number)
            found = read(connection, case)
        return answered(request, page_of(found, None), version=case.version)

    return show


def _watchers_of(connection: Any, case: Case) -> list[dict[str, Any]]:
    return [{"agent": agent} for agent in desk.watchers_of(connection, case.id)]


def _tickets_of(connection: Any, case: Case) -> list[dict[str, Any]]:
    return [ticket.to_json() for ticket in tickets_of(connection, case.id)]


def _steps_of(connection: Any, case: Case) -> list[dict[str, Any]]:
    return [step.to_json() for step in desk.steps_of(connection, case)]


_watchers, _tickets, _steps = map(_shown, (_watchers_of, _tickets_of, _steps_of))
