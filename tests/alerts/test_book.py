"""The book of alerts: one open alert a key, told when due, and nothing forgotten by a restart."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, update

from alerts.book import (
    QUIET,
    get_alert,
    list_alerts,
    most_pressing,
    record,
    resolve_absent,
    resolve_orphans,
)
from alerts.firing import Firing
from alerts.history import history_of
from alerts.life import acknowledge, resolve
from alerts.matchers import Matcher
from alerts.outbox import letters
from alerts.silences import silence
from alerts.tables import alerts, metadata
from tests.alerts.conftest import sqlite_engine
from tests.alerts.world import HOUR, MINUTE, NOW, fire, firing, tell_due

REPEAT = 4 * HOUR


def told(conn: Connection, fired: Firing, hours: float) -> bool:
    """One pass at NOW + hours: whether a letter was written."""
    now = NOW + timedelta(hours=hours)
    fire(conn, fired, now, repeat=REPEAT)
    return tell_due(conn, now) == 1


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
    for hours in (0, 4, 8):
        assert told(conn, firing(), hours)
    keys = [letter.idempotency_key for letter in reversed(letters(conn))]
    group = keys[0].split(":")[1]
    assert keys == [f"group:{group}:{count}:chat" for count in (1, 2, 3)]


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
    again = fire(conn, firing(began=NOW + 5 * HOUR), NOW + 5 * HOUR, repeat=REPEAT)
    assert again.is_new
    assert tell_due(conn, NOW + 5 * HOUR) == 1
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
        matchers=[Matcher("brand", "=", "Acme")],
        starts_at=NOW,
        ends_at=NOW + HOUR,
        author="ana",
        comment="planned outage",
        now=NOW,
    )
    assert not told(conn, firing(), 0)
    assert list_alerts(conn)[0].silence_id == number
    assert not told(conn, firing(severity=1), 0.5)
    assert list_alerts(conn)[0].is_silenced
    assert told(conn, firing(), 1)
    (alert,) = list_alerts(conn)
    assert not alert.is_silenced
    lines = [(line.who, line.what) for line in history_of(conn, alert.id)]
    assert lines == [
        ("untagged", "fired"),
        ("ana", "silenced"),
        ("untagged", "worse"),
        ("untagged", "silence over"),
        ("untagged", "told"),
    ]


def test_alerts_of_a_rule_that_is_gone_are_resolved_when_quiet(conn: Connection) -> None:
    told(conn, firing(), 0)
    told(conn, firing(key="other", rule="kept"), 0)
    assert resolve_orphans(conn, ["kept"], now=NOW + QUIET - MINUTE) == []
    (gone,) = resolve_orphans(conn, ["kept"], now=NOW + QUIET)
    assert get_alert(conn, gone).rule == "negative spike"
    assert history_of(conn, gone)[-1].note == "its rule is gone"


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


def test_workers_that_record_at_once_open_one_alert(engine: Engine) -> None:
    def one(_worker: int) -> bool:
        with engine.begin() as conn:
            return record(conn, firing(), repeat=REPEAT, now=NOW).is_new

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 1
    with engine.begin() as conn:
        (alert,) = list_alerts(conn)
        assert [line.what for line in history_of(conn, alert.id)] == ["fired"]


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
            if fires:
                fire(conn, firing(began=now), now, repeat=REPEAT)
            else:
                resolve_absent(conn, "negative spike", [], now=now)
            tellings += [now] * tell_due(conn, now)
            assert len(list_alerts(conn, statuses=["firing", "acknowledged"])) <= 1
    gaps = [later - earlier for earlier, later in itertools.pairwise(tellings)]
    assert all(gap >= REPEAT for gap in gaps)
    assert bool(tellings) == any(fires for fires, _ in story)
    engine.dispose()


def test_what_is_told_to_nobody_comes_last_and_the_worst_first(conn: Connection) -> None:
    for key, severity in (("mild", 3), ("muted", 1), ("worst", 1), ("bad", 2)):
        record(conn, firing(key=key, severity=severity), repeat=HOUR, now=NOW)
    conn.execute(update(alerts).where(alerts.c.key == "muted").values(is_silenced=True))
    assert [alert.key for alert in most_pressing(list_alerts(conn))] == [
        "worst",
        "bad",
        "mild",
        "muted",
    ]
