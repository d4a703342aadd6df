"""Login at a provider of OpenID Connect: what it says is checked, and gives a role."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey

from mentions.errors import SettingsError
from tests.accounts.provider import CLIENT, SECRET, Provider, providing
from tests.untagged.world import settings_file
from untagged.accounts import book, openid
from untagged.accounts.book import By
from untagged.accounts.trail import trail
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.web.app import create_app
from untagged.wiring import open_pipeline

PAGE = {"Accept": "text/html"}
MORE = """
login:
  oidc:
    issuer: {issuer}
    client_id: cockpit
    client_secret_env: OIDC_SECRET
    roles: {{social: agent, heads: lead}}
    brands: {{heads: [Acme]}}
    teams: {{social: [care]}}
"""
CLAIMS = {"sub": "17", "preferred_username": "Ana", "name": "Ana A.", "groups": ["social", "all"]}


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture
def provider(started: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """One that tells the truth about Ana."""
    monkeypatch.setenv("OIDC_SECRET", SECRET)
    openid._discovered.cache_clear()
    started.person, started.wrong, started.speaks_for = dict(CLAIMS), {}, ""
    started.signs_with = started.key
    return started


@pytest.fixture
def pipeline(started: Provider, tmp_path: Path) -> Iterator[Pipeline]:
    config = settings_file(tmp_path / "a firm", more=MORE.format(issuer=started.issuer))
    with open_pipeline(config) as opened:
        yield opened


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with TestClient(create_app(pipeline), headers=PAGE, follow_redirects=False) as client:
        yield client


def sent_away(browser: TestClient, to: str = "/cases") -> str:
    """The address at the provider."""
    answer = browser.get("/login/openid", params={"to": to})
    assert answer.status_code == 303
    return answer.headers["location"]


def sent_back(address: str) -> str:
    """The address at the cockpit, once the provider has let the person in."""
    with httpx.Client() as client:
        back = urlsplit(client.get(address).headers["location"])
    return f"{back.path}?{back.query}"


def logged_in(browser: TestClient, to: str = "/cases"):
    return browser.get(sent_back(sent_away(browser, to)))


def test_who_is_known_there_is_let_in_with_the_role_of_their_group(
    browser: TestClient, pipeline: Pipeline, provider: Provider
) -> None:
    assert "Log in with company login" in browser.get("/login").text
    page = logged_in(browser, "/cases?status=all")
    assert page.status_code == 200
    assert 'content="0; url=/cases?status=all"' in page.text
    assert browser.get("/cases").status_code == 200
    with pipeline.read() as connection:
        ana = book.named_user(connection, "ana")
        line = trail(connection)[0]
    assert (ana.role, ana.teams, ana.full_name, ana.has_password) == (
        "agent",
        ("care",),
        "Ana A.",
        False,
    )
    assert (line.action, line.detail) == ("logged in", {"how": "openid"})


def test_a_login_leads_nowhere_else(browser: TestClient, provider: Provider) -> None:
    assert 'content="0; url=/"' in logged_in(browser, "https://evil.example").text


def test_role_and_scope_follow_the_groups_at_each_login(
    browser: TestClient, pipeline: Pipeline, provider: Provider
) -> None:
    logged_in(browser)
    provider.person |= {"groups": ["heads", "social"], "preferred_username": "ana.b"}
    logged_in(browser)
    with pipeline.read() as connection:
        (ana,) = book.list_users(connection)
    assert (ana.name, ana.role, ana.brands, ana.teams) == ("ana", "lead", ("Acme",), ("care",))
    provider.person["groups"] = "all"
    refused = logged_in(browser)
    assert refused.status_code == 403
    assert "gives you a role here" in refused.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another program"},
        {"aud": [CLIENT, "another program"]},
        {"azp": "another program"},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"sub": None},
    ],
)
def test_a_token_that_does_not_fit_lets_nobody_in(
    browser: TestClient, pipeline: Pipeline, provider: Provider, wrong: dict[str, object]
) -> None:
    provider.wrong = wrong
    assert logged_in(browser).status_code == 403
    assert browser.get("/cases").status_code == 303
    with pipeline.read() as connection:
        assert book.list_users(connection) == []


def test_a_token_signed_by_somebody_else_lets_nobody_in(
    browser: TestClient, provider: Provider
) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    assert logged_in(browser).status_code == 403


def test_a_login_is_ended_once_and_by_the_browser_that_began_it(
    browser: TestClient, pipeline: Pipeline, provider: Provider
) -> None:
    back = sent_back(sent_away(browser))
    with TestClient(create_app(pipeline), headers=PAGE) as another:
        assert another.get(back).status_code == 403
    assert browser.get(back).status_code == 200
    assert "was not begun here" in browser.get(back).text


def test_a_state_that_was_not_given_out_is_refused(browser: TestClient, provider: Provider) -> None:
    back = sent_back(sent_away(browser))
    code = parse_qs(urlsplit(back).query)["code"][0]
    refused = browser.get("/login/openid/back", params={"code": code, "state": "guessed"})
    assert refused.status_code == 403


def test_a_code_of_another_login_is_refused(browser: TestClient, provider: Provider) -> None:
    first, second = (sent_back(sent_away(browser)) for _ in range(2))
    code = parse_qs(urlsplit(first).query)["code"][0]
    state = parse_qs(urlsplit(second).query)["state"][0]
    refused = browser.get("/login/openid/back", params={"code": code, "state": state})
    assert refused.status_code == 403
    assert "invalid_grant" in refused.text


def test_who_says_no_there_is_told_so(browser: TestClient, provider: Provider) -> None:
    state = parse_qs(urlsplit(sent_away(browser)).query)["state"][0]
    refused = browser.get("/login/openid/back", params={"error": "<b>denied", "state": state})
    assert "said no (&lt;b&gt;denied)" in refused.text


def test_nobody_becomes_a_user_by_having_the_same_name(
    browser: TestClient, pipeline: Pipeline, provider: Provider
) -> None:
    with pipeline.begin() as connection:
        by = By("a test", datetime.now(UTC))
        book.add_user(connection, "ana", role="admin", by=by)
    refused = logged_in(browser)
    assert refused.status_code == 403
    assert "another user ana here" in refused.text


def test_who_is_disabled_here_stays_out(
    browser: TestClient, pipeline: Pipeline, provider: Provider
) -> None:
    logged_in(browser)
    with pipeline.begin() as connection:
        by = By("a test", datetime.now(UTC))
        book.disable(connection, book.named_user(connection, "ana"), by=by)
    assert "is disabled here" in logged_in(browser).text


def test_a_provider_that_speaks_for_another_is_refused(
    browser: TestClient, provider: Provider
) -> None:
    provider.speaks_for = "https://evil.example"
    answer = browser.get("/login/openid")
    assert answer.status_code == 403
    assert "speaks for the issuer" in answer.text


def test_a_wrong_secret_is_told_and_a_missing_one(
    browser: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OIDC_SECRET", "wrong")
    assert "invalid_client" in logged_in(browser).text
    monkeypatch.delenv("OIDC_SECRET")
    assert "set OIDC_SECRET" in browser.get("/login/openid").text


def test_a_provider_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    more = MORE.format(issuer="http://127.0.0.1:9")
    with (
        open_pipeline(settings_file(tmp_path, more=more)) as pipeline,
        TestClient(create_app(pipeline), headers=PAGE) as browser,
    ):
        assert browser.get("/login/openid").status_code == 503


def test_an_issuer_without_tls_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not https"):
        load_settings(settings_file(tmp_path, more=MORE.format(issuer="http://login.example")))


def test_without_a_provider_there_is_no_such_login(tmp_path: Path) -> None:
    with (
        open_pipeline(settings_file(tmp_path)) as pipeline,
        TestClient(create_app(pipeline), headers=PAGE) as browser,
    ):
        assert browser.get("/login/openid").status_code == 404
        assert "/login/openid" not in browser.get("/login").text
