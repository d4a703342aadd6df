"""A searcher's day in a browser: ask, narrow, correct, keep the view, take it along, be told."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.select import Select

from cases import corrections
from tests.browser import complaints, eventually, press, shows
from tests.untagged.served import log_in
from tests.untagged.told_town import (
    cockpit as cockpit,  # noqa: PLC0414  # a fixture
)
from tests.untagged.told_town import (
    pipeline as pipeline,  # noqa: PLC0414  # a fixture
)
from untagged.pipeline import Pipeline

pytestmark = pytest.mark.slow


@pytest.fixture
def search(chromium: WebDriver, cockpit: str) -> Iterator[WebDriver]:
    log_in(chromium, cockpit, "/search")
    yield chromium
    assert complaints(chromium) == []


def query_of(browser: WebDriver) -> str:
    return str(browser.find_element(By.NAME, "q").get_property("value"))


def fetched(browser: WebDriver, link: str) -> str:
    """What stands behind the link, asked for with the reader's own login."""
    read = "const done = arguments[1]; fetch(arguments[0]).then((got) => got.text()).then(done);"
    return str(browser.execute_async_script(read, link))


def keeps_the_view(search: WebDriver, cockpit: str, *, query: str) -> None:
    """For all, and finds it again under its name."""
    search.find_element(By.CSS_SELECTOR, ".views summary").click()
    form = search.find_element(By.CSS_SELECTOR, '.views form[action="/search/views"]')
    form.find_element(By.CSS_SELECTOR, "input[name=name]").send_keys("app troubles")
    form.find_element(By.NAME, "shared").click()
    form.find_element(By.TAG_NAME, "button").click()
    search.get(f"{cockpit}/search")
    shows(search, "app troubles", ".views")
    search.find_element(By.PARTIAL_LINK_TEXT, "app troubles").click()
    eventually(search, lambda: query_of(search) == query, what="the kept query")


def takes_along(search: WebDriver) -> set[str]:
    """As a file, row by row what the page counts; gives the ids."""
    search.find_element(By.CSS_SELECTOR, "details.take summary").click()
    as_csv = search.find_element(By.LINK_TEXT, "CSV").get_attribute("href")
    as_lines = search.find_element(By.LINK_TEXT, "JSON lines").get_attribute("href")
    rows = list(csv.DictReader(io.StringIO(fetched(search, str(as_csv)))))
    lines = [json.loads(line) for line in fetched(search, str(as_lines)).splitlines()]
    assert {row["sentiment"] for row in rows} == {"negative"}
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    shows(search, f"{len(rows)} mentions", "main > p.quiet")
    return {row["id"] for row in rows}


def test_a_day_of_searching(search: WebDriver, pipeline: Pipeline, cockpit: str) -> None:
    # A query grows by what the bar offers; what is wrong is said under the place.
    press(search, 'brand:"Her')
    shows(search, "Heron Air", "[role=listbox]")
    press(search, Keys.DOWN, Keys.ENTER)
    eventually(search, lambda: 'brand:"Heron Air"' in query_of(search), what="the completed name")
    press(search, " AND (app")
    shows(search, "^", "#lint .caret")
    press(search, " OR check-in)")
    shows(search, "Would find", "#lint")
    press(search, Keys.ESCAPE, Keys.ENTER)
    shows(search, "mentions,", "main > p.quiet")

    # Narrowed by a facet.
    search.find_element(By.LINK_TEXT, "negative").click()
    eventually(search, lambda: "sentiment:" in query_of(search), what="a narrower query")
    query = query_of(search)

    # Corrected by one key; the reading of the post keeps to it from now on.
    press(search, Keys.ESCAPE, "j")
    card = search.switch_to.active_element
    mention_id = str(card.find_element(By.NAME, "mention").get_attribute("value"))
    key = search.find_element(By.CSS_SELECTOR, 'kbd[data-set="sentiment=neutral"]')
    press(search, str(key.get_attribute("textContent")))
    shows(search, "neutral, said by tester", ".found:focus")
    with pipeline.read() as connection:
        standing = corrections.standing(connection, [mention_id])[mention_id]
    assert [(one.field, one.was, one.value) for one in standing] == [
        ("sentiment", "negative", "neutral")
    ]
    again = pipeline.store.get(mention_id)
    assert again is not None
    assert again.sentiment is not None
    assert again.sentiment.label == "neutral"

    keeps_the_view(search, cockpit, query=query)
    assert mention_id not in takes_along(search)

    # And told of from now on: tried on the past week before anybody is woken.
    search.find_element(By.CSS_SELECTOR, "details.take p:last-of-type a").click()
    shows(search, "Try a rule", "h1")
    Select(search.find_element(By.NAME, "window")).select_by_visible_text("7d")
    search.find_element(By.CSS_SELECTOR, "main form button").click()
    shows(search, "Backtest", "h1")
    done = "return document.querySelectorAll('main .figure').length"
    eventually(search, lambda: search.execute_script(done), what="the backtest", patience=240)
    shows(search, "a week")
