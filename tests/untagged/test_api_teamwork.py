"""Working a case with others through the API: watchers, help desks, steps, who waits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cases import desk
from cases.routing import Route
from tests.untagged.entered import entered, work_as
from tests.untagged.teamwork_world import ACME, HOUR, NOW
from tests.untagged.world import mention, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

MORE = """
playbooks: [{name: bags, steps: [Call them, Write to the airport]}]
help_desks: [{name: crm, kind: webhook, address: 'http://127.0.0.1:9', secret_env: CRM_SECRET}]
"""
CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("watch", {}),
    ("unwatch", {}),
    ("hand-over", {"desk": "crm"}),
    ("steps/1", {}),
    ("needs-reply", {"needed": False}),
)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path, more=MORE)) as opened:
        settings = opened.settings
        (playbook,) = settings.playbooks
        route = Route("bags", "care", "medium", "standard", (), "rule", playbook)
        post = mention(1, "Acme lost my bag. Where is it?", NOW - HOUR, brands=ACME)
        opened.store.upsert([post])
        with opened.begin() as connection:
            desk.open_case(
                connection, post, route, policy=settings.sla[0], teams=settings.teams, now=NOW
            )
        yield opened


@pytest.fixture
def client(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline, agent="ben", below="/api/v1") as opened:
        yield opened


def items(client: TestClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path).json()["items"]
    return found


def test_an_agent_watches_and_watches_no_more(client: TestClient) -> None:
    for _ in range(2):
        watched = client.post("cases/1/watch")
        assert (watched.status_code, watched.json()["items"]) == (200, [{"agent": "ben"}])
    work_as(client, "")
    refused = client.post("cases/1/watch")
    assert refused.status_code == 404
    assert "nobody would hear" in refused.json()["detail"]
    assert items(client, "cases/1/watchers") == [{"agent": "ben"}]
    work_as(client, "ben")
    assert client.post("cases/1/unwatch").json()["items"] == []


def test_a_case_is_handed_over_to_a_help_desk_once(client: TestClient) -> None:
    for _ in range(2):
        (ticket,) = client.post("cases/1/hand-over", json={"desk": "crm"}).json()["items"]
    assert (ticket["desk"], ticket["ticket"], ticket["problem"]) == ("crm", "", "")
    assert items(client, "cases/1/tickets") == [ticket]
    unknown = client.post("cases/1/hand-over", json={"desk": "sap"})
    assert unknown.status_code == 404
    assert "the settings have crm" in unknown.json()["detail"]
    trail = client.get("cases/1").json()["audit"]
    assert [line["action"] for line in trail].count("handed over") == 1


def test_steps_of_the_playbook_are_ticked(client: TestClient) -> None:
    assert client.post("cases/1/steps/2", json={}).status_code == 200
    assert [(one["text"], one["done_by"]) for one in items(client, "cases/1/steps")] == [
        ("Call them", ""),
        ("Write to the airport", "ben"),
    ]
    assert client.post("cases/1/steps/3", json={}).status_code == 404
    client.post("cases/1/steps/2", json={"done": False})
    assert {one["done_by"] for one in items(client, "cases/1/steps")} == {""}


def test_whether_a_case_needs_a_reply_is_said(client: TestClient) -> None:
    silent = client.post("cases/1/needs-reply", json={"needed": False})
    assert silent.json()["no_reply"] == "says ben"
    assert client.post("cases/1/needs-reply", json={}).json()["no_reply"] == ""


@pytest.mark.parametrize(("path", "body"), CHANGES)
def test_what_was_decided_on_an_older_state_is_refused(
    client: TestClient, path: str, body: dict[str, Any]
) -> None:
    seen = client.get("cases/1/steps").headers["etag"]
    client.post("cases/1/pend")
    refused = client.post(f"cases/1/{path}", json=body, headers={"If-Match": seen})
    assert refused.status_code == 412
    assert items(client, "cases/1/watchers") == items(client, "cases/1/tickets") == []


def test_what_lies_outside_what_one_sees_is_not_there(pipeline: Pipeline) -> None:
    farah = entered(pipeline, name="farah", role="agent", teams=("crisis",), below="/api/v1")
    for path in ("watchers", "tickets", "steps"):
        assert farah.get(f"cases/1/{path}").status_code == 404
    for path, body in CHANGES:
        assert farah.post(f"cases/1/{path}", json=body).status_code == 404
    viewer = entered(pipeline, name="viewer", role="viewer", below="/api/v1")
    for path, body in CHANGES:
        assert viewer.post(f"cases/1/{path}", json=body).status_code == 403


def test_of_no_case_there_is_nothing(client: TestClient) -> None:
    for path in ("watchers", "tickets", "steps"):
        assert client.get(f"cases/99/{path}").status_code == 404
    assert client.post("cases/99/unwatch").status_code == 404
