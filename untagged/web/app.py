"""The cockpit as an application: rooms put together, doors locked, errors in plain words.

`Host` must be a name that it is known by (against DNS rebinding), and a change must come from its
own pages (against cross-site requests). Who may do what is in `untagged.web.doors`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from alerts.digests import stopping
from mentions.errors import UntaggedError
from untagged.pipeline import Pipeline
from untagged.web import (
    account,
    alerts,
    audit,
    brands,
    cases,
    completing,
    confirming,
    correcting,
    digests,
    erasing,
    exporting,
    health,
    help_desks,
    incidents,
    known_questions,
    linting,
    login,
    now,
    openid,
    outbox,
    playbooks,
    replies,
    requests,
    routing,
    routing_edit,
    rules,
    search,
    silences,
    sources,
    spikes,
    subscribing,
    surveys,
    teams,
    teamwork,
    tokens,
    trails,
    unsubscribing,
    users,
    views,
    webhooks,
)
from untagged.web.api.app import PREFIX, create_api
from untagged.web.api.problems import problem
from untagged.web.backtests import Backtests
from untagged.web.doors import LoginNeeded, PasswordNeeded, refuse_undeclared, senders
from untagged.web.erasures import Erasures
from untagged.web.glance import Glances
from untagged.web.live import Changes
from untagged.web.making import Makings
from untagged.web.page import document, render
from untagged.web.peer import KnownProxies
from untagged.web.reader import reader_of
from untagged.web.statuses import status_of
from untagged.web.words import sentence

LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Other sites learn nothing. With no-referrer a browser sends "Origin: null" with our own forms
    # (Fetch standard, "append a request Origin header"), which `_guarded` has to refuse.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SIGNED = (surveys.PREFIX, stopping.PREFIX, "/hooks/")
"""What other sites may send: authors come to a survey through a proxy under another name, mail
programs end a subscription, help desks call a hook; the signature is the ticket."""
Handler = Callable[[Request], Awaitable[Response]]


def create_app(pipeline: Pipeline) -> FastAPI:
    """The cockpit over an open pipeline, which the caller closes."""
    running, erasures = Backtests(pipeline), Erasures(pipeline)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        running.close()
        erasures.close()

    app = FastAPI(
        title="Untagged", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.state.pipeline = pipeline
    app.state.backtests = running
    app.state.erasures = erasures
    app.state.glances = Glances(pipeline)
    app.state.changes = Changes(lambda: now.current_state(pipeline))
    app.state.makings = Makings()
    app.state.new_counts = views.NewCounts()
    app.state.seen_values = completing.SeenValues(pipeline.settings)
    app.middleware("http")(_guarded)
    cockpit = pipeline.settings.cockpit
    names = [*LOOPBACK_HOSTS, *cockpit.names]
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=names)
    app.add_middleware(KnownProxies, proxies=cockpit.proxies)
    app.add_exception_handler(LoginNeeded, _to_login)
    app.add_exception_handler(PasswordNeeded, _to_account)
    app.add_exception_handler(UntaggedError, _explained)
    app.add_exception_handler(404, _nowhere)
    static = str(files("untagged.web").joinpath("static"))
    app.mount("/static", StaticFiles(directory=static), name="static")
    rooms = (
        *(now, search, linting, brands, spikes, alerts, silences),
        *(incidents, rules, cases, replies, surveys, teams, sources, outbox, health),
        *(teamwork, help_desks, routing, routing_edit, playbooks, login, openid, account),
        *(completing, correcting, exporting, views, users, tokens, audit, trails, erasing),
        *(known_questions, requests, webhooks),
        *(
            subscribing,
            confirming,
            digests,
            unsubscribing,
        ),  # a feed before what has a number in its place
    )
    for room in rooms:
        app.include_router(room.router)

    app.mount(PREFIX, create_api(pipeline))
    refuse_undeclared(app.routes)
    app.state.may_send = senders(app.routes)
    return app


async def _guarded(request: Request, call_next: Handler) -> Response:
    """Refuse changes that other sites ask for; forbid content from anywhere else."""
    # Browsers of the last years send Sec-Fetch-Site; older ones send Origin with every POST.
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    is_foreign = site not in (None, "same-origin", "none") or origin not in (None, own)
    is_foreign = is_foreign and not request.url.path.startswith(SIGNED)
    if request.method not in ("GET", "HEAD") and is_foreign:
        return Response("This change was asked for by another site, so it was refused.\n", 403)
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/static/"):
        _keep_from_caches(response)
    return response


def _keep_from_caches(response: Response) -> None:
    """Pages with data are kept by nobody, charts for their minute by the browser alone."""
    kept = response.headers.get("cache-control", "no-store")
    is_shared = "max-age" in kept and "private" not in kept
    response.headers["Cache-Control"] = f"private, {kept}" if is_shared else kept


def _in_words(request: Request, error: Exception) -> str:
    return sentence(reader_of(request), str(error))


async def _explained(request: Request, error: Exception) -> Response:
    """Our own errors as a page that says what to do."""
    return render(
        request, "error.html", {"message": _in_words(request, error)}, status=status_of(error)
    )


async def _to_login(request: Request, error: Exception) -> Response:
    """A page leads to the login and back; a script and a form are told."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if not wants_page:
        return PlainTextResponse(f"{error}\n", 401)
    if request.method != "GET":
        return render(request, "error.html", {"message": _in_words(request, error)}, status=401)
    where = f"{request.url.path}?{request.url.query}".rstrip("?")
    if request.headers.get("sec-fetch-site") == "cross-site":
        # From a link in a chat, the browser leaves out a cookie that is SameSite=Strict. From this
        # page, which leads to the same address, it is the same site, and the cookie comes along.
        return HTMLResponse(document("onward.html", {"to": where}))
    return RedirectResponse(f"/login?{urlencode({'to': where})}", status_code=303)


async def _to_account(request: Request, error: Exception) -> Response:
    """Nothing else opens before the password is one's own."""
    if request.method == "GET":
        return RedirectResponse("/account", status_code=303)
    return render(request, "error.html", {"message": _in_words(request, error)}, status=403)


async def _nowhere(request: Request, _error: Exception) -> Response:
    if request.url.path.startswith(f"{PREFIX}/"):  # no path that it could be mounted for
        return problem(request, 404, "There is no such thing.")
    said = reader_of(request).gettext("There is no such page.")
    return render(request, "error.html", {"message": said}, status=404)
