"""The services of compose.yaml as plain processes: their commands and settings, other addresses.

No container engine runs where our tests run. What compose.yaml says of each service is taken from
the compose client's own reading of it, and run with this project's Python; only addresses and
folders differ, since there are no containers to give each service its own.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.server_process import CannotStart
from untagged.child_process import ChildProcess

ROOT = Path(__file__).parents[2]
DOCKER_SHIM = """
import json, os, sys
arguments = sys.argv[1:]
assert arguments[:3] == ["compose", "exec", "-T"], arguments
with open({services!r}) as file:
    service = json.load(file)[arguments[3]]
command = arguments[4:]
for was, is_now in service["instead"].items():
    command = [word.replace(was, is_now) for word in command]
os.execvpe(command[0], command, {{**os.environ, **service["env"]}})
"""


def compose_client() -> list[str]:
    """The compose client of this machine, else CannotStart."""
    plugin = ["docker", "compose"]
    if (
        shutil.which("docker")
        and subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0
    ):
        return plugin
    if alone := shutil.which("docker-compose"):
        return [alone]
    raise CannotStart("there is no compose client: apt-get install docker-compose")


def documented(name: str) -> str:
    """The commands of docs/deploy.md that are marked as tested under this name."""
    text = (ROOT / "docs" / "deploy.md").read_text()
    found = re.search(rf"<!-- tested: {name} -->\n *```sh\n(.*?)\n *```", text, re.DOTALL)
    assert found, f"docs/deploy.md has no block marked 'tested: {name}'"
    return textwrap.dedent(found[1])


def image_environment() -> dict[str, str]:
    """What the Dockerfile sets for every service."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.removeprefix("ENV ") for line in text.splitlines() if line.startswith("ENV ")]
    return dict(pair.split("=", 1) for line in lines for pair in shlex.split(line))


class Deployment:
    """A copy of what a person deploys, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.instead: dict[str, str] = {}
        self._services: dict[str, dict[str, Any]] = {}
        self.also: dict[str, dict[str, str]] = {}
        self.running: dict[str, ChildProcess] = {}
        shutil.copy(ROOT / "compose.yaml", folder)

    def shell(self, commands: str) -> None:
        """Run what the docs say, where they say it."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        ran = subprocess.run(
            ["/bin/sh", "-eu"],
            input=commands,
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{commands}\n{ran.stdout}\n{ran.stderr}"

    def ask_compose(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What the compose client says of compose.yaml."""
        return subprocess.run(
            [*compose_client(), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def services(self) -> dict[str, dict[str, Any]]:
        """Every service as compose reads it, passwords filled in."""
        if not self._services:
            read = self.ask_compose("config")
            assert read.returncode == 0, read.stderr
            self._services = yaml.safe_load(read.stdout)["services"]
        return self._services

    def passwords(self) -> dict[str, str]:
        """What .env holds."""
        lines = (self.folder / ".env").read_text().split()
        return dict(line.split("=", 1) for line in lines)

    def placed(self, text: str) -> str:
        """With the addresses and folders of this machine instead of the containers'."""
        text = text.replace("$$", "$")  # how compose writes a dollar sign
        for was, is_now in self.instead.items():
            text = text.replace(was, is_now)
        return text

    def environment(self, name: str) -> dict[str, str]:
        """What a container of the service would find, and the PATH to find programs with."""
        asked = {**image_environment(), **(self.services()[name].get("environment") or {})}
        placed = {variable: self.placed(str(value)) for variable, value in asked.items()}
        here = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        return {**here, **placed, **self.also.get(name, {})}

    def command(self, service: Mapping[str, Any]) -> list[str]:
        """The command line; the image's entrypoint where the service has none."""
        entrypoint = service.get("entrypoint") or ["python", "-m"]
        return [self.placed(word) for word in [*entrypoint, *service["command"]]]

    def run_once(self, name: str) -> None:
        """A service that ends by itself."""
        service = self.services()[name]
        ran = subprocess.run(
            self.command(service),
            env=self.environment(name),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{name}: {ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"

    def start(self, name: str) -> None:
        """A service that stays."""
        service = self.services()[name]
        self.running[name] = ChildProcess(
            name,
            self.command(service),
            log=self.folder / "logs" / f"{name}.log",
            env=self.environment(name),
            cwd=self.folder,
        )

    def wait_until_healthy(self, name: str, *, patience_seconds: float = 180) -> None:
        """Until the service's own health check passes."""
        service = self.services()[name]
        check = [self.placed(word) for word in service["healthcheck"]["test"][1:]]
        until = time.monotonic() + patience_seconds
        while time.monotonic() < until and self.running[name].exit_status is None:
            ran = subprocess.run(
                check, env=self.environment(name), capture_output=True, check=False
            )
            if ran.returncode == 0:
                return
            time.sleep(1)
        raise AssertionError(f"{name} is not healthy:\n{self.running[name].last_words(60)}")

    def stop(self) -> None:
        """End every service."""
        while self.running:
            self.running.popitem()[1].stop()

    def shim_docker(self) -> None:
        """A `docker compose exec` that runs the command here, as that service would."""
        services = {
            name: {"env": self.environment(name), "instead": self.instead}
            for name in self.services()
        }
        described = self.folder / "services.json"
        described.write_text(json.dumps(services))
        program = self.folder / "bin" / "docker.py"
        program.write_text(DOCKER_SHIM.format(services=str(described)))
        shim = program.with_suffix("")
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" "$@"\n')
        shim.chmod(0o755)
