"""An admin makes a program's token on a user's page; it is seen once and can be taken back."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.untagged.entered import entered
from tests.untagged.world import settings_file
from untagged.accounts import book, tokens
from untagged.accounts.user import User
from untagged.pipeline import Pipeline
from untagged.web.app import create_app
from untagged.wiring import open_pipeline


@pytest.fixture
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"))) as opened:
        entered(opened, name="lena", role="lead")
        yield opened


@pytest.fixture
def admin(pipeline: Pipeline) -> TestClient:
    return entered(pipeline)


def lena(pipeline: Pipeline) -> User:
    with pipeline.read() as connection:
        return book.named_user(connection, "lena")


def made(admin: TestClient, number: int, **form: object) -> str:
    sent = {"label": "the wall", "may": ["look"], **form}
    answer = admin.post(f"/admin/users/{number}/tokens", data=sent)
    found = re.search(r"untagged_[\w-]+", answer.text)
    assert found, answer.text
    return found[0]


def asks(pipeline: Pipeline, token: str) -> int:
    client = TestClient(create_app(pipeline))
    answer = client.get("/api/v1/alerts", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


def test_a_token_is_shown_once_works_and_is_taken_back(
    pipeline: Pipeline, admin: TestClient
) -> None:
    number = lena(pipeline).id
    token = made(admin, number, label="<i>the wall</i>")
    page = admin.get(f"/admin/users/{number}").text
    assert token not in page
    assert "&lt;i&gt;the wall&lt;/i&gt;" in page
    assert asks(pipeline, token) == 200
    with pipeline.read() as connection:
        (kept,) = tokens.tokens_of(connection, number)
    assert kept.may == {"look"}
    admin.post(f"/admin/users/{number}/tokens/{kept.id}/revoke")
    assert asks(pipeline, token) == 401
    with pipeline.read() as connection:
        assert tokens.tokens_of(connection, number) == []


def test_a_token_gives_no_more_than_the_role_and_at_least_one_thing(
    pipeline: Pipeline, admin: TestClient
) -> None:
    path = f"/admin/users/{lena(pipeline).id}/tokens"
    beyond = admin.post(path, data={"label": "x", "may": ["administer"]})
    assert "does not grant administer" in beyond.text
    nothing = admin.post(path, data={"label": "x"})
    assert "at least one" in nothing.text
    unnamed = admin.post(path, data={"may": ["look"]})
    assert "what the token is for" in unnamed.text
    with pipeline.read() as connection:
        assert tokens.tokens_of(connection, lena(pipeline).id) == []


def test_a_token_is_not_taken_back_on_another_user_s_page(
    pipeline: Pipeline, admin: TestClient
) -> None:
    token = made(admin, lena(pipeline).id)
    with pipeline.read() as connection:
        (kept,) = tokens.tokens_of(connection, lena(pipeline).id)
        other = book.named_user(connection, "tester").id
    assert admin.post(f"/admin/users/{other}/tokens/{kept.id}/revoke").status_code == 404
    assert asks(pipeline, token) == 200
