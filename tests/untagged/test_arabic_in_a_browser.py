"""The Arabic cockpit in a browser: mirrored, as wide as the screen, and usable by everybody."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser import complaints, eventually, sized
from tests.untagged.served import NAME, log_in, served
from tests.untagged.test_accessible import PAGES, fill, violations
from tests.untagged.world import settings_file
from untagged.accounts import book
from untagged.accounts.book import By as Who
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow
PATHS = (
    *("/", "/search?q=acme&period=all", "/brands/Acme", "/cases", "/cases/1", "/alerts"),
    *("/digests", "/digests/1", "/requests", "/requests/FR-1", "/questions/known"),
    "/admin/audit/cases",
)
WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cockpit whose admin reads Arabic in Cairo and whose agent ben reads as his browser says."""
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as pipeline:
        fill(pipeline, folder)
        with served(pipeline) as there:
            with pipeline.begin() as connection:
                by = Who("test", datetime.now(UTC))
                user = book.named_user(connection, NAME)
                said = {"full_name": "ريم", "zone": "Africa/Cairo", "language": "ar"}
                book.set_profile(connection, user, **said, by=by)
            yield there


def _left(browser: WebDriver, selector: str) -> float:
    place = browser.find_element(By.CSS_SELECTOR, selector)
    left: float = browser.execute_script("return arguments[0].getBoundingClientRect().left", place)
    return left


def _direction(browser: WebDriver, selector: str) -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => "
    found: list[str] = browser.execute_script(
        f"{script} getComputedStyle(one).direction)", selector
    )
    return found


@pytest.mark.parametrize("path", PATHS)
def test_the_page_begins_at_the_right(address: str, chromium: WebDriver, path: str) -> None:
    log_in(chromium, address, path)
    assert _direction(chromium, "html") == ["rtl"]
    links = chromium.find_elements(By.CSS_SELECTOR, "header.bar nav > *")
    places = [one.rect["x"] for one in links]
    assert places == sorted(places, reverse=True)
    assert _left(chromium, "header .home") > places[0]
    assert _left(chromium, "form.me") < places[-1]
    assert complaints(chromium) == []


def test_facets_stand_right_of_what_was_found(address: str, chromium: WebDriver) -> None:
    log_in(chromium, address, "/search?q=acme&period=all")
    assert _left(chromium, ".results aside") > _left(chromium, ".results .found")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone_and_axe_finds_nothing(
    address: str, chromium: WebDriver, path: str
) -> None:
    with sized(chromium, width=390, height=844):
        log_in(chromium, address, path)
        assert chromium.execute_script(WIDE) == 0
        assert violations(chromium) == []


def test_posts_keep_their_direction_in_both_languages(address: str, chromium: WebDriver) -> None:
    path = "/search?q=*&period=all"
    log_in(chromium, address, path)
    wanted = ["ltr"] * 4 + ["rtl"]
    assert _direction(chromium, "html") == ["rtl"]
    assert sorted(_direction(chromium, ".found .said")) == wanted
    chromium.delete_all_cookies()
    log_in(chromium, address, path, name="ben")
    assert _direction(chromium, "html") == ["ltr"]
    assert sorted(_direction(chromium, ".found .said")) == wanted


def test_scripts_speak_arabic_too(address: str, chromium: WebDriver) -> None:
    log_in(chromium, address, "/cases")
    for box in chromium.find_elements(By.NAME, "case")[:2]:
        box.click()
    assert chromium.find_element(By.CSS_SELECTOR, "[data-ticked]").text == "للحالتين المحددتين"
    log_in(chromium, address, "/search")
    chromium.find_element(By.NAME, "q").send_keys("sent")
    told = "السهم لأسفل للاختيار"
    eventually(
        chromium,
        lambda: any(
            told in (one.get_attribute("textContent") or "")
            for one in chromium.find_elements(By.CSS_SELECTOR, "[role=status]")
        ),
        what="the number of suggestions",
    )


def test_who_searches_in_arabic_finds_it(address: str, chromium: WebDriver) -> None:
    log_in(chromium, address, "/search")
    chromium.find_element(By.NAME, "q").send_keys("حقيبتي", Keys.ENTER)
    eventually(
        chromium,
        lambda: [one.text for one in chromium.find_elements(By.CSS_SELECTOR, "mark")] == ["حقيبتي"],
        what="the Arabic post",
    )
    assert _direction(chromium, "form.search input[name=q]") == ["rtl"]


def test_times_are_those_of_the_accounts_zone_with_utc_on_hover(
    address: str, chromium: WebDriver
) -> None:
    log_in(chromium, address, "/cases")
    made = chromium.find_element(By.CSS_SELECTOR, "footer time")
    utc = datetime.fromisoformat(made.get_attribute("datetime") or "")
    cairo = utc.astimezone(ZoneInfo("Africa/Cairo"))
    assert f"{cairo:%H:%M}" in made.text
    assert f"({utc:%Y-%m-%d %H:%M:%S} UTC)" in (made.get_attribute("title") or "")


def test_times_are_those_of_the_browser_without_one(address: str, chromium: WebDriver) -> None:
    zone = {"timezoneId": "Asia/Tokyo"}
    chromium.execute_cdp_cmd("Emulation.setTimezoneOverride", zone)  # type: ignore[attr-defined]
    try:
        log_in(chromium, address, "/cases", name="ben")
        made = chromium.find_element(By.CSS_SELECTOR, "footer time")
        utc = datetime.fromisoformat(made.get_attribute("datetime") or "")
        tokyo = utc.astimezone(ZoneInfo("Asia/Tokyo"))
        assert f"{tokyo:%-I:%M %p}" in made.text.replace("\u202f", " ")
        assert f"({utc:%Y-%m-%d %H:%M:%S} UTC)" in (made.get_attribute("title") or "")
    finally:
        zone = {"timezoneId": ""}
        chromium.execute_cdp_cmd("Emulation.setTimezoneOverride", zone)  # type: ignore[attr-defined]
