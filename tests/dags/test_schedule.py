"""The real scheduler: a post made in the town becomes an assigned case without any hand."""

import time

import pytest

from tests.dags.conftest import COMPLAINT, said_by_tasks
from tests.server_process import free_port
from untagged.airflow_standalone import Airflow

PATIENCE_SECONDS = 240


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_post_made_in_the_town_becomes_an_assigned_case_without_any_hand(world):
    airflow = Airflow(world.folder / "airflow", port=free_port(), env=world.env)
    try:
        airflow.wait_until_ready()
        world.publish(COMPLAINT)
        case = first_case(world, airflow)
    finally:
        airflow.stop()
    assert case["agent"]
    assert case["team"] == "care"
    assert not airflow.is_ready()


def first_case(world, airflow):
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if world.has_a_case():
            return world.untagged("cases", "list")[0]
        time.sleep(1)
    said = f"{said_by_tasks(world.folder / 'airflow')}\n{airflow.process.last_words()}"
    pytest.fail(f"no case after {PATIENCE_SECONDS} s; the tasks and Airflow said:\n{said}")
