"""An admin sees who did what with cases, alerts, incidents and the routing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from cases import desk
from tests.untagged.entered import entered
from tests.untagged.incident_world import crisis, decide
from tests.untagged.world import import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.web import trails
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as opened:
        rows = [post(1, "Acme lost my bag, worst service ever, where is it?", NOW - HOUR)]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        decide(opened, crisis(NOW, NOW - HOUR, brand="Acme", key="crisis"), now=NOW)
        with opened.begin() as connection:
            desk.prioritise(connection, 1, priority="urgent", now=NOW, actor="<b>ana</b>")
            desk.prioritise(connection, 1, priority="low", now=NOW, actor="ben")
        yield opened


@pytest.fixture
def admin(pipeline: Pipeline) -> TestClient:
    return entered(pipeline)


def test_a_case_s_change_is_told_with_what_it_was(admin: TestClient) -> None:
    page = admin.get("/admin/audit/cases").text
    assert "priority: urgent → low" in page
    assert 'href="/cases/1"' in page
    assert "&lt;b&gt;ana&lt;/b&gt;" in page
    assert "<b>ana" not in page


def test_a_trail_of_one_person_has_nobody_else(admin: TestClient) -> None:
    page = admin.get("/admin/audit/cases", params={"who": "ben"}).text
    assert "priority: urgent → low" in page
    assert "ana" not in page


def test_what_happened_by_itself_is_told_when_asked(admin: TestClient) -> None:
    assert "opened" not in admin.get("/admin/audit/cases").text
    assert "opened" in admin.get("/admin/audit/cases", params={"itself": "true"}).text
    assert "opened" in admin.get("/admin/audit/cases", params={"who": "untagged"}).text


def test_alerts_incidents_and_routing_have_theirs(admin: TestClient) -> None:
    admin.post("/alerts/1", data={"do": "acknowledge", "text": "on it"})
    alerts = admin.get("/admin/audit/alerts").text
    assert "acknowledged" in alerts
    assert "on it" in alerts
    assert 'href="/incidents/1"' in admin.get("/admin/audit/incidents?itself=true").text
    assert admin.get("/admin/audit/routing").status_code == 200


def test_a_trail_goes_on_where_the_page_before_ended(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trails, "LINES", 1)
    first = admin.get("/admin/audit/cases").text
    assert "urgent → low" in first
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = admin.get(older.replace("&amp;", "&")).text
    assert "→ urgent" in second
    assert "urgent → low" not in second
    assert "Newest" in second


def test_an_unknown_trail_is_not_there(admin: TestClient) -> None:
    answer = admin.get("/admin/audit/mail")
    assert answer.status_code == 404
    assert "cases, alerts, incidents, routing" in answer.text
