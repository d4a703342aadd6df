"""Erasures of the cockpit: they read the whole journal, so they run beside it like backtests.

One at a time. What they found is gone when the cockpit is started anew; what was being erased then
is finished by doing it once more (`untagged.erasing`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import Lock, Thread
from typing import Literal

from mentions.errors import Conflict, NotFound, UntaggedError
from untagged import erasing
from untagged.erasing import Found, Wanted
from untagged.erasing_words import accounts, places, platforms, refuse_several
from untagged.pipeline import Pipeline

KEPT = 10
State = Literal["looking", "found", "erasing", "erased", "failed"]


@dataclass(frozen=True, slots=True)
class Report:
    """What there is, or was before it was erased; no words of the author."""

    accounts: list[list[object]]
    places: list[tuple[str, str]]
    platforms: list[str]
    is_anything: bool

    @classmethod
    def of(cls, there: Found) -> "Report":
        """What was found."""
        return cls(accounts(there), places(there), platforms(there), there.is_anything)


@dataclass(slots=True)
class Erasure:
    """One of them: who is asked for, how far it has come, and what there is."""

    number: int
    wanted: Wanted
    state: State = "looking"
    report: Report | None = None
    error: str = ""

    @property
    def is_running(self) -> bool:
        """Whether something is being done."""
        return self.state in ("looking", "erasing")

    @property
    def may_be_erased(self) -> bool:
        """Whether a person can say yes to it: it was looked at, and it is one account's name."""
        report = self.report
        is_found = self.state == "found" and report is not None and report.is_anything
        return is_found and report is not None and len(report.platforms) <= 1


class Erasures:
    """Those of one cockpit."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._numbers = count(1)
        self._kept: dict[int, Erasure] = {}
        self._lock = Lock()
        self._thread: Thread | None = None

    def look(self, wanted: Wanted) -> Erasure:
        """Begin to look what there is. Raises Conflict while another runs."""
        with self._lock:
            self._refuse_second()
            one = Erasure(next(self._numbers), wanted)
            self._kept[one.number] = one
            for old in sorted(self._kept)[:-KEPT]:
                del self._kept[old]
            self._run(one, lambda: self._look(one))
        return one

    def erase(self, number: int, *, now: datetime, actor: str, address: str) -> None:
        """Begin to erase what was looked at. Raises Conflict for what cannot be erased now."""
        with self._lock:
            one = self.get(number)
            if not one.may_be_erased:
                raise Conflict("there is nothing to erase here now; look again")
            self._refuse_second()
            one.state = "erasing"
            self._run(one, lambda: self._erase(one, now=now, actor=actor, address=address))

    def get(self, number: int) -> Erasure:
        """The erasure. Raises NotFound for one that is forgotten."""
        if number not in self._kept:
            raise NotFound(f"there is no erasure {number} any more; look again under Admin")
        return self._kept[number]

    def close(self) -> None:
        """Wait for the one that runs: half of it would have to be done again."""
        if self._thread is not None:
            self._thread.join()

    def _refuse_second(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            raise Conflict("another erasure is running; try again when it is done")

    def _run(self, one: Erasure, work: Callable[[], None]) -> None:
        self._thread = Thread(target=self._told, args=(one, work), name=f"erasure {one.number}")
        self._thread.start()

    def _told(self, one: Erasure, work: Callable[[], None]) -> None:
        try:
            work()
        except UntaggedError as error:
            one.state, one.error = "failed", str(error)
        except Exception as error:
            # Nobody waits for this thread: the page must say it, and the log have the rest.
            one.error = f"it failed ({type(error).__name__}: {error}); the log says more"
            one.state = "failed"
            raise

    def _look(self, one: Erasure) -> None:
        one.report = Report.of(erasing.found(self._pipeline, one.wanted))
        one.state = "found"

    def _erase(self, one: Erasure, *, now: datetime, actor: str, address: str) -> None:
        # Found anew: what came since somebody looked goes, too.
        there = erasing.found(self._pipeline, one.wanted)
        refuse_several(there)
        one.report = Report.of(there)
        erasing.erase(self._pipeline, there, now=now, actor=actor, address=address)
        one.state = "erased"
