"""Every page of the cockpit over a million mentions: milliseconds on the server, and its weight.

    python -m bench pages [--mentions 1000000] [--folder kept] [--repeats 9] [--only search]

fills the folder once (`bench.firm`) and asks each GET route of the application as an admin, in
this process, so that a new page is measured as soon as it is there. The clock goes on by more than
a minute between two looks: what is kept for a minute is counted anew each time.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event, text

from bench import firm, firm_reports
from bench.stores import machine
from mentions.query.parser import parse_query
from untagged.accounts import book, sessions
from untagged.pipeline import Pipeline
from untagged.web.app import create_app
from untagged.web.cookies import SESSION
from untagged.wiring import open_pipeline

MOST_MS, MOST_BYTES = 200, 150_000
STEP = timedelta(seconds=61)
STREAMS = frozenset({"/now/changes"})
"""Answers that never end."""
SPIKE = "?signal=negative&began=2026-03-01T07:30:00Z"
MORE = {
    "/brands/{name}": ("?days=1", "?days=28"),
    "/brands/{name}/volume.svg": ("?days=1", "?days=28"),
    "/search": (
        "?q=&period=all",
        "?q=word20&period=all",
        "?q=word0&period=all&sort=relevance",
        "?q=sentiment:negative&period=30d",
        "?q=site:site1.example.com&period=all",
        "?q=topic:%22topic+1%22&period=all&sort=widest",
        "?q=author.followers:>4000&period=all",
        "?q=&period=all&sort=widest",
    ),
    "/cases": ("?status=all", "?status=all&page=100", "?overdue=true"),
    "/alerts": ("?kind=unanswered",),
    "/team": ("?days=90", "?by=agent", "?by=brand"),
    "/brands/{name}/spike": (SPIKE,),
    "/brands/{name}/spike.svg": (SPIKE,),
    "/search/correct": ("?mention=source-0:0",),
    "/questions/keep": ("?id={question}",),
    "/requests": ("?kind=bug-reports",),
    "/admin/audit": ("?user=ada",),
    "/search/complete": ("?q=author:author1", "?q=wor", "?q=topic:"),
    "/search/lint": ("?q=word20",),
    "/admin/erase": ("?author=author1",),
}
"""What else people ask a page for; what it shows by itself is always asked."""
NEEDS_MORE = frozenset(
    {
        "/brands/{name}/spike",
        "/brands/{name}/spike.svg",
        "/search/correct",
        "/questions/keep",
    }
)
"""What shows nothing by itself."""
NO_DATA = frozenset({"/admin/erase/{number}", "/rules/tried/{number}"})
"""Pages of what runs meanwhile: a trial of rules, an erasure."""


class Clock:
    """The cockpit's clock, which stands still during a page."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def clock_of_the_cockpit(clock: Callable[[], datetime]) -> Iterator[None]:
    """Every module of the cockpit reads this clock, whatever name it knows it by."""
    pages = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("untagged.web") and hasattr(module, "clock_now")
    ]
    before = [module.clock_now for module in pages]
    try:
        for module in pages:
            module.clock_now = clock
        yield
    finally:
        for module, its_own in zip(pages, before, strict=True):
            module.clock_now = its_own


class CountedStore:
    """A mention store that counts what it is asked."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found
        self.asked[name] += 1
        return found


@dataclass
class Statements:
    """How many statements the operations database ran."""

    ran: int = 0

    def __call__(self, *_args: object) -> None:
        self.ran += 1


@contextmanager
def statements() -> Iterator[Statements]:
    """Count those of every engine of this process."""
    counting = Statements()
    event.listen(Engine, "before_cursor_execute", counting)
    try:
        yield counting
    finally:
        event.remove(Engine, "before_cursor_execute", counting)


@dataclass
class Looked:
    """What one address did, look by look."""

    route: str
    address: str
    status: int = 0
    media: str = ""
    weight: int = 0
    store: int = 0
    sql: int = 0
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def is_page(self) -> bool:
        return self.media.startswith("text/html")

    @property
    def is_over(self) -> bool:
        return self.is_page and (self.median > MOST_MS or self.weight > MOST_BYTES)


def page_routes(app: FastAPI) -> list[APIRoute]:
    """Every GET route of the cockpit but the endless ones; the API has none of these pages."""
    return [
        route
        for route in app.routes
        if isinstance(route, APIRoute) and "GET" in route.methods and route.path not in STREAMS
    ]


def addresses(app: FastAPI, pipeline: Pipeline) -> list[tuple[str, str]]:
    """Each route, and its address or what else people ask of it, with parameters from the data."""
    found: list[tuple[str, str]] = []
    for route in page_routes(app):
        if route.path in NO_DATA:
            continue
        path, more = _filled(route.path, pipeline), MORE.get(route.path, ())
        asked = more if route.path in NEEDS_MORE else ("", *more)
        found += [
            (route.path, path + each.replace("{question}", quote(_question(pipeline))))
            for each in asked
        ]
    return found


def _question(pipeline: Pipeline) -> str:
    """One that was asked two weeks ago: as many as can be were answered since."""
    query = parse_query(f'brand:"{pipeline.settings.brands[0].name}" intent:question')
    page = pipeline.store.search(query, until=firm.NOW - timedelta(days=14), limit=1)
    return page.mentions[0].id


def _filled(path: str, pipeline: Pipeline) -> str:
    """The path with parameters that lead to something. A new kind of parameter must be added."""
    sought = {
        "/brands/{name}": lambda: quote(pipeline.settings.brands[0].name),
        "/alerts/{number}": lambda: _first(pipeline, "alerts", "kind = 'spike'"),
        "/incidents/{number}": lambda: _first(pipeline, "incidents", "status <> 'merged'"),
        "/cases/{number}": lambda: _first(pipeline, "cases", "status = 'open'"),
        "/presence/{number}": lambda: _first(pipeline, "cases", "status = 'open'"),
        "/search/views/{number}": lambda: _first(pipeline, "saved_views", "1 = 1"),
        "/admin/users/{number}": lambda: _first(pipeline, "users", "1 = 1"),
        "/survey/{token:path}": lambda: _survey_token(pipeline),
        "/requests/{entry}": lambda: "FR-1",
        "/digests/feed/{token}": lambda: _link(pipeline, "feed"),
        "/digests/{number}": lambda: _first(pipeline, "issued_digests", "1 = 1"),
        "/unsubscribe/{token:path}": lambda: _link(pipeline, "stop"),
        "/subscribe/{token}": lambda: _link(pipeline, "yes"),
        "/admin/audit/{kind}": lambda: "cases",
    }
    for beginning, value in sought.items():
        if path.startswith(beginning):
            own, rest = beginning.partition("{")[0] + str(value()), path[len(beginning) :]
            return own + rest.replace("{form}", "md").replace("{chart}", "1")
    if "{" in path:
        raise SystemExit(f"{path}: say in bench/pages.py what fills it")
    return path


def _survey_token(pipeline: Pipeline) -> str:
    return (Path(pipeline.settings.journal).parent / firm.SURVEY).read_text("utf-8")


def _link(pipeline: Pipeline, what: str) -> str:
    links = (Path(pipeline.settings.journal).parent / firm_reports.LINKS).read_text("utf-8")
    found: str = json.loads(links)[what]
    return found


def _first(pipeline: Pipeline, table: str, condition: str) -> int:
    statement = text(f"SELECT max(id) FROM {table} WHERE {condition}")  # noqa: S608  # ours
    with pipeline.read() as connection:
        found: int = connection.execute(statement).scalar_one()
    return found


def admin_of(app: FastAPI, pipeline: Pipeline, *, now: datetime) -> TestClient:
    """A client in which the admin is logged in."""
    client = TestClient(app, follow_redirects=False)
    with pipeline.begin() as connection:
        user = book.named_user(connection, firm.ADMIN)
        token = sessions.begin_session(
            connection, user.id, now=now, address="127.0.0.1", browser="bench"
        )
    client.cookies.set(SESSION, token, domain="testserver.local")
    return client


def looked_at(pipeline: Pipeline, *, only: str = "", repeats: int = 9) -> list[Looked]:
    """Every address some times over, all of them in each round."""
    counted = CountedStore(pipeline.store)
    pipeline.store = counted  # type: ignore[assignment]  # a store that counts
    app, clock = create_app(pipeline), Clock(firm.NOW)
    with (
        clock_of_the_cockpit(clock),
        statements() as ran,
        admin_of(app, pipeline, now=firm.NOW) as admin,
    ):
        pages = [Looked(*each) for each in addresses(app, pipeline) if only in each[1]]
        for _ in range(repeats):
            clock.now += STEP
            for page in pages:
                counted.asked.clear()
                ran.ran = 0
                began, began_cpu = time.perf_counter(), time.process_time()
                answer = admin.get(page.address)
                page.wall.append((time.perf_counter() - began) * 1000)
                page.cpu.append((time.process_time() - began_cpu) * 1000)
                page.status, page.weight = answer.status_code, len(answer.content)
                page.media = answer.headers.get("content-type", "")
                page.store, page.sql = counted.asked.total(), ran.ran
    return pages


def show(pages: list[Looked], count: int) -> None:
    """A row for each address; what is over the bar is marked."""
    table = Table(
        title=f"{count:,} mentions; {machine()}",
        caption=f"bar: {MOST_MS} ms median, {MOST_BYTES // 1000} KB a page; "
        f"{len(pages[0].wall)} looks, the first on cold caches; "
        f"load {os.getloadavg()[0]:.1f} at the end",
    )
    table.add_column("GET", overflow="fold")
    for heading in ("", "median ms", "CPU ms", "worst ms", "first ms", "KB", "store", "SQL"):
        table.add_column(heading, justify="right")
    for page in sorted(pages, key=lambda page: (not page.is_page, -page.median)):
        figures = (page.median, statistics.median(page.cpu), max(page.wall), page.wall[0])
        table.add_row(
            page.address,
            "OVER" if page.is_over else "" if page.is_page else page.media.partition(";")[0],
            *(f"{figure:,.0f}" for figure in figures),
            f"{page.weight / 1000:,.1f}",
            *map(str, (page.store, page.sql)),
            style="" if page.status == 200 else "dim",
        )
    Console(width=150).print(table)
    others = [f"{page.address} {page.status}" for page in pages if page.status != 200]
    print("no page:", ", ".join(others) or "none")
    print("over the bar:", ", ".join(page.address for page in pages if page.is_over) or "none")


def main() -> None:
    """Fill unless it is there, look, show."""
    parser = argparse.ArgumentParser("python -m bench pages", description=__doc__)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="kept there; else below var/bench")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--only", default="", help="addresses that hold this")
    asked = parser.parse_args()
    for name in firm.SECRETS:
        os.environ.setdefault(name, firm.SECRET)
    folder = asked.folder or Path("var") / "bench" / f"firm-{asked.mentions}"
    firm.fill(folder, asked.mentions)
    with open_pipeline(folder / "untagged.yaml") as pipeline:
        show(looked_at(pipeline, only=asked.only, repeats=asked.repeats), asked.mentions)


if __name__ == "__main__":
    main()
