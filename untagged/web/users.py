"""The users page: who may log in, as what, seeing what; the same as `untagged users`."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mentions.errors import NotAllowed
from untagged.accounts import book, sessions, tokens
from untagged.accounts.appointing import agent_meant, agent_names, refuse_unknown
from untagged.accounts.book import By
from untagged.accounts.passwords import hashed, made
from untagged.accounts.roles import MEANING, ROLES, Role
from untagged.accounts.user import MAX_NAME, User
from untagged.languages import msgid
from untagged.web.doors import ADMIN
from untagged.web.numbers import Number
from untagged.web.page import clock_now, pipeline_of, render
from untagged.web.peer import browser_address
from untagged.web.visitor import in_session

router = APIRouter()
MAX_FULL_NAME = 200
Names = Annotated[list[str] | None, Form()]


@router.get("/admin/users", dependencies=[ADMIN])
def users(request: Request) -> Response:
    """All of them by name, and a form for another one."""
    with pipeline_of(request).read() as connection:
        found = book.list_users(connection)
    more = {"users": found, "max_name": MAX_NAME, "max_full_name": MAX_FULL_NAME}
    return render(request, "users.html", _choices(request) | more)


@router.post("/admin/users", dependencies=[ADMIN])
def add(
    request: Request,
    *,
    name: Annotated[str, Form()],
    role: Annotated[Role, Form()],
    full_name: Annotated[str, Form(max_length=MAX_FULL_NAME)] = "",
    agent: Annotated[str, Form()] = "",
    brand: Names = None,
    team: Names = None,
    no_password: Annotated[bool, Form()] = False,
) -> Response:
    """A new user; the answer shows the password that was made, once."""
    pipeline, by = pipeline_of(request), admin_by(request)
    brands, teams = brand or (), team or ()
    refuse_unknown(pipeline.settings, brands=brands, teams=teams)
    password = None if no_password else made()
    with pipeline.begin() as connection:
        user = book.add_user(
            connection,
            name,
            role=role,
            by=by,
            password=password,
            must_change=password is not None,
            full_name=full_name,
            agent=agent_meant(pipeline.settings, name, agent or None),
            brands=brands,
            teams=teams,
        )
    return _changed(user) if password is None else _shown(request, user, password)


@router.get("/admin/users/{number}", dependencies=[ADMIN])
def one_user(request: Request, number: Number) -> Response:
    """What there is to change about one, and where they are logged in."""
    pipeline = pipeline_of(request)
    lifetime = pipeline.settings.login.of_sessions
    with pipeline.begin() as connection:
        one = book.get_user(connection, number)
        found = sessions.sessions_of(connection, number, now=clock_now(), lifetime=lifetime)
        given = tokens.tokens_of(connection, number)
    may = [name for name in MEANING if one.may(name)]
    shown = {"one": one, "sessions": found, "tokens": given, "may": may}
    return render(request, "one_user.html", _choices(request) | shown)


@router.post("/admin/users/{number}/role", dependencies=[ADMIN])
def set_role(request: Request, number: Number, role: Annotated[Role, Form()]) -> Response:
    """Give another role; who has it logs in anew."""
    by = admin_by(request)
    with pipeline_of(request).begin() as connection:
        user = book.set_role(connection, book.get_user(connection, number), role, by=by)
    return _changed(user)


@router.post("/admin/users/{number}/scope", dependencies=[ADMIN])
def set_scope(
    request: Request,
    number: Number,
    *,
    agent: Annotated[str, Form()] = "",
    brand: Names = None,
    team: Names = None,
) -> Response:
    """Say which brands and teams they see, and which agent they are; what is not said is none."""
    pipeline, by = pipeline_of(request), admin_by(request)
    brands, teams = brand or (), team or ()
    refuse_unknown(pipeline.settings, brands=brands, teams=teams)
    with pipeline.begin() as connection:
        user = book.get_user(connection, number)
        if agent != user.agent:
            meant = agent_meant(pipeline.settings, user.name, agent)
            user = book.set_agent(connection, user, meant, by=by)
        user = book.set_scope(connection, user, brands=brands, teams=teams, by=by)
    return _changed(user)


@router.post("/admin/users/{number}/disable", dependencies=[ADMIN])
def disable(request: Request, number: Number) -> Response:
    """Log them out everywhere and let them in no more."""
    by = admin_by(request)
    with pipeline_of(request).begin() as connection:
        user = book.disable(connection, book.get_user(connection, number), by=by)
    return _changed(user)


@router.post("/admin/users/{number}/enable", dependencies=[ADMIN])
def enable(request: Request, number: Number) -> Response:
    """Let them in again."""
    by = admin_by(request)
    with pipeline_of(request).begin() as connection:
        user = book.enable(connection, book.get_user(connection, number), by=by)
    return _changed(user)


@router.post("/admin/users/{number}/password", dependencies=[ADMIN])
def renew_password(request: Request, number: Number) -> Response:
    """Another password, shown once on the answer; they are logged out everywhere."""
    by = admin_by(request)
    if in_session(request)[0].id == number:
        raise NotAllowed(
            msgid("Change your own password under My account, where the old one is asked.")
        )
    password = made()
    secret = hashed(password)  # outside of the transaction, as it takes long
    with pipeline_of(request).begin() as connection:
        user = book.get_user(connection, number)
        user = book.set_password(connection, user, secret, must_change=True, by=by)
    return _shown(request, user, password)


@router.post("/admin/users/{number}/sessions/end", dependencies=[ADMIN])
def end_sessions(request: Request, number: Number) -> Response:
    """Log them out everywhere."""
    by = admin_by(request)
    with pipeline_of(request).begin() as connection:
        user = book.get_user(connection, number)
        book.log_out(connection, user, by=by)
    return _changed(user)


def admin_by(request: Request) -> By:
    """Who changes users: a person, as a lost token of the API must make nobody an admin."""
    return By(in_session(request)[0].name, clock_now(), browser_address(request))


def _changed(user: User) -> Response:
    return RedirectResponse(f"/admin/users/{user.id}", status_code=303)


def _shown(request: Request, user: User, password: str) -> Response:
    """The answer itself has the password, so that no address and no store does."""
    return render(request, "user_password.html", {"one": user, "password": password})


def _choices(request: Request) -> dict[str, Any]:
    settings = pipeline_of(request).settings
    return {
        "roles": ROLES,
        "all_brands": [one.name for one in settings.brands],
        "all_teams": [one.name for one in settings.teams],
        "all_agents": agent_names(settings),
    }
