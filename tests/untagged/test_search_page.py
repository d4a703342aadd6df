"""The search page by keyboard and mouse, in a real browser over a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from mentions.mention import BrandMatch
from tests.browser import complaints, eventually, sized
from tests.untagged.served import log_in, served
from tests.untagged.world import mention, settings_file
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
ACME = (BrandMatch(name="Acme"),)


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    posts = [mention(n, f"Acme is late {n}", NOW - n * HOUR, brands=ACME) for n in range(40)]
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"))) as pipeline:
        pipeline.store.upsert(posts)
        with served(pipeline) as url:
            yield url


class Combobox:
    """The bar with its list, as a screen reader is told of them."""

    def __init__(self, browser: WebDriver) -> None:
        self.browser = browser

    @property
    def bar(self) -> WebElement:
        return self.browser.find_element(By.NAME, "q")

    @property
    def query(self) -> str:
        return str(self.bar.get_property("value"))

    @property
    def options(self) -> list[str]:
        shown = self.browser.find_elements(By.CSS_SELECTOR, "#completions [role=option] bdi")
        return [option.text for option in shown]

    @property
    def chosen(self) -> str:
        active = self.bar.get_attribute("aria-activedescendant")
        if not active:
            return ""
        item = self.browser.find_element(By.ID, active)
        assert item.get_attribute("aria-selected") == "true"
        return item.find_element(By.TAG_NAME, "bdi").text

    def offers(self, option: str) -> None:
        eventually(self.browser, lambda: option in self.options, what=option)
        assert self.bar.get_attribute("aria-expanded") == "true"


@pytest.fixture
def box(chromium: WebDriver, cockpit: str) -> Combobox:
    log_in(chromium, cockpit, "/search?q=late&period=30d")
    return Combobox(chromium)


def test_a_field_and_its_value_are_completed_by_keyboard_alone(box: Combobox) -> None:
    box.bar.send_keys(" bra")
    box.offers("brand:")
    assert box.chosen == ""
    box.bar.send_keys(Keys.ARROW_DOWN)
    assert box.chosen == "brand:"
    box.bar.send_keys(Keys.ENTER)
    box.offers("Bolt Bank")
    box.bar.send_keys(Keys.ARROW_UP)
    assert box.chosen == "Bolt Bank"
    box.bar.send_keys(Keys.TAB)
    assert box.query == 'late brand:"Bolt Bank" '
    assert box.options == []
    assert box.browser.switch_to.active_element == box.bar
    assert complaints(box.browser) == []


def test_escape_closes_the_list_and_enter_searches_as_ever(box: Combobox) -> None:
    box.bar.send_keys(" br")
    box.offers("brand:")
    box.bar.send_keys(Keys.ESCAPE)
    assert box.options == []
    assert box.query == "late br"
    assert box.bar.get_attribute("aria-expanded") == "false"
    box.bar.send_keys("and:")
    box.offers("Acme")
    box.bar.send_keys("acme", Keys.ENTER)
    eventually(box.browser, lambda: "acme" in box.browser.current_url, what="the search")
    assert "brand%3Aacme" in box.browser.current_url


def test_an_option_is_taken_by_a_click(box: Combobox) -> None:
    box.bar.send_keys(" senti")
    box.offers("sentiment:")
    box.browser.find_element(By.CSS_SELECTOR, "#completions li").click()
    assert box.query == "late sentiment:"
    box.offers("negative")


def test_dragging_over_the_bars_narrows_the_period(box: Combobox) -> None:
    bars = box.browser.find_element(By.CSS_SELECTOR, ".timeline-bars svg")
    width = bars.size["width"]
    dragged = ActionChains(box.browser)
    dragged.move_to_element_with_offset(bars, width // 2 - 60, 0).click_and_hold()
    dragged.move_to_element_with_offset(bars, width // 2 - 4, 0).release().perform()
    eventually(box.browser, lambda: "period=dates" in box.browser.current_url, what="dates")
    since = str(box.browser.find_element(By.NAME, "since").get_property("value"))
    until = str(box.browser.find_element(By.NAME, "until").get_property("value"))
    begin, end = (datetime.fromisoformat(moment) for moment in (since, until))
    assert timedelta(0) < end - begin <= timedelta(days=4)
    assert NOW - timedelta(days=4) < begin < NOW < end
    assert complaints(box.browser) == []


def test_dates_are_typed_by_keyboard_alone(box: Combobox) -> None:
    summary = box.browser.find_element(By.CSS_SELECTOR, ".dates summary")
    summary.send_keys(Keys.ENTER)
    since = box.browser.switch_to.active_element
    since.send_keys(Keys.TAB)
    since = box.browser.switch_to.active_element
    assert since.get_attribute("name") == "since"
    since.send_keys("now-5h", Keys.ENTER)
    eventually(box.browser, lambda: "period=dates" in box.browser.current_url, what="dates")
    assert "5 mentions" in box.browser.find_element(By.ID, "content").text


def test_on_a_narrow_screen_the_list_and_the_bars_fit(box: Combobox) -> None:
    with sized(box.browser, width=390, height=900):
        box.bar.send_keys(" ")
        box.offers("brand:")
        width = box.browser.execute_script("return document.documentElement.scrollWidth")
        assert width <= 390
        box.browser.refresh()
        assert not box.browser.find_element(By.CSS_SELECTOR, "aside h2").is_displayed()
        assert box.browser.find_element(By.CSS_SELECTOR, ".found").is_displayed()


def test_a_card_is_corrected_and_put_back_by_single_keys(box: Combobox) -> None:
    def card() -> WebElement:
        return box.browser.find_element(By.CSS_SELECTOR, ".found")

    def text() -> str:  # at once: between finding the card and reading it another takes its place
        return str(box.browser.execute_script("return document.querySelector('.found').innerText"))

    def press(key: str) -> None:
        box.browser.switch_to.active_element.send_keys(key)

    box.bar.send_keys(Keys.ESCAPE)
    assert box.browser.switch_to.active_element == card()
    press("-")
    eventually(box.browser, lambda: "sentiment: negative, said by" in text(), what="negative")
    assert box.browser.switch_to.active_element == card()
    press("f")
    eventually(box.browser, lambda: "intent: feature request, said by" in text(), what="wish")
    press("u")
    eventually(box.browser, lambda: "intent:" not in text(), what="taken back")
    status = box.browser.find_elements(By.CSS_SELECTOR, "#content > [role=status]")[-1]
    assert status.get_property("textContent") == "taken back: intent is nothing as before"
    press("j")
    assert box.browser.switch_to.active_element != card()
    press("k")
    assert box.browser.switch_to.active_element == card()
    box.browser.find_element(By.CSS_SELECTOR, ".found form.correct > a").click()
    eventually(box.browser, lambda: "bug report" in text(), what="the choices")
    assert box.browser.switch_to.active_element.text == "positive"
    press(Keys.ENTER)
    eventually(box.browser, lambda: "sentiment: positive, said by" in text(), what="positive")
    assert "bug report" in text()
    press("x")
    eventually(box.browser, lambda: "about Acme: no, said by" in text(), what="not about it")
    press("?")
    keys = box.browser.find_element(By.CSS_SELECTOR, "details.keys")
    assert keys.get_attribute("open") is not None
    press("/")
    assert box.browser.switch_to.active_element == box.bar
    box.bar.send_keys("-")
    assert box.query == "late-"
    assert complaints(box.browser) == []


def test_a_correction_that_fails_is_said_on_its_card(box: Combobox) -> None:
    box.browser.execute_script("window.fetch = async () => new Response('no', {status: 500})")
    card = box.browser.find_element(By.CSS_SELECTOR, ".found")
    card.send_keys("1")
    eventually(box.browser, lambda: "It was not corrected" in card.text, what="the failure")
    assert card.get_attribute("aria-busy") is None
