"""The first page shows by itself what changes, and takes nothing away that somebody uses."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from alerts import book, life
from alerts.firing import Firing
from mentions.errors import StoreUnavailable
from tests.browser import complaints, eventually
from tests.untagged.served import log_in, served
from tests.untagged.world import import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.web.glance import Glances
from untagged.web.live import Changes
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
SOON = 0.01
SPIKE = Firing(
    key="spike:Acme",
    rule="negative spike",
    kind="spike",
    brand="Acme",
    signal="negative",
    severity=2,
    observed=12.0,
    expected=2.0,
    reason="12 negative mentions in the hour, 2 expected",
    at=NOW,
    began=NOW,
)
FETCHES = """return performance.getEntriesByType("resource")
    .filter((one) => one.initiatorType === "fetch").length"""
FIELD = "[data-part=alerts] article > .actions > form input[name=text]"


def test_who_follows_hears_the_state_and_each_change_once() -> None:
    states = iter("aabbbc")
    last = ["c"]

    def look() -> str:
        return next(states, last[0])

    async def heard() -> list[str]:
        changes = Changes(look, every=SOON)
        return [state async for state in changes.follow(longest=0.3)]

    assert asyncio.run(heard()) == ["a", "b", "c"]


def test_many_who_follow_look_once() -> None:
    looks = []

    async def heard() -> None:
        changes = Changes(lambda: str(looks.append(1)), every=0.2)

        async def one() -> None:
            async for _ in changes.follow(longest=0.15):
                pass

        await asyncio.gather(*(one() for _ in range(50)))

    asyncio.run(heard())
    assert len(looks) == 1


def test_a_store_that_is_away_is_asked_once_for_all_and_ends_no_page() -> None:
    looks = []

    def look() -> str:
        looks.append(1)
        if len(looks) < 3:
            raise StoreUnavailable("it did not answer")
        return "there"

    async def heard() -> list[list[str]]:
        changes = Changes(look, every=0.1)

        async def one() -> list[str]:
            async for state in changes.follow():
                changes.end()
                return [state, str(len(looks))]
            return []

        return await asyncio.gather(*(one() for _ in range(50)))

    assert asyncio.run(asyncio.wait_for(heard(), timeout=20))[0] == ["there", "3"]


def test_who_follows_is_let_go() -> None:
    async def heard() -> None:
        changes = Changes(lambda: "same", every=SOON)
        async for _ in changes.follow():
            changes.end()

    asyncio.run(asyncio.wait_for(heard(), timeout=20))


@pytest.fixture
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as opened:
        rows = [post(n, f"Acme lost my bag number {n}", NOW - n * HOUR) for n in range(1, 4)]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        yield opened


def test_a_brand_s_day_is_counted_once_a_minute(pipeline: Pipeline) -> None:
    glances = Glances(pipeline)
    acme, bank = glances.at(NOW)
    assert (acme.name, acme.mentions, acme.negative, acme.usual) == ("Acme", 3, 3, None)
    assert (bank.name, bank.mentions) == ("Bolt Bank", 0)
    same_minute = NOW.replace(second=59)
    assert glances.at(NOW) is glances.at(same_minute)
    assert glances.at(NOW) is not glances.at(same_minute + timedelta(seconds=1))


@pytest.mark.slow
def test_the_first_page_shows_what_changes_but_not_under_somebody_s_hands(
    pipeline: Pipeline, chromium: WebDriver
) -> None:
    with served(pipeline) as address:
        complaints(chromium)
        log_in(chromium, address, "/")
        assert chromium.find_elements(By.CSS_SELECTOR, "[data-part=cases] tbody a") == []

        pipeline.respond(now=NOW)
        eventually(
            chromium,
            lambda: chromium.find_elements(By.CSS_SELECTOR, "[data-part=cases] tbody a"),
            what="the cases that opened meanwhile",
        )
        with pipeline.begin() as connection:
            fired = book.record(connection, SPIKE, repeat=HOUR, now=NOW)
        (field,) = eventually(
            chromium,
            lambda: chromium.find_elements(By.CSS_SELECTOR, FIELD),
            what="the alert that fired meanwhile",
        )
        field.send_keys("I am on it")
        with pipeline.begin() as connection:
            life.resolve(connection, fired.alert_id, who="ben", now=NOW)
        newer = "There is something newer; it is shown when you are done."
        said = chromium.find_element(By.ID, "live-said")
        eventually(chromium, lambda: said.text == newer, what="word of what is newer")
        before = chromium.execute_script(FETCHES)
        time.sleep(1)  # asked again without end, it would be fetched some ten times meanwhile
        assert chromium.execute_script(FETCHES) - before <= 2
        assert field.get_attribute("value") == "I am on it"
        field.clear()
        chromium.find_element(By.TAG_NAME, "h1").click()
        eventually(
            chromium,
            lambda: "None. It is calm." in chromium.find_element(By.ID, "content").text,
            what="that the alert is over, once the field is free",
        )
        assert complaints(chromium) == []
