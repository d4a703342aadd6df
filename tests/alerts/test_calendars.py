"""Calendars: fetched with care, and the last good copy outlives whatever happens to them."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from alerts import calendars, fetching
from alerts.schedule import Schedule
from alerts.tables import metadata
from mentions.errors import SettingsError, TryAgain
from tests.alerts.calendar_server import Held, holding
from tests.alerts.conftest import sqlite_engine
from tests.alerts.rota import WEEKLY, calendar, event
from tests.alerts.world import MINUTE, NOW


@pytest.fixture
def held() -> Iterator[Held]:
    with holding(WEEKLY) as running:
        yield running


@pytest.fixture
def memory() -> Iterator[Engine]:
    """A database that only this test has, where one is enough."""
    engine = sqlite_engine()
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def copy_of(engine: Engine, schedule: Schedule) -> calendars.Copy:
    with engine.begin() as conn:
        found = calendars.kept(conn, schedule)
    assert found is not None
    return found


def test_a_calendar_is_fetched_once_an_interval_and_only_if_it_changed(
    engine: Engine, held: Held
) -> None:
    week = Schedule(name="week", calendar=f"{held.url}/week.ics", refresh="15m")
    for minute in (0, 14, 15):
        calendars.refresh(engine.begin, [week], now=NOW + minute * MINUTE)
    first, second = held.asked
    assert "if-none-match" not in first
    assert second["if-none-match"] == held.etag
    copy = copy_of(engine, week)
    assert (copy.body, copy.error) == (WEEKLY, "")
    assert copy.read_at == NOW + 15 * MINUTE
    held.body = calendar(event(1, "DTSTART:20260302T080000Z")).encode()
    calendars.refresh(engine.begin, [week], now=NOW + 30 * MINUTE)
    assert copy_of(engine, week).body == held.body.decode()


@pytest.mark.parametrize(
    ("breakage", "said"),
    [
        ((500, {}), "answered 500"),
        ((404, {}), "answered 404"),
        ((302, {"location": "http://127.0.0.1:1/secret"}), "not https"),
        ((302, {"location": "https://127.0.0.1/secret"}), "not public"),
        ((302, {"location": "https://[::ffff:10.0.0.1]/x"}), "not public"),
        ((302, {"location": "https://[64:ff9b::a00:1]/x"}), "not public"),
        ((302, {"location": "file:///etc/passwd"}), "not https"),
    ],
)
def test_what_cannot_be_fetched_leaves_the_last_good_copy_in_use(
    memory: Engine,
    held: Held,
    caplog: pytest.LogCaptureFixture,
    breakage: tuple[int, dict[str, str]],
    said: str,
) -> None:
    week = Schedule(name="week", calendar=f"{held.url}/token-nobody-may-see.ics")
    calendars.refresh(memory.begin, [week], now=NOW)
    held.answers = [breakage]
    with caplog.at_level(logging.WARNING):
        calendars.refresh(memory.begin, [week], now=NOW + 20 * MINUTE)
    copy = copy_of(memory, week)
    assert (copy.body, copy.read_at, copy.tried_at) == (WEEKLY, NOW, NOW + 20 * MINUTE)
    assert said in copy.error
    assert said in caplog.text
    assert "token-nobody-may-see" not in copy.error + caplog.text + repr(week)
    calendars.refresh(memory.begin, [week], now=NOW + 40 * MINUTE)
    assert copy_of(memory, week).error == ""


@pytest.mark.parametrize("broken", ["<html>log in</html>", "", calendar(event(1, "DTSTART:soon"))])
def test_a_damaged_calendar_leaves_the_last_good_copy_in_use(
    memory: Engine, held: Held, broken: str
) -> None:
    week = Schedule(name="week", calendar=held.url)
    calendars.refresh(memory.begin, [week], now=NOW)
    held.body = broken.encode()
    calendars.refresh(memory.begin, [week], now=NOW + 20 * MINUTE)
    copy = copy_of(memory, week)
    assert copy.body == WEEKLY
    assert copy.error


def test_another_address_forgets_the_copy_of_the_one_before(memory: Engine, held: Held) -> None:
    calendars.refresh(memory.begin, [Schedule(name="week", calendar=held.url)], now=NOW)
    moved = Schedule(name="week", calendar=f"{held.url}/moved.ics")
    held.answers = [(503, {})]
    calendars.refresh(memory.begin, [moved], now=NOW + MINUTE)
    copy = copy_of(memory, moved)
    assert (copy.body, copy.read_at) == ("", None)


def test_a_file_is_read_again_at_once_and_may_be_away(memory: Engine, tmp_path: Path) -> None:
    path = tmp_path / "on call.ics"
    path.write_text("\ufeff" + WEEKLY, encoding="utf-8")
    week = Schedule(name="week", calendar=str(path))
    calendars.refresh(memory.begin, [week], now=NOW)
    before = copy_of(memory, week)
    assert before.body == WEEKLY
    calendars.refresh(memory.begin, [week], now=NOW + MINUTE)
    assert copy_of(memory, week) == before
    path.unlink()
    calendars.refresh(memory.begin, [week], now=NOW + 2 * MINUTE)
    after = copy_of(memory, week)
    assert after.body == WEEKLY
    assert "No such file" in after.error
    assert str(path) not in after.error


def test_what_is_too_large_is_refused(held: Held, tmp_path: Path) -> None:
    held.body = b"x" * (fetching.MAX_BYTES + 1)
    with pytest.raises(SettingsError, match="larger than 2 MB"):
        fetching.fetch(held.url)
    (tmp_path / "large.ics").write_bytes(held.body)
    with pytest.raises(SettingsError, match="larger than 2 MB"):
        fetching.read(str(tmp_path / "large.ics"))


def test_what_is_too_slow_is_given_up(held: Held) -> None:
    clock = iter(range(0, 1000, 6))
    with pytest.raises(TryAgain, match="longer than 10 seconds"):
        fetching.fetch(held.url, elapsed_seconds=lambda: next(clock) * 2.0)


def test_a_server_that_is_away_is_tried_again_and_its_address_not_told() -> None:
    with holding(WEEKLY) as gone:
        url = gone.url
    with pytest.raises(TryAgain) as caught:
        fetching.fetch(f"{url}/secret")
    assert "secret" not in str(caught.value)


def test_a_redirect_goes_to_the_very_address_that_was_checked(held: Held) -> None:
    """A name that resolves to a public address once and to this machine later reaches neither."""
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["192.0.2.1" if len(asked) > 1 else "10.1.2.3"]

    held.answers = [(302, {"location": "https://calendar.example/x.ics"})]
    with pytest.raises(SettingsError, match="not public"):
        fetching.fetch(held.url, resolve=resolve)
    assert asked == [("calendar.example", 443)]
    target, host = fetching._public(
        "https://calendar.example/x.ics?a=1", lambda host, port: ["93.184.215.14"]
    )
    assert (target, host) == ("https://93.184.215.14:443/x.ics?a=1", "calendar.example")
    target, _ = fetching._public(
        "https://calendar.example:8443/", lambda host, port: ["2606:2800:21f:cb07::1"]
    )
    assert target == "https://[2606:2800:21f:cb07::1]:8443/"


@pytest.mark.parametrize(
    "location", ["https://h.example:99999/x", "https://[", f"https://{'a' * 70}.b/"]
)
def test_a_redirect_to_what_is_no_address_is_told_and_the_copy_kept(
    memory: Engine, held: Held, location: str
) -> None:
    week = Schedule(name="week", calendar=f"{held.url}/week.ics")
    calendars.refresh(memory.begin, [week], now=NOW)
    held.answers = [(302, {"location": location})]
    calendars.refresh(memory.begin, [week], now=NOW + 15 * MINUTE)
    copy = copy_of(memory, week)
    assert copy.body == WEEKLY
    assert "redirects to what is" in copy.error


@pytest.mark.parametrize(
    "address",
    [
        "http://calendar.example/x.ics",
        "webcal://calendar.example/x.ics",
        "ftp://x.example",
        "https://",
    ],
)
def test_an_address_that_may_not_be_fetched_is_refused_without_being_told(address: str) -> None:
    with pytest.raises(ValidationError, match="begins with https://") as caught:
        Schedule(name="week", calendar=address + "?token-nobody-may-see")
    assert "token" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["https://calendar.example/x.ics", "http://localhost:8/x.ics", "http://[::1]/x", "x.ics"],
)
def test_https_loopback_and_files_are_taken(address: str) -> None:
    assert Schedule(name="week", calendar=address).calendar == address
