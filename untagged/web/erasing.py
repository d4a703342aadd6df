"""The erasure page: what there is of an author, and a second step that erases it for good."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from untagged.erasing import Wanted
from untagged.erasing_words import ACCOUNT
from untagged.housekeeping import RECORD_AGE
from untagged.languages import msgid
from untagged.web.doors import ADMIN
from untagged.web.erasures import Erasures
from untagged.web.numbers import Number
from untagged.web.page import agent_of, clock_now, pipeline_of, render
from untagged.web.peer import browser_address
from untagged.web.visitor import in_session

router = APIRouter()
MAX_AUTHOR = 500


def erasures_of(request: Request) -> Erasures:
    """The erasures of the application."""
    kept: Erasures = request.app.state.erasures
    return kept


@router.get("/admin/erase", dependencies=[ADMIN])
def form(request: Request) -> Response:
    """Who is it about, and how long everything is kept anyway."""
    return _form(request)


@router.post("/admin/erase", dependencies=[ADMIN])
def look(
    request: Request,
    *,
    author: Annotated[str, Form(max_length=MAX_AUTHOR)] = "",
    platform: Annotated[str, Form(max_length=MAX_AUTHOR)] = "",
    source: Annotated[str, Form(max_length=MAX_AUTHOR)] = "",
) -> Response:
    """Look what there is; by a form, as an address stays in logs and histories."""
    in_session(request)
    author = author.strip()
    if not author.removeprefix("@"):
        return _form(request, msgid("Write a handle or an id."), status=400)
    one = erasures_of(request).look(Wanted(author, platform.strip(), source.strip()))
    return RedirectResponse(f"/admin/erase/{one.number}", status_code=303)


@router.get("/admin/erase/{number}", dependencies=[ADMIN])
def erasure(request: Request, number: Number) -> Response:
    """How far it has come, and what there is."""
    return _page(request, number)


@router.post("/admin/erase/{number}", dependencies=[ADMIN])
def erase(
    request: Request, number: Number, again: Annotated[str, Form(max_length=MAX_AUTHOR)] = ""
) -> Response:
    """Erase it, if the name was written once more."""
    in_session(request)
    erasures = erasures_of(request)
    said, author = again.strip().removeprefix("@"), erasures.get(number).wanted.author
    if said != author.removeprefix("@"):
        problem = msgid("Nothing was erased: that is not the name that you looked for.")
        return _page(request, number, problem, status=400)
    address = browser_address(request)
    erasures.erase(number, now=clock_now(), actor=agent_of(request), address=address)
    return RedirectResponse(f"/admin/erase/{number}", status_code=303)


def _form(request: Request, problem: str = "", *, status: int = 200) -> Response:
    settings = pipeline_of(request).settings
    context = {
        "problem": problem,
        "sources": sorted(one.name for one in settings.sources),
        "longest": MAX_AUTHOR,
        "keep_days": settings.keep_days,
        "record_days": RECORD_AGE.days,
    }
    return render(request, "erase.html", context, status=status)


def _page(request: Request, number: int, problem: str = "", *, status: int = 200) -> Response:
    one = erasures_of(request).get(number)
    context = {"one": one, "columns": ACCOUNT, "problem": problem}
    return render(request, "erasure.html", context, status=status)
