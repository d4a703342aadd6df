"""Logging in by the page: cookies, forms that carry their token, and the way back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from tests.untagged.entered import DOMAIN, entered, form_token_in
from tests.untagged.world import import_rows, post, settings_file
from untagged.accounts import book, passwords, throttle
from untagged.accounts.book import By
from untagged.pipeline import Pipeline
from untagged.web.app import create_app
from untagged.wiring import open_pipeline

SAID = "one tall green window"
PAGE = {"Accept": "text/html"}
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as opened:
        rows = [post(1, "Acme lost my bag, worst service ever. Where is my refund?", NOW)]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        with opened.begin() as connection:
            by = By("a test", NOW)
            book.add_user(connection, "ana", role="lead", password=SAID, by=by, agent="ana")
        yield opened


@pytest.fixture
def stranger(pipeline: Pipeline) -> Iterator[TestClient]:
    with TestClient(create_app(pipeline), headers=PAGE, follow_redirects=False) as client:
        yield client
    with pipeline.begin() as connection:
        for _ in range(throttle.FREE["address"]):
            throttle.forgive(connection, name="ana", address="testclient")


def logged_in(client: TestClient, *, password: str = SAID, to: str = "/", name: str = "ana"):
    csrf = form_token_in(client.get("/login", params={"to": to}).text)
    form = {"name": name, "password": password, "to": to, "csrf": csrf}
    return client.post("/login", data=form)


def test_a_page_leads_to_the_login_and_back(stranger: TestClient) -> None:
    away = stranger.get("/cases?status=all")
    assert away.headers["location"] == "/login?to=%2Fcases%3Fstatus%3Dall"
    asked = stranger.get(away.headers["location"])
    assert 'name="to" value="/cases?status=all"' in asked.text
    assert "Acme" not in asked.text
    answer = logged_in(stranger, to="/cases?status=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases?status=all")
    assert "me (ana)" in stranger.get("/cases?status=all").text
    assert stranger.get("/login").headers["location"] == "/"


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_login_leads_nowhere_else(stranger: TestClient, to: str) -> None:
    assert logged_in(stranger, to=to).headers["location"] == "/"


def test_a_script_is_told_that_nobody_is_logged_in(stranger: TestClient) -> None:
    answer = stranger.get("/search/lint?q=acme", headers={"Accept": "*/*"})
    assert answer.status_code == 401
    assert "<" not in answer.text


def test_a_link_from_a_chat_is_opened_though_the_cookie_did_not_come(stranger: TestClient) -> None:
    page = stranger.get("/cases/1?template=a%22b", headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 200
    assert 'content="0; url=/cases/1?template=a%22b"' in page.text
    assert stranger.get("/cases/1", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_wrong_names_and_wrong_passwords_are_answered_alike(stranger: TestClient) -> None:
    pages = [logged_in(stranger, name=name, password="x").text for name in ("ana", "bob")]
    plain = [re.sub(r'value="[^"]*"|<time.*?</time>', "", page) for page in pages]
    assert plain[0] == plain[1]
    assert "Name or password is wrong." in plain[0]


def test_who_guesses_is_asked_to_wait(stranger: TestClient) -> None:
    answers = [logged_in(stranger, password="x") for _ in range(throttle.FREE["name"] + 1)]
    assert [one.status_code for one in answers] == [403] * throttle.FREE["name"] + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "Please wait" in answers[-1].text


def test_the_form_of_another_browser_logs_nobody_in(stranger: TestClient) -> None:
    stranger.get("/login")
    form = {"name": "ana", "password": SAID, "csrf": "0" * 64}
    answer = stranger.post("/login", data=form)
    assert answer.status_code == 403
    assert stranger.get("/").status_code == 303


def test_the_cookie_of_a_session_is_for_us_alone(stranger: TestClient) -> None:
    cookie = logged_in(stranger).headers.get_list("set-cookie")[0].lower()
    assert cookie.startswith("untagged_session=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert "max-age" not in cookie


def test_behind_a_proxy_with_tls_the_cookie_is_secure(pipeline: Pipeline) -> None:
    behind = {**PAGE, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    for peer, prefix in (("127.0.0.1", "__Host-"), ("10.0.0.1", "")):
        app = create_app(pipeline)
        with TestClient(app, headers=behind, client=(peer, 1)) as client:
            cookie = client.get("/login").headers["set-cookie"]
        assert cookie.startswith(f"{prefix}untagged_visit=")
        assert ("; Secure" in cookie) == (peer == "127.0.0.1")


def test_a_login_is_a_new_session_and_logging_out_ends_it(stranger: TestClient) -> None:
    logged_in(stranger)
    first = stranger.cookies["untagged_session"]
    csrf = form_token_in(stranger.get("/account").text)
    assert stranger.post("/logout", data={"csrf": csrf}).headers["location"] == "/login"
    assert "untagged_session" not in stranger.cookies
    stranger.cookies.set("untagged_session", first, domain=DOMAIN)
    assert stranger.get("/").status_code == 303
    stranger.cookies.clear()
    logged_in(stranger)
    assert stranger.cookies["untagged_session"] != first


PAGES = ["/", "/cases", "/cases/1", "/alerts", "/alerts/1", "/silences", "/rules", "/rules/try"]


@pytest.mark.parametrize("path", [*PAGES, "/account", "/incidents", "/outbox"])
def test_each_form_of_each_page_carries_the_token_once(pipeline: Pipeline, path: str) -> None:
    client = entered(pipeline, name="ana")
    page = client.get(path).text
    forms = re.findall(r"<form\b.*?</form>", page, re.DOTALL)
    posting = [form for form in forms if 'method="post"' in form]
    assert posting
    for form in forms:
        assert form.count('name="csrf"') == (form in posting), form
    assert len(page) < 150_000
    assert not re.search(r"\sstyle=|<script(?! src=)", page)


@pytest.mark.parametrize("sent", [{}, {"X-CSRF-Token": "0" * 64}])
def test_a_change_without_the_token_changes_nothing(
    pipeline: Pipeline, sent: dict[str, str]
) -> None:
    client = entered(pipeline, name="ana")
    del client.headers["X-CSRF-Token"]
    answer = client.post("/cases/1", data={"do": "note", "text": "x", "version": "1"}, headers=sent)
    assert answer.status_code == 403
    assert "made before you logged in" in answer.text


def test_the_token_of_a_form_is_as_good_as_the_header(pipeline: Pipeline) -> None:
    client = entered(pipeline, name="ana")
    csrf = client.headers.pop("X-CSRF-Token")
    said = {"full_name": "Ana <b>A</b>", "zone": "Europe/Berlin", "csrf": csrf}
    assert client.post("/account", data=said).status_code == 200
    page = client.get("/account").text
    assert "Ana &lt;b&gt;A&lt;/b&gt;" in page
    assert '<html lang="en" dir="ltr" data-zone="Europe/Berlin">' in page


def test_a_zone_that_there_is_not_is_refused(pipeline: Pipeline) -> None:
    answer = entered(pipeline, name="ana").post("/account", data={"zone": "Mars/Olympus"})
    assert "no time zone" in answer.text


def test_pages_are_kept_by_no_cache_and_framed_by_nobody(pipeline: Pipeline) -> None:
    client = entered(pipeline, name="ana")
    for path in ("/", "/cases/1", "/account", "/login"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    chart = client.get("/brands/Acme/volume.svg?days=1")
    assert chart.headers["cache-control"] == "private, max-age=60"
    assert "no-store" not in client.get("/static/cockpit.css").headers.get("cache-control", "")


def test_a_password_is_changed_and_other_browsers_are_logged_out(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pipeline.begin() as connection:
        by = By("a test", NOW)
        book.add_user(connection, "ben", role="agent", password=SAID, by=by)
    here, there = entered(pipeline, name="ben"), entered(pipeline, name="ben")
    new = "four walls of glass"

    def change(old: str, first: str, again: str):
        form = {"old": old, "new": first, "again": again}
        return here.post("/account/password", data=form)

    assert "in two ways" in change(SAID, new, "another").text
    assert "old password is wrong" in change("no", new, new).text
    assert "at least 12" in change(SAID, "short", "short").text
    before = here.cookies["untagged_session"]
    assert "My account" in change(SAID, new, new).text
    assert here.cookies["untagged_session"] != before
    assert here.get("/account").status_code == 200
    assert there.get("/account", headers=PAGE).url.path == "/login"
    with pipeline.read() as connection:
        kept = book.hash_of(connection, book.named_user(connection, "ben").id)
    assert passwords.is_right(new, kept)


def test_one_browser_ends_another_and_none_of_somebody_else(pipeline: Pipeline) -> None:
    with pipeline.begin() as connection:
        book.add_user(connection, "cem", role="agent", by=By("a test", NOW))
    here, there, other = (entered(pipeline, name=name) for name in ("cem", "cem", "ana"))
    numbers = re.findall(r"/account/sessions/(\d+)/end", here.get("/account").text)
    assert len(numbers) == 1
    other.post(f"/account/sessions/{numbers[0]}/end")
    assert there.get("/account", headers=PAGE).url.path == "/account"
    here.post(f"/account/sessions/{numbers[0]}/end")
    assert there.get("/account", headers=PAGE).url.path == "/login"


def test_who_is_disabled_is_out_at_once(pipeline: Pipeline) -> None:
    client = entered(pipeline, name="dora", role="viewer")
    assert client.get("/account").status_code == 200
    with pipeline.begin() as connection:
        user = book.named_user(connection, "dora")
        book.disable(connection, user, by=By("a test", NOW))
    assert client.get("/account", headers=PAGE).url.path == "/login"


def test_a_cockpit_without_users_says_how_to_make_one(tmp_path_factory) -> None:
    with (
        open_pipeline(settings_file(tmp_path_factory.mktemp("nobody"))) as opened,
        TestClient(create_app(opened)) as client,
    ):
        assert "untagged users add NAME --role admin" in client.get("/login").text
