"""Who took alerts on and after how long, as it was at a moment."""

import pytest
from sqlalchemy import Connection

from alerts import life
from alerts.attention import attention, between, lasted, taken_after
from alerts.book import Alert, list_alerts, record
from tests.alerts.world import HOUR, MINUTE, NOW, firing


@pytest.fixture
def told(conn: Connection) -> list[Alert]:
    """Three alerts an hour apart: taken on after 4 min, after 20 min by another, never."""
    for number, (after, who) in enumerate(((4, "farah"), (20, "ana"), (0, ""))):
        at = NOW + number * HOUR
        one = record(conn, firing(key=f"spike:{number}", at=at, began=at), repeat=HOUR, now=at)
        if who:
            life.acknowledge(conn, one.alert_id, who=who, now=at + after * MINUTE)
    return between(list_alerts(conn), since=NOW, until=NOW + 3 * HOUR)


def test_takers_and_the_median_time_are_told(told: list[Alert]) -> None:
    seen = attention(told, now=NOW + 9 * HOUR)
    assert (seen.alerts, seen.taken, seen.missed, seen.muted) == (3, 2, 1, 0)
    assert seen.takers == (("ana", 1), ("farah", 1))
    assert seen.kinds == (("spike", 3),)
    assert seen.after == 12 * MINUTE


def test_what_was_done_later_is_not_known_yet(told: list[Alert]) -> None:
    early = NOW + 3 * MINUTE
    assert taken_after(told[0], now=early) is None
    assert attention(told[:1], now=early).missed == 1
    assert taken_after(told[0], now=NOW + 4 * MINUTE) == 4 * MINUTE


def test_the_window_of_alerts_excludes_its_end(conn: Connection, told: list[Alert]) -> None:
    every = list_alerts(conn)
    assert [one.key for one in between(every, since=NOW, until=NOW + HOUR)] == ["spike:0"]


def test_how_long_it_was_open_is_known_once_it_is_over(conn: Connection, told: list[Alert]) -> None:
    life.resolve(conn, told[0].id, who="farah", now=NOW + 30 * MINUTE)
    over = next(one for one in list_alerts(conn) if one.id == told[0].id)
    assert lasted(over, now=NOW + HOUR) == 30 * MINUTE
    assert lasted(over, now=NOW + 10 * MINUTE) is None
    assert lasted(told[2], now=NOW + HOUR) is None


def test_of_no_alerts_there_is_nothing_to_tell() -> None:
    seen = attention([], now=NOW)
    assert (seen.alerts, seen.taken, seen.after) == (0, 0, None)
