"""An agent's day at the inbox without a mouse: what the keys do, and where they do nothing."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from cases import desk
from cases.case import Case
from tests.browser import complaints, eventually, press, sized, text_of
from tests.untagged.served import log_in, served
from tests.untagged.teamwork_world import NOW, open_cases, teamwork_settings
from tests.untagged.test_accessible import violations
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow
BESIDE = "#beside:not([hidden]) h2"
SELECTED = ".cases tr:has([aria-current]) input[name=case]"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with open_pipeline(teamwork_settings(tmp_path_factory.mktemp("a firm"))) as opened:
        open_cases(opened, 20)
        for number in (1, 2):
            with opened.begin() as connection:
                desk.release(connection, number, now=NOW, actor="farah")
        yield opened


@pytest.fixture(scope="module")
def cockpit(pipeline: Pipeline) -> Iterator[str]:
    with served(pipeline) as url:
        yield url


@pytest.fixture
def ana(chromium: WebDriver, cockpit: str) -> Iterator[WebDriver]:
    log_in(chromium, cockpit, "/cases", name="ana")
    yield chromium
    assert complaints(chromium) == []


def shows(browser: WebDriver, words: str, css: str = "h1") -> None:
    eventually(browser, lambda: words in text_of(browser, css), what=f"{words!r} in {css}")


def at(browser: WebDriver) -> str:
    """The number of the case at which one stands, '' for none."""
    read = "return document.querySelector(arguments[0])?.value ?? ''"
    chosen: str = browser.execute_script(read, SELECTED)
    return chosen.partition(":")[0]


def focused(browser: WebDriver) -> str:
    return str(browser.switch_to.active_element.accessible_name)


def go_to(browser: WebDriver, number: int) -> None:
    """Down the list to the case, as a person does."""
    for _ in range(10):
        if at(browser) == str(number):
            return
        press(browser, "j")
    raise AssertionError(f"case {number} is not in the list")


def case_of(pipeline: Pipeline, number: int) -> Case:
    with pipeline.read() as connection:
        return desk.show_case(connection, number).case


def test_a_day_by_keyboard_only(ana: WebDriver, cockpit: str, pipeline: Pipeline) -> None:
    go_to(ana, 1)
    press(ana, "c")
    shows(ana, "1 changed")
    assert case_of(pipeline, 1).agent == "ana"
    press(ana, Keys.ENTER)
    shows(ana, "Cases")
    go_to(ana, 1)
    press(ana, "n")
    shows(ana, "Case 1")
    assert focused(ana) == "Note"
    press(ana, "jes?", Keys.TAB, Keys.ENTER)
    shows(ana, "jes?", "article[id^=note-] .said")
    press(ana, "t")
    assert focused(ana) == "Tags to put on"
    press(ana, "late", Keys.ENTER)
    shows(ana, "late", 'form button[name=to][value="late"]')
    press(ana, "s", Keys.DOWN, Keys.TAB, Keys.ENTER)
    shows(ana, "snoozed")
    press(ana, "e")
    shows(ana, "resolved")
    done = case_of(pipeline, 1)
    assert (done.status, done.tags) == ("resolved", ["late"])


def test_ticked_cases_are_merged_by_keys(ana: WebDriver, pipeline: Pipeline) -> None:
    for number in (3, 4):
        go_to(ana, number)
        press(ana, "x")
    shows(ana, "With 2 ticked", "[data-ticked]")
    press(ana, "m")
    shows(ana, "1 changed")
    assert case_of(pipeline, 4).merged_into == 3


def test_arrows_move_too_and_enter_opens_where_there_is_no_room_beside(ana: WebDriver) -> None:
    with sized(ana, width=1100, height=900):
        press(ana, Keys.DOWN)
        first = at(ana)
        press(ana, Keys.DOWN)
        assert at(ana) != first
        press(ana, Keys.UP)
        assert at(ana) == first
        press(ana, Keys.ENTER)
        shows(ana, f"Case {first}")


def test_a_wide_screen_shows_the_case_beside_the_list_and_the_address_keeps_it(
    ana: WebDriver,
) -> None:
    for number in (7, 8):
        go_to(ana, number)
        press(ana, "o")
        shows(ana, f"Case {number}", BESIDE)
        shows(ana, f"Acme lost my bag {number}", "#beside .said")
    assert violations(ana) == []
    ana.back()
    shows(ana, "Case 7", BESIDE)
    ana.refresh()
    shows(ana, "Case 7", BESIDE)
    press(ana, Keys.ESCAPE)
    assert text_of(ana, BESIDE) == ""
    go_to(ana, 7)
    press(ana, "o")
    shows(ana, "Case 7", BESIDE)
    press(ana, "o")
    shows(ana, "Case 7", "h1")


def test_what_cannot_be_shown_beside_the_list_is_told_by_its_page(
    ana: WebDriver, cockpit: str
) -> None:
    go_to(ana, 7)
    ana.delete_all_cookies()
    press(ana, "o")
    eventually(ana, lambda: "/login" in ana.current_url, what="the login")


def test_the_case_at_which_one_stands_is_never_below_the_bar(ana: WebDriver) -> None:
    press(ana, *("j" * 12))
    edge = "return document.querySelector(arguments[0]).getBoundingClientRect()[arguments[1]]"
    row = ana.execute_script(edge, "tr:has([aria-current])", "bottom")
    assert row <= ana.execute_script(edge, "#bulk", "top")


def test_r_opens_the_case_in_its_reply_box(ana: WebDriver) -> None:
    go_to(ana, 5)
    press(ana, "r")
    shows(ana, "Case 5")
    assert focused(ana) == "Reply"


def test_keys_do_nothing_while_somebody_types_or_holds_ctrl(
    ana: WebDriver, cockpit: str, pipeline: Pipeline
) -> None:
    ana.get(f"{cockpit}/cases/5#reply")
    press(ana, "sane/?")
    assert text_of(ana, "h1").startswith("Case 5")
    assert ana.find_element(By.ID, "reply").get_attribute("value") == "sane/?"
    ana.execute_script("document.activeElement.blur()")
    ActionChains(ana).key_down(Keys.CONTROL).send_keys("e").key_up(Keys.CONTROL).perform()
    press(ana, "?")
    assert focused(ana) == "Close"
    press(ana, "e")
    assert case_of(pipeline, 5).status == "open"


def test_nothing_is_done_where_nobody_stands_at_a_case(ana: WebDriver, pipeline: Pipeline) -> None:
    press(ana, "e", "c", "x", "n")
    assert text_of(ana, "h1") == "Cases"
    assert text_of(ana, "[data-ticked]") == "With the ticked cases"
    assert not ana.find_elements(By.CSS_SELECTOR, "dialog[open]")


def test_the_help_opens_and_closes_and_keys_can_be_turned_off(ana: WebDriver, cockpit: str) -> None:
    press(ana, "?")
    shows(ana, "Keys", "dialog[open] h2")
    press(ana, Keys.ESCAPE)
    assert not text_of(ana, "dialog[open] h2")
    press(ana, "?", Keys.TAB, " ", Keys.ESCAPE, "j")
    assert at(ana) == ""
    ana.get(f"{cockpit}/cases")
    press(ana, "j")
    assert at(ana) == ""
    press(ana, "?", Keys.TAB, " ", Keys.ESCAPE, "j")
    assert at(ana)


def test_a_key_that_comes_too_late_tells_that_somebody_was_faster(
    ana: WebDriver, cockpit: str, pipeline: Pipeline
) -> None:
    ana.get(f"{cockpit}/cases/6")
    with pipeline.begin() as connection:
        desk.tag(connection, 6, add=["seen"], now=NOW, actor="ben")
    press(ana, "e")
    shows(ana, "somebody", "[role=alert]")
    assert case_of(pipeline, 6).status == "open"
    complaints(ana)  # the browser reports the 409


def test_slash_goes_to_the_search(ana: WebDriver) -> None:
    press(ana, "/")
    shows(ana, "Search")
    assert focused(ana) == "Query"
