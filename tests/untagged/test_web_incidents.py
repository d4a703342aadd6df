"""The cockpit's pages of a crisis: shown, worked, printed, and afraid of no post."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from alerts.incident_listing import list_incidents, show_incident
from tests.untagged.entered import entered, work_as
from tests.untagged.incident_world import calm, crisis, decide, outcry
from tests.untagged.world import HOUR, MINUTE, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
BEGAN = NOW - 3 * HOUR


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"))) as opened:
        opened.store.upsert([*calm(BEGAN), *outcry(BEGAN)])
        told = BEGAN + 30 * MINUTE
        decide(opened, crisis(told, BEGAN), now=told)
        other = crisis(told, BEGAN, brand="Bolt Bank", key="crisis:crisis:Bolt Bank:negative")
        decide(opened, other, now=told)
        yield opened


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        yield client


PAGES = ["/", "/incidents", "/incidents?everything=false", "/incidents/1", "/incidents/1/report"]


@pytest.mark.parametrize("path", [*PAGES, "/incidents/1/status"])
def test_every_page_is_there_and_runs_nothing_of_a_post(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(answer.content) < 150_000
    own = ["local-times", *["live"] * (path == "/")]
    own = own if path.endswith("/status") else ["words", *own]
    assert re.findall(r"<script[^>]*>", answer.text) == [
        f'<script src="/static/{name}.js" defer>' for name in own
    ]
    assert not re.search(r'\sstyle=|href="javascript:|<(img|svg)[^>]*\son\w+=', answer.text)


def test_the_first_page_leads_to_what_is_open(browser: TestClient) -> None:
    assert '<a href="/incidents/1"><strong' in browser.get("/").text


def test_a_post_is_shown_as_written_on_the_page_and_harmless_in_the_report(
    browser: TestClient,
) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in browser.get("/incidents/1").text
    report = browser.get("/incidents/1/report").text
    assert "‹script›alert(1)‹/script›" in report
    assert "https://evil" not in report


def test_what_is_not_there_is_told(browser: TestClient) -> None:
    for path in ("", "/status", "/status.txt", "/report", "/report.md", "/volume.svg"):
        assert browser.get(f"/incidents/99{path}").status_code == 404
    assert "not as pdf" in browser.get("/incidents/1/report.pdf").text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_is_a_picture_without_anything_from_elsewhere(
    browser: TestClient, theme: str
) -> None:
    page = browser.get("/incidents/1", headers={"Accept-Language": "ar"}).text
    assert 'src="/incidents/1/volume.svg?lang=ar"' in page
    answer = browser.get(f"/incidents/1/volume.svg?theme={theme}")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert not re.search(r'(href|src)="http', answer.text)


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [
        ("md", "text/markdown", "# Acme: negative: after-report of incident 1"),
        ("html", "text/html", "<!doctype html>"),
        ("json", "application/json", '{"incident":'),
    ],
)
def test_the_report_is_a_file_to_take_along(
    browser: TestClient, form: str, kind: str, begins: str
) -> None:
    answer = browser.get(f"/incidents/1/report.{form}")
    assert answer.headers["content-type"].startswith(kind)
    assert f'filename="incident-1.{form}"' in answer.headers["content-disposition"]
    assert answer.text.startswith(begins)


def test_the_report_as_a_file_loads_nothing(browser: TestClient) -> None:
    page = browser.get("/incidents/1/report.html").text
    assert "<svg" in page
    assert not re.search(r'(href|src)="', page)
    assert "<script" not in page


def test_a_brand_that_is_no_longer_listened_for_has_its_page_still(
    browser: TestClient, pipeline: Pipeline
) -> None:
    other = crisis(NOW, BEGAN, brand="Gone & Co", key="crisis:crisis:Gone:negative")
    decide(pipeline, other, now=NOW)
    with pipeline.read() as connection:
        number = list_incidents(connection, brand="Gone & Co")[0].id
    for path in ("", "/status", "/report", "/volume.svg"):
        assert browser.get(f"/incidents/{number}{path}").status_code == 200


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def test_an_incident_is_worked_and_the_log_says_by_whom(
    browser: TestClient, pipeline: Pipeline
) -> None:
    work_as(browser, "farah")
    steps: list[tuple[str, dict[str, Any]]] = [
        ("acknowledge", {}),
        ("assign", {"to": "Board <b>room</b>"}),
        ("severity", {"to": "2"}),
        ("rename", {"text": "Checkout <i>down</i>"}),
        ("note", {"text": "we think <b>the supplier</b>"}),
        ("note", {"text": "fixed at six", "shared": "true"}),
        ("state", {"text": "We are looking into it."}),
        ("state", {"text": "It is the checkout."}),
        ("promise", {"to": "1 h"}),
        ("resolve", {"to": "a real crisis"}),
        ("judge", {"to": "false alarm"}),
        ("reopen", {}),
    ]
    for do, more in steps:
        version = version_of(browser.get("/incidents/1").text)
        answer = browser.post("/incidents/1", data={"do": do, "version": version, **more})
        assert answer.status_code == 200, (do, answer.text)
    with pipeline.read() as connection:
        file = show_incident(connection, 1)
    assert (file.incident.owner, file.incident.severity) == ("Board <b>room</b>", 2)
    assert file.incident.status == "acknowledged"
    assert file.statement == "It is the checkout."
    by_hand = [entry for entry in file.log if entry.who != "untagged"]
    assert {entry.who for entry in by_hand} == {"farah"}
    assert len(by_hand) == len(steps)
    page = browser.get("/incidents/1").text
    assert "we think &lt;b&gt;the supplier&lt;/b&gt;" in page
    assert "Earlier wordings" in page


def test_the_status_shows_what_is_shared_and_nothing_else(browser: TestClient) -> None:
    for path in ("/incidents/1/status", "/incidents/1/status.txt"):
        said = browser.get(path).text
        assert "fixed at six" in said
        assert "It is the checkout." in said
        assert "the supplier" not in said
        assert "<form" not in said


def test_a_page_that_is_out_of_date_decides_nothing(browser: TestClient) -> None:
    answer = browser.post("/incidents/1", data={"do": "resolve", "version": "0"})
    assert answer.status_code == 409
    assert "look at it again" in answer.text


def test_an_unknown_action_is_refused(browser: TestClient) -> None:
    for data in ({"do": "explode"}, {"do": "severity", "to": "x"}, {"do": "promise", "to": "9 h"}):
        answer = browser.post("/incidents/1", data={"version": "1", **data})
        assert "nothing that one can do" in answer.text


def test_another_site_cannot_change_it(browser: TestClient) -> None:
    data = {"do": "note", "version": "1", "text": "x"}
    answer = browser.post("/incidents/1", data=data, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_two_incidents_become_one_on_the_page(browser: TestClient) -> None:
    answer = browser.post("/incidents/2", data={"do": "merge", "version": "1", "to": "1"})
    assert 'Merged into <a href="/incidents/1">' in answer.text
    assert "Bolt Bank" in browser.get("/incidents/1").text


def test_a_promise_that_has_passed_is_said_so(browser: TestClient, pipeline: Pipeline) -> None:
    from alerts.incident_life import promise_update

    with pipeline.begin() as connection:
        early = NOW - 2 * HOUR
        promise_update(connection, 1, early + timedelta(minutes=1), who="farah", now=early)
    assert "overdue" in browser.get("/incidents/1/status").text
