"""What machines ask of the cockpit."""

from collections.abc import Iterator
from copy import copy

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from mentions.errors import StoreUnavailable
from tests.untagged.entered import entered
from tests.untagged.test_api import POSTS, pipeline  # noqa: F401  # a fixture
from untagged.pipeline import Pipeline
from untagged.web.app import create_app


class _Away:
    def count(self, *_args: object) -> int:
        raise StoreUnavailable("the mention store is away")


@pytest.fixture
def client(pipeline: Pipeline) -> Iterator[TestClient]:  # noqa: F811  # the fixture
    with entered(pipeline) as opened:
        yield opened


def test_prometheus_reads_what_waits(
    client: TestClient,
    pipeline: Pipeline,  # noqa: F811  # the fixture
) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["untagged_mentions",] == POSTS
    assert found["untagged_cases", "open"] == POSTS
    assert found["untagged_cases", "resolved"] == 0
    assert found["untagged_alerts_open", "Acme", "firing", "unanswered"] == 1
    assert found["untagged_batches_waiting",] == 0
    troubled = {key[1] for key in found if key[0] == "untagged_source_troubled"}
    assert troubled == {source.name for source in pipeline.settings.sources}


def test_it_is_ready_while_both_stores_answer(
    client: TestClient,
    pipeline: Pipeline,  # noqa: F811  # the fixture
) -> None:
    assert client.get("/readyz").json() == {"status": "ok"}
    broken = copy(pipeline)
    broken.store = _Away()  # type: ignore[assignment]  # as much of a store as is asked
    away = TestClient(create_app(broken))
    assert away.get("/healthz").status_code == 200
    answer = away.get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (503, "the mention store is away")
