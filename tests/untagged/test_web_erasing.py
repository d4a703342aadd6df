"""The erasure page: it looks, asks once more, erases, and says by whom it was done."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from mentions.errors import StoreError
from tests.untagged.entered import entered
from tests.untagged.world import import_rows, post, settings_file
from untagged import erasing
from untagged.accounts import book, tokens
from untagged.accounts.book import By
from untagged.accounts.trail import Line, trail
from untagged.erasing import Found, Wanted
from untagged.pipeline import Pipeline
from untagged.web.doors import FORM_HEADER
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOSTILE = "<script>alert('x')</script>"
ADA = {"handle": "Ada_L", "name": "Countess", "id": "4711"}
ROWS = [
    post(1, "Acme lost the violin, worst service ever", NOW, author=ADA),
    post(2, "@acme where is my refund?", NOW, author={"handle": "eve"}),
    post(3, "Acme again", NOW, author={"handle": HOSTILE, "name": HOSTILE}),
    post(4, "Acme here", NOW, author={"handle": "bo"}),
    post(5, "Acme there", NOW, author={"handle": "bo"}, platform="x"),
]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path)) as opened:
        opened.import_file(import_rows(tmp_path, ROWS), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        yield opened


@pytest.fixture
def boss(pipeline: Pipeline) -> Iterator[TestClient]:
    client = entered(pipeline, name="boss")
    yield client
    done(client)


def done(client: TestClient) -> None:
    """Wait until nothing runs beside the cockpit."""
    assert isinstance(client.app, FastAPI)
    client.app.state.erasures.close()


def looked(boss: TestClient, author: str, **more: str) -> Response:
    answer = boss.post("/admin/erase", data={"author": author, **more})
    done(boss)
    return boss.get(answer.url)


def said_again(boss: TestClient, page: Response, again: str) -> Response:
    answer = boss.post(str(page.url), data={"again": again})
    done(boss)
    return answer


def erasings(pipeline: Pipeline) -> list[Line]:
    with pipeline.read() as connection:
        return [one for one in trail(connection) if one.action == "erasing an author"]


def test_to_look_shows_what_there_is_and_changes_nothing(
    pipeline: Pipeline, boss: TestClient
) -> None:
    page = looked(boss, "@ada_l")
    assert "ada_l" not in str(page.url)
    for said in ("4711", "Countess", "1 mentions", "1 lines in 1 batches", "notes of colleagues"):
        assert said in page.text
    assert "Write the name once more" in page.text
    assert pipeline.store.get("import:1")
    assert erasings(pipeline) == []


def test_the_name_once_more_erases_and_the_trail_says_by_whom(
    pipeline: Pipeline, boss: TestClient
) -> None:
    page = looked(boss, "@ada_l")
    refused = said_again(boss, page, "eve")
    assert refused.status_code == 400
    assert "Nothing was erased" in refused.text
    assert pipeline.store.get("import:1")
    said_again(boss, page, " ada_l ")
    assert "Erased." in boss.get(page.url).text
    assert pipeline.store.get("import:1") is None
    assert pipeline.store.get("import:2")
    assert not erasing.found(pipeline, Wanted("ada_l")).is_anything
    (line,) = erasings(pipeline)
    assert (line.actor, line.detail) == ("boss", {"posts": 1, "journal_lines": 1})
    assert line.address
    assert said_again(boss, page, "ada_l").status_code == 409
    assert len(erasings(pipeline)) == 1


def test_a_name_on_two_platforms_is_erased_on_one_at_a_time(
    pipeline: Pipeline, boss: TestClient
) -> None:
    page = looked(boss, "bo")
    assert "one platform at a time" in page.text
    assert said_again(boss, page, "bo").status_code == 409
    assert pipeline.store.get("import:4")
    said_again(boss, looked(boss, "bo", platform="x"), "bo")
    assert pipeline.store.get("import:5") is None
    assert pipeline.store.get("import:4")


@pytest.mark.parametrize(("author", "status"), [("", 400), (" @ ", 400), ("x" * 501, 422)])
def test_nobody_is_no_author(boss: TestClient, author: str, status: int) -> None:
    assert boss.post("/admin/erase", data={"author": author}).status_code == status


def test_who_is_not_here_cannot_be_erased(pipeline: Pipeline, boss: TestClient) -> None:
    page = looked(boss, "zoe")
    assert "Nothing by them is here" in page.text
    assert said_again(boss, page, "zoe").status_code == 409


def test_what_an_author_is_called_is_text(boss: TestClient) -> None:
    page = looked(boss, HOSTILE)
    assert "1 mentions" in page.text
    assert HOSTILE not in page.text
    assert "&lt;script&gt;" in page.text


def test_the_cockpit_answers_while_it_looks_and_looks_once_at_a_time(
    boss: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()

    def slow(_pipeline: Pipeline, wanted: Wanted) -> Found:
        go_on.wait()
        return Found(wanted)

    monkeypatch.setattr(erasing, "found", slow)
    try:
        page = boss.post("/admin/erase", data={"author": "ada_l"})
        assert "Looking" in page.text
        assert 'http-equiv="refresh"' in page.text
        assert boss.post(str(page.url), data={"again": "ada_l"}).status_code == 409
        second = boss.post("/admin/erase", data={"author": "eve"})
        assert (second.status_code, "another erasure is running" in second.text) == (409, True)
    finally:
        go_on.set()
    done(boss)
    assert "Nothing by them" in boss.get(page.url).text


def test_what_stops_it_is_told_and_it_is_done_once_more(
    pipeline: Pipeline, boss: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise StoreError("the store is away")

    page = looked(boss, "ada_l")
    with monkeypatch.context() as patched:
        patched.setattr(pipeline.store, "delete", away)
        said_again(boss, page, "ada_l")
    assert "It stopped: the store is away" in boss.get(page.url).text
    said_again(boss, looked(boss, "ada_l"), "ada_l")
    assert pipeline.store.get("import:1") is None


def test_a_forged_form_and_a_token_of_the_api_erase_nobody(
    pipeline: Pipeline, boss: TestClient
) -> None:
    page, form = looked(boss, "ada_l"), {"again": "ada_l"}
    forged = boss.post(str(page.url), data=form, headers={FORM_HEADER: "x"})
    by, ends = By("boss", NOW), NOW + timedelta(days=1)
    with pipeline.begin() as connection:
        admin = book.named_user(connection, "boss")
        token = tokens.make_token(
            connection, admin, label="x", may=["administer"], ends_at=ends, by=by
        )
    bearer = {"Authorization": f"Bearer {token}"}
    shown = boss.post(str(page.url), data=form, headers=bearer)
    done(boss)
    assert (forged.status_code, shown.status_code) == (403, 403)
    assert pipeline.store.get("import:1")


def test_how_long_things_are_kept_is_what_the_settings_say(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path / "b", more="keep_days: 77\n")) as opened:
        page = entered(opened).get("/admin/erase").text
    assert "collected: 77 days" in page
