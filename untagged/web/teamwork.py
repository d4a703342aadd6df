"""Working together in the cockpit: presence, watching, notes that name one, many cases at once."""

import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from cases import desk
from cases.presence import PAGE_CHARACTERS
from mentions.errors import UntaggedError
from mentions.numbers import MAX_NUMBER
from untagged.bulk import MOST, in_bulk
from untagged.web.doors import needs, note_use
from untagged.web.numbers import Number
from untagged.web.page import agent_of, agents_of, clock_now, own_path, pipeline_of, render
from untagged.web.reader import reader_of
from untagged.web.seen import seen_cases
from untagged.web.visitor import scope_of
from untagged.web.words import others_words, present_words

router = APIRouter()


@router.post("/presence/{number}", dependencies=[needs("work", by_itself=True)])
def be_there(
    request: Request,
    number: Number,
    do: Annotated[str, Form()],
    page: Annotated[str, Form(max_length=PAGE_CHARACTERS)] = "",
) -> Response:
    """An agent's page is open ('looking', 'writing') or was closed ('gone').

    `page` tells it from the same agent's others. To write is to use the session, to look is not.
    """
    agent, now = agent_of(request), clock_now()
    if do == "writing":
        note_use(request)
    if agent in agents_of(pipeline_of(request).settings.teams):
        with pipeline_of(request).begin() as connection:
            if do == "gone":
                desk.leave(connection, number, agent, page=page)
            else:
                is_writing = do == "writing"
                desk.be_there(connection, number, agent, page=page, is_writing=is_writing, now=now)
    return Response(status_code=204)


@router.get("/presence/{number}", dependencies=[needs("look", by_itself=True)])
def who_is_there(request: Request, number: Number) -> Response:
    """Who else is at the case, in words, and its version."""
    now = clock_now()
    with pipeline_of(request).read() as connection:
        version = desk.read_case(connection, number).version
        others = desk.others_at(connection, number, agent_of(request), now=now)
    words = others_words(reader_of(request), others, now)
    said = {"said": words, "is_answering": others.are_answering, "version": version}
    return _tagged(request, said)


@router.get("/presence", dependencies=[needs("look", by_itself=True)])
def who_is_where(request: Request, ids: str = "") -> Response:
    """Who else is at each of these cases, in words; where nobody is, nothing is said."""
    numbers = [int(one) for one in ids.split(",")[:MOST] if one.isdecimal() and len(one) <= 10]
    known = [number for number in numbers if number <= MAX_NUMBER]
    with pipeline_of(request).read() as connection:
        known = seen_cases(connection, known, scope_of(request))
        there = desk.present(connection, known, now=clock_now(), but=agent_of(request))
    return _tagged(request, present_words(reader_of(request), there))


def _tagged(request: Request, said: dict[Any, Any]) -> Response:
    """The answer as JSON; a browser that has it already gets no more than that."""
    body = json.dumps(said)
    headers = {
        "ETag": f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie, Accept-Language",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@router.post("/cases/{number}/watch", dependencies=[needs("work")])
def watch(request: Request, number: Number, do: Annotated[str, Form()]) -> Response:
    """Hear of the case from now on, or no more."""
    pipeline, agent = pipeline_of(request), _somebody(request)
    with pipeline.begin() as connection:
        if do == "watch":
            teams = pipeline.settings.teams
            desk.watch(connection, number, agent, teams=teams, now=clock_now())
        else:
            desk.unwatch(connection, number, agent)
    return RedirectResponse(f"/cases/{number}", status_code=303)


@router.post("/notes/{number}/seen", dependencies=[needs("work")])
def seen(request: Request, number: Number, back: Annotated[str, Form()] = "/cases") -> Response:
    """The note is no news any more to the agent whom it names."""
    with pipeline_of(request).begin() as connection:
        desk.see(connection, [number], _somebody(request), now=clock_now())
    return RedirectResponse(own_path(back, otherwise="/cases"), status_code=303)


@router.post("/teams/next", dependencies=[needs("work")])
def take_next(request: Request, team: Annotated[str, Form()] = "") -> Response:
    """The agent takes the most pressing case of the team that nobody has, and goes there."""
    pipeline, agent = pipeline_of(request), _somebody(request)
    teams = pipeline.settings.teams
    with pipeline.begin() as connection:
        case = desk.claim_next(connection, team, agent, teams=teams, now=clock_now())
    where = f"/cases/{case.id}" if case else "/cases?who=nobody"
    return RedirectResponse(where, status_code=303)


@router.post("/bulk", dependencies=[needs("work")])
def bulk(
    request: Request,
    *,
    do: Annotated[str, Form()] = "",
    case: Annotated[list[str] | None, Form()] = None,
    to: Annotated[str, Form()] = "",
    tags: Annotated[str, Form()] = "",
    priority: Annotated[str, Form()] = "",
    span: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/cases",
) -> Response:
    """One deed for the ticked cases; the page says which were changed, and why others were not."""
    pipeline = pipeline_of(request)
    chosen = [_chosen(one) for one in case or ()]
    with pipeline.read() as connection:
        seen = set(seen_cases(connection, [one for one, _ in chosen], scope_of(request)))
    values = {"assign": to, "tag": tags, "untag": tags, "prioritise": priority, "snooze": span}
    done = in_bulk(
        pipeline.begin,
        [one for one in chosen if one[0] in seen],
        do,
        values.get(do, ""),
        teams=pipeline.settings.teams,
        now=clock_now(),
        actor=agent_of(request),
    )
    told = {"done": done, "back": own_path(back, otherwise="/cases")}
    return render(request, "bulk_done.html", told)


def _chosen(value: str) -> tuple[int, int]:
    """A ticked box holds the case's number and the version that was shown."""
    number, _, version = value.partition(":")
    if not all(one.isascii() and one.isdecimal() and len(one) <= 10 for one in (number, version)):
        raise UntaggedError(f"{value!r} is no case of the page; look at the cases again")
    return int(number), int(version)


def _somebody(request: Request) -> str:
    agent = agent_of(request)
    if agent not in agents_of(pipeline_of(request).settings.teams):
        raise UntaggedError(
            f"only an agent does that, and {agent} is none of the settings; an admin says which "
            "one you are: untagged users scope NAME --agent AGENT"
        )
    return agent
