"""A process with Scrapy loaded that becomes one pass after another, by forking.

Loading Scrapy and its parts takes most of a second, and a reactor runs once and never again. So
one process loads them, crawls nothing itself, and forks for each pass, which so starts at once,
dies alone and gives its memory back. It has no thread, and it ends when its caller has gone.
"""

import contextlib
import gc
import json
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from spiders.crawling import run_job
from spiders.pass_process import SAID
from spiders.politeness import PASS_SETTINGS

_ORPHAN_CHECK_SECONDS = 1.0
"""What the caller has forked may hold its end of the connection open after it has gone."""


class CallerGone(Exception):
    """Nobody waits any more for what we do."""


class Caller:
    """The one who asks for passes and is told of their end.

    A pass holds the connection, though it says nothing: so where the forker is killed, the caller
    hears the connection end when the pass, too, has ended.
    """

    def __init__(self, connection: Connection, pid: int) -> None:
        self._connection = connection
        self._pid = pid

    def asked(self) -> Mapping[str, Any]:
        """Wait for the next pass to start. Raises CallerGone."""
        self._wait_for(self._connection)
        try:
            ask: Mapping[str, Any] = json.loads(self._connection.recv_bytes())
        except EOFError as error:
            raise CallerGone from error
        return ask

    def tell(self, number: int) -> None:
        """Raises ConnectionError where the caller has gone."""
        self._connection.send_bytes(str(number).encode())

    def watch(self, running: int) -> None:
        """Wait for the other end of a pipe to close. Raises CallerGone."""
        if self._connection in self._wait_for(running, self._connection):
            raise CallerGone  # nothing is asked while a pass runs: this is its end

    def hold(self) -> None:
        """Keep the connection open to the very end of this process."""
        os.dup(self._connection.fileno())

    def _wait_for(self, *ends: Connection | int) -> list[object]:
        while not (ready := wait(ends, _ORPHAN_CHECK_SECONDS)):
            if os.getppid() != self._pid:
                raise CallerGone
        return list(ready)


def next_pass(caller: Caller) -> Path:
    """Return in every pass, with its job's folder. Raises CallerGone, not in a pass."""
    while True:
        ask = caller.asked()
        for module in ask["modules"]:  # loaded before the fork, it is there for the next pass too
            import_module(module)
        running, end_of_pass = os.pipe()
        pid = os.fork()
        if pid == 0:
            caller.hold()
            os.close(running)
            return _begin(ask)
        os.close(end_of_pass)
        caller.tell(pid)
        caller.watch(running)
        os.close(running)
        caller.tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _begin(ask: Mapping[str, Any]) -> Path:
    """Stand where the caller stands, in its environment, with a log of one's own."""
    folder = Path(ask["folder"])
    with (folder / SAID).open("ab") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    os.chdir(ask["cwd"])
    os.environ.clear()
    os.environ.update(ask["env"])
    return folder


def load_parts() -> None:
    """Import what Scrapy would otherwise import by its name in every pass."""
    for name in _named(Settings(PASS_SETTINGS)):
        with contextlib.suppress(ImportError):  # an optional part, which no pass uses
            load_object(name)


def _named(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _named(key)
            yield from _named(part)
    elif isinstance(value, str) and value.startswith(("scrapy.", "spiders.")):
        yield value


if __name__ == "__main__":
    load_parts()
    gc.freeze()  # a collection in a pass would copy the memory that all share
    forker = os.getpid()
    try:
        folder = next_pass(Caller(Connection(int(sys.argv[1])), pid=int(sys.argv[2])))
    except (CallerGone, ConnectionError):
        sys.exit()
    run_job(folder, parent=forker)
