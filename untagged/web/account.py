"""My account: who I am here, my password, and where I am logged in."""

from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mentions.errors import NotAllowed, UntaggedError
from untagged.accounts import book, sessions
from untagged.accounts.book import By
from untagged.accounts.entering import change_password
from untagged.accounts.passwords import LONGEST, SHORTEST
from untagged.accounts.roles import GRANTS, MEANING
from untagged.accounts.trail import note_down, trail
from untagged.languages import LANGUAGES
from untagged.web.cookies import keep_session
from untagged.web.doors import ANY_USER
from untagged.web.login import visit_of
from untagged.web.numbers import Number
from untagged.web.page import clock_now, pipeline_of, render
from untagged.web.peer import browser_address
from untagged.web.reader import reader_of
from untagged.web.visitor import in_session, logged_in
from untagged.web.words import sentence

router = APIRouter()
LINES = 20
MAX_FULL_NAME = 200


@router.get("/account", dependencies=[ANY_USER])
def account(request: Request) -> Response:
    """The page."""
    return _page(request)


@router.post("/account", dependencies=[ANY_USER])
def tell(
    request: Request,
    full_name: Annotated[str, Form(max_length=MAX_FULL_NAME)] = "",
    zone: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Change what is said of oneself."""
    user = logged_in(request).user
    if zone and zone not in available_timezones():
        raise UntaggedError(f"there is no time zone {zone!r}; write for example Europe/Berlin")
    if language and language not in LANGUAGES:
        spoken = ", ".join(LANGUAGES)
        raise UntaggedError(f"{language!r} is not spoken here; choose one of {spoken}")
    said = {"full_name": full_name, "zone": zone, "language": language}
    with pipeline_of(request).begin() as connection:
        book.set_profile(connection, user, **said, by=_by(request))
    return RedirectResponse("/account", status_code=303)


@router.post("/account/password", dependencies=[ANY_USER])
def set_password(
    request: Request,
    *,
    old: Annotated[str, Form()],
    new: Annotated[str, Form()],
    again: Annotated[str, Form()],
) -> Response:
    """Change the password; every other browser is logged out."""
    user, pipeline = logged_in(request).user, pipeline_of(request)
    say = reader_of(request).gettext
    if new != again:
        return _page(request, problem=say("The new password was written in two ways."), status=400)
    lifetime = pipeline.settings.login.of_sessions
    try:
        token = change_password(
            pipeline.begin, user, old=old, new=new, visit=visit_of(request), lifetime=lifetime
        )
    except NotAllowed as refused:
        return _page(request, problem=sentence(reader_of(request), str(refused)), status=403)
    except UntaggedError as weak:
        why = sentence(reader_of(request), str(weak))
        problem = say("Not changed: %(why)s.", why=why)
        return _page(request, problem=problem, status=400)
    response = RedirectResponse("/account", status_code=303)
    keep_session(request, response, token)
    return response


@router.post("/account/sessions/{number}/end", dependencies=[ANY_USER])
def end(request: Request, number: Number) -> Response:
    """Log out one of one's browsers."""
    by, user = _by(request), logged_in(request).user
    with pipeline_of(request).begin() as connection:
        if sessions.end_session(connection, user.id, number):
            note_down(
                connection,
                "session ended",
                at=by.now,
                actor=by.actor,
                user_id=user.id,
                address=by.address,
            )
    return RedirectResponse("/account", status_code=303)


def _by(request: Request) -> By:
    return By(logged_in(request).user.name, clock_now(), browser_address(request))


def _page(request: Request, *, problem: str = "", status: int = 200) -> Response:
    visitor, pipeline = logged_in(request), pipeline_of(request)
    lifetime = pipeline.settings.login.of_sessions
    with pipeline.begin() as connection:
        own = sessions.sessions_of(connection, visitor.user.id, now=clock_now(), lifetime=lifetime)
        lines = trail(connection, user_id=visitor.user.id, limit=LINES)
    context = {
        "sessions": own,
        "this_session": in_session(request)[1].id,
        "lines": lines,
        "problem": problem,
        "may": [said for what, said in MEANING.items() if what in GRANTS[visitor.user.role]],
        "scope": visitor.scope,
        "shortest": SHORTEST,
        "longest": LONGEST,
        "zones": sorted(available_timezones()),
        "languages": LANGUAGES,
    }
    return render(request, "account.html", context, status=status)
