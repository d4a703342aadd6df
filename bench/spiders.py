"""Collecting from the demo town, over HTTP on loopback, into a journal.

1. Posts a second of each source of the shipped example, and of all in one pass, politeness off.
2. Fifty sources on fifty hosts, politeness on: how late each of them is asked, beside its interval.
3. Memory of the collecting process over 17,000 posts and over 200,000.

    python -m bench.spiders [--days 60] [--times 12] [--minutes 3]
"""

import argparse
import contextlib
import os
import platform
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from spiders.collecting import collect
from spiders.pacing import Pass, next_turn
from spiders.run import SourceRun
from spiders.source import Source
from untagged.settings import load_settings
from untagged.town.access import TOKEN
from untagged.town.server import TownSettings, running

NOW = datetime(2026, 3, 6, 16, 20, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[1] / "untagged/example.yaml"
EXAMPLE_TOWN = "127.0.0.1:8765"
USER_AGENT = "untagged-bench/0.1 (on loopback only)"
UNBOUNDED = 10_000
LONG = timedelta(hours=1)
FIFTY = 50
EVERY = timedelta(seconds=30)
CONSOLE = Console(width=110)


@dataclass
class Collector:
    """Remembers cursors as the pipeline does."""

    folder: Path
    cursors: dict[str, Any]

    def run(
        self, sources: list[Source], *, now: datetime = NOW, time_limit: timedelta = LONG
    ) -> tuple[list[SourceRun], float]:
        """One pass, and the seconds that it took."""
        began = time.perf_counter()
        runs = collect(
            sources,
            journal_url=str(self.folder),
            cursors=self.cursors,
            user_agent=USER_AGENT,
            now=now,
            time_limit=time_limit,
        )
        took = time.perf_counter() - began
        for run in runs:
            if not run.ok:
                raise SystemExit(f"{run.source}: {run.error}")
            self.cursors[run.source] = run.cursor
        return runs, took


@contextlib.contextmanager
def collector() -> Iterator[Collector]:
    """One with a journal of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Collector(Path(folder), {})


@contextlib.contextmanager
def town(days: int) -> Iterator[str]:
    """A frozen town without limits; yields its host and port."""
    settings = TownSettings(now=NOW, days=days, pace=0, requests_per_5_minutes=10**9)
    with running(settings) as url:
        yield url.removeprefix("http://")


def example_sources(host: str, days: int) -> list[Source]:
    """The sources of the shipped example, on that town, as far back as it goes."""
    said = EXAMPLE.read_text("utf-8").replace(EXAMPLE_TOWN, host)
    # The streams' own history, further in, stays: a stream keeps some days only.
    said = said.replace("\n      history: 14d", f"\n      history: {days}d")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "untagged.yaml"
        path.write_text(said, "utf-8")
        sources = load_settings(path).settings.sources
    return [_impolite(source) for source in sources]


def _impolite(source: Source) -> Source:
    bounds = {"max_pages": UNBOUNDED} if "max_pages" in source.params else {}
    manners = {"delay_seconds": 0, "obey_robots": False, "params": {**source.params, **bounds}}
    return source.model_copy(update=manners)


def speed(days: int) -> Table:
    """Each source alone, the largest first, then all of them at once."""
    table = Table("source", "posts", "seconds", "posts/s", title=f"A town of {days} days")
    with town(days) as host:
        sources = example_sources(host, days)
        alone: list[tuple[int, float, str]] = []
        for source in sources:
            with collector() as one:
                runs, took = one.run([source])
            alone.append((runs[0].posts, took, source.name))
        with collector() as one:
            runs, took = one.run(sources)
    for posts, seconds, name in sorted(alone, reverse=True):
        table.add_row(name, f"{posts:,}", f"{seconds:.1f}", f"{posts / seconds:,.0f}")
    posts = sum(run.posts for run in runs)
    table.add_row("all at once", f"{posts:,}", f"{took:.1f}", f"{posts / took:,.0f}", style="bold")
    return table


def schedule(minutes: float) -> Table:
    """Fifty polite sources, each on a host of its own, asked when their turn has come."""
    late: list[float] = []
    with contextlib.ExitStack() as stack:
        hosts = [stack.enter_context(town(1)) for _ in range(FIFTY)]
        sources = [
            Source.model_validate(
                {
                    "name": f"forum-{number}",
                    "spider": "feed",
                    "every": EVERY,
                    "every_at_most": EVERY,
                    "allow_private": True,
                    "params": {"urls": [f"http://{host}/forum/atom.xml"]},
                }
            )
            for number, host in enumerate(hosts)
        ]
        one = stack.enter_context(collector())
        passes: dict[str, Pass] = {}
        took: list[float] = []
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < minutes * 60:
            now = NOW + timedelta(seconds=elapsed)
            due = [each for each in sources if _is_due(each, passes, now)]
            for source in due:
                if source.name in passes:
                    turn = next_turn(source, [passes[source.name]])
                    late.append((now - turn.at).total_seconds())
            if due:
                runs, seconds = one.run(due, now=now, time_limit=EVERY)
                took.append(seconds)
                passes |= {run.source: Pass(run.ended_at, run.fault, run.posts) for run in runs}
            time.sleep(0.2)
    every = int(EVERY.total_seconds())
    table = Table("", "seconds", title=f"{FIFTY} sources, every {every} s, politeness on")
    table.add_row("passes", f"{len(took)}")
    table.add_row("a pass took, median", f"{sorted(took)[len(took) // 2]:.1f}")
    table.add_row("asked too late, median", f"{sorted(late)[len(late) // 2]:.1f}")
    table.add_row("asked too late, worst", f"{max(late):.1f}")
    return table


def _is_due(source: Source, passes: dict[str, Pass], now: datetime) -> bool:
    return source.name not in passes or next_turn(source, [passes[source.name]]).at <= now


def memory(days: int, times: int) -> Table:
    """The most that the collecting process held: one reading of the town, and many in one pass."""
    table = Table("posts", "posts/s", "most memory", title="Memory of collecting, Mastodon")
    for readings in (1, times):
        with town(days) as host, collector() as one:
            (source,) = (x for x in example_sources(host, days) if x.spider == "mastodon")
            names = [f"mastodon-{number}" for number in range(readings)]
            with watched() as most:
                runs, took = one.run([source.model_copy(update={"name": name}) for name in names])
        posts = sum(run.posts for run in runs)
        table.add_row(f"{posts:,}", f"{posts / took:,.0f}", f"{max(most):.0f} MiB")
    return table


@contextlib.contextmanager
def watched() -> Iterator[list[float]]:
    """MiB that the processes below this one hold, looked at five times a second.

    What the system remembers of an ended process would not do: it begins with what its parent held.
    """
    seen, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            seen.extend(_held())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _held() -> Iterator[float]:
    for forker in _children("self"):
        for pid in (forker, *_children(forker)):
            with contextlib.suppress(OSError, IndexError):  # it has just ended
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                yield pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _children(pid: str) -> list[str]:
    found = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.extend(listed.read_text().split())
    return found


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=3)
    asked = parser.parse_args()
    os.environ["TOWN_TOKEN"] = TOKEN
    CONSOLE.print(memory(asked.days, asked.times))
    CONSOLE.print(speed(asked.days))
    CONSOLE.print(schedule(asked.minutes))
    load = os.getloadavg()[0]
    CONSOLE.print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f} at the end"
    )


if __name__ == "__main__":
    main()
