"""Two browsers at one case see each other come, write, answer and go."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases import desk
from cases.presence import presence
from tests.browser import browsing, complaints, eventually
from tests.untagged.served import log_in, served
from tests.untagged.teamwork_world import NOW, open_cases, teamwork_settings
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(teamwork_settings(tmp_path / "a firm")) as opened:
        open_cases(opened)
        yield opened


def sit_down(browser: WebDriver, cockpit: str, agent: str) -> None:
    log_in(browser, cockpit, "/cases", name=agent)


def said(browser: WebDriver, css: str = "#presence span") -> str:
    read = "return document.querySelector(arguments[0])?.textContent ?? ''"
    words: str = browser.execute_script(read, css)
    return words


def sees(browser: WebDriver, words: str, css: str = "#presence span") -> None:
    eventually(browser, lambda: said(browser, css) == words or None, what=f"{words!r} in {css}")


def test_two_at_one_case_see_each_other_look_write_answer_and_go(
    chromium: WebDriver, pipeline: Pipeline
) -> None:
    ana = chromium
    with served(pipeline) as cockpit, browsing() as ben:
        sit_down(ana, cockpit, "ana")
        sit_down(ben, cockpit, "ben")
        ana.get(f"{cockpit}/cases/1")
        ben.get(f"{cockpit}/cases/1")
        sees(ana, "ben is looking")
        sees(ben, "ana is looking")
        ben.find_element(By.CSS_SELECTOR, "form.reply textarea").send_keys("I'm sorry")
        sees(ana, "ben is writing an answer")
        with pipeline.begin() as connection:
            desk.resolve(connection, 1, now=NOW, actor="farah")
        again = "#presence a:not([hidden])"
        eventually(ana, lambda: said(ana, again), what="that the case was changed")
        ana.get(f"{cockpit}/cases?status=all")
        sees(ana, "ben is writing an answer", '[data-at="1"]')
        ben.get("about:blank")
        sees(ana, "", '[data-at="1"]')
        assert complaints(ana) == complaints(ben) == []


def pages_of(pipeline: Pipeline, agent: str) -> set[str]:
    """On how many pages somebody is at the first case, as the database has it."""
    wanted = presence.select().where(presence.c.case_id == 1, presence.c.agent == agent)
    with pipeline.read() as connection:
        return {row.page for row in connection.execute(wanted)}


def test_who_closes_one_of_two_tabs_is_still_seen_by_the_other(
    chromium: WebDriver, pipeline: Pipeline
) -> None:
    ana = chromium
    with served(pipeline) as cockpit, browsing() as ben:
        sit_down(ana, cockpit, "ana")
        sit_down(ben, cockpit, "ben")
        ben.get(f"{cockpit}/cases/1")
        ana.get(f"{cockpit}/cases/1")
        first = eventually(ana, lambda: pages_of(pipeline, "ana"), what="the first tab")
        ana.switch_to.new_window("tab")
        ana.get(f"{cockpit}/cases/1")
        eventually(ana, lambda: len(pages_of(pipeline, "ana")) == 2, what="the second tab")
        sees(ben, "ana is looking")
        ana.close()
        ana.switch_to.window(ana.window_handles[0])
        eventually(ana, lambda: pages_of(pipeline, "ana") == first, what="that one was closed")
        with pipeline.read() as connection:
            others = desk.present(connection, [1], now=datetime.now(UTC), but="ben")
        assert [str(one) for one in others[1]] == ["ana is looking"]
        ben.refresh()
        assert said(ben) == "ana is looking"
        assert complaints(ana) == complaints(ben) == []


def test_all_cases_of_the_page_are_ticked_at_once_and_changed_by_the_keyboard(
    chromium: WebDriver, pipeline: Pipeline
) -> None:
    with served(pipeline) as cockpit:
        sit_down(chromium, cockpit, "ana")
        chromium.get(f"{cockpit}/cases")
        every = chromium.find_element(By.CSS_SELECTOR, "input.all")
        eventually(chromium, every.is_displayed, what="the box that ticks all")
        every.send_keys(" ")
        sees(chromium, "With 4 ticked", "[data-ticked]")
        chromium.find_element(By.CSS_SELECTOR, "#bulk input[name=tags]").send_keys("late\n")
        sees(chromium, "4 changed", "h1")
        assert complaints(chromium) == []
    with pipeline.read() as connection:
        assert {tuple(case.tags) for case in desk.list_cases(connection)} == {("late",)}
