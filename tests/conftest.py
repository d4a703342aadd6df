"""The servers that tests ask for by name; each starts at its first use, once a session."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from selenium.webdriver.remote.webdriver import WebDriver
from sqlalchemy import URL

from tests.browser import browsing, complaints
from tests.elasticsearch_node import elasticsearch
from tests.postgres_server import fresh_database, postgres
from tests.server_process import CannotStart

NOT_STARTED = "this machine cannot start "


SLOW_LEFT_OUT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without-slow", action="store_true", help="leave slow tests out, and say so")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that two workers end at about the same time."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    if config.getoption("without_slow"):
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        config.stash[SLOW_LEFT_OUT] = len(slow)
    long = {item.path for item in slow}
    items.sort(key=lambda item: item.path not in long)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands on what it left out: each collects all tests."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["slow left out"] = session.config.stash.get(SLOW_LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take it from the worker, unless it crashed."""
    if error is None:
        node.config.stash[SLOW_LEFT_OUT] = node.workeroutput["slow left out"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested and why: slow tests, and what needs a server."""
    if left_out := terminalreporter.config.stash.get(SLOW_LEFT_OUT, 0):
        terminalreporter.write_line(
            f"!!! NOT TESTED: {left_out} slow tests; make test SLOW=1 runs them too, as CI does",
            yellow=True,
            bold=True,
        )
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for reason in sorted({said.partition(NOT_STARTED)[2].rstrip("')") for said in skipped}):
        if reason:
            terminalreporter.write_line(f"!!! NOT TESTED: {reason}", red=True, bold=True)


def cannot_start(server: str, why: CannotStart) -> NoReturn:
    """Skip what needs the server; in CI, where it must be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must test against {server}: {why}", pytrace=False)
    pytest.skip(f"{NOT_STARTED}{server}: {why}")


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """A real Elasticsearch, shared by all tests: use a prefix of your own for your indices."""
    with contextlib.ExitStack() as running:
        try:
            url = running.enter_context(elasticsearch())
        except CannotStart as why:
            cannot_start("Elasticsearch", why)
        yield url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A real PostgreSQL, shared by all tests; a test wants `postgres_url`."""
    with contextlib.ExitStack() as running:
        try:
            url = running.enter_context(postgres())
        except CannotStart as why:
            cannot_start("PostgreSQL", why)
        yield url


@pytest.fixture
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own, as a SQLAlchemy URL."""
    with fresh_database(postgres_server, f"test_{uuid.uuid4().hex}") as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def chromium_started() -> Iterator[WebDriver]:
    """A real browser, shared by all tests; a test wants `chromium`."""
    with contextlib.ExitStack() as running:
        try:
            browser = running.enter_context(browsing())
        except CannotStart as why:
            cannot_start("Chromium", why)
        yield browser


@pytest.fixture
def chromium(chromium_started: WebDriver) -> WebDriver:
    """The browser with an empty page and nothing that another test left: no cookie, no complaint.

    It reaches loopback alone. What a page did wrong, `tests.browser.complaints` tells.
    """
    chromium_started.delete_all_cookies()
    chromium_started.get("about:blank")
    complaints(chromium_started)
    return chromium_started
