"""A crisis manager's day in a browser: the town's outage is found, taken on, told and closed."""

import re
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from alerts import incident_listing
from alerts.book import list_alerts
from tests.browser import complaints, eventually, steadily, text_of
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
def now_page(chromium: WebDriver, cockpit: str) -> Iterator[WebDriver]:
    log_in(chromium, cockpit, "/")
    yield chromium
    assert complaints(chromium) == []


def does(browser: WebDriver, do: str, *, within: str = "//aside", **fields: str) -> None:
    """Fill in and send the form that does it, as its button does, once the page has it."""

    def send() -> None:
        form = browser.find_element(
            By.XPATH, f"{within}//form[input[@name='do' and @value='{do}']]"
        )
        for name, value in fields.items():
            form.find_element(By.NAME, name).send_keys(value)
        form.find_element(By.TAG_NAME, "button").click()

    steadily(browser, send, what=do)


def test_an_alert_is_acknowledged_where_it_is_first_seen_and_its_note_stays(
    now_page: WebDriver, pipeline: Pipeline
) -> None:
    spike = "//article[contains(@class, 'firing') and contains(., 'spike')]"
    does(now_page, "acknowledge", within=spike, text="part of the outage")
    eventually(now_page, lambda: not now_page.find_elements(By.XPATH, spike), what="one less")
    assert text_of(now_page, "h1") == "Now"
    with pipeline.read() as connection:
        (alert,) = list_alerts(connection, brand="Heron Air", kinds=("spike",))
    assert (alert.status, alert.acknowledged_by) == ("acknowledged", "tester")
    assert alert.note == "part of the outage"


def test_the_crisis_is_found_on_the_first_page_acknowledged_and_carried_to_its_report(
    now_page: WebDriver, pipeline: Pipeline, cockpit: str
) -> None:
    # Found: the first line of the first page, with nobody on it yet; the reason in figures below.
    assert "with nobody yet" in text_of(now_page, '[data-part="trouble"] .note')
    crisis = text_of(now_page, ".alert.firing")
    assert "Heron Air" in crisis
    assert "negative mentions by" in crisis
    assert "expected at that time of day" in crisis
    link = '[data-part="trouble"] .note a'
    steadily(
        now_page, lambda: now_page.find_element(By.CSS_SELECTOR, link).click(), what="the incident"
    )

    # Understood: what stands out, the first post, the widest, a chart that was really drawn.
    eventually(now_page, lambda: "/incidents/" in now_page.current_url, what="the incident")
    changed = text_of(now_page, "section[aria-labelledby=changed]").lower()
    # Which words stand out depends on the hour, and at some no word does: the outage is told of in
    # many words, and is of the app and of check-in.
    told = changed.removeprefix("what changed")
    assert re.search(r"\d posts by \d+ authors", told)
    assert re.search(r"\b(?:app|check[- ]in|error|503)\b|no word stands out", told)
    for part in ("first", "widest", "cases"):
        assert text_of(now_page, f"section[aria-labelledby={part}]")
    eventually(
        now_page,
        lambda: now_page.execute_script(
            "return document.querySelector('figure.card img').naturalWidth > 0"
        ),
        what="the chart",
    )

    # Taken on, told to colleagues, said in public.
    does(now_page, "acknowledge")
    eventually(now_page, lambda: "acknowledged" in text_of(now_page, "h1"), what="acknowledged")
    does(now_page, "promise")
    eventually(now_page, lambda: "Next update" in text_of(now_page, "aside dl"), what="a promise")
    does(now_page, "state", text="Check-in is down. We hold your flights.")
    stated = "section[aria-labelledby=say] textarea"
    eventually(
        now_page, lambda: "We hold your flights" in text_of(now_page, stated), what="it stands"
    )
    where = now_page.current_url
    now_page.get(f"{where}/status")
    assert "We hold your flights" in text_of(now_page, "main, body")

    # Everybody sees on the first page who has it, and its alert needs nobody any more.
    now_page.get(f"{cockpit}/")
    assert "with tester" in text_of(now_page, '[data-part="trouble"] .note')
    with pipeline.read() as connection:
        (alert,) = list_alerts(connection, brand="Heron Air", kinds=("crisis",))
    assert alert.status == "acknowledged"

    # Over: closed as a real one, with a report of what it was.
    now_page.get(where)
    does(now_page, "resolve")
    eventually(now_page, lambda: "resolved" in text_of(now_page, "h1"), what="resolved")
    now_page.get(f"{where}/report")
    assert "Heron Air" in text_of(now_page, "main, body")
    with pipeline.read() as connection:
        (incident,) = incident_listing.list_incidents(connection, limit=10)
    assert (incident.status, incident.owner) == ("resolved", "tester")
