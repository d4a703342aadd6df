"""The DAG files: light to parse, documented, patient, and each does its step."""

import json
from pathlib import Path

import pytest

from tests.dags.conftest import COMPLAINT
from untagged.airflow_standalone import DAGS

NAMES = [
    "collect_mentions",
    "export_mentions",
    "housekeeping",
    "process_mentions",
    "respond_mentions",
    "send_digests",
]
FLOW = ["collect_mentions", "process_mentions", "respond_mentions"]
HEAVY = ["scrapy", "twisted", "spacy", "elasticsearch", "untagged.wiring", "fastapi_cli", "pyarrow"]

PARSE = """
import json, sys
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
bag = DagBag(sys.argv[1])
tasks = [task for dag in bag.dags.values() for task in dag.tasks]
print(json.dumps({
    "errors": bag.import_errors,
    "dags": {name: dag.fileloc for name, dag in bag.dags.items()},
    "undocumented": [name for name, dag in bag.dags.items() if "When it fails" not in dag.doc_md],
    "at once": [name for name, dag in bag.dags.items() if dag.max_active_runs != 1],
    "impatient": [task.task_id for task in tasks if not (task.retries and task.execution_timeout)],
    "imported": sorted(set(sys.modules) - before),
}))
"""

TEST = """
import importlib, json, sys
ended = {}
for name in sys.argv[1:]:
    module = importlib.import_module("dags." + name)
    ended[name] = str(getattr(module, name)().test().state)
print(json.dumps(ended))
"""


@pytest.fixture(scope="module")
def parsed(world, airflow_env):
    return json.loads(world.python("-c", PARSE, str(DAGS), env=airflow_env).splitlines()[-1])


@pytest.mark.slow
def test_every_dag_file_loads_without_error_and_holds_the_dag_it_is_named_after(parsed):
    assert parsed["errors"] == {}
    assert {name: Path(file).stem for name, file in parsed["dags"].items()} == {
        name: name for name in NAMES
    }


@pytest.mark.slow
def test_every_dag_file_imports_nothing_heavy(parsed):
    assert not [name for name in parsed["imported"] if name in HEAVY]


@pytest.mark.slow
def test_every_dag_says_what_to_do_when_it_fails(parsed):
    assert parsed["undocumented"] == []


@pytest.mark.slow
def test_every_task_tries_again_ends_in_time_and_never_runs_beside_itself(parsed):
    assert parsed["impatient"] == []
    assert parsed["at once"] == []


def run(world, airflow_env, *names):
    """Run the DAGs one after the other as `dag.test()` does; each must succeed."""
    printed = world.python("-c", TEST, *names, env=airflow_env)
    ended = json.loads(printed.splitlines()[-1])
    assert ended == dict.fromkeys(names, "success"), printed[-6000:]


@pytest.mark.slow
def test_the_dags_run_one_after_the_other_turn_a_post_into_an_assigned_case(world, airflow_env):
    world.publish(COMPLAINT)
    run(world, airflow_env, "collect_mentions")
    assert world.untagged("search", "*") == []
    run(world, airflow_env, "process_mentions")
    assert len(world.untagged("search", "suitcase")) == 1
    assert world.untagged("cases", "list") == []
    run(world, airflow_env, "respond_mentions")
    (case,) = world.untagged("cases", "list")
    assert (case["team"], case["status"]) == ("care", "open")
    assert case["agent"] in {"ana", "ben", "chidi"}


@pytest.mark.slow
def test_every_dag_may_run_again_and_doubles_nothing(world, airflow_env):
    world.publish(COMPLAINT)
    run(world, airflow_env, *FLOW)
    before = what_stands(world)
    run(world, airflow_env, *FLOW, "housekeeping", "send_digests", *FLOW)
    assert what_stands(world) == before


def what_stands(world):
    mentions, cases = world.untagged("search", "*"), world.untagged("cases", "list")
    assert mentions
    assert cases
    return sorted(one["id"] for one in mentions), [
        (case["id"], case["agent"], case["status"], case["mention_id"]) for case in cases
    ]
