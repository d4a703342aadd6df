"""A server started for the tests: never as root, and gone when the tests are gone."""

import atexit
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path


class CannotStart(Exception):
    """This machine cannot run the server; the message says what would change that."""


def is_root() -> bool:
    """Whether we may, and must, step down to another user."""
    return os.geteuid() == 0


def unprivileged(command: Sequence[str]) -> list[str]:
    """The command as `nobody` runs it when we are root, ended by the kernel when we end.

    Servers refuse to run as root; and tests that are killed cannot clean up (PR_SET_PDEATHSIG).
    """
    if shutil.which("setpriv") is None:
        if is_root():
            raise CannotStart("as root we need setpriv to step down: apt-get install util-linux")
        return list(command)
    options = ["--pdeathsig=KILL"]
    if is_root():
        nobody = pwd.getpwnam("nobody")
        options += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return ["setpriv", *options, "--", *command]


def give_away(folder: Path) -> None:
    """Let the unprivileged user own the folder itself (its content is that user's work)."""
    if is_root():
        shutil.chown(folder, "nobody", pwd.getpwnam("nobody").pw_gid)


def temporary_folder(name: str) -> Path:
    """A new folder that the unprivileged user owns and can reach, removed at exit.

    Not pytest's tmp_path: its parents are closed (mode 0700) to every other user.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"untagged-{name}-"))
    folder.chmod(0o755)
    give_away(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class ServerProcess:
    """A running server in a process group of its own, ended with everything it started."""

    def __init__(self, command: Sequence[str], *, log: Path, env: Mapping[str, str]) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                unprivileged(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd="/",
                start_new_session=True,
            )
        atexit.register(self.stop)

    def is_running(self) -> bool:
        """Whether the server itself has not ended yet."""
        return self._process.poll() is None

    def last_words(self, lines: int = 30) -> str:
        """The end of what the server printed, for the person who asks why."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, *, ask: signal.Signals = signal.SIGTERM, patience_seconds: float = 10) -> None:
        """End the whole group: asked first, then killed. May be called twice."""
        for sign in (ask, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_seconds)
        atexit.unregister(self.stop)
