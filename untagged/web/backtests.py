"""Backtests of the cockpit: they take longer than a page may, so they run beside it.

One at a time, since each reads weeks of the store. They are gone when the cockpit is started anew:
what people said of their alerts is kept (alerts/labels.py), the rest can be run again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Event as Signal
from threading import Lock, Thread

from alerts.rules import Rule
from mentions.errors import Conflict, NotFound, UntaggedError
from untagged.events import Event
from untagged.pipeline import Pipeline

STEP = timedelta(minutes=15)
"""A bucket of a series: between two of them no spike begins."""
KEPT = 10


@dataclass(slots=True)
class Job:
    """One backtest: what was asked, how far it has come, what it found."""

    number: int
    written: str
    rules: tuple[Rule, ...]
    since: datetime
    until: datetime
    at: datetime
    is_done: bool = False
    error: str = ""
    events: list[Event] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How much of the window was looked at, 0 to 1."""
        return (self.at - self.since) / (self.until - self.since)


class Backtests:
    """Those of one cockpit."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._numbers = count(1)
        self._jobs: dict[int, Job] = {}
        self._lock = Lock()
        self._stopping = Signal()
        self._thread: Thread | None = None

    def start(
        self, rules: Sequence[Rule], *, written: str, since: datetime, until: datetime
    ) -> Job:
        """Begin one. Raises Conflict while another runs."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise Conflict("another backtest is running; try again when it is done")
            number = next(self._numbers)
            job = Job(number, written, tuple(rules), since, until, at=since)
            self._jobs[number] = job
            for old in sorted(self._jobs)[:-KEPT]:
                del self._jobs[old]
            self._thread = Thread(target=self._run, args=(job,), name=f"backtest {number}")
            self._thread.start()
        return job

    def get(self, number: int) -> Job:
        """The backtest. Raises NotFound for one that is forgotten."""
        if number not in self._jobs:
            raise NotFound(f"there is no backtest {number} any more; start it again under Rules")
        return self._jobs[number]

    def close(self) -> None:
        """Stop the one that runs, at its next step."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, job: Job) -> None:
        try:
            job.events.extend(self._events(job))
        except UntaggedError as error:
            job.error = str(error)
        except Exception as error:
            # Nobody waits for this thread: the page must say it, and the log have the rest.
            job.error = f"it failed ({type(error).__name__}: {error}); the log says more"
            raise
        finally:
            job.is_done = True

    def _events(self, job: Job) -> Iterable[Event]:
        def looked(now: datetime) -> None:
            job.at = now
            if self._stopping.is_set():
                raise UntaggedError("the cockpit was stopped while it ran; start it again")

        return self._pipeline.replay(
            since=job.since, until=job.until, step=STEP, rules=job.rules, looked=looked
        )
