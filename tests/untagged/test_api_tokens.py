"""Programs use the API with a token, for what it gives and within its user's brands and teams."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cases import desk
from mentions.errors import UntaggedError
from tests.untagged.entered import entered
from tests.untagged.test_cli_users import config, users  # noqa: F401  # a fixture
from tests.untagged.test_web_scopes import numbers, pipeline  # noqa: F401  # a fixture
from untagged.accounts import book, tokens
from untagged.accounts.book import By
from untagged.accounts.roles import Permission
from untagged.accounts.trail import trail
from untagged.pipeline import Pipeline
from untagged.web.app import create_app
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
BY = By("a test", NOW)
ALL: tuple[Permission, ...] = ("look", "work", "acknowledge")


def program(
    opened: Pipeline, name: str, *may: Permission, ends_at: datetime = NOW + timedelta(hours=1)
) -> TestClient:
    """A client that shows a token of the user, who is an agent of a brand's team."""
    with opened.begin() as connection:
        user = book.find_user(connection, name) or book.add_user(
            connection, name, role="agent", by=BY, agent="ana", brands=("Acme",)
        )
        by = By("a test", min(NOW, ends_at - timedelta(seconds=1)))
        made = tokens.make_token(connection, user, label="x", may=may, ends_at=ends_at, by=by)
    client = TestClient(create_app(opened), base_url="http://testserver/api/v1")
    client.headers["Authorization"] = f"Bearer {made}"
    return client


@pytest.fixture
def api(pipeline: Pipeline) -> Iterator[TestClient]:  # noqa: F811  # the fixture
    with program(pipeline, "robot", *ALL) as client:
        yield client


def items(client: TestClient, path: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path, params=asked).json()["items"]
    return found


def test_without_a_token_the_api_answers_nothing(pipeline: Pipeline) -> None:  # noqa: F811
    client = TestClient(create_app(pipeline), base_url="http://testserver/api/v1")
    for said in ({}, {"Authorization": "Bearer untagged_guess"}, {"Authorization": "Basic eDp5"}):
        for path in ("cases", "mentions", "alerts/1", "brands"):
            answer = client.get(path, headers=said)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("openapi.json").status_code == 200


def test_a_token_gives_what_it_says_and_no_more(pipeline: Pipeline) -> None:  # noqa: F811
    known = numbers(pipeline, "cases")
    looks = program(pipeline, "robot", "look")
    assert looks.get("cases").status_code == 200
    refused = looks.post(f"cases/{known['Acme']}/notes", json={"text": "hello"})
    assert refused.status_code == 403
    assert "Your token may not" in refused.json()["detail"]
    works = program(pipeline, "robot", "look", "work")
    assert works.post(f"cases/{known['Acme']}/notes", json={"text": "hello"}).status_code == 200
    with pipeline.read() as connection:
        note = desk.show_case(connection, known["Acme"]).notes[-1]
    assert note.author == "ana"


@pytest.mark.parametrize(
    "path",
    ["cases?status=open", "alerts?status=all", "incidents?status=all", "mentions", "brands"],
)
def test_listings_hold_what_is_seen(api: TestClient, path: str) -> None:
    found = json.dumps(api.get(path).json())
    assert "Acme" in found
    assert "Bolt" not in found


def test_what_is_not_seen_is_not_there(api: TestClient, pipeline: Pipeline) -> None:  # noqa: F811
    for what in ("cases", "alerts", "incidents"):
        known = numbers(pipeline, what)
        assert api.get(f"{what}/{known['Acme']}").status_code == 200
        assert api.get(f"{what}/{known['Bolt Bank']}").status_code == 404
    assert api.get("mentions/import:1").status_code == 200
    assert api.get("mentions/import:2").status_code == 404
    assert "Bolt" not in api.get("spikes", params={"brand": "Nobody"}).json()["detail"]
    counted = api.get("series", params={"by": "lang", "bucket": "1h"}).json()
    assert (sum(counted["mentions"]), counted["split"].keys()) == (1, {"en"})
    own, other = (numbers(pipeline, "cases")[brand] for brand in ("Acme", "Bolt Bank"))
    assert api.post(f"cases/{own}/merge", json={"into": other}).status_code == 404


def test_a_case_is_taken_for_nobody_else(api: TestClient, pipeline: Pipeline) -> None:  # noqa: F811
    number = numbers(pipeline, "cases")["Acme"]
    api.post(f"cases/{number}/release")
    assert api.post(f"cases/{number}/claim", json={"agent": "ben"}).status_code == 403
    assert api.post(f"cases/{number}/claim", json={"agent": "ana"}).json()["agent"] == "ana"


def test_a_token_ends(pipeline: Pipeline) -> None:  # noqa: F811  # the fixture
    over = program(pipeline, "robot", "look", ends_at=NOW - timedelta(seconds=1))
    assert over.get("cases").status_code == 401
    client = program(pipeline, "another robot", "look")
    with pipeline.begin() as connection:
        user = book.named_user(connection, "another robot")
        (token,) = tokens.tokens_of(connection, user.id)
        tokens.revoke(connection, token.id, by=BY)
        assert [line.action for line in trail(connection, user_id=user.id)] == [
            *("token revoked", "token made", "added"),
        ]
    assert client.get("cases").status_code == 401
    client = program(pipeline, "another robot", "look")
    with pipeline.begin() as connection:
        book.disable(connection, book.named_user(connection, "another robot"), by=BY)
    assert client.get("cases").status_code == 401


def test_what_only_people_do_needs_a_login(pipeline: Pipeline) -> None:  # noqa: F811
    client = program(pipeline, "robot", "look")
    client.base_url = "http://testserver"
    assert client.get("/account").status_code == 403
    assert client.post("/account/password", data={"old": "x"}).status_code == 403


def test_a_page_may_use_the_api_in_its_session(pipeline: Pipeline) -> None:  # noqa: F811
    client = entered(pipeline, name="lena", role="lead", below="/api/v1")
    number = numbers(pipeline, "cases")["Acme"]
    assert client.post(f"cases/{number}/notes", json={"text": "x"}).status_code == 200
    del client.headers["X-CSRF-Token"]
    assert client.post(f"cases/{number}/notes", json={"text": "x"}).status_code == 403


def test_a_token_is_made_shown_once_and_revoked_by_command(config) -> None:  # noqa: F811
    users(config, "add", "robot", "--role", "lead", "--no-password")
    options = ("--for", "a dashboard", "--may", "look", "--may", "export", "--lasts", "7d")
    made = users(config, "token", "robot", *options).stdout.strip()
    said = users(config, "tokens", "robot", "--json").stdout
    assert made.startswith(tokens.PREFIX)
    assert made not in said
    assert json.loads(said)["may"] == ["export", "look"]
    with open_pipeline(config) as opened, opened.read() as connection:
        found = tokens.token_of(connection, made, now=datetime.now(UTC))
    assert found is not None
    with pytest.raises(UntaggedError, match="does not grant administer"):
        users(config, "token", "robot", "--for", "x", "--may", "administer")
    users(config, "revoke", str(found.id))
    assert users(config, "tokens", "robot", "--json").stdout == ""
