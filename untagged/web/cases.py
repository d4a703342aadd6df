"""The inbox and the case page: whose turn, how long left, and the few things one does."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from cases import desk
from cases.case import LIVING, PRIORITIES, STATUSES
from mentions.times import parse_duration
from untagged.deeds import deed
from untagged.web.case_page import SNOOZES, case_page, known_words
from untagged.web.doors import needs
from untagged.web.page import (
    agent_of,
    clock_now,
    pipeline_of,
    render,
)
from untagged.web.queues import SOON, asked_for, queues_of
from untagged.web.reader import reader_of
from untagged.web.seen import case_or_inbox
from untagged.web.visitor import scope_of
from untagged.web.words import present_words

router = APIRouter()
PAGE = 50
LAST_PAGE = 1_000_000
"""So that no offset is larger than a database can read."""


@router.get("/cases", dependencies=[needs("look")])
def inbox(
    request: Request,
    *,
    status: str = "living",
    team: str = "",
    who: str = "",
    overdue: bool = False,  # a query parameter of the page's address
    soon: bool = False,  # the same
    page: int = 1,
) -> Response:
    """Cases, the one that is due first at the top."""
    pipeline, now, scope = pipeline_of(request), clock_now(), scope_of(request)
    statuses: Any = {"living": LIVING, "all": None}.get(status, status)
    me = agent_of(request)
    agent = {"": None, "nobody": "", "me": me, "mentioned": None, "watched": None}.get(who, who)
    if who == "mentioned":
        statuses = None  # a note waits to be seen, whatever has become of its case
    number = min(max(1, page), LAST_PAGE)
    asked = asked_for(status=status, team=team, who=who, overdue=overdue, soon=soon)
    with pipeline.read() as connection:
        unseen = desk.unseen(connection, me)
        named = {"mentioned": [note.case_id for note in unseen]}
        if who == "watched":
            named["watched"] = desk.watched_by(connection, me)
        found = desk.list_cases(
            connection,
            ids=named.get(who),
            status=statuses if statuses is None or status in (*STATUSES, "living") else LIVING,
            team=team or None,
            agent=agent,
            overdue_at=now if overdue else now + SOON if soon else None,
            limit=PAGE + 1,
            offset=(number - 1) * PAGE,
            **scope.of_cases,
        )
        queues = queues_of(request, connection, now)
        there = desk.present(connection, [case.id for case in found], now=now, but=me)
    return render(
        request,
        "cases.html",
        {
            "rows": [(case, desk.clock(case, now)) for case in found[:PAGE]],
            "has_more": len(found) > PAGE,
            "page_number": number,
            "queues": queues,
            "asked": asked,
            "status": status,
            "statuses": ("living", *STATUSES, "all"),
            "team": team,
            "teams": [one.name for one in pipeline.settings.teams if scope.has_team(one.name)],
            "who": who,
            "overdue": overdue,
            "soon": soon,
            "unseen": unseen,
            "there": present_words(reader_of(request), there),
            "snoozes": SNOOZES,
            "priorities": PRIORITIES,
            "rosters": pipeline.settings.teams,
        },
    )


@router.get("/cases/{number}", dependencies=[needs("look")])
def case(
    request: Request, number: int, template: str = "", noted: int = 0, known: int = 0
) -> Response:
    """One case with its conversation, its reasons and its trail; a template fills the box, or the
    words of a known answer.
    """
    text = known_words(request, known) if known else None
    return case_page(request, number, text=text, template=template, noted=noted)


@router.post("/cases/{number}", dependencies=[needs("work")])
def work(
    request: Request,
    number: int,
    *,
    do: Annotated[str, Form()],
    version: Annotated[int, Form()],
    to: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """One change to a case, refused if somebody else changed it since the page was made."""
    pipeline, now, actor = pipeline_of(request), clock_now(), agent_of(request)
    seen: dict[str, Any] = {"now": now, "actor": actor, "version": version}
    teams, where = pipeline.settings.teams, f"/cases/{number}"
    with pipeline.begin() as connection:
        match do:
            case "assign":
                team, _, agent = to.partition("/")
                desk.assign(connection, number, team=team, agent=agent or None, teams=teams, **seen)
            case "reply":
                desk.record_reply(connection, number, at=now, **seen)
            case "resolve" if to:
                desk.resolve_with(connection, number, to, **seen)
            case "resolve":
                desk.resolve(connection, number, **seen)
            case "reopen":
                desk.reopen(connection, number, **seen)
            case "needs reply":
                desk.needs_reply(connection, number, **seen)
            case "needs no reply":
                desk.needs_no_reply(connection, number, **seen)
            case "snooze" if to in SNOOZES:
                desk.snooze(connection, number, until=now + parse_duration(to), **seen)
            case "note":
                told = desk.note(connection, number, text, now=now, actor=actor, teams=teams)
                where = f"/cases/{number}?noted={told.id}#note-{told.id}"
            case _:
                deed(do, to, teams=teams, now=now, actor=actor)(connection, number, version)
        where = case_or_inbox(connection, number, scope_of(request), where)
    return RedirectResponse(where, status_code=303)
