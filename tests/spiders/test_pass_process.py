"""The process of a pass: whoever ends it, what it had made durable is told and nothing else."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from spiders import collecting
from tests.spiders.passes import Collector, feed
from tests.spiders.test_collecting import rss
from tests.spiders.web import Answer, Asked, site

pytestmark = pytest.mark.slow


def children(parent: int | str = "self") -> list[int]:
    """The collecting processes that a process has started."""
    found = Path(f"/proc/{parent}/task").glob("*/children")
    pids = [int(pid) for path in found for pid in path.read_text().split()]
    return [
        pid for pid in pids if b"spiders.collecting" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_killed_process_fails_only_what_it_had_not_reported(collector: Collector) -> None:
    def answering(asked: Asked) -> Answer:
        if asked.path == "/deadly":
            time.sleep(1)
            for pid in children():
                os.kill(pid, signal.SIGKILL)
        return Answer(rss(1, 2))

    with site(answering) as web:
        good, killed = collector.run(feed("good", f"{web.url}/a"), feed("k", f"{web.url}/deadly"))
    assert good.ok
    assert good.posts == 2
    assert not killed.ok
    assert killed.error == "the pass broke off: its process was ended by SIGKILL"
    assert killed.cursor is None


def test_process_that_hangs_is_ended_and_told(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "GRACE", timedelta(seconds=1))
    release = threading.Event()

    def answering(asked: Asked) -> Answer:
        if asked.path == "/hang":
            release.wait(60)
        return Answer(rss(1))

    with site(answering) as web:
        sources = [feed("good", f"{web.url}/a"), feed("hang", f"{web.url}/hang")]
        limits = {"time_limit": timedelta(seconds=8), "answer_timeout": timedelta(seconds=60)}
        good, hanging = collector.run(*sources, **limits)
        release.set()
    assert good.ok
    assert not hanging.ok
    assert "stopped early" in hanging.error or "took longer than 9 s" in hanging.error


def test_pass_ends_when_the_one_who_waits_for_it_is_killed(tmp_path: Path) -> None:
    asked_for = threading.Event()
    release = threading.Event()

    def answering(asked: Asked) -> Answer:
        asked_for.set()
        release.wait(60)
        return Answer(rss(1))

    waiting = (
        "import sys; from pathlib import Path; from tests.spiders.passes import Collector, feed;"
        "Collector(Path(sys.argv[1])).run(feed('board', sys.argv[2], obey_robots=False))"
    )
    with site(answering) as web:
        command = [sys.executable, "-c", waiting, str(tmp_path), f"{web.url}/feed"]
        root = Path(__file__).parents[2]
        with subprocess.Popen(command, cwd=root) as caller:
            assert asked_for.wait(60)
            (collecting_pid,) = children(caller.pid)
            caller.kill()
        deadline = time.monotonic() + 30
        while is_running(collecting_pid):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        release.set()


def is_running(pid: int) -> bool:
    """Whether there is such a process and it has not ended, even if nobody has waited for it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_interpreter_that_cannot_start_is_told(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such interpreter >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(collecting.sys, "executable", str(broken))
    (run,) = collector.run(feed("board", "http://127.0.0.1:9/"))
    assert run.error == "the pass broke off: its process ended with code 3: no such interpreter"


def test_journal_that_takes_nothing_leaves_the_cursor(collector: Collector) -> None:
    Path(collector.url).write_text("in the way")
    with site(lambda asked: Answer(rss(1, 2), headers={"ETag": '"v1"'})) as web:
        board = feed("board", f"{web.url}/feed")
        (run,) = collector.run(board)
        assert "cannot write the journal" in run.error
        assert (run.cursor, run.batches) == (None, ())
        Path(collector.url).unlink()
        (again,) = collector.run(board)
    assert again.ok
    assert again.posts == 2
