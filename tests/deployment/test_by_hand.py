"""The services of compose.yaml run together: a post becomes a case, survives backup and restore."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from tests.conftest import cannot_start
from tests.dags.conftest import COMPLAINT, said_by_tasks
from tests.deployment.by_hand import ROOT, documented
from tests.elasticsearch_node import ElasticsearchNode
from tests.postgres_server import PostgresServer, binaries
from tests.server_process import CannotStart, free_port
from untagged.town.server import TownSettings, running

AIRFLOW = ["airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"]
PATIENCE_SECONDS = 240


class Stores:
    """An empty Elasticsearch and PostgreSQL with the passwords of the deployment."""

    def __init__(self, deployment):
        passwords = deployment.passwords()
        self.postgres = PostgresServer(password=passwords["POSTGRES_PASSWORD"])
        try:
            self.elasticsearch = ElasticsearchNode(password=passwords["ELASTIC_PASSWORD"])
        except BaseException:
            self.postgres.stop()
            raise
        self.places = {
            "postgres:5432": f"127.0.0.1:{self.postgres.url.port}",
            "127.0.0.1:5432": f"127.0.0.1:{self.postgres.url.port}",
            "elasticsearch:9200": self.elasticsearch.url.removeprefix("http://"),
            "127.0.0.1:9200": self.elasticsearch.url.removeprefix("http://"),
        }

    def stop(self):
        self.postgres.stop()
        self.elasticsearch.stop()


def place(deployment, stores, town):
    """Give every address and folder of the containers one on this machine."""
    folder, api, cockpit = deployment.folder, free_port(), free_port()
    config = folder / "untagged.yaml"
    example = files("untagged").joinpath("example.yaml").read_text()
    config.write_text(example.replace("127.0.0.1:8765", town.removeprefix("http://")))
    for name in ("airflow", "journal", "bin"):
        (folder / name).mkdir(exist_ok=True)
    for name in ("python", "python3"):
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        program.chmod(0o755)
    deployment.instead = {
        **stores.places,
        "/etc/untagged/untagged.yaml": str(config),
        "/var/lib/untagged": str(folder),
        "/var/lib/airflow": str(folder / "airflow"),
        "/opt/untagged": str(ROOT),
        "airflow-api-server:8080": f"127.0.0.1:{api}",
        "127.0.0.1:8080": f"127.0.0.1:{api}",
        "127.0.0.1:8000": f"127.0.0.1:{cockpit}",
        "8080": str(api),
        "8000": str(cockpit),
    }
    # Within the containers the client finds its server without a port or a password.
    port, password = str(stores.postgres.url.port), stores.postgres.url.password
    address = {"PGHOST": "127.0.0.1", "PGPORT": port}
    deployment.also = {"databases": address, "postgres": {**address, "PGPASSWORD": password}}
    deployment.shim_docker()
    return f"http://127.0.0.1:{api}", f"http://127.0.0.1:{cockpit}"


def untagged(deployment, *arguments):
    """What a command of ours prints, run as the scheduler's tasks are."""
    return [json.loads(line) for line in said(deployment, *arguments, "--json").splitlines()]


def said(deployment, *arguments):
    """What a command of Untagged prints within the deployment."""
    ran = subprocess.run(
        [sys.executable, "-m", "untagged", *arguments],
        env=deployment.environment("airflow-scheduler"),
        cwd=deployment.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def what_stands(deployment):
    """Mentions and cases without what their clocks say now."""
    cases = untagged(deployment, "cases", "list")
    kept = ("id", "mention_id", "team", "agent", "status", "opened_at")
    return untagged(deployment, "search", "*"), [
        {name: case.get(name) for name in kept} for case in cases
    ]


def a_case(deployment, cockpit):
    """The first case; the API is asked, as each command takes seconds to start."""
    said(deployment, "users", "add", "wall", "--role", "viewer", "--no-password")
    token = said(deployment, "users", "token", "wall", "--for", "a screen").strip()
    asked = urllib.request.Request(
        f"{cockpit}/api/v1/cases", headers={"Authorization": f"Bearer {token}"}
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            for case in json.load(answer)["items"]:
                if "lost my suitcase" in case["excerpt"]:
                    return case
        time.sleep(1)
    tasks = said_by_tasks(deployment.folder / "airflow")
    pytest.fail(f"no case after {PATIENCE_SECONDS} s; the tasks said:\n{tasks}")


def answered(url, *, post=None):
    body = None if post is None else json.dumps(post).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


@pytest.fixture
def stores(deployment, monkeypatch):
    """Two sets: the one deployed and an empty one to restore into."""
    monkeypatch.setenv("PATH", f"{deployment.folder}/bin:{binaries()}:{os.environ['PATH']}")
    started = []

    def start():
        try:
            started.append(Stores(deployment))
        except CannotStart as why:
            cannot_start("PostgreSQL and Elasticsearch", why)
        return started[-1]

    yield start
    deployment.stop()
    for one in started:
        one.stop()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_post_becomes_a_case_and_both_survive_backup_and_restore(deployment, stores):
    first = stores()
    with running(TownSettings(now=datetime.now(UTC), days=0, pace=0, control=True)) as town:
        airflow, cockpit = place(deployment, first, town)
        deployment.run_once("databases")
        deployment.run_once("databases")  # as every start does
        deployment.run_once("airflow-init")
        for name in (*AIRFLOW, "cockpit"):
            deployment.start(name)
        for name in (*AIRFLOW, "cockpit"):
            deployment.wait_until_healthy(name)
        assert answered(f"{town}/town/posts", post=COMPLAINT) == 201
        case = a_case(deployment, cockpit)
    assert case["team"] == "care"
    assert answered(f"{cockpit}/login") == 200
    assert answered(f"{cockpit}/cases") == 401
    login = {"username": "admin", "password": deployment.passwords()["AIRFLOW_ADMIN_PASSWORD"]}
    assert answered(f"{airflow}/auth/token", post=login) == 201
    assert answered(f"{airflow}/auth/token", post={**login, "password": "guess"}) == 401
    deployment.stop()

    before = what_stands(deployment)
    assert all(before)
    deployment.shell(documented("tidy"))
    deployment.shell(documented("backup"))
    copied = first.elasticsearch.folder / "backup"
    second = stores()
    subprocess.run(["cp", "-a", f"{copied}/.", second.elasticsearch.folder / "backup"], check=True)
    place(deployment, second, town)
    deployment.run_once("databases")
    deployment.shell(documented("restore"))
    assert what_stands(deployment) == before
    assert (deployment.folder / "backup" / "journal.tar.gz").stat().st_size > 100
    assert Path(deployment.folder / "backup" / "airflow.dump").stat().st_size > 10_000
