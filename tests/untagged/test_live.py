"""The first page shows by itself what changes, and takes nothing away that somebody uses."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from sqlalchemy import select

from alerts import book, life
from alerts.firing import Firing
from mentions.errors import StoreUnavailable
from tests.browser import complaints, eventually, shows
from tests.untagged.entered import entered
from tests.untagged.served import log_in, served
from tests.untagged.world import import_rows, post, settings_file
from untagged.accounts import tables
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


def test_who_may_follow_no_more_is_told_so_and_let_go() -> None:
    asked = []

    def may() -> bool:
        asked.append(1)
        return len(asked) < 3

    async def heard() -> list[str | None]:
        changes = Changes(lambda: "same", every=SOON)
        return [state async for state in changes.follow(may=may, asked=SOON)]

    assert asyncio.run(asyncio.wait_for(heard(), timeout=20)) == ["same", None]


def test_a_database_that_is_away_logs_nobody_out() -> None:
    def may() -> bool:
        raise StoreUnavailable("it did not answer")

    async def heard() -> list[str | None]:
        changes = Changes(lambda: "same", every=SOON)
        return [state async for state in changes.follow(longest=0.2, may=may, asked=SOON)]

    assert asyncio.run(heard()) == ["same"]


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


EARLIER = NOW - timedelta(minutes=30)
"""Long enough ago that a use is noted."""


def used_at(pipeline: Pipeline, *, after: Callable[[TestClient], object]) -> datetime:
    """When the session was last used, if it was used 30 minutes ago and then this was done."""
    with entered(pipeline, name="ana", role="agent", agent="ana") as client:
        with pipeline.begin() as connection:
            connection.execute(tables.sessions.update().values(seen_at=EARLIER))
        after(client)
    with pipeline.read() as connection:
        (seen,) = set(connection.execute(select(tables.sessions.c.seen_at)).scalars())
    return seen


@pytest.mark.parametrize(
    "after",
    [
        lambda client: client.get("/", headers={"X-By-Itself": "1"}),
        lambda client: client.get("/presence?ids=1"),
        lambda client: client.get("/presence/1"),
        lambda client: client.post("/presence/1", data={"do": "looking", "page": "a"}),
        lambda client: client.post("/presence/1", data={"do": "gone", "page": "a"}),
    ],
    ids=["a page that fetches itself", "the list", "a case", "looking", "gone"],
)
def test_what_a_page_asks_by_itself_keeps_no_session_from_ending(
    pipeline: Pipeline, after: Callable[[TestClient], Response]
) -> None:
    pipeline.respond(now=NOW)

    def asked(client: TestClient) -> None:
        assert after(client).status_code in (200, 204)

    assert used_at(pipeline, after=asked) == EARLIER


@pytest.mark.parametrize(
    "after",
    [
        lambda client: client.get("/"),
        lambda client: client.post("/presence/1", data={"do": "writing", "page": "a"}),
    ],
    ids=["a page", "writing"],
)
def test_what_somebody_does_keeps_it(
    pipeline: Pipeline, after: Callable[[TestClient], Response]
) -> None:
    pipeline.respond(now=NOW)
    assert used_at(pipeline, after=after) > EARLIER


def test_a_stream_is_refused_to_who_is_logged_out(pipeline: Pipeline) -> None:
    with entered(pipeline) as client:
        client.cookies.clear()
        answer = client.get("/now/changes", headers={"Accept": "text/event-stream"})
        assert answer.status_code == 401
        assert client.get("/", headers={"Accept": "text/plain"}).status_code == 401


@pytest.mark.slow
def test_a_page_whose_session_ended_elsewhere_says_so_and_shows_nothing_old(
    pipeline: Pipeline, chromium: WebDriver
) -> None:
    pipeline.respond(now=NOW)
    with served(pipeline) as address:
        log_in(chromium, address, "/")
        shows(chromium, "Acme", "[data-part=cases]")
        chromium.switch_to.new_window("tab")
        chromium.get(f"{address}/account")
        chromium.find_element(By.CSS_SELECTOR, "form.me button").click()
        # Else the tab may be closed before its form was sent.
        eventually(chromium, lambda: "/login" in chromium.current_url, what="the login")
        chromium.close()
        chromium.switch_to.window(chromium.window_handles[0])
        shows(chromium, "You are logged out.", "#live-said")
        assert chromium.find_elements(By.CSS_SELECTOR, "[data-part]") == []
        complaints(chromium)  # of a picture or a fetch that came too late
        chromium.find_element(By.CSS_SELECTOR, "#live-said a").click()
        eventually(chromium, lambda: "/login?to=%2F" in chromium.current_url, what="the login")
        log_in(chromium, address, "/")
        shows(chromium, "Acme", "[data-part=cases]")
        assert complaints(chromium) == []


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
