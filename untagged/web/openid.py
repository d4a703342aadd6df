"""Login at a provider of OpenID Connect: away to it, and back with its word."""

import secrets

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from mentions.errors import NotAllowed, NotFound
from untagged.accounts.book import By
from untagged.accounts.claimed import claimed_user
from untagged.accounts.entering import let_in
from untagged.accounts.openid import begin_flow, claims_of, discovered, take_flow
from untagged.accounts.policy import OpenIdLogin
from untagged.web.cookies import keep_session, keep_visit, visit_cookie
from untagged.web.doors import ANYBODY
from untagged.web.login import login_form, visit_of
from untagged.web.page import clock_now, document, own_path, pipeline_of

router = APIRouter()
BACK = "/login/openid/back"


@router.get("/login/openid", dependencies=[ANYBODY])
def away(request: Request, to: str = "/") -> Response:
    """To the provider."""
    login, now = _login(request), clock_now()
    visit = request.cookies.get(visit_cookie(request), "") or secrets.token_urlsafe(32)
    back = f"{request.url.scheme}://{request.headers['host']}{BACK}"
    provider = discovered(login, now=now)
    with pipeline_of(request).begin() as connection:
        where = begin_flow(
            connection,
            login,
            provider,
            visit=visit,
            back=back,
            onward=own_path(to),
            now=now,
        )
    response = RedirectResponse(where, status_code=303)
    keep_visit(request, response, visit)
    return response


@router.get(BACK, dependencies=[ANYBODY])
def back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """From the provider: a session, or the reason why not."""
    pipeline, login, now = pipeline_of(request), _login(request), clock_now()
    visit = request.cookies.get(visit_cookie(request), "")
    try:
        with pipeline.begin() as connection:
            flow = take_flow(connection, state=state, visit=visit, now=now)
        _refuse_no(error, code)
        claims = claims_of(login, flow, code, now=now)
        at = visit_of(request)
        with pipeline.begin() as connection:
            by = By(f"openid {login.label}", now, at.address)
            user = claimed_user(connection, login, claims, by=by)
            lifetime = pipeline.settings.login.of_sessions
            token = let_in(connection, user, at, lifetime, how="openid")
    except NotAllowed as refused:
        return login_form(request, to="/", problem=str(refused), status=403)
    # A page, not a redirect: the browser comes from another site, and would leave out a cookie
    # that is SameSite=Strict all the way.
    response = HTMLResponse(document("onward.html", {"to": flow.onward}))
    keep_session(request, response, token)
    return response


def _refuse_no(error: str, code: str) -> None:
    if error or not code:
        raise NotAllowed(f"The login provider said no ({error[:100] or 'no code'}).")


def _login(request: Request) -> OpenIdLogin:
    login = pipeline_of(request).settings.login.oidc
    if login is None:
        raise NotFound("there is no login provider in the settings")
    return login
