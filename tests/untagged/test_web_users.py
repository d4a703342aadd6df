"""The users page: admins add and change users there, and nobody else does."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from tests.untagged.entered import entered
from tests.untagged.world import settings_file
from untagged.accounts import book, passwords, tokens
from untagged.accounts.book import By
from untagged.accounts.roles import ROLES
from untagged.accounts.trail import trail
from untagged.accounts.user import User
from untagged.pipeline import Pipeline
from untagged.web.doors import FORM_HEADER
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path)) as opened:
        yield opened


@pytest.fixture
def boss(pipeline: Pipeline) -> TestClient:
    return entered(pipeline, name="boss")


def user(pipeline: Pipeline, name: str) -> User:
    with pipeline.read() as connection:
        return book.named_user(connection, name)


def shown_password(answer: Response) -> str:
    found = re.search(r"<code>([a-z-]+)</code>", answer.text)
    assert found, answer.text
    return found[1]


def is_right(pipeline: Pipeline, name: str, password: str) -> bool:
    with pipeline.read() as connection:
        return passwords.is_right(password, book.hash_of(connection, user(pipeline, name).id))


def changed(boss: TestClient, number: int, what: str, **form: object) -> Response:
    return boss.post(f"/admin/users/{number}/{what}", data=form)


def test_the_password_of_a_new_user_is_shown_once_and_nowhere_else(
    pipeline: Pipeline, boss: TestClient
) -> None:
    form = {"name": "Ana", "role": "lead", "full_name": "Ana A.", "brand": ["Acme"]}
    answer = boss.post("/admin/users", data=form)
    password = shown_password(answer)
    assert is_right(pipeline, "ana", password)
    ana = user(pipeline, "ana")
    assert (ana.role, ana.agent, ana.brands, ana.must_change) == ("lead", "ana", ("Acme",), True)
    assert answer.headers["cache-control"] == "no-store"
    assert password not in str(answer.url)
    with pipeline.read() as connection:
        (line, *_) = trail(connection)
    assert (line.actor, line.action, line.user) == ("boss", "added", "ana")
    assert line.address
    assert password not in str(line)
    for path in ("/admin/users", f"/admin/users/{ana.id}"):
        page = boss.get(path).text
        assert "Ana A." in page
        assert password not in page


def test_who_comes_by_a_proxy_gets_no_password(pipeline: Pipeline, boss: TestClient) -> None:
    form = {"name": "cem", "role": "agent", "agent": "farah", "no_password": "true"}
    assert "<code>" not in boss.post("/admin/users", data=form).text
    assert (user(pipeline, "cem").has_password, user(pipeline, "cem").agent) == (False, "farah")


def test_everything_about_a_user_is_changed_by_who_is_logged_in(
    pipeline: Pipeline, boss: TestClient
) -> None:
    theirs = entered(pipeline, name="ana", role="agent", agent="ana")
    number = user(pipeline, "ana").id
    changed(boss, number, "scope", brand=["Acme"], team=["care"], agent="ben")
    ana = user(pipeline, "ana")
    assert (ana.brands, ana.teams, ana.agent) == (("Acme",), ("care",), "ben")
    assert theirs.get("/cases").status_code == 200
    changed(boss, number, "sessions/end")
    assert theirs.get("/cases").status_code == 401
    changed(boss, number, "role", role="viewer")
    changed(boss, number, "disable")
    assert user(pipeline, "ana").is_disabled
    assert "disabled" in boss.get("/admin/users").text
    changed(boss, number, "enable")
    assert is_right(pipeline, "ana", shown_password(changed(boss, number, "password")))
    with pipeline.read() as connection:
        lines = trail(connection, user_id=number)
    assert [one.action for one in lines if one.actor == "boss"] == [
        *("password", "enabled", "disabled", "role", "sessions ended", "scope", "agent"),
    ]


def test_the_last_admin_stays_one(pipeline: Pipeline, boss: TestClient) -> None:
    number = user(pipeline, "boss").id
    for answer in (changed(boss, number, "disable"), changed(boss, number, "role", role="lead")):
        assert answer.status_code == 409
        assert "boss is the only admin" in answer.text
    assert user(pipeline, "boss").role == "admin"


def test_ones_own_password_is_changed_where_the_old_one_is_asked(
    pipeline: Pipeline, boss: TestClient
) -> None:
    answer = changed(boss, user(pipeline, "boss").id, "password")
    assert answer.status_code == 403
    assert "My account" in answer.text


def test_a_brand_that_the_settings_lost_is_not_untied_by_saving(
    pipeline: Pipeline, boss: TestClient
) -> None:
    # Whoever has no brand left sees all of them.
    entered(pipeline, name="ana", role="lead", brands=("Gone",))
    number = user(pipeline, "ana").id
    assert 'value="Gone" checked' in boss.get(f"/admin/users/{number}").text
    answer = changed(boss, number, "scope", brand=["Gone"])
    assert answer.status_code == 400
    assert "there is no &#39;Gone&#39;" in answer.text
    assert user(pipeline, "ana").brands == ("Gone",)


def test_what_a_user_is_called_is_text(pipeline: Pipeline, boss: TestClient) -> None:
    form = {"name": "<b>&amp;</b>", "role": "viewer", "full_name": HOSTILE}
    made = boss.post("/admin/users", data=form)
    number = user(pipeline, "<b>&amp;</b>").id
    pages = [made, boss.get("/admin/users"), boss.get(f"/admin/users/{number}")]
    for page in pages:
        assert page.status_code == 200
        assert HOSTILE not in page.text
        assert "<b>" not in page.text
        assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in page.text


@pytest.mark.parametrize("role", ROLES)
def test_only_admins_are_led_to_the_pages(pipeline: Pipeline, role: str) -> None:
    client = entered(pipeline, name="somebody", role=role)
    assert ('href="/admin/users"' in client.get("/").text) == (role == "admin")
    assert client.get("/admin/users").status_code == (200 if role == "admin" else 403)


def test_an_admin_of_some_brands_has_no_part_in_it(pipeline: Pipeline) -> None:
    client = entered(pipeline, name="of acme", role="admin", brands=("Acme",))
    assert 'href="/admin/users"' not in client.get("/").text
    form = {"name": "mole", "role": "admin"}
    assert client.post("/admin/users", data=form).status_code == 403


def test_a_forged_form_and_a_token_of_the_api_change_nothing(
    pipeline: Pipeline, boss: TestClient
) -> None:
    form = {"name": "mole", "role": "admin"}
    assert boss.post("/admin/users", data=form, headers={FORM_HEADER: "x"}).status_code == 403
    by, ends = By("boss", NOW), NOW.replace(year=NOW.year + 1)
    with pipeline.begin() as connection:
        admin = book.named_user(connection, "boss")
        token = tokens.make_token(
            connection, admin, label="x", may=["administer"], ends_at=ends, by=by
        )
    headers = {"Authorization": f"Bearer {token}"}
    assert boss.post("/admin/users", data=form, headers=headers).status_code == 403
    with pipeline.read() as connection:
        assert book.find_user(connection, "mole") is None
