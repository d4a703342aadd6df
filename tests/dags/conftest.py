"""A small world for the DAGs: the town, settings that listen to it, and an Airflow of its own."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from tests.server_process import free_port
from untagged import airflow_standalone
from untagged.town.server import TOKEN, TownSettings, running

COMPLAINT = {
    "text": "Heron Air lost my suitcase at the airport and nobody answers. Where is my luggage?",
    "author": "stranded_in_faro",
    "brands": ["Heron Air"],
    "intents": ["complaint"],
    "sentiment": "negative",
}


class World:
    """A folder with an untagged.yaml that listens to a town, and what is done in it."""

    def __init__(self, folder: Path, town: str) -> None:
        self.folder = folder
        self.town = town
        self.config = folder / "untagged.yaml"
        example = files("untagged").joinpath("example.yaml").read_text()
        here = example.replace("127.0.0.1:8765", town.removeprefix("http://"))
        # Due at every run, however fast or slow this machine is.
        self.config.write_text(here.replace("every: 60s", "every: 1s"))
        self.env = {
            **{name: value for name, value in os.environ.items() if "UNTAGGED" not in name},
            "UNTAGGED_CONFIG": str(self.config),
            "TOWN_TOKEN": TOKEN,
        }

    def publish(self, post: Mapping[str, object]) -> None:
        """Somebody in the town says something."""
        request = urllib.request.Request(
            f"{self.town}/town/posts",
            json.dumps(post).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()

    def has_a_case(self) -> bool:
        """Looks into the database itself, as a command takes seconds to start."""
        databases = list(self.folder.rglob("untagged.db"))
        if not databases:
            return False
        with contextlib.closing(sqlite3.connect(databases[0], timeout=30)) as connection:
            known = "SELECT 1 FROM sqlite_master WHERE name = 'cases'"
            return bool(
                connection.execute(known).fetchone()
                and connection.execute("SELECT 1 FROM cases").fetchone()
            )

    def untagged(self, *arguments: str) -> list[dict[str, object]]:
        """What a command of ours prints as JSON lines."""
        ran = self.python("-m", "untagged", *arguments, "--json")
        return [json.loads(line) for line in ran.splitlines()]

    def python(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Standard output of our Python; a failure shows what it said."""
        ran = subprocess.run(
            [sys.executable, *arguments],
            env={**self.env, **(env or {})},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert ran.returncode == 0, f"{ran.stdout[-4000:]}\n{ran.stderr[-4000:]}"
        return ran.stdout


def said_by_tasks(airflow_home: Path) -> str:
    """What the tasks returned and what went wrong in them, for the person who asks why."""
    telling = ("Returned value", '"level":"error"', '"level":"warning"')
    return "\n".join(
        f"{log.parts[-4]}: {line[:1500]}"
        for log in sorted(airflow_home.glob("logs/dag_id=*/*/*/*.log"))
        for line in log.read_text(errors="replace").splitlines()
        if any(word in line for word in telling)
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A town without a past where nobody speaks unasked, and a folder with a space in its name."""
    settings = TownSettings(now=datetime.now(UTC), days=0, pace=0, control=True)
    with running(settings) as town:
        yield World(tmp_path_factory.mktemp("a world"), town)


@pytest.fixture(scope="module")
def airflow_env(world: World) -> Mapping[str, str]:
    """An Airflow without any process: settings and an empty metadata database."""
    env = airflow_standalone.settings(
        world.folder / "airflow", port=free_port(), dags=airflow_standalone.DAGS
    )
    world.python("-m", "airflow", "db", "migrate", env=env)
    return env
