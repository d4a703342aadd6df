"""The survey page, for authors: needs no login, as the signed link is the ticket.

All of it lies below /survey/, so that a proxy can let that through and nothing else. No page of
the cockpit is shown here, not even for an error: it names the agents.
"""

import logging
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from cases import survey
from mentions.errors import NotFound, UntaggedError
from untagged.replying import survey_secret
from untagged.web.doors import ANYBODY
from untagged.web.page import clock_now, document, pipeline_of
from untagged.web.reader import reader_of
from untagged.web.words import sentence

log = logging.getLogger(__name__)
router = APIRouter()
PREFIX = "/survey/"


@router.get("/survey/style.css", dependencies=[ANYBODY])
def style() -> Response:
    """The cockpit's looks."""
    return _static("cockpit.css")


@router.get("/survey/mark.svg", dependencies=[ANYBODY])
def mark() -> Response:
    """The cockpit's mark, so that browsers look for no other."""
    return _static("mark.svg")


@router.get("/survey/{token:path}", dependencies=[ANYBODY])
def show(request: Request, token: str) -> Response:
    """Five buttons and a box. Looking changes nothing: chat programs fetch links by themselves."""
    try:
        with pipeline_of(request).read() as connection:
            asked = survey.read_token(connection, token, secret=survey_secret(), now=clock_now())
    except UntaggedError as error:
        return _refused(request, error)
    return _page(request, {"survey": asked})


@router.post("/survey/{token:path}", dependencies=[ANYBODY])
def answer(
    request: Request,
    token: str,
    score: Annotated[int, Form(ge=1, le=5)],
    comment: Annotated[str, Form()] = "",
) -> Response:
    """Keep the answer, and say thank you."""
    now = clock_now()
    try:
        with pipeline_of(request).begin() as connection:
            answered = survey.answer(
                connection, token, score=score, comment=comment, secret=survey_secret(), now=now
            )
    except UntaggedError as error:
        return _refused(request, error)
    return _page(request, {"survey": answered, "thanks": True})


def _static(name: str) -> Response:
    return FileResponse(str(files("untagged.web").joinpath("static", name)))


def _refused(request: Request, error: UntaggedError) -> Response:
    """Authors are told what is about their link; the rest is for the log."""
    if isinstance(error, NotFound):
        return _page(request, {"problem": sentence(reader_of(request), str(error))}, status=404)
    log.error("a survey could not be shown: %s", error)
    problem = reader_of(request).gettext("Something is wrong on our side; please try again later.")
    return _page(request, {"problem": problem}, status=503)


def _page(request: Request, context: dict[str, object], *, status: int = 200) -> Response:
    known = {"problem": "", "survey": None, "thanks": False}
    page = HTMLResponse(
        document("survey.html", known | context, reader=reader_of(request)), status_code=status
    )
    page.headers["Cache-Control"] = "no-store"
    return page
