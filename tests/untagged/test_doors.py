"""Every route says what it needs, and each role gets in where it should and nowhere else."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount

from tests.untagged.entered import entered
from tests.untagged.world import settings_file
from untagged.accounts import book
from untagged.accounts.book import By
from untagged.accounts.roles import GRANTS, ROLES, Role
from untagged.pipeline import Pipeline
from untagged.web.app import create_app
from untagged.web.doors import need_of, needs, refuse_undeclared
from untagged.wiring import open_pipeline

API = "/api/v1"
PAGE = {"Accept": "text/html"}
UNKNOWN = {
    "number": "99999",
    "name": "Nobody's",
    "token": "none",
    "form": "md",
    "step": "1",
    "mention_id": "x",
    "kind": "cases",
    "which": "99999",
    "entry": "FR-99999",
    "chart": "1",
}
ALL = frozenset(ROLES)
FROM_AGENT = ALL - {"viewer"}
FROM_LEAD = FROM_AGENT - {"agent"}
ADMINS = frozenset({"admin"})
WHO_SEE_ALL = ALL - {"agent"}

# Written by hand, so that a wrong declaration is not agreed with.
MAY = {
    ("GET", "/"): ALL,
    ("GET", "/search"): ALL,
    ("GET", "/search/lint"): ALL,
    ("GET", "/cases"): ALL,
    ("GET", "/cases/{number}"): ALL,
    ("POST", "/cases/{number}"): FROM_AGENT,
    ("POST", "/cases/{number}/check"): FROM_AGENT,
    ("POST", "/cases/{number}/replies"): FROM_AGENT,
    ("POST", "/cases/{number}/survey"): FROM_AGENT,
    ("POST", "/replies/{number}"): FROM_AGENT,
    ("GET", "/questions/keep"): FROM_AGENT,
    ("POST", "/questions/keep"): FROM_AGENT,
    ("GET", "/questions/known"): ALL,
    ("POST", "/questions/known/{number}/drop"): FROM_AGENT,
    ("GET", "/alerts"): ALL,
    ("POST", "/alerts/{number}"): FROM_AGENT,
    ("GET", "/silences"): ALL,
    ("POST", "/silences"): FROM_LEAD,
    ("POST", "/silences/{number}"): FROM_LEAD,
    ("GET", "/incidents/{number}"): ALL,
    ("POST", "/incidents/{number}"): FROM_AGENT,
    ("GET", "/incidents/{number}/report.{form}"): FROM_LEAD,
    ("GET", "/rules"): ALL,
    ("POST", "/routing/edit"): FROM_LEAD,
    ("POST", "/routing/reset"): FROM_LEAD,
    ("POST", "/cases/{number}/steps/{step}"): FROM_AGENT,
    ("POST", "/bulk"): FROM_AGENT,
    ("POST", "/rules/try"): FROM_LEAD,
    ("POST", "/rules/labels"): FROM_AGENT,
    ("GET", "/outbox"): FROM_LEAD,
    ("POST", "/outbox/resend"): FROM_LEAD,
    ("POST", "/outbox/{number}/drop"): FROM_LEAD,
    ("GET", "/webhooks"): FROM_LEAD,
    ("POST", "/webhooks/{name}/replay"): FROM_LEAD,
    ("POST", "/webhooks/{name}/test"): FROM_LEAD,
    ("POST", "/webhooks/{name}/pause"): FROM_LEAD,
    ("POST", "/webhooks/{name}/resume"): FROM_LEAD,
    ("POST", "/api/v1/corrections"): FROM_AGENT,
    ("GET", "/api/v1/export"): FROM_LEAD,
    ("GET", "/api/v1/webhooks"): FROM_LEAD,
    ("GET", "/api/v1/webhooks/tries"): FROM_LEAD,
    ("POST", "/api/v1/webhooks/{name}/replay"): FROM_LEAD,
    ("POST", "/api/v1/webhooks/{name}/pause"): FROM_LEAD,
    ("POST", "/api/v1/webhooks/{name}/resume"): FROM_LEAD,
    ("GET", "/brands/{name}"): ALL,
    ("GET", "/sources"): ALL,
    ("GET", "/team"): WHO_SEE_ALL,
    ("GET", "/team/forecast.svg"): WHO_SEE_ALL,
    ("GET", "/metrics"): FROM_LEAD,
    ("GET", "/now/changes"): ALL,
    ("GET", "/api/v1/mentions"): ALL,
    ("GET", "/api/v1/mentions/{mention_id:path}"): ALL,
    ("GET", "/api/v1/cases/{number}"): ALL,
    ("POST", "/api/v1/cases/{number}/resolve"): FROM_AGENT,
    ("POST", "/api/v1/cases/{number}/merge"): FROM_AGENT,
    ("POST", "/api/v1/alerts/{number}/acknowledge"): FROM_AGENT,
    ("POST", "/api/v1/silences"): FROM_LEAD,
    ("GET", "/requests"): ALL,
    ("GET", "/requests/{entry}"): ALL,
    ("POST", "/requests/{entry}"): FROM_AGENT,
    ("GET", "/api/v1/requests"): ALL,
    ("GET", "/api/v1/requests/{entry}"): ALL,
    ("PATCH", "/api/v1/requests/{entry}"): FROM_AGENT,
    ("GET", "/digests"): ALL,
    ("GET", "/digests/{number}"): ALL,
    ("GET", "/digests/{number}.{form}"): ALL,
    ("GET", "/digests/{number}/charts/{chart}.svg"): ALL,
    ("POST", "/digests/now"): ALL,
    ("POST", "/digests/{number}/again"): FROM_LEAD,
    ("POST", "/digests/subscriptions"): ALL,
    ("POST", "/digests/subscriptions/{number}/ask"): ALL,
    ("POST", "/digests/subscriptions/{number}/end"): ALL,
    ("POST", "/digests/feed"): ALL,
    ("POST", "/digests/feed/end"): ALL,
    ("GET", "/api/v1/digests"): ALL,
    ("GET", "/api/v1/digests/{number}"): ALL,
    ("GET", "/account"): ALL,
    ("POST", "/account/password"): ALL,
    ("POST", "/logout"): ALL,
    ("GET", "/admin/audit"): ADMINS,
    ("GET", "/admin/audit/{kind}"): ADMINS,
    ("POST", "/admin/users/{number}/tokens"): ADMINS,
    ("POST", "/admin/users/{number}/tokens/{which}/revoke"): ADMINS,
    ("GET", "/admin/erase"): ADMINS,
    ("POST", "/admin/erase"): ADMINS,
    ("GET", "/admin/erase/{number}"): ADMINS,
    ("POST", "/admin/erase/{number}"): ADMINS,
    ("GET", "/admin/users"): ADMINS,
    ("POST", "/admin/users"): ADMINS,
    ("GET", "/admin/users/{number}"): ADMINS,
    ("POST", "/admin/users/{number}/role"): ADMINS,
    ("POST", "/admin/users/{number}/scope"): ADMINS,
    ("POST", "/admin/users/{number}/disable"): ADMINS,
    ("POST", "/admin/users/{number}/enable"): ADMINS,
    ("POST", "/admin/users/{number}/password"): ADMINS,
    ("POST", "/admin/users/{number}/sessions/end"): ADMINS,
}
PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/login/openid"),
    ("GET", "/login/openid/back"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/hooks/help-desks/{name}"),
    ("GET", "/survey/{token:path}"),
    ("POST", "/survey/{token:path}"),
    ("GET", "/survey/style.css"),
    ("GET", "/survey/mark.svg"),
    ("GET", "/digests/feed/{token}.atom"),
    ("GET", "/subscribe/{token}"),
    ("POST", "/subscribe/{token}"),
    ("GET", "/unsubscribe/{token:path}"),
    ("POST", "/unsubscribe/{token:path}"),
    ("GET", "/unsubscribe/style.css"),
    ("GET", "/unsubscribe/mark.svg"),
}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(pipeline: Pipeline) -> FastAPI:
    made = create_app(pipeline)
    made.state.changes.end()  # who would follow them is let go at once
    return made


def routes(app: FastAPI) -> dict[tuple[str, str], APIRoute]:
    """Every route of the application, by its method and path."""
    api = next(one for one in app.routes if isinstance(one, Mount) and one.path == API)
    found = [("", one) for one in app.routes] + [(API, one) for one in api.routes]
    return {
        (method, below + one.path): one
        for below, one in found
        if isinstance(one, APIRoute)
        for method in one.methods
    }


def asked(client: TestClient, method: str, path: str) -> int:
    """How a request is answered that names nothing there is."""
    address = path.replace(":path}", "}").format_map(UNKNOWN)
    return client.request(method, address, headers=PAGE, follow_redirects=False).status_code


def gets_in(app: FastAPI, role: Role, method: str, path: str) -> bool:
    """Whether the door opens; what is found behind it is another matter."""
    client = entered(app.state.pipeline, name=f"a {role}", role=role, app=app)
    status = asked(client, method, path)
    assert status != 401, (role, method, path)
    return status != 403


def test_without_a_login_only_what_is_public_is_shown(app: FastAPI) -> None:
    with TestClient(app) as stranger:
        for method, path in routes(app):
            status = asked(stranger, method, path)
            is_page = method == "GET" and not path.startswith(API)
            is_sent_away = status == (303 if is_page else 401)
            assert is_sent_away != ((method, path) in PUBLIC), (method, path, status)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_in_where_the_table_of_roles_says(app: FastAPI, role: Role) -> None:
    for (method, path), route in routes(app).items():
        need = need_of(route)
        assert need is not None
        expected = need.what is None or need.what in GRANTS[role]
        # An agent sees own teams alone, and no page that shows everything.
        expected = expected and not (need.everywhere and role == "agent")
        if not path.startswith("/login"):  # who sends nothing is refused there, logged in or not
            assert gets_in(app, role, method, path) == expected, (method, path)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_in_where_people_expect_it(app: FastAPI, role: Role) -> None:
    known = routes(app)
    for (method, path), roles in MAY.items():
        assert (method, path) in known
        assert gets_in(app, role, method, path) == (role in roles), (method, path)


def test_nothing_that_changes_something_is_for_viewers(app: FastAPI) -> None:
    own = (
        *("/search/views", "/login", "/logout", "/account", "/survey", "/hooks"),
        *("/digests/now", "/digests/subscriptions", "/digests/feed", "/subscribe", "/unsubscribe"),
    )
    for (method, path), route in routes(app).items():
        need = need_of(route)
        if method != "GET" and not path.startswith(own):
            assert need is not None
            assert need.what not in GRANTS["viewer"], path


@pytest.mark.parametrize("declared", [(), (needs("look"), needs("work"))])
def test_a_route_that_does_not_say_once_what_it_needs_is_refused(declared: tuple[object]) -> None:
    router = APIRouter()

    @router.get("/forgotten", dependencies=list(declared))
    def forgotten() -> None:
        """A page."""

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    with pytest.raises(TypeError, match="/forgotten: say once what it needs"):
        refuse_undeclared(app.routes)


def test_pages_of_all_brands_are_for_those_who_see_all(pipeline: Pipeline) -> None:
    scoped = entered(pipeline, name="of acme", role="lead", brands=("Acme",))
    for path in ("/outbox", "/rules/tried/1", "/routing", "/team", "/admin/users"):
        assert asked(scoped, "GET", path) == 403
    assert (
        scoped.post("/silences", data={"matchers": "brand=Acme", "span": "1h"}).status_code == 403
    )


def test_who_has_a_made_password_changes_it_first(pipeline: Pipeline) -> None:
    client = entered(pipeline, name="new here", role="lead")
    with pipeline.begin() as connection:
        user = book.named_user(connection, "new here")
        by = By("a test", datetime.now(UTC))
        book.set_password(connection, user, "a hash", must_change=True, by=by)
    client = entered(pipeline, name="new here")
    assert client.get("/cases", headers=PAGE).url.path == "/account"
    assert asked(client, "POST", "/cases/{number}") == 403
    assert "Choose one of your own" in client.get("/account").text
