"""Programs that we start: each in a process group of its own, ended with all that it started."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mentions.errors import SettingsError

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
"""prctl(2): the kernel ends the child when we die, even by kill -9."""


class ChildProcess:
    """A running program; what it prints goes to `log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            # preexec_fn is unsafe beside threads; what runs there is one system call, see below.
            self._process = subprocess.Popen(  # noqa: S603  # our own programs, no shell
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  # see above
            )

    @property
    def exit_status(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def last_words(self, lines: int = 15) -> str:
        """The end of what it printed, for the person who asks why."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, *, patience_seconds: float = 10) -> None:
        """End the whole group: asked first, then killed. May be called twice."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_seconds)


def _die_with_parent() -> None:
    # Safe between fork and exec: one system call, nothing allocated, no lock taken.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def refuse_taken(port: int, *, what: str, option: str) -> None:
    """Raise SettingsError if somebody listens on the loopback port already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SettingsError(
                f"port {port}, where {what} would listen, is taken by another program; "
                f"stop that program, or choose another port with {option}"
            ) from error
