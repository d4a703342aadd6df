"""`untagged up`: everything on this machine, and nothing left of it afterwards."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentions.errors import SettingsError
from tests.untagged.entered import logged_in_at
from untagged.child_process import ChildProcess, refuse_taken
from untagged.cli.operating import write_example
from untagged.together import Ports, run_together


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [listener.getsockname()[1] for listener in listeners]


def processes_in(folder: Path) -> list[str]:
    """Command lines of running programs that name the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in line:
                found.append(line)
    return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path, dict[str, int]]]:
    """`up` without Airflow (which tests/dags starts), in an empty folder, on free ports."""
    folder = tmp_path / "a new folder"
    folder.mkdir()
    cockpit, town = free_ports(2)
    env = {k: v for k, v in os.environ.items() if not k.startswith("UNTAGGED_")}
    run = [sys.executable, "-m", "untagged"]
    subprocess.run([*run, "init", str(folder)], check=True, env=env, cwd=folder)
    config = folder / "untagged.yaml"
    config.write_text(config.read_text().replace("8765", str(town)))
    options = ["--no-airflow", "--port", str(cockpit), "--town-port", str(town)]
    process = subprocess.Popen(
        [*run, "--config", str(config), "up", *options],
        cwd=tmp_path,
        env=env,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, folder, {"cockpit": cockpit, "town": town}
    finally:
        process.kill()
        process.communicate()


def said_until(process: subprocess.Popen[str], words: str) -> str:
    """What it said up to those words; the whole if it ended before."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            break
    return said


@pytest.mark.slow
def test_the_story_is_there_at_once_and_ctrl_c_ends_everything(
    started: tuple[subprocess.Popen[str], Path, dict[str, int]],
) -> None:
    process, folder, ports = started
    said = said_until(process, "Ctrl-C")
    assert f"http://127.0.0.1:{ports['cockpit']}/" in said, said
    password = re.search(r"user admin, password (\S+)", said)
    assert password
    url = f"http://127.0.0.1:{ports['cockpit']}"
    with contextlib.closing(logged_in_at(url, "admin", password[1])) as client:
        page = client.get("/").text
        assert "Heron Air" in page
        assert "spike: negative" in page
        assert "clock" in client.get("/cases").text.lower()
    assert len(processes_in(folder)) >= 4
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    deadline = time.monotonic() + 15
    while processes_in(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_in(folder) == []


@pytest.mark.slow
def test_a_killed_parent_leaves_nothing_behind(
    started: tuple[subprocess.Popen[str], Path, dict[str, int]],
) -> None:
    process, folder, _ = started
    said_until(process, "first cycle")
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while processes_in(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_in(folder) == []


@pytest.mark.slow
def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "untagged", "up", "--no-airflow", "--port", str(port)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr
    assert "links in messages lead to port 8000" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("var/log/*"))


def test_a_free_port_is_not_refused() -> None:
    refuse_taken(free_ports(1)[0], what="the cockpit", option="--port")


def test_a_child_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    script = "sleep 600 & echo $!; sleep 600 & echo $!; echo started; wait"
    child = ChildProcess("sleepy", ["sh", "-c", script], log=tmp_path / "log", env=os.environ)
    while "started" not in child.last_words():
        assert child.exit_status is None
        time.sleep(0.02)
    sleepers = [Path("/proc") / line for line in child.last_words().split() if line.isdigit()]
    assert len(sleepers) == 2
    assert all(sleeper.exists() for sleeper in sleepers)
    child.stop()
    assert child.exit_status is not None
    deadline = time.monotonic() + 10
    while any(is_running(sleeper) for sleeper in sleepers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_running(sleeper) for sleeper in sleepers)


def is_running(process: Path) -> bool:
    """Whether it is there and not merely waiting for somebody to read its exit status."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_town_where_no_source_looks_is_refused_before_anything_starts(tmp_path: Path) -> None:
    cockpit, town = free_ports(2)
    config = tmp_path / "untagged.yaml"
    write_example(config)
    with pytest.raises(SettingsError, match=f"127.0.0.1:8765, and --town-port puts it .* {town}"):
        run_together(
            config,
            ports=Ports(cockpit, town, 1),
            with_airflow=False,
            seed=1,
            now=datetime(2026, 3, 2, tzinfo=UTC),
            tell=print,
            login="",
        )
    assert not (tmp_path / "var").exists()
