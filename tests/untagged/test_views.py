"""Saved views: one's own or shared, with what is new in them since they were last opened."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection
from typer.testing import CliRunner

from mentions.errors import Conflict, NotFound, UntaggedError
from tests.untagged.entered import entered, work_as
from tests.untagged.world import HOUR, NOON, mention, settings_file
from untagged import views
from untagged.cli import app
from untagged.views import View
from untagged.wiring import open_database, open_pipeline, scratch_database, transactions

NOW = datetime.now(UTC)
LATE = View("ana", "late ones", "late", period="30d", sort="widest")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    if request.param == "sqlite":
        with scratch_database() as begin, begin() as opened:
            yield opened
        return
    engine = open_database(request.getfixturevalue("postgres_url"))
    try:
        with transactions(engine)() as opened:
            yield opened
    finally:
        engine.dispose()


def names(connection: Connection, who: str) -> list[str]:
    return [one.view.name for one in views.listed(connection, who)]


def test_a_view_is_its_owners_until_it_is_shared(connection: Connection) -> None:
    number = views.save(connection, LATE, now=NOON)
    assert (names(connection, "ana"), names(connection, "ben")) == (["late ones"], [])
    with pytest.raises(NotFound, match="no view 1 for ben"):
        views.get(connection, number, "ben")
    views.share(connection, number, "ana", is_shared=True)
    assert names(connection, "ben") == ["late ones"]
    assert views.named(connection, "late ones", "ben").query == "late"
    views.share(connection, number, "ana", is_shared=False)
    assert names(connection, "ben") == []


def test_only_the_owner_changes_a_shared_view(connection: Connection) -> None:
    number = views.save(connection, View("ana", "a", "late", is_shared=True), now=NOON)
    for change in (
        lambda: views.rename(connection, number, "ben", name="b"),
        lambda: views.share(connection, number, "ben", is_shared=False),
        lambda: views.delete(connection, number, "ben"),
    ):
        with pytest.raises(Conflict, match="'a' is a view of ana, who alone can change it"):
            change()


def test_a_name_is_taken_once_and_is_a_name(connection: Connection) -> None:
    number = views.save(connection, LATE, now=NOON)
    views.save(connection, View("ben", "late ones", "late"), now=NOON)
    with pytest.raises(Conflict, match="ana has a view 'late ones' already"):
        views.save(connection, LATE, now=NOON)
    views.rename(connection, number, "ana", name="late ones")
    views.rename(connection, number, "ana", name="others")
    assert names(connection, "ana") == ["others"]
    for name in ("", "  ", "x" * 101, "two\nlines"):
        with pytest.raises(UntaggedError, match="needs a name"):
            views.save(connection, View("ana", name, "late"), now=NOON)


def test_it_was_seen_when_it_was_made_or_last_opened_by_each(connection: Connection) -> None:
    number = views.save(connection, View("ana", "a", "late", is_shared=True), now=NOON)
    for hour in (1, 2):
        views.open_view(connection, number, "ben", now=NOON + hour * HOUR)
    assert [one.seen_at for one in views.listed(connection, "ana")] == [NOON]
    assert [one.seen_at for one in views.listed(connection, "ben")] == [NOON + 2 * HOUR]
    views.delete(connection, number, "ana")
    assert names(connection, "ben") == []


def test_one_has_so_many_views_and_no_more(connection: Connection) -> None:
    for number in range(views.MAX_VIEWS):
        views.save(connection, View("ana", str(number), "late"), now=NOON)
    with pytest.raises(Conflict, match="delete one first"):
        views.save(connection, LATE, now=NOON)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    with open_pipeline(settings_file(tmp_path)) as pipeline:
        pipeline.store.upsert([mention(n, "late bus", NOW - n * HOUR) for n in range(3)])
        with entered(pipeline) as client:
            work_as(client, "ana")
            yield client


def save(browser: TestClient, **more: str) -> str:
    form = {"name": "<b>late</b>", "q": "late", "period": "30d", "sort": "widest"} | more
    done = browser.post("/search/views", data=form, follow_redirects=False)
    assert done.status_code == 303, done.text
    return done.headers["location"]


def test_a_search_is_kept_and_opened_with_its_dates_and_order(browser: TestClient) -> None:
    assert save(browser) == "/search?q=late&period=30d&sort=widest"
    page = browser.get("/search").text
    assert "&lt;b&gt;late&lt;/b&gt;" in page
    opened = browser.get("/search/views/1", follow_redirects=False)
    assert opened.headers["location"] == "/search?q=late&period=30d&sort=widest"
    assert 'aria-current="true"' in browser.get(opened.headers["location"]).text
    assert 'aria-current="true"' not in page
    dated = save(browser, name="d", period="dates", since="2026-03-01", until="2026-03-02")
    assert dated == "/search?q=late&period=dates&sort=widest&since=2026-03-01&until=2026-03-02"


def test_what_came_since_it_was_opened_is_new(browser: TestClient) -> None:
    save(browser)
    pipeline = browser.app.state.pipeline  # type: ignore[attr-defined]
    later = datetime.now(UTC)
    pipeline.store.upsert([mention(n, "late again", later) for n in (7, 8)])
    assert "<strong>2 new</strong>" in browser.get("/search").text
    browser.get("/search/views/1")
    assert "new</strong>" not in browser.get("/search").text


def test_a_view_is_renamed_shared_and_deleted_on_the_page(browser: TestClient) -> None:
    save(browser, name="first")
    browser.post("/search/views/1", data={"do": "rename", "name": "second"})
    browser.post("/search/views/1", data={"do": "share"})
    work_as(browser, "ben")
    page = browser.get("/search").text
    assert ">second " in page
    assert "by ana" in page
    assert browser.post("/search/views/1", data={"do": "delete"}).status_code == 409
    work_as(browser, "ana")
    browser.post("/search/views/1", data={"do": "delete"})
    assert ">second " not in browser.get("/search").text


@pytest.mark.parametrize(
    ("form", "status"),
    [({"name": " "}, 400), ({"name": "x", "q": "((late"}, 400), ({}, 422)],
)
def test_a_view_that_says_nothing_is_not_kept(
    browser: TestClient, form: dict[str, str], status: int
) -> None:
    assert browser.post("/search/views", data=form).status_code == status


def test_a_view_that_is_not_there_is_said(browser: TestClient) -> None:
    assert browser.get("/search/views/9").status_code == 404
    assert browser.get(f"/search/views/{2**63}").status_code == 422


@pytest.fixture
def typed(tmp_path: Path) -> Callable[..., str]:
    config = settings_file(tmp_path)
    with open_pipeline(config) as pipeline:
        posts = [
            mention(n, "late", NOW - timedelta(days=n), engagement={"likes": n}) for n in (1, 9)
        ]
        pipeline.store.upsert(posts)
        with pipeline.begin() as connection:
            views.save(
                connection, View("ana", "late", "late", period="30d", sort="widest"), now=NOW
            )

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["--config", str(config), "views", *words])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    return run


def test_views_are_listed_and_run_by_command(typed: Callable[..., str]) -> None:
    (listed,) = typed("list", "--as", "ana", "--json").splitlines()
    assert json.loads(listed)["query"] == "late"
    found = [
        json.loads(line) for line in typed("run", "late", "--as", "ana", "--json").splitlines()
    ]
    assert [one["native_id"] for one in found] == ["9", "1"]
    assert typed("list", "--as", "ben", "--json") == ""
