"""The process of a pass, seen by the one who waits for it; the other side: `spiders.forking`."""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from multiprocessing.connection import Pipe
from pathlib import Path

SAID = "said.log"
"""What a pass prints goes there, in its job's folder."""
_STOP_SECONDS = 15.0


class Forker:
    """A running `spiders.forking`, which runs one pass at a time; `log` takes its first words."""

    def __init__(self, log: Path) -> None:
        self._ask, theirs = Pipe()
        # -P: a file named like a module in the current directory must not be run. A session of its
        # own: an interrupt reaches us, and we stop the pass once and gently.
        command = [sys.executable, "-P", "-m", "spiders.forking"]
        with theirs, log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, and no shell
                [*command, str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=[theirs.fileno()],
            )

    @property
    def is_running(self) -> bool:
        """Whether it may be asked for a pass."""
        return not self._ask.closed and self._process.poll() is None

    def run(self, folder: Path, modules: Collection[str], limit: timedelta) -> int | None:
        """Run the pass whose job lies in the folder: its exit status, None where time was over.

        The pass has ended afterwards, however the waiting ended.
        """
        until = time.monotonic() + limit.total_seconds()
        try:
            self._ask.send_bytes(_said(folder, modules))
            return self._waited_for(self._heard(until), until)
        except (EOFError, ConnectionError):
            return self._process.wait()
        except TimeoutError:
            self.close()
            return None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it; may be called twice. It has nothing to store."""
        self._ask.close()
        self._process.kill()
        self._process.wait()

    def _waited_for(self, pid: int, until: float) -> int:
        try:
            return self._heard(until)
        except (EOFError, ConnectionError):  # the forker has ended, and its pass with it
            raise
        except BaseException:
            self._stop(pid)
            raise

    def _heard(self, until: float) -> int:
        """The next number that it tells. Raises TimeoutError and EOFError."""
        if not self._ask.poll(max(0.0, until - time.monotonic())):
            raise TimeoutError
        return int(self._ask.recv_bytes())

    def _stop(self, pid: int) -> None:
        """End a pass gently, so that it stores what it has, then for good."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            with contextlib.suppress(TimeoutError):
                self._heard(time.monotonic() + _STOP_SECONDS)
                return


_idle: defaultdict[int, list[Forker]] = defaultdict(list)
"""By the process whose they are: one that was forked from ours must not speak to ours."""


def run_pass(folder: Path, modules: Collection[str], limit: timedelta) -> int | None:
    """Run the pass whose job lies in the folder, as `Forker.run` does, in whatever thread."""
    mine = _idle[os.getpid()]
    forker = _running(mine) or Forker(folder / SAID)
    try:
        return forker.run(folder, modules, limit)
    finally:
        if forker.is_running:
            mine.append(forker)


def _running(idle: list[Forker]) -> Forker | None:
    with contextlib.suppress(IndexError):
        while True:
            forker = idle.pop()
            if forker.is_running:
                return forker
            forker.close()
    return None


def _said(folder: Path, modules: Collection[str]) -> bytes:
    ask = {
        "folder": str(folder.absolute()),
        "modules": sorted(modules),
        "cwd": str(Path.cwd()),
        "env": dict(os.environ),
    }
    return json.dumps(ask).encode()


@atexit.register
def _close_all() -> None:
    for forker in _idle[os.getpid()]:
        forker.close()
