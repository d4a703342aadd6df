"""Every page can be used with a screen reader and by keyboard, as far as axe-core can tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from alerts import book
from alerts.digests import issued
from alerts.firing import Firing
from tests.alerts.digests.made import FULL
from tests.browser import eventually, sized
from tests.untagged.asking_world import WEEK, ByThing, wish
from tests.untagged.served import log_in, served
from tests.untagged.world import import_rows, post, settings_file
from untagged.digests import deciding
from untagged.digests.entries import gather_entries
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
AXE = files("axe_playwright_python").joinpath("axe.min.js")
PAGES = (
    *("/", "/search?q=acme&period=all", "/search?q=sentimnt:x", "/brands/Acme"),
    *("/cases", "/cases/1", "/cases?who=mentioned", "/alerts", "/alerts/1", "/incidents"),
    *(
        "/rules",
        "/routing",
        "/routing/edit",
        "/silences",
        "/sources",
        "/outbox",
        "/webhooks",
        "/team",
    ),
    *("/account", "/nowhere", "/admin/users", "/admin/users/1", "/admin/audit"),
    *("/admin/audit/cases", "/admin/audit/alerts", "/admin/audit/incidents"),
    *("/admin/erase", "/questions/keep?id=import:1", "/questions/known"),
    *("/requests", "/requests/FR-1"),
    *("/digests", "/digests/1", "/subscribe/none", "/unsubscribe/none"),
)
SERIOUS = ("serious", "critical")
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(
  (found) => done(found.violations.map((one) => [
    one.impact, one.id, one.nodes.map((node) => `${node.html}: ${node.failureSummary}`),
  ])),
  (error) => done([["critical", "axe itself", [String(error)]]]),
);
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as pipeline:
        fill(pipeline, folder)
        with served(pipeline) as there:
            yield there


def fill(pipeline: Pipeline, folder: Path) -> None:
    """Put in three posts, one of them in Arabic, their cases, and an alert that fires."""
    rows = [
        post(1, "Acme lost my bag, where is my refund? @acme", NOW - HOUR, title="Lost"),
        post(2, "أين حقيبتي يا acme؟", NOW - HOUR, author={"handle": "layla"}),
        post(3, "I love my new Acme shoes 😀", NOW - 2 * HOUR),
    ]
    pipeline.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
    pipeline.process(now=NOW)
    pipeline.respond(now=NOW)
    pipeline.store.upsert([wish(1, "#dark mode, please"), wish(2, "#dark mode when it is late")])
    gather_entries(pipeline, WEEK, "feature-requests", ByThing().likeness)
    deciding.mark(pipeline, "FR-1", "planned", who="ana", now=NOW, note="in May")
    with pipeline.begin() as connection:
        issued.keep(connection, FULL, now=NOW)
        firing = Firing(
            key="spike:Acme",
            rule="negative spike",
            kind="spike",
            brand="Acme",
            signal="negative",
            severity=2,
            observed=12.0,
            expected=2.0,
            reason="12 negative mentions in the hour, 2 expected",
            at=NOW,
            began=NOW,
        )
        book.record(connection, firing, repeat=HOUR, now=NOW)


def violations(browser: WebDriver) -> list[str]:
    """What axe finds serious on the page, each with its element."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script(RUN)
    return [
        f"{name}: {node}" for impact, name, nodes in found if impact in SERIOUS for node in nodes
    ]


@pytest.mark.slow
def test_the_login_page_is_accessible(address: str, chromium: WebDriver) -> None:
    chromium.get(f"{address}/login")
    assert violations(chromium) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible(address: str, chromium: WebDriver, path: str) -> None:
    log_in(chromium, address, path)
    assert violations(chromium) == []


@pytest.mark.slow
def test_what_there_is_of_an_author_is_accessible(address: str, chromium: WebDriver) -> None:
    log_in(chromium, address, "/admin/erase")
    chromium.find_element(By.NAME, "author").send_keys("layla", Keys.ENTER)
    eventually(chromium, lambda: chromium.find_elements(By.NAME, "again"), what="the second step")
    assert violations(chromium) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_pages_on_a_phone_are_accessible(address: str, chromium: WebDriver, path: str) -> None:
    with sized(chromium, width=390, height=844):
        log_in(chromium, address, path)
        assert violations(chromium) == []
