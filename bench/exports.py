"""What writing an export holds in memory, and how fast it is: each format in a process of its own.

    python -m bench exports [--mentions 1000000] [--store sqlite:////path/mentions.db]

The bar is 300 MB for a million mentions, the interpreter included. Of Hyper, which runs beside us,
its own memory counts too; the file that it maps is the kernel's to take back. Without --store one
of bench.stores is made first.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.stores import PART, machine, mentions, store_writer
from mentions.sqlite import SqliteStore

BAR_MB = 300
FORMATS = ("csv", "jsonl", "parquet", "hyper")
GLANCE_SECONDS = 0.02
COMMAND = """
import sys
from untagged.cli import app
app(sys.argv[1:], standalone_mode=False)
held = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(held["VmHWM"].split()[0]) // 1024)
"""
"""`untagged export` as people run it, and then the most that its process held. Not ru_maxrss: in
that a process begins with what the one held that started it, here 496 MB after making a store."""
SETTINGS = "store: '{store}'\ndatabase: 'sqlite:///ops.db'\njournal: journal\n"


def filled(folder: Path, count: int) -> str:
    """A store of the posts of bench.stores; its URL."""
    path = folder / "mentions.db"
    stream = mentions(count)
    with SqliteStore(path) as store:
        store.prepare()
        write = store_writer(store)
        while part := list(islice(stream, PART)):
            write(part)
    return f"sqlite:///{path}"


class Watch:
    """The most that a process and what it starts held: their own memory, and with files mapped."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.own = self.of_child = self.own_of_child = 0
        self.together = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(GLANCE_SECONDS):
            rss, own = held(self.pid)
            below = [held(child) for child in children(self.pid)]
            own_below = sum(each for _, each in below)
            self.own = max(self.own, own)
            self.of_child = max(self.of_child, sum(each for each, _ in below))
            self.own_of_child = max(self.own_of_child, own_below)
            self.together = max(self.together, rss + own_below)


def held(pid: int) -> tuple[int, int]:
    """MB that a process has in memory, and how much of it is no file."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    said = dict(line.split(":", 1) for line in lines if ":" in line)
    rss, own = (int(said.get(name, "0").split()[0]) // 1024 for name in ("VmRSS", "RssAnon"))
    return rss, own


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return by_parent(pid)


def by_parent(pid: int) -> list[int]:
    """Where the kernel keeps no list of children."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                lines = (folder / "status").read_text().splitlines()
            except OSError:
                continue
            if f"PPid:\t{pid}" in lines:
                found.append(int(folder.name))
    return found


def exported(folder: Path, form: str) -> tuple[str, ...]:
    """Run `untagged export` as people do; a row of the table."""
    out = folder / f"out.{form}"
    words = ["--config", str(folder / "untagged.yaml"), "export", "*", "--format", form]
    command = [sys.executable, "-c", COMMAND, *words, "--out", str(out)]
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  # ourselves
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watch = Watch(process.pid)
    said, complained = process.communicate()
    watch.stop()
    took = time.perf_counter() - began
    if process.returncode:
        sys.exit(f"{form}: {complained}")
    peak = int(said.splitlines()[-1])
    size = out.stat().st_size
    out.unlink()
    rows = int(complained.rpartition(": ")[2].split()[0].replace(",", ""))
    total = max(peak + watch.own_of_child, watch.together)
    return (
        form,
        f"{rows:,}",
        f"{peak} MB",
        f"{watch.own_of_child} MB" if watch.of_child else "",
        f"{watch.of_child} MB" if watch.of_child else "",
        f"{total} MB{'' if total < BAR_MB else f' (over {BAR_MB})'}",
        f"{rows / took:,.0f}/s",
        f"{size / 2**20:,.0f} MB",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--store", default="")
    parser.add_argument("--formats", nargs="+", default=FORMATS, choices=FORMATS)
    asked = parser.parse_args()
    table = Table(title=f"exports; {machine()}")
    headings = ("format", "mentions", "peak", "Hyper's own", "and its file mapped", "together")
    for heading in (*headings, "written", "file"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = asked.store or filled(folder, asked.mentions)
        (folder / "untagged.yaml").write_text(SETTINGS.format(store=store))
        for form in asked.formats:
            table.add_row(*exported(folder, form))
    table.caption = f"load {os.getloadavg()[0]:.1f} at the end"
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
