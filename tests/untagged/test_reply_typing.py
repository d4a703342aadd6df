"""The reply box counts and marks while one types, in a real browser over a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases.reply_policy import SURVEY_SECRET
from tests.browser import complaints, eventually
from tests.untagged.served import log_in, served
from tests.untagged.world import import_rows, post, settings_file
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC)
RUN = "<img src=x onerror='window.owned = true'>"


SURVEYS = "surveys: {url: 'https://ask.acme.example'}\n"


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder, more=SURVEYS)) as pipeline:
        rows = [post(1, "Acme lost my bag, worst service ever", NOW - timedelta(hours=1))]
        pipeline.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        pipeline.process(now=NOW)
        pipeline.respond(now=NOW)
        with served(pipeline) as url:
            yield url


def texts(browser: WebDriver, css: str) -> list[str]:
    """Read at once: the piece may be replaced at any moment."""
    read = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
    found: list[str] = browser.execute_script(read, css)
    return found


def test_a_reply_is_counted_and_marked_while_one_types(chromium: WebDriver, cockpit: str) -> None:
    log_in(chromium, cockpit, "/cases/1")
    box = chromium.find_element(By.NAME, "text")
    said = f"You just need to wait {RUN}"
    box.send_keys(said)
    shown = f"{len(said)} characters"
    eventually(chromium, lambda: shown in "".join(texts(chromium, "#counted")), what=shown)
    assert texts(chromium, "#checked mark") == ["just need to"]
    assert chromium.execute_script("return window.owned") is None
    box.clear()
    box.send_keys("I'm sorry, I look into it.")
    mended = ["Nothing to mend."]
    eventually(chromium, lambda: texts(chromium, "#tone") == mended, what=mended[0])
    assert complaints(chromium) == []


def test_a_case_is_answered_resolved_and_asked_about_by_clicks_alone(
    chromium: WebDriver, cockpit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SURVEY_SECRET, "a secret that is long enough for it")

    def click(css: str) -> None:
        def clicked() -> bool:
            try:
                found = chromium.find_element(By.CSS_SELECTOR, css)
                # In the middle, as what sticks to an edge of the page would take the click.
                chromium.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
                found.click()
            except (NoSuchElementException, StaleElementReferenceException):
                return False  # the page before is still going
            return True

        eventually(chromium, clicked, what=css)

    def says(css: str, words: str) -> None:
        eventually(chromium, lambda: words in "".join(texts(chromium, css)), what=words)

    log_in(chromium, cockpit, "/cases/1")
    click(".chips[aria-label=Templates] a")
    says("#tone", "Nothing to mend.")
    click(".reply button[formaction]")
    says("#tone", "Nothing to mend.")
    click(".reply button:not([formaction])")
    click("form[action^='/replies/'] button:not([name])")
    says(".reply-handed .chip", "handed over")
    chromium.find_element(By.XPATH, "//button[text()='Resolve']").click()
    click("form[action$='/survey'] button")
    says("code.break", "/survey/")
    (link,) = texts(chromium, "code.break")
    chromium.get(link.replace("https://ask.acme.example", cockpit))
    click("button[value='4']")
    says("[role=status]", "Thank you!")
    assert texts(chromium, "[aria-pressed]") == ["4"]
    assert complaints(chromium) == []
