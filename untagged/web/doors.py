"""The doors: each route says what it needs, and nobody passes without it.

A route names its need in its decorator: `dependencies=[needs("look")]`, `ANYBODY` for what is
public, `ANY_USER` for what every user may, `ADMIN` for what admins have. `create_app` refuses a
route that names none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Mount

from mentions.errors import NotAllowed
from untagged.accounts import book, sessions, tokens
from untagged.accounts.roles import MEANING, Permission
from untagged.accounts.user import User
from untagged.languages import msgid
from untagged.pipeline import Pipeline
from untagged.settings import Settings
from untagged.web.cookies import session_cookie
from untagged.web.header_login import is_another
from untagged.web.page import clock_now, pipeline_of
from untagged.web.seen import refuse_unseen
from untagged.web.visitor import Visitor, in_session, logged_in

SAFE = ("GET", "HEAD")
FORM_FIELD, FORM_HEADER = "csrf", "x-csrf-token"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
LET_THROUGH = frozenset({"/static", "/openapi.json"})
"""What is public and no route of ours: it holds nothing of anybody."""
BY_ITSELF = "x-by-itself"
"""The header of what a script asks for by itself: that keeps no session from ending unused."""


class LoginNeeded(NotAllowed):
    """Nobody is logged in; the answer is the way to the login page."""


class PasswordNeeded(NotAllowed):
    """The password was made by somebody else; the answer is the way to change it."""


@dataclass(frozen=True)
class Needs:
    """What a route needs; without a permission a login is enough, and what is public needs none.

    `everywhere` is for pages that show all brands and teams at once; `by_itself` for what pages ask
    for again and again, which must not keep a session from ending unused.
    """

    what: Permission | None
    everywhere: bool = False
    is_public: bool = False
    by_itself: bool = False

    async def __call__(self, request: Request) -> None:
        """Let the request pass, or raise what its answer says."""
        if self.is_public:
            return
        is_change = request.method not in SAFE
        sent = await _sent_form_token(request) if is_change else None
        await run_in_threadpool(_admit, request, self, sent)


def needs(what: Permission, *, everywhere: bool = False, by_itself: bool = False) -> Any:
    """For the decorator of a route: whose role must grant what."""
    return Depends(Needs(what, everywhere, by_itself=by_itself))


def insist(request: Request, what: Permission, *, everywhere: bool = False) -> None:
    """Raise NotAllowed unless who is logged in may also do this, on a page that most may see."""
    visitor = logged_in(request)
    _refuse(visitor, what, everywhere=everywhere)


ANYBODY: Any = Depends(Needs(None, is_public=True))
ANY_USER: Any = Depends(Needs(None))
ADMIN: Any = needs("administer", everywhere=True)


def need_of(route: APIRoute) -> Needs | None:
    """What a route says that it needs."""
    said = [one.dependency for one in route.dependencies if isinstance(one.dependency, Needs)]
    return said[0] if len(said) == 1 else None


def refuse_undeclared(routes: Iterable[BaseRoute]) -> None:
    """Raise unless every route says what it needs: what is forgotten must not be open."""
    for route in routes:
        if getattr(route, "path", "") in LET_THROUGH:
            continue
        if isinstance(route, Mount):
            refuse_undeclared(route.routes)
        elif not isinstance(route, APIRoute) or need_of(route) is None:
            where = getattr(route, "path", route)
            raise TypeError(f"{where}: say once what it needs, as in dependencies=[needs('look')]")


def senders(routes: Iterable[BaseRoute]) -> Callable[[Visitor | None, str], bool]:
    """Says of a visitor whether they may post to a path, by what its route needs."""
    known = [route for route in routes if isinstance(route, APIRoute) and "POST" in route.methods]

    @lru_cache(maxsize=4096)
    def need(path: str) -> Needs | None:
        return next((need_of(one) for one in known if one.path_regex.match(path)), None)

    def may_send(visitor: Visitor | None, path: str) -> bool:
        wanted = need(unescape(path))
        if wanted is None or wanted.what is None:  # no page of ours, or one for all who log in
            return True
        return visitor is not None and _lack(visitor, wanted) == ""

    return may_send


def recognised(request: Request, *, is_use: bool = True) -> Visitor | None:
    """Who it is: by a token of the API if one is shown, else by the session of the cookie.

    Unless it `is_use`, the session is not kept from ending by it.
    """
    said = request.headers.get("authorization", "")
    scheme, _, token = said.partition(" ")
    if scheme.lower() == "bearer":
        return _by_token(request, token.strip())
    secret = request.cookies.get(session_cookie(request), "")
    found = _by_session(request, secret) if secret else None
    if found is not None and is_use:
        _note_use(pipeline_of(request), found)
    return found


def note_use(request: Request) -> None:
    """Say that a request which a script made is somebody's doing after all, such as typing."""
    _note_use(pipeline_of(request), logged_in(request))


def is_logged_in(request: Request) -> bool:
    """Whether the request's session or token still lets somebody in, as of now."""
    return recognised(request, is_use=False) is not None


def _note_use(pipeline: Pipeline, visitor: Visitor) -> None:
    session, now = visitor.session, clock_now()
    if session is not None and now - session.seen_at >= sessions.NOTED_EVERY:
        with pipeline.begin() as connection:
            sessions.note_use(connection, session, now=now)


def _by_token(request: Request, said: str) -> Visitor | None:
    pipeline, now = pipeline_of(request), clock_now()
    with pipeline.read() as connection:
        token = tokens.token_of(connection, said, now=now)
        user = book.get_user(connection, token.user_id) if token else None
    if token is None or user is None or user.is_disabled:
        return None
    if token.used_at is None or now - token.used_at >= tokens.NOTED_EVERY:
        with pipeline.begin() as connection:
            tokens.note_use(connection, token, now=now)
    return Visitor(user, user.scope(own_teams(pipeline.settings, user)), limits=token.may)


def _by_session(request: Request, secret: str) -> Visitor | None:
    pipeline, now = pipeline_of(request), clock_now()
    lifetime = pipeline.settings.login.of_sessions
    with pipeline.read() as connection:
        session = sessions.session_of(connection, secret, now=now, lifetime=lifetime)
        user = book.get_user(connection, session.user_id) if session else None
    if session is None or user is None or user.is_disabled or is_another(request, user):
        return None
    return Visitor(user, user.scope(own_teams(pipeline.settings, user)), session, secret)


def own_teams(settings: Settings, user: User) -> list[str]:
    """The teams in which the user's agent is."""
    return [
        team.name for team in settings.teams if any(one.name == user.actor for one in team.agents)
    ]


def refuse_forged(sent: str | None, token: str) -> None:
    """Raise NotAllowed unless a change carries the token of the session that it is made in."""
    if not sessions.is_form_token(sent or "", token):
        raise NotAllowed(
            msgid(
                "This page was made before you logged in, so nothing was changed. "
                "Go back, load it anew and send it again."
            )
        )


async def _sent_form_token(request: Request) -> str:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in FORMS:
        said = (await request.form()).get(FORM_FIELD)
        if isinstance(said, str):
            return said
    return request.headers.get(FORM_HEADER, "")


def _admit(request: Request, need: Needs, sent: str | None) -> None:
    is_use = not need.by_itself and BY_ITSELF not in request.headers
    visitor = recognised(request, is_use=is_use)
    if visitor is None:
        raise LoginNeeded(msgid("You are not logged in, or were logged out. Log in and try again."))
    request.state.visitor = visitor
    # No other site can make a browser send a token of the API.
    if sent is not None and visitor.session is not None:
        refuse_forged(sent, visitor.secret)
    if need.what is None:
        in_session(request)
        return
    if visitor.user.must_change:
        raise PasswordNeeded(msgid("Choose a password of your own first."))
    _refuse(visitor, need.what, everywhere=need.everywhere)
    with pipeline_of(request).read() as connection:
        refuse_unseen(connection, request, visitor.scope)


def _refuse(visitor: Visitor, what: Permission, *, everywhere: bool) -> None:
    if lack := _lack(visitor, Needs(what, everywhere)):
        raise NotAllowed(lack)


def _lack(visitor: Visitor, need: Needs) -> str:
    """What the visitor lacks, as a sentence; '' if they may."""
    if need.what is not None and not visitor.may(need.what):
        whose = f"role, {visitor.user.role}," if not visitor.user.may(need.what) else "token"
        return f"Your {whose} may not {MEANING[need.what]}."
    if need.everywhere and not visitor.scope.is_everything:
        return msgid("This is about all brands and teams, and you see some of them only.")
    return ""
