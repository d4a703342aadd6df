"""Answering on the case page: look a reply over, keep it, agree to it, hand it over."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from cases import desk
from cases.case import plain
from mentions.errors import UntaggedError
from untagged import replying
from untagged.customers import customer_behind
from untagged.web.case_page import case_page, checked_context
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, pipeline_of, render

router = APIRouter()


@router.post("/cases/{number}/check", dependencies=[needs("work")])
def check(
    request: Request,
    number: int,
    *,
    text: Annotated[str, Form()] = "",
    template: Annotated[str, Form()] = "",
    private: Annotated[bool, Form()] = False,
) -> Response:
    """The case page with the reply looked over; nothing is kept."""
    # Browsers send lines that end in two characters; what is kept and counted has one.
    return case_page(request, number, text=plain(text), template=template, is_private=private)


@router.post("/cases/{number}/check/piece", dependencies=[needs("work")])
def check_piece(
    request: Request,
    number: int,
    *,
    text: Annotated[str, Form()] = "",
    private: Annotated[bool, Form()] = False,
) -> Response:
    """The same as a piece of the page, which reply-check.js puts under the box while one types."""
    pipeline = pipeline_of(request)
    with pipeline.read() as connection:
        case = desk.show_case(connection, number).case
    mention = replying.mention_of(pipeline, case)
    words = plain(text)
    customer = customer_behind(pipeline.customers, mention)
    checked = replying.looked_over(case, mention, words, is_private=private, customer=customer)
    piece = render(request, "reply_check.html", checked_context(words, checked))
    piece.headers["Cache-Control"] = "no-store"
    return piece


@router.post("/cases/{number}/replies", dependencies=[needs("work")])
def keep(
    request: Request,
    number: int,
    *,
    text: Annotated[str, Form()],
    template: Annotated[str, Form()] = "",
    private: Annotated[bool, Form()] = False,
) -> Response:
    """Keep a reply for the case."""
    replying.keep(
        pipeline_of(request),
        number,
        text,
        template=template,
        is_private=private,
        now=clock_now(),
        actor=agent_of(request),
    )
    return RedirectResponse(f"/cases/{number}#replies", status_code=303)


@router.post("/replies/{number}", dependencies=[needs("work")])
def work(
    request: Request,
    number: int,
    *,
    do: Annotated[str, Form()],
    to: Annotated[str, Form()] = "copy",
    anyway: Annotated[bool, Form()] = False,
) -> Response:
    """Agree to a reply, hand it over, or withdraw it.

    Where a colleague is at it, too, the page says so first; `anyway` hands it over all the same.
    """
    pipeline, now, actor = pipeline_of(request), clock_now(), agent_of(request)
    match do:
        case "hand":
            try:
                reply = replying.hand_over(
                    pipeline, number, to=to, now=now, actor=actor, anyway=anyway
                )
            except desk.Meanwhile as doubt:
                return case_page(request, doubt.case_id, doubted=(number, str(doubt)))
        case "approve":
            teams = pipeline.settings.teams
            with pipeline.begin() as connection:
                reply = desk.approve(connection, number, teams=teams, now=now, actor=actor)
        case "withdraw":
            with pipeline.begin() as connection:
                reply = desk.withdraw(connection, number, now=now, actor=actor)
        case _:
            raise UntaggedError(f"{do!r} is nothing that one can do with a reply")
    return RedirectResponse(f"/cases/{reply.case_id}#replies", status_code=303)


@router.post("/cases/{number}/survey", dependencies=[needs("work")])
def ask(request: Request, number: int) -> Response:
    """The survey link of a resolved case, shown once to be copied."""
    pipeline = pipeline_of(request)
    link = replying.survey_link(pipeline, number, now=clock_now(), actor=agent_of(request))
    return case_page(request, number, survey_link=link)
