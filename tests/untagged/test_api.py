"""The API: pages, tags, changes, errors; and whatever its description lets one send."""

import json
import shlex
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.untagged.entered import entered
from tests.untagged.world import import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.settings import Cockpit
from untagged.web.api.app import create_api
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
POSTS = 7
JSON = "application/json"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    more = "cockpit: {requests_per_minute: 1000000}\n"
    with open_pipeline(settings_file(folder, more=more)) as opened:
        rows = [
            post(n, f"Acme lost my bag number {n}, where is my refund?", NOW - n * HOUR)
            for n in range(1, POSTS + 1)
        ]
        path = import_rows(folder, rows)
        opened.import_file(path, columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        yield opened


@pytest.fixture
def client(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline, agent="ana", below="/api/v1") as opened:
        yield opened


@pytest.fixture
def case(client: TestClient) -> int:
    """An open case."""
    number: int = client.get("cases", params={"status": "open"}).json()["items"][0]["id"]
    return number


def walked(client: TestClient, path: str, **asked: Any) -> list[dict[str, Any]]:
    """Every item of a listing, page by page."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = client.get(path, params={**asked, **more})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= asked["limit"]
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def test_a_search_has_the_mentions_their_number_and_facets(client: TestClient) -> None:
    page = client.get("mentions", params={"q": "bag", "facet": "brand", "limit": 3}).json()
    assert page["total"] == POSTS
    assert page["facets"]["brand"] == [{"value": "Acme", "mentions": POSTS}]
    assert [one["native_id"] for one in page["items"]] == ["1", "2", "3"]


@pytest.mark.parametrize("path", ["mentions", "cases", "alerts"])
def test_pages_together_are_the_whole_list(client: TestClient, path: str) -> None:
    whole = [one["id"] for one in client.get(path, params={"limit": 200}).json()["items"]]
    assert len(whole) == {"mentions": POSTS, "cases": POSTS, "alerts": 1}[path]
    assert [one["id"] for one in walked(client, path, limit=2)] == whole


def test_a_wrong_query_is_a_problem_that_points_at_the_place(client: TestClient) -> None:
    answer = client.get("mentions", params={"q": "bag AND ("})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] == "Bad Request"
    assert problem["query"]["position"] == len("bag AND ")
    assert problem["instance"] == "/api/v1/mentions"


def test_what_is_not_there_is_a_problem(client: TestClient) -> None:
    for path in ("cases/999", "alerts/999", "incidents/999", "mentions/no:such", "nowhere"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "place", [["x"], [5, 3], [{}, 1], ["2026-01-01T00:00Z", None], [None, None], [True, 1], 7, None]
)
def test_a_broken_cursor_says_what_to_do(client: TestClient, place: Any) -> None:
    broken = urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    for path in ("cases", "alerts", "incidents", "mentions"):
        answer = client.get(path, params={"cursor": broken})
        assert answer.status_code == 400, path
        assert "without" in answer.json()["detail"]


def test_what_did_not_change_is_not_sent_again(client: TestClient, case: int) -> None:
    first = client.get(f"cases/{case}")
    again = client.get(f"cases/{case}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    client.post(f"cases/{case}/notes", json={"text": "called them"})
    changed = client.get(f"cases/{case}", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert [note["text"] for note in changed.json()["notes"]] == ["called them"]


def test_of_two_who_decided_on_the_same_state_one_is_refused(client: TestClient, case: int) -> None:
    seen = client.get(f"cases/{case}").headers["etag"]
    until = (NOW + HOUR).isoformat()
    first = client.post(f"cases/{case}/snooze", json={"until": until}, headers={"If-Match": seen})
    assert (first.status_code, first.json()["status"]) == (200, "snoozed")
    second = client.post(f"cases/{case}/resolve", json={}, headers={"If-Match": seen})
    assert second.status_code == 412
    assert "somebody else" in second.json()["detail"]
    assert client.get(f"cases/{case}").json()["status"] == "snoozed"


def test_a_case_is_worked_from_claim_to_resolution(client: TestClient, case: int) -> None:
    client.post(f"cases/{case}/release")
    assert client.post(f"cases/{case}/claim", json={"agent": "ana"}).json()["agent"] == "ana"
    answered = client.post(f"cases/{case}/answered", json={})
    assert answered.json()["first_reply_at"] is not None
    resolved = client.post(f"cases/{case}/resolve", json={"answer": "https://acme.example/bags"})
    assert resolved.json()["status"] == "resolved"
    assert client.post(f"cases/{case}/pend").status_code == 409
    assert client.post(f"cases/{case}/reopen").json()["status"] == "open"
    raised = client.post(f"cases/{case}/prioritise", json={"priority": "urgent"})
    assert raised.json()["priority"] == "urgent"
    assert client.post(f"cases/{case}/prioritise", json={"priority": "asap"}).status_code == 422
    assert client.post(f"cases/{case}/tag", json={"add": ["#Late"]}).json()["tags"] == ["late"]
    assert client.post(f"cases/{case}/tag", json={"remove": ["LATE"]}).json()["tags"] == []
    assert client.post(f"cases/{case}/tag", json={"add": ["a,b"]}).status_code == 400


def test_an_alert_is_taken_on_once(client: TestClient) -> None:
    alert = client.get("alerts").json()["items"][0]["id"]
    taken = client.post(f"alerts/{alert}/acknowledge", json={"note": "on it"})
    assert (taken.status_code, taken.json()["status"]) == (200, "acknowledged")
    assert client.post(f"alerts/{alert}/acknowledge", json={}).status_code == 409
    assert taken.json()["history"][-1]["note"] == "on it"


def test_a_silence_is_made_and_ended(client: TestClient) -> None:
    body = {"matchers": ["brand=Acme"], "ends_at": "now+2h", "comment": "a fair"}
    made = client.post("silences", json=body)
    assert made.status_code == 201, made.text
    assert [one["id"] for one in client.get("silences").json()["items"]] == [made.json()["id"]]
    client.post(f"silences/{made.json()['id']}/end")
    assert client.get("silences").json()["items"] == []


def test_counts_over_time_add_up(client: TestClient) -> None:
    asked = {"since": "now-1d", "bucket": "1h", "by": "sentiment"}
    counted = client.get("series", params=asked).json()
    assert sum(counted["mentions"]) == POSTS
    assert sum(map(sum, counted["split"].values())) == POSTS
    refused = client.get("series", params={"since": "2000-01-01", "bucket": "1s"})
    assert refused.status_code == 400
    assert "10,000" in refused.json()["detail"]


def test_who_asks_too_often_is_told_when_to_come_back(pipeline: Pipeline) -> None:
    slow = copy(pipeline)
    slow.settings = pipeline.settings.model_copy(update={"cockpit": Cockpit(requests_per_minute=3)})
    api = TestClient(create_api(slow))
    answers = [api.get("/brands") for _ in range(4)]
    assert [one.status_code for one in answers] == [401, 401, 401, 429]
    assert answers[0].headers["x-ratelimit-remaining"] == "2"
    assert int(answers[3].headers["retry-after"]) > 0
    assert answers[3].headers["content-type"] == "application/problem+json"


def test_another_site_changes_nothing(client: TestClient, case: int) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post(f"cases/{case}/resolve", json={}, headers=foreign)
    assert answer.status_code == 403
    assert client.get(f"cases/{case}").json()["status"] == "open"


def test_every_operation_is_described_with_its_errors(client: TestClient) -> None:
    described = client.get("openapi.json").json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert operation["summary"], (method, path)
            assert {"400", "401", "403", "422", "429", "503"} <= set(answers), (method, path)
            assert all(
                "application/problem+json" in answers[status]["content"]
                for status in answers
                if int(status) >= 400
            ), (method, path)


def test_the_requests_of_the_documentation_work(client: TestClient) -> None:
    page = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")
    shown = next(one for one in page.split("```sh\n") if one.startswith("curl"))
    block = shown.split("```")[0].replace("\\\n", " ")
    requests = [shlex.split(line) for line in block.splitlines()]
    assert len(requests) == 3
    for _, _, *said in requests:
        url = next(one for one in said if one.startswith("http://127.0.0.1:8000/api/v1/"))
        path = url.removeprefix("http://127.0.0.1:8000/api/v1/")
        if "-d" in said:
            answer = client.post(path, content=said[-1], headers={"Content-Type": JSON})
        else:
            answer = client.get(path)
        assert answer.status_code in (200, 409), answer.text  # 409: another test took it on
