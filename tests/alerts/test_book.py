"""The life of an alert: told once, again only when due, and nothing forgotten by a restart."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from alerts.book import (
    QUIET,
    acknowledge,
    get_alert,
    list_alerts,
    record,
    resolve,
    resolve_absent,
)
from alerts.firing import Firing
from alerts.silences import silence
from alerts.tables import metadata
from mentions.errors import Conflict, NotFound
from tests.alerts.conftest import sqlite_engine
from tests.alerts.world import HOUR, MINUTE, NOW, firing

REPEAT = 4 * HOUR


def told(conn: Connection, fired: Firing, hours: float) -> bool:
    """Record at NOW + hours and say whether somebody must be told."""
    now = NOW + timedelta(hours=hours)
    return record(conn, fired, repeat=REPEAT, now=now).should_notify


def test_an_alert_is_told_when_it_begins_and_then_only_after_each_repeat(conn: Connection) -> None:
    hours = [0, 0.25, 3.75, 4, 4.25, 7.75, 8]
    assert [told(conn, firing(), at) for at in hours] == [1, 0, 0, 1, 0, 0, 1]
    (alert,) = list_alerts(conn)
    assert (alert.status, alert.notifications, alert.started_at) == ("firing", 3, NOW)
    assert alert.last_at == NOW + 8 * HOUR


def test_other_keys_are_other_alerts(conn: Connection) -> None:
    assert told(conn, firing(), 0)
    assert told(conn, firing(key="spike:negative spike:Nimbus Air:negative"), 0)
    assert len(list_alerts(conn)) == 2


def test_each_telling_has_a_key_of_its_own(conn: Connection) -> None:
    keys = [
        record(conn, firing(), repeat=REPEAT, now=NOW + at * HOUR).notification_key("chat")
        for at in (0, 4, 8)
    ]
    alert_id = list_alerts(conn)[0].id
    assert keys == [f"alert:{alert_id}:{count}:chat" for count in (1, 2, 3)]


def test_an_alert_shows_the_latest_figures_and_the_worst_severity(conn: Connection) -> None:
    told(conn, firing(severity=1, mention_ids=("a", "b")), 0)
    told(conn, firing(severity=3, observed=90.0, reason="90 now", mention_ids=("b", "c")), 1)
    (alert,) = list_alerts(conn)
    assert (alert.observed, alert.reason, alert.severity) == (90.0, "90 now", 1)
    assert alert.mention_ids == ("a", "b", "c")


def test_an_alert_that_gets_worse_is_told_at_once_even_if_acknowledged(conn: Connection) -> None:
    assert told(conn, firing(severity=3), 0)
    acknowledge(conn, list_alerts(conn)[0].id, who="ana", now=NOW)
    assert not told(conn, firing(severity=3), 0.25)
    assert told(conn, firing(severity=1), 0.5)
    assert not told(conn, firing(severity=1), 0.75)


def test_an_acknowledged_alert_is_not_repeated(conn: Connection) -> None:
    told(conn, firing(), 0)
    alert_id = list_alerts(conn)[0].id
    acknowledge(conn, alert_id, who="ana", note="on it", now=NOW + HOUR)
    assert not told(conn, firing(), 5)
    alert = get_alert(conn, alert_id)
    assert (alert.status, alert.acknowledged_by, alert.note) == ("acknowledged", "ana", "on it")
    assert alert.acknowledged_at == NOW + HOUR


def test_an_alert_that_stops_firing_is_resolved_after_a_quiet_while(conn: Connection) -> None:
    told(conn, firing(), 0)
    alert_id = list_alerts(conn)[0].id
    assert resolve_absent(conn, "negative spike", [], now=NOW + QUIET - MINUTE) == []
    assert resolve_absent(conn, "negative spike", [firing().key], now=NOW + QUIET) == []
    assert resolve_absent(conn, "another rule", [], now=NOW + QUIET) == []
    assert resolve_absent(conn, "negative spike", [], now=NOW + QUIET) == [alert_id]
    assert resolve_absent(conn, "negative spike", [], now=NOW + QUIET) == []
    assert get_alert(conn, alert_id).resolved_at == NOW + QUIET


def test_a_flapping_alert_is_one_alert_told_no_more_than_its_repeat(conn: Connection) -> None:
    assert told(conn, firing(), 0)
    resolve_absent(conn, "negative spike", [], now=NOW + HOUR)
    assert not told(conn, firing(began=NOW + 2 * HOUR), 2)
    (alert,) = list_alerts(conn)
    assert (alert.status, alert.resolved_at) == ("firing", None)
    assert told(conn, firing(began=NOW + 2 * HOUR), 4)


def test_an_alert_that_comes_back_after_its_repeat_is_a_new_one(conn: Connection) -> None:
    told(conn, firing(), 0)
    resolve_absent(conn, "negative spike", [], now=NOW + HOUR)
    again = record(conn, firing(began=NOW + 5 * HOUR), repeat=REPEAT, now=NOW + 5 * HOUR)
    assert (again.is_new, again.should_notify) == (True, True)
    assert [alert.status for alert in list_alerts(conn)] == ["firing", "resolved"]


def test_what_a_person_resolved_stays_closed_until_it_begins_anew(conn: Connection) -> None:
    told(conn, firing(), 0)
    resolve(conn, list_alerts(conn)[0].id, who="ana", note="known bug", now=NOW + HOUR)
    assert not told(conn, firing(), 2)
    assert not told(conn, firing(), 30)
    assert [alert.status for alert in list_alerts(conn)] == ["resolved"]
    assert told(conn, firing(began=NOW + 31 * HOUR), 31)


def test_a_silenced_alert_is_recorded_and_told_when_the_silence_ends(conn: Connection) -> None:
    number = silence(
        conn,
        matchers={"brand": "Acme"},
        starts_at=NOW,
        ends_at=NOW + HOUR,
        author="ana",
        comment="planned outage",
        now=NOW,
    )
    quiet = record(conn, firing(), repeat=REPEAT, now=NOW)
    assert (quiet.is_new, quiet.should_notify, quiet.silence_id) == (True, False, number)
    assert not told(conn, firing(severity=1), 0.5)
    assert list_alerts(conn)[0].is_silenced
    assert told(conn, firing(), 1)
    assert not list_alerts(conn)[0].is_silenced


def test_acknowledging_needs_a_firing_alert(conn: Connection) -> None:
    with pytest.raises(NotFound, match="there is no alert 7"):
        acknowledge(conn, 7, who="ana", now=NOW)
    told(conn, firing(), 0)
    alert_id = list_alerts(conn)[0].id
    acknowledge(conn, alert_id, who="ana", now=NOW)
    with pytest.raises(Conflict, match="ana has acknowledged"):
        acknowledge(conn, alert_id, who="ben", now=NOW)
    resolve(conn, alert_id, who="ana", now=NOW)
    with pytest.raises(Conflict, match="resolved already"):
        acknowledge(conn, alert_id, who="ben", now=NOW)
    with pytest.raises(Conflict, match="resolved already"):
        resolve(conn, alert_id, who="ben", now=NOW)


def test_alerts_are_listed_newest_first_and_narrowed(conn: Connection) -> None:
    told(conn, firing(), 0)
    told(conn, firing(key="other", brand="Nimbus Air"), 1)
    assert [alert.brand for alert in list_alerts(conn)] == ["Nimbus Air", "Acme"]
    assert [alert.brand for alert in list_alerts(conn, brand="Acme")] == ["Acme"]
    assert list_alerts(conn, statuses=["resolved"]) == []
    assert [alert.brand for alert in list_alerts(conn, since=NOW + HOUR)] == ["Nimbus Air"]
    assert len(list_alerts(conn, limit=1)) == 1


def test_a_thousand_mentions_do_not_swell_an_alert(conn: Connection) -> None:
    told(conn, firing(mention_ids=tuple(f"a{place}" for place in range(1_000))), 0)
    told(conn, firing(mention_ids=("newest",)), 1)
    kept = list_alerts(conn)[0].mention_ids
    assert len(kept) <= 200
    assert kept[-1] == "newest"


def test_workers_that_record_at_once_open_and_tell_one_alert(engine: Engine) -> None:
    def one(_worker: int) -> bool:
        with engine.begin() as conn:
            return record(conn, firing(), repeat=REPEAT, now=NOW).should_notify

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 1
    with engine.begin() as conn:
        assert len(list_alerts(conn)) == 1


def test_workers_that_repeat_at_once_tell_once(engine: Engine) -> None:
    with engine.begin() as conn:
        record(conn, firing(), repeat=REPEAT, now=NOW)

    def one(_worker: int) -> bool:
        with engine.begin() as conn:
            return record(conn, firing(), repeat=REPEAT, now=NOW + REPEAT).should_notify

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 1


steps = st.lists(st.tuples(st.booleans(), st.integers(1, 120)), min_size=1, max_size=40)


@settings(deadline=None, max_examples=60)
@given(steps)
def test_whatever_happens_nobody_is_told_twice_within_the_repeat(
    story: list[tuple[bool, int]],
) -> None:
    """Fires or not, step by step; a restart is nothing but a new connection."""
    engine = sqlite_engine()
    metadata.create_all(engine)
    now, tellings = NOW, []
    for fires, minutes in story:
        now += minutes * MINUTE
        with engine.begin() as conn:
            if fires and record(conn, firing(began=now), repeat=REPEAT, now=now).should_notify:
                tellings.append(now)
            if not fires:
                resolve_absent(conn, "negative spike", [], now=now)
            assert len(list_alerts(conn, statuses=["firing", "acknowledged"])) <= 1
    gaps = [later - earlier for earlier, later in itertools.pairwise(tellings)]
    assert all(gap >= REPEAT for gap in gaps)
    assert bool(tellings) == any(fires for fires, _ in story)
    engine.dispose()
