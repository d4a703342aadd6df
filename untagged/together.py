"""Everything on one machine: the town, a first cycle at once, Airflow or a loop, the cockpit."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

from mentions.errors import SettingsError, UntaggedError
from untagged.airflow_standalone import Airflow
from untagged.child_process import ChildProcess, refuse_taken
from untagged.settings import CONFIG_VARIABLE
from untagged.town.access import TOKEN

READY_SECONDS = 60.0
"""A slow machine starts the town in ten; more than this and something is wrong."""
GLANCE_SECONDS = 1.0
Tell = Callable[[str], None]

EXAMPLE_PORT = 8765
"""Where the sources of the example's settings look for the town."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of the three addresses."""

    cockpit: int
    town: int
    airflow: int


def _refuse_other_town(config: Path, port: int) -> None:
    """Else thirteen sources fail one after another, each saying only that nobody is there."""
    usual = f"127.0.0.1:{EXAMPLE_PORT}"
    if port != EXAMPLE_PORT and usual in config.read_text(encoding="utf-8"):
        raise SettingsError(
            f"{config.name} listens to the town at {usual}, and --town-port puts it at port "
            f"{port}; write {port} in its place there, or leave --town-port out"
        )


def run_together(
    config: Path,
    *,
    ports: Ports,
    with_airflow: bool,
    seed: int,
    now: datetime,
    tell: Tell,
    login: str,
) -> None:
    """Start everything, say where it is, and end all of it on Ctrl-C or when a part ends.

    Raises SettingsError for a taken port or a town where nobody listens, and UntaggedError with
    the last words of what ended.
    """
    refuse_taken(ports.cockpit, what="the cockpit", option="--port")
    refuse_taken(ports.town, what="the town", option="--town-port (and change untagged.yaml)")
    _refuse_other_town(config, ports.town)
    if with_airflow:
        refuse_taken(ports.airflow, what="Airflow", option="--airflow-port")
    var = config.parent / "var"
    logs = var / "log"
    env = {"TOWN_TOKEN": TOKEN, **os.environ, CONFIG_VARIABLE: str(config)}
    with _ended_by_signals(), ExitStack() as stack:
        parts: list[ChildProcess] = []

        def start(name: str, *arguments: str) -> ChildProcess:
            command = [sys.executable, "-m", "untagged", "--config", str(config), *arguments]
            part = ChildProcess(name, command, log=logs / f"{name}.log", env=env)
            stack.callback(part.stop)
            parts.append(part)
            return part

        tell("starting the town: demo sites on this machine with a fortnight of posts")
        anchor = _story_began(var / "town-began", now)
        town = start(
            "town", "town", "--seed", str(seed), "--port", str(ports.town), "--anchor", anchor
        )
        await_answer(f"http://127.0.0.1:{ports.town}/", town)
        tell("first cycle: collecting, reading and indexing what is there, opening cases")
        _finish(start("first-cycle", "run", "--once"), parts)
        cockpit = start("cockpit", "serve", "--port", str(ports.cockpit))
        await_answer(f"http://127.0.0.1:{ports.cockpit}/healthz", cockpit)
        tell(f"\n  cockpit   http://127.0.0.1:{ports.cockpit}/")
        tell(f"  log in    {login}")
        tell(f"  town      http://127.0.0.1:{ports.town}/")
        if with_airflow:
            airflow = Airflow(home=var / "airflow", port=ports.airflow, env=env)
            stack.callback(airflow.stop)
            parts.append(airflow.process)
            tell(f"  Airflow   http://127.0.0.1:{ports.airflow}/ (ready in about a minute)")
        else:
            start("loop", "run", "--every", "60s")
        tell(f"  settings  {config}\n  logs      {logs}\n\nCtrl-C stops everything.\n")
        _watch(parts)


def _story_began(note: Path, now: datetime) -> str:
    """When the town's story began: now, or at the first run, so that it goes on where it was."""
    if not note.exists():
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(now.isoformat(), "utf-8")
    return note.read_text("utf-8").strip()


def await_answer(url: str, part: ChildProcess, *, seconds: float = READY_SECONDS) -> None:
    """Return once `url` answers. Raises UntaggedError if the part ends or stays silent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if part.exit_status is not None:
            raise _ended(part)
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # our own loopback address
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise UntaggedError(f"{part.name} gave no answer in {seconds:.0f} s; its log is {part.log}")


def _finish(part: ChildProcess, parts: list[ChildProcess]) -> None:
    """Wait for a part that ends by itself. A failed first cycle is told, the next one retries."""
    while part.exit_status is None:
        time.sleep(0.1)
    parts.remove(part)
    if part.exit_status != 0:
        raise _ended(part)


def _watch(parts: list[ChildProcess]) -> None:
    while True:
        for part in parts:
            if part.exit_status is not None:
                raise _ended(part)
        time.sleep(GLANCE_SECONDS)


def _ended(part: ChildProcess) -> UntaggedError:
    return UntaggedError(
        f"{part.name} ended with status {part.exit_status}; the rest was stopped. "
        f"Its log is {part.log}, and ends with:\n{part.last_words()}"
    )


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM both end us in order, children first.

    SIGINT is set, too: a shell without job control starts programs in the background with it
    ignored, and Python then leaves it so.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {one: signal.signal(one, interrupt) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
