"""Processes that are killed at a moment of their work, whatever the speed of the machine."""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool


@dataclass
class Deeds:
    """What a process has done to its database so far; it dies (kill -9) of the one named.

    `statement` is in the middle of a transaction, `write` right after one that wrote.
    """

    dies_of: str = ""
    dies_at: int = 0
    statement: int = 0
    write: int = 0
    _wrote: bool = False

    def watch(self) -> None:
        event.listen(Engine, "after_cursor_execute", self._executed)
        event.listen(Pool, "checkin", self._ended)

    def _executed(self, *execution: Any) -> None:
        self._wrote = self._wrote or execution[2].startswith(("INSERT", "UPDATE", "DELETE"))
        self._done("statement")

    def _ended(self, *_connection: object) -> None:
        if self._wrote:
            self._done("write")
        self._wrote = False

    def _done(self, deed: str) -> None:
        setattr(self, deed, getattr(self, deed) + 1)
        if deed == self.dies_of and getattr(self, deed) == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def keep(self, file: Path) -> None:
        """Write how many of each there were."""
        file.write_text(json.dumps({"statement": self.statement, "write": self.write}))
