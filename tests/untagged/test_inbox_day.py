"""An agent's day on the town's story by keyboard only: take, answer, merge, resolve."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from cases import desk
from cases.case import Case
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
AT = "return document.querySelector('.cases tr:has([aria-current]) input[name=case]')?.value ?? ''"
NAMED = "return document.activeElement.textContent || document.activeElement.value"
ANSWER = "Sorry that nobody was there. Write to us with your booking, we take it on today."


@pytest.fixture
def inbox(chromium: WebDriver, cockpit: str) -> Iterator[WebDriver]:
    log_in(chromium, cockpit, "/cases", name="ana")
    yield chromium
    assert complaints(chromium) == []


def go_to(browser: WebDriver, number: int) -> None:
    """Down the list to the case, as a person does."""
    for _ in range(60):
        if browser.execute_script(AT).startswith(f"{number}:"):
            return
        press(browser, "j")
    raise AssertionError(f"case {number} is not on the first page")


def tab_to(browser: WebDriver, words: str) -> None:
    """On to the button that says it."""
    for _ in range(60):
        press(browser, Keys.TAB)
        if browser.execute_script(NAMED).strip() == words:
            return
    raise AssertionError(f"no key leads to {words!r}")


def case_of(pipeline: Pipeline, number: int) -> Case:
    with pipeline.read() as connection:
        return desk.show_case(connection, number).case


def listed(browser: WebDriver) -> list[int]:
    """The numbers of the cases on the page, in its order."""
    read = (
        "return [...document.querySelectorAll('.cases input[name=case]')].map((one) => one.value)"
    )
    return [int(one.partition(":")[0]) for one in browser.execute_script(read)]


def test_cases_are_taken_answered_merged_and_resolved_by_keyboard(
    inbox: WebDriver, pipeline: Pipeline
) -> None:
    first, *others = listed(inbox)[:3]
    with pipeline.begin() as connection:
        desk.release(connection, first, now=datetime.now(UTC), actor="farah")
    inbox.refresh()

    # Taken: nobody has it, then she has.
    go_to(inbox, first)
    press(inbox, "c")
    shows(inbox, "1 changed")
    assert case_of(pipeline, first).agent == "ana"
    press(inbox, Keys.ENTER)
    shows(inbox, "Cases", "h1")

    # Answered: written, kept, handed over to be copied, and said to be given.
    go_to(inbox, first)
    press(inbox, "r")
    shows(inbox, f"Case {first}", "h1")
    press(inbox, ANSWER)
    tab_to(inbox, "Keep reply")
    press(inbox, Keys.ENTER)
    shows(inbox, ANSWER, "[class^='card reply-'] .said")
    tab_to(inbox, "Hand over")
    press(inbox, Keys.ENTER)
    shows(inbox, "Copy it", "article[class^='card reply-']")
    tab_to(inbox, "I answered")
    press(inbox, Keys.ENTER)
    eventually(inbox, lambda: case_of(pipeline, first).first_reply_at, what="the answer's time")

    # Resolved, on its own page.
    shows(inbox, f"Case {first}", "h1")
    press(inbox, "e")
    shows(inbox, "resolved", "h1")
    assert case_of(pipeline, first).status == "resolved"

    # Two of the same matter are merged in the list.
    inbox.get(inbox.current_url.partition("/cases/")[0] + "/cases")
    for number in others:
        go_to(inbox, number)
        press(inbox, "x")
    shows(inbox, "With 2 ticked")
    press(inbox, "m")
    shows(inbox, "1 changed")
    assert {case_of(pipeline, number).status for number in others} == {"open", "merged"}
