"""A proxy says who somebody is: from its address alone, and of users there are."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from tests.untagged.world import settings_file
from untagged.accounts import book
from untagged.accounts.book import By
from untagged.accounts.trail import trail
from untagged.pipeline import Pipeline
from untagged.web.app import create_app
from untagged.wiring import open_pipeline

MORE = "login: {header: {name: X-Forwarded-User, trusted: [10.1.0.0/16]}}\n"
PROXY, OTHER = "10.1.2.3", "127.0.0.1"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"), more=MORE)) as opened:
        by = By("a test", datetime.now(UTC))
        with opened.begin() as connection:
            for name in ("ana", "ben", "gone"):
                book.add_user(connection, name, role="lead", by=by)
            book.disable(connection, book.named_user(connection, "gone"), by=by)
        yield opened


def browser(pipeline: Pipeline, peer: str, *names: str) -> TestClient:
    """Behind the peer, which sends the headers that a browser or it itself wrote."""
    client = TestClient(create_app(pipeline), client=(peer, 1))
    client.headers = [("Accept", "text/html"), *(("X-Forwarded-User", name) for name in names)]
    return client


def test_the_proxy_logs_in_whom_it_names(pipeline: Pipeline) -> None:
    page = browser(pipeline, PROXY, "Ana").get("/cases?status=all")
    assert (page.status_code, str(page.url.path)) == (200, "/cases")
    assert "me (ana)" in page.text
    with pipeline.read() as connection:
        line = trail(connection)[0]
    assert (line.action, line.user, line.detail) == ("logged in", "ana", {"how": "header"})


def test_nobody_else_is_believed(pipeline: Pipeline) -> None:
    page = browser(pipeline, OTHER, "ana").get("/cases")
    assert (page.status_code, page.url.path) == (403, "/login")
    assert "127.0.0.1, whose word is not taken" in page.text


def test_an_address_that_a_browser_claims_is_not_the_peer(pipeline: Pipeline) -> None:
    client = browser(pipeline, OTHER, "ana")
    client.headers["X-Forwarded-For"] = PROXY
    assert client.get("/cases").status_code == 403


@pytest.mark.parametrize("names", [("ana", "ben"), ("nobody",), ("gone",), (" ",)])
def test_who_is_not_one_known_user_is_out(pipeline: Pipeline, names: tuple[str, ...]) -> None:
    page = browser(pipeline, PROXY, *names).get("/cases")
    assert page.status_code == 403
    assert 'role="alert"' in page.text


def test_another_person_at_the_same_browser_gets_a_session_of_their_own(
    pipeline: Pipeline,
) -> None:
    client = browser(pipeline, PROXY, "ana")
    assert "me (ana)" in client.get("/cases").text
    client.headers["X-Forwarded-User"] = "ben"
    assert "me (ben)" in client.get("/cases").text


def test_without_the_header_there_is_the_form(pipeline: Pipeline) -> None:
    page = browser(pipeline, PROXY).get("/cases")
    assert (page.status_code, page.url.path) == (200, "/login")
