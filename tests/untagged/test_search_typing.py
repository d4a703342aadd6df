"""The search bar helps while one types, in a real browser over a real store."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from mentions.mention import Author
from tests.browser import complaints, eventually, sized
from tests.untagged.served import log_in, served
from tests.untagged.world import mention, settings_file
from untagged.web import linting
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
TEXTS = ["Heron Air lost my bag"] * 4 + ["a heron flew through the air"] * 8 + ["too late"] * 12
RUN = "window.owned = true"
HOSTILE = (
    f"my grudge <script>{RUN}</script> <img src=x onerror='{RUN}'> <svg onload='{RUN}'></svg> "
    f"<iframe srcdoc='<script>parent.owned = true</script>'></iframe> "
    f"</p></article></section><a href='javascript:{RUN}'>x</a> {{{{7*7}}}}"
)
SEES_FETCHES = """
const real = window.fetch;
window.fetches = [];
window.fetch = (url, options) => {
  if (!String(url).startsWith("/search/lint")) return real(url, options); // completion asks as well
  const fetched = { url: String(url), signal: options.signal };
  window.fetches.push(fetched);
  if (!window.holds) return real(url, options);
  // As if the answer were on its way when the text changed: no signal stops it any more.
  const answer = real(url, { ...options, signal: undefined });
  return new Promise((resolve) => { fetched.release = () => resolve(answer); });
};
"""


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    posts = [mention(number, text, NOW - number * HOUR) for number, text in enumerate(TEXTS)]
    author = Author(name=f"<img src=x onerror='{RUN}'>")
    posts.append(mention(98, HOSTILE, NOW - HOUR, title=HOSTILE, author=author))
    posts.append(mention(99, "an old grudge", NOW - timedelta(days=20)))
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"))) as pipeline:
        pipeline.store.upsert(posts)
        with served(pipeline) as url:
            yield url


class SearchPage:
    """The page as a person meets it: the bar, what is said under it, the sample."""

    def __init__(self, browser: WebDriver) -> None:
        self.browser = browser

    @property
    def bar(self) -> WebElement:
        return self.browser.find_element(By.NAME, "q")

    @property
    def query(self) -> str:
        return str(self.bar.get_property("value"))

    @property
    def said(self) -> str:
        return self.browser.find_element(By.ID, "lint").text

    @property
    def sample(self) -> list[str]:
        return [
            found.text for found in self.browser.find_elements(By.CSS_SELECTOR, "#sample article")
        ]

    def types(self, text: str) -> None:
        self.bar.send_keys(text)

    def says(self, words: str) -> None:
        eventually(self.browser, lambda: words in self.said, what=words)

    def is_set_to(self, *texts: str) -> None:
        """Each of the texts at once after the other, faster than anybody types."""
        self.browser.execute_script(
            "for (const text of arguments[1]) {"
            "arguments[0].value = text; arguments[0].dispatchEvent(new Event('input')); }",
            self.bar,
            list(texts),
        )

    def fetched(self) -> list[str]:
        """The queries that were sent."""
        return list(
            self.browser.execute_script(
                "return fetches.map(f => new URL(f.url, location).searchParams.get('q'))"
            )
        )


@pytest.fixture
def page(chromium: WebDriver, cockpit: str) -> SearchPage:
    log_in(chromium, cockpit, "/search")
    chromium.execute_script(SEES_FETCHES)
    return SearchPage(chromium)


def test_the_number_the_warning_and_the_sample_come_while_one_types(page: SearchPage) -> None:
    page.types("heron air")
    page.says("Would find 12 of 25 mentions, last 7d")
    page.says("heron air finds 12 posts with both words anywhere; as a name in quotes it finds 4")
    assert len(page.sample) == 3
    assert all("Heron Air lost my bag" in post for post in page.sample)
    marks = page.browser.find_elements(By.CSS_SELECTOR, "#sample mark")
    assert [mark.text for mark in marks[:2]] == ["Heron", "Air"]
    assert page.browser.switch_to.active_element == page.bar
    assert complaints(page.browser) == []


def test_a_suggestion_is_taken_with_one_click(page: SearchPage) -> None:
    page.types("heron air bag")
    page.says('finds 4: try "heron air"')
    page.browser.find_element(By.CSS_SELECTOR, "#lint button").click()
    assert page.query == '"heron air" bag'
    page.says("Would find 4 of 25")
    assert page.browser.switch_to.active_element == page.bar


def test_a_suggestion_is_taken_with_the_keyboard_alone(page: SearchPage) -> None:
    page.types("sentimnt:negative late")
    page.says("did you mean 'sentiment'?")
    focused = page.bar
    for _ in range(6):
        focused.send_keys(Keys.TAB)
        focused = page.browser.switch_to.active_element
        if focused.get_attribute("data-query"):
            break
    focused.send_keys(Keys.ENTER)
    assert page.query == "sentiment:negative late"
    page.says("Would find 0 of 25")


def test_a_broken_query_is_pointed_at(page: SearchPage) -> None:
    page.types("late AND sentimnt:negative")
    page.says("there is no field 'sentimnt', did you mean 'sentiment'? at character 10; expected")
    shown = page.browser.find_element(By.CSS_SELECTOR, "#lint pre").get_property("textContent")
    assert shown == f"late AND sentimnt:negative\n{' ' * 9}{'^' * 8}"
    assert page.bar.get_attribute("aria-invalid") == "true"
    assert page.bar.get_attribute("aria-describedby") == "error"
    page.is_set_to("late")
    page.says("Would find 12 of 25")
    assert page.bar.get_attribute("aria-invalid") is None


@pytest.mark.parametrize("query", ['"lost ba', "late AND", "sentiment:neg"])
def test_an_unfinished_query_raises_no_alarm(page: SearchPage, query: str) -> None:
    page.types(query)
    page.says("^")
    assert page.browser.find_elements(By.CSS_SELECTOR, "#lint .bad") == []
    assert page.bar.get_attribute("aria-invalid") is None


def test_the_caret_of_a_long_query_is_in_sight(page: SearchPage) -> None:
    page.types("late OR " * 40 + "severity:high OR bus")
    page.says("^^^^")
    inside = page.browser.execute_script(
        "const line = document.querySelector('#lint pre'), caret = document.createRange();"
        "const text = line.querySelector('.caret').firstChild;"
        "caret.setStart(text, text.data.indexOf('^')); caret.setEnd(text, text.data.length);"
        "const place = caret.getBoundingClientRect(), box = line.getBoundingClientRect();"
        "return place.left >= box.left && place.right <= box.right;"
    )
    assert inside


def test_a_hostile_post_in_the_sample_runs_nothing(page: SearchPage) -> None:
    page.types("grudge")
    page.says("Would find 1 of 25")
    assert "<script>window.owned = true</script>" in page.sample[0]
    assert "{{7*7}}" in page.sample[0]
    markup = page.browser.find_elements(By.CSS_SELECTOR, "#sample :is(script,img,svg,iframe,a)")
    assert markup == []
    time.sleep(0.2)  # what runs late would have run
    assert page.browser.execute_script("return window.owned") is None
    assert complaints(page.browser) == []


def test_markup_that_slipped_through_would_run_nothing_either(page: SearchPage) -> None:
    page.browser.execute_script(
        "document.getElementById('sample').innerHTML = arguments[0]", HOSTILE
    )
    page.browser.find_element(By.CSS_SELECTOR, "#sample > a").click()
    refused = eventually(page.browser, lambda: complaints(page.browser), what="a refusal")
    assert "Content Security Policy" in " ".join(refused)
    assert page.browser.execute_script("return window.owned") is None


def test_another_period_is_looked_at_at_once(page: SearchPage) -> None:
    page.types("grudge")
    page.says("Would find 1 of 25 mentions, last 7d")
    Select(page.browser.find_element(By.NAME, "period")).select_by_value("all")
    page.says("Would find 2 of 26 mentions, all time")


def test_one_question_is_sent_for_a_pause_and_none_for_the_same_text(page: SearchPage) -> None:
    page.is_set_to("l", "la", "lat", "late")
    page.says("Would find 12")
    page.is_set_to("late ", " late", "later", "late")
    page.is_set_to("late")
    time.sleep(0.6)  # twice the pause
    assert page.fetched() == ["late"]


def test_an_emptied_bar_says_nothing(page: SearchPage) -> None:
    page.types("late")
    page.says("Would find 12")
    page.is_set_to("")
    eventually(page.browser, lambda: page.said == "" and page.sample == [], what="silence")
    assert page.fetched() == ["late"]


def test_an_older_answer_never_covers_a_newer_one(page: SearchPage) -> None:
    page.browser.execute_script("window.holds = true")
    page.is_set_to("heron")
    eventually(page.browser, page.fetched, what="the first question")
    page.browser.execute_script("window.holds = false")
    page.is_set_to("bag")
    assert page.browser.execute_script("return fetches[0].signal.aborted")
    page.says("Would find 4")
    page.browser.execute_script("fetches[0].release()")
    time.sleep(0.3)  # the older answer, long there, is handed over
    assert "Would find 4" in page.said
    assert page.fetched() == ["heron", "bag"]


def test_a_busy_cockpit_is_asked_again(page: SearchPage) -> None:
    taken = 0
    while linting.AT_ONCE.acquire(blocking=False):
        taken += 1
    try:
        page.types("late")
        eventually(page.browser, page.fetched, what="a question")
    finally:
        linting.AT_ONCE.release(taken)
    page.says("Would find 12")


def test_a_cockpit_that_cannot_answer_is_no_alarm(page: SearchPage) -> None:
    page.browser.execute_script("window.fetch = async () => new Response('no', {status: 500})")
    page.types("late")
    page.says("could not look at this query just now")
    page.browser.execute_script("window.fetch = async () => { throw new TypeError('gone') }")
    page.types("r")
    page.says("could not look at this query just now")


def test_what_the_page_said_comes_back_with_its_query(
    page: SearchPage, cockpit: str, chromium: WebDriver
) -> None:
    log_in(chromium, cockpit, "/search?q=sentimnt:negative")
    chromium.execute_script(SEES_FETCHES)
    as_loaded = page.said
    assert "^^^^" in as_loaded
    page.is_set_to("late")
    page.says("Would find 12")
    page.is_set_to("sentimnt:negative")
    eventually(chromium, lambda: page.said == as_loaded, what="the page's own words")
    assert page.fetched() == ["late"]


def test_on_a_narrow_screen_nothing_sticks_out(page: SearchPage) -> None:
    with sized(page.browser, width=400, height=900):
        for query, said in (
            ("grudge", "find 1 of"),
            ("heron air", "find 12 of"),
            ("late OR " * 30 + "severity:high bus", "^^^^"),
            ("a" * 300, "find 0 of"),
        ):
            page.is_set_to(query)
            page.says(said)
            width = page.browser.execute_script("return document.documentElement.scrollWidth")
            assert width <= 400
