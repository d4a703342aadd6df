"""Of two changes of a case that were decided on the same state, the API lets the first through."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cases import desk
from mentions.errors import Conflict
from tests.untagged.entered import entered
from tests.untagged.teamwork_world import NOW, open_cases, teamwork_settings
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

PATIENCE_SECONDS = 30
WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@pytest.fixture
def pipeline(tmp_path: Path, postgres_url: str) -> Iterator[Pipeline]:
    config = teamwork_settings(tmp_path / "a firm")
    said = config.read_text(encoding="utf-8").replace("sqlite:///ops.db", postgres_url)
    config.write_text(said, encoding="utf-8")
    with open_pipeline(config) as opened:
        open_cases(opened, number=2)
        yield opened


def wait_for_one_that_waits(url: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        while connection.execute(WAITING).fetchone() != (1,):
            assert time.monotonic() < until, "nobody waits for the lock"
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tag", {"add": ["late"]}),
        ("notes", {"text": "called them"}),
        ("claim", {"agent": "ben"}),
        ("merge", {"into": 2}),
        ("assign", {"team": "crisis"}),
    ],
)
def test_who_waited_for_a_faster_change_is_refused(
    pipeline: Pipeline, postgres_url: str, path: str, body: dict[str, Any]
) -> None:
    client = entered(pipeline, agent="ben", below="/api/v1")
    seen = {"If-Match": client.get("cases/1").headers["etag"]}
    with ThreadPoolExecutor(1) as pool:
        with pipeline.begin() as connection:
            desk.pend(connection, 1, now=NOW, actor="ben")
            second = pool.submit(client.post, f"cases/1/{path}", json=body, headers=seen)
            wait_for_one_that_waits(postgres_url)
        assert second.result().status_code == 412
    with pipeline.read() as connection:
        file = desk.show_case(connection, 1)
    assert [line.action for line in file.audit][-1] == "pending"


def test_nobody_begins_to_watch_a_case_that_is_being_merged(
    pipeline: Pipeline, postgres_url: str
) -> None:
    def watch() -> None:
        with pipeline.begin() as connection:
            desk.watch(connection, 1, "ben", teams=pipeline.settings.teams, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with pipeline.begin() as connection:
            desk.merge(connection, 1, into=2, now=NOW, actor="ana")
            second = pool.submit(watch)
            wait_for_one_that_waits(postgres_url)
        with pytest.raises(Conflict, match="watch that one instead"):
            second.result()
