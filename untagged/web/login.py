"""Logging in and out. The page says the same of a wrong name and a wrong password."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mentions.errors import NotAllowed
from untagged.accounts import book, sessions
from untagged.accounts.entering import Visit, Wait, log_in
from untagged.accounts.trail import note_down
from untagged.languages import msgid
from untagged.web.cookies import forget_session, keep_session, keep_visit, visit_cookie
from untagged.web.doors import ANY_USER, ANYBODY, recognised
from untagged.web.header_login import let_in_by_header
from untagged.web.page import clock_now, own_path, pipeline_of, render
from untagged.web.peer import browser_address
from untagged.web.reader import reader_of
from untagged.web.visitor import in_session
from untagged.web.words import sentence

router = APIRouter()


def visit_of(request: Request) -> Visit:
    """When, from where and with what somebody wants in."""
    browser = request.headers.get("user-agent", "")
    return Visit(clock_now(), browser_address(request), browser)


@router.get("/login", dependencies=[ANYBODY])
def ask(request: Request, to: str = "/") -> Response:
    """The form; who is logged in is sent on."""
    if recognised(request) is not None:
        return RedirectResponse(own_path(to), status_code=303)
    try:
        token = let_in_by_header(request, visit_of(request))
    except NotAllowed as refused:
        return login_form(request, to=to, problem=str(refused), status=403)
    return let_on(request, token, to) if token else login_form(request, to=to)


@router.post("/login", dependencies=[ANYBODY])
def enter(
    request: Request,
    *,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Begin a session, or say why not."""
    pipeline = pipeline_of(request)
    if not sessions.is_form_token(csrf, request.cookies.get(visit_cookie(request), "")):
        problem = msgid("This page lay for too long, or cookies are off. Please try again.")
        return login_form(request, to=to, name=name, problem=problem, status=403)
    try:
        lifetime = pipeline.settings.login.of_sessions
        token = log_in(pipeline.begin, name, password, visit_of(request), lifetime)
    except Wait as wait:
        answer = login_form(request, to=to, name=name, problem=str(wait), status=429)
        answer.headers["Retry-After"] = str(wait.seconds)
        return answer
    except NotAllowed as refused:
        return login_form(request, to=to, name=name, problem=str(refused), status=403)
    return let_on(request, token, to)


def let_on(request: Request, token: str, to: str) -> Response:
    """The way on for who is logged in now."""
    response = RedirectResponse(own_path(to), status_code=303)
    keep_session(request, response, token)
    return response


@router.post("/logout", dependencies=[ANY_USER])
def leave(request: Request) -> Response:
    """End this session."""
    (user, session), now = in_session(request), clock_now()
    with pipeline_of(request).begin() as connection:
        sessions.end_session(connection, user.id, session.id)
        note_down(
            connection,
            "logged out",
            at=now,
            actor=user.name,
            user_id=user.id,
            address=browser_address(request),
        )
    response = RedirectResponse("/login", status_code=303)
    forget_session(request, response)
    return response


def login_form(
    request: Request, *, to: str, name: str = "", problem: str = "", status: int = 200
) -> Response:
    """The page with the form, and what was wrong."""
    token = request.cookies.get(visit_cookie(request), "") or secrets.token_urlsafe(32)
    with pipeline_of(request).read() as connection:
        is_empty = not book.count_users(connection)
    said = sentence(reader_of(request), problem)
    context = {"to": own_path(to), "name": name, "problem": said, "is_empty": is_empty}
    oidc = pipeline_of(request).settings.login.oidc
    context["provider"] = oidc.label if oidc else ""
    context["csrf"] = sessions.form_token(token)
    response = render(request, "login.html", context, status=status)
    keep_visit(request, response, token)
    return response
