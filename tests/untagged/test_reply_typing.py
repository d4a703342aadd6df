"""The reply box counts and marks while one types, in a real browser over a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser import complaints, eventually
from tests.untagged.served import served
from tests.untagged.world import import_rows, post, settings_file
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC)
RUN = "<img src=x onerror='window.owned = true'>"


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as pipeline:
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
    chromium.get(f"{cockpit}/cases/1")
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
