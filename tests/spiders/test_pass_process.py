"""The process of a pass: whoever ends it, what it had made durable is told and nothing else."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from spiders import collecting, pass_process
from tests.spiders.passes import Collector, feed, made
from tests.spiders.posts import NOW
from tests.spiders.test_collecting import rss
from tests.spiders.web import Answer, Asked, site


def forkers(parent: int | str = "self") -> list[int]:
    """The processes with Scrapy loaded that a process has started."""
    return [pid for pid in _children(parent) if b"spiders.forking" in _command(pid)]


def passes(parent: int | str = "self") -> list[int]:
    """The passes that run for a process."""
    return [pid for forker in forkers(parent) for pid in _children(forker)]


def _children(parent: int | str) -> list[int]:
    found = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text().split()]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""  # it has ended meanwhile


def test_killed_process_fails_only_what_it_had_not_reported(collector: Collector) -> None:
    def answering(asked: Asked) -> Answer:
        if asked.path == "/deadly":
            time.sleep(1)
            for pid in passes():
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
            (forker,), (collecting_pid,) = forkers(caller.pid), passes(caller.pid)
            caller.kill()
        wait_for_the_end_of(forker, collecting_pid)
        release.set()


def wait_for_the_end_of(*pids: int) -> None:
    deadline = time.monotonic() + 30
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether there is such a process and it has not ended, even if nobody has waited for it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_pass_whose_forker_is_killed_ends_early_and_the_next_has_another(
    collector: Collector,
) -> None:
    killed: list[int] = []

    def answering(asked: Asked) -> Answer:
        if asked.path == "/feed" and not killed:
            killed.extend([*forkers(), *passes()])
            os.kill(killed[0], signal.SIGKILL)
            time.sleep(1)
        return Answer(rss(1))

    with site(answering) as web:
        board = feed("board", f"{web.url}/feed")
        (run,) = collector.run(board)
        wait_for_the_end_of(*killed)
        (again,) = collector.run(board)
    assert len(killed) == 2
    assert not run.ok
    assert "stopped early" in run.error
    assert again.ok


def test_forker_that_was_killed_between_two_passes_is_replaced(collector: Collector) -> None:
    with site(lambda asked: Answer(rss(1))) as web:
        board = feed("board", f"{web.url}/feed")
        assert collector.run(board)[0].ok
        (killed,) = forkers()
        os.kill(killed, signal.SIGKILL)
        wait_for_the_end_of(killed)
        assert collector.run(board)[0].ok
        assert forkers() != [killed]


def test_passes_at_the_same_time_do_not_wait_for_one_another(tmp_path: Path) -> None:
    both_ask = threading.Barrier(2)

    def answering(asked: Asked) -> Answer:
        both_ask.wait(30)
        return Answer(rss(1))

    with site(answering) as web, ThreadPoolExecutor(2) as threads:
        board = feed("board", f"{web.url}/feed", obey_robots=False)
        collectors = [Collector(tmp_path / str(number)) for number in range(2)]
        assert all(run.ok for (run,) in threads.map(lambda one: one.run(board), collectors))


def test_pass_stands_in_the_folder_where_its_caller_stands_now(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "posts.jsonl").write_text(
            json.dumps({"id": name, "text": "lost", "published": NOW.isoformat()})
        )
        monkeypatch.chdir(folder)
        (run,) = collector.run(made(name, "file", {"path": "posts.jsonl"}))
        assert [post.id for post in collector.posts(run)] == [f"{name}:{name}"], run.error


def test_process_forked_from_a_collecting_one_collects_with_a_forker_of_its_own(
    tmp_path: Path,
) -> None:
    twice = (
        "import os, sys; from pathlib import Path;"
        "from tests.spiders.passes import Collector, feed;"
        "board = feed('board', sys.argv[2]); first = Collector(Path(sys.argv[1], 'a')).run(board);"
        "child = os.fork(); again = Collector(Path(sys.argv[1], f'b {child}')).run(board);"
        "child and os.waitpid(child, 0)[1] and sys.exit('the child failed');"
        "sys.exit(not (first[0].ok and again[0].ok))"
    )
    with site(lambda asked: Answer(rss(1))) as web:
        command = [sys.executable, "-c", twice, str(tmp_path), f"{web.url}/feed"]
        subprocess.run(command, cwd=Path(__file__).parents[2], check=True, timeout=60)


def test_interpreter_that_cannot_start_is_told(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such interpreter >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(pass_process, "_idle", defaultdict(list))
    monkeypatch.setattr(pass_process.sys, "executable", str(broken))
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
