"""One crisis is one incident, whatever fires, flaps, restarts or runs beside it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import IntegrityError

from alerts.book import list_alerts
from alerts.groups import note_letter
from alerts.incident import JOINING
from alerts.incident_life import judge, merge, resolve
from alerts.incident_listing import list_incidents, open_incidents, show_incident
from alerts.incident_log import note_told
from alerts.incidents import LEAD
from alerts.outbox import enqueue
from alerts.tables import incidents, metadata
from tests.alerts.conftest import sqlite_engine
from tests.alerts.incidents_world import POLICY, crisis, fired, later, of_kind, only, quiet
from tests.alerts.world import HOUR, MINUTE, NOW

COOL_DOWN, QUIET = POLICY.cool_down / HOUR, POLICY.quiet / HOUR


def words(conn: Connection, incident_id: int) -> list[str]:
    return [entry.what for entry in show_incident(conn, incident_id).log]


def test_a_crisis_opens_one_incident_however_often_it_is_recorded(conn: Connection) -> None:
    numbers = {fired(conn, crisis(), hours) for hours in (0, 0, 0.25, 4.5)}
    incident = only(conn)
    assert numbers == {incident.id}
    assert (incident.status, incident.brand, incident.owner) == ("open", "Acme", "")
    assert words(conn, incident.id) == ["opened", "alert joined"]


def test_without_a_crisis_nothing_is_an_incident(conn: Connection) -> None:
    for kind in ("spike", "watchlist", "influencer", "unanswered", "trend", "flatline"):
        assert fired(conn, of_kind(kind)) is None
    assert list_incidents(conn) == []


@pytest.mark.parametrize("kind", [kind for kind in JOINING if kind != "crisis"])
def test_other_alerts_of_the_brand_join_while_it_is_open(conn: Connection, kind: str) -> None:
    number = fired(conn, crisis())
    assert fired(conn, of_kind(kind), 1) == number
    assert fired(conn, of_kind(kind, brand="Nimbus Air"), 1) is None
    assert [alert.kind for alert in show_incident(conn, only(conn).id).alerts] == ["crisis", kind]


def test_the_worst_of_the_first_signs_holds_in_whatever_order_they_came(conn: Connection) -> None:
    fired(conn, of_kind("spike", severity=1), 0)
    fired(conn, of_kind("unanswered", severity=2), 1)
    fired(conn, crisis(severity=3), 2)
    assert only(conn).severity == 1
    log = show_incident(conn, only(conn).id).log
    assert [one.detail for one in log if one.what == "severity"] == [{"from": 3, "to": 1}]


def test_a_silent_source_and_an_alert_without_a_brand_stay_outside(conn: Connection) -> None:
    fired(conn, crisis())
    assert fired(conn, of_kind("flatline"), 1) is None
    assert fired(conn, of_kind("watchlist", brand=""), 1) is None


def test_first_signs_join_when_the_crisis_is_told_and_say_since_when(conn: Connection) -> None:
    fired(conn, of_kind("unanswered", began=NOW - 30 * HOUR), -30)
    fired(conn, of_kind("spike", began=NOW - HOUR), -1)
    number = fired(conn, crisis(began=NOW - MINUTE))
    file = show_incident(conn, only(conn).id)
    assert [alert.kind for alert in file.alerts] == ["spike", "crisis"]
    assert file.incident.began_at == NOW - HOUR
    assert file.incident.opened_at == NOW
    # It fires for days on end: it is no part of it an hour later, either.
    assert fired(conn, of_kind("unanswered"), 1) is None
    assert number == file.incident.id


def test_what_was_told_before_and_after_is_in_the_log_once(conn: Connection) -> None:
    fired(conn, of_kind("spike"), -1)
    spike = list_alerts(conn)[0].id

    def tell(alert: int, count: int, hours: float) -> None:
        key = f"group:{alert}:{count}:chat"
        enqueue(conn, key=key, channel="chat", kind="spike", payload={}, now=later(hours))
        note_letter(conn, alert, key)

    tell(spike, 1, -1)
    fired(conn, of_kind("flatline"), -1)
    tell(list_alerts(conn, kinds=["flatline"])[0].id, 1, -1)  # of another alert
    fired(conn, crisis())
    tell(spike, 2, 3)
    for _ in range(2):
        note_told(conn, only(conn).id, spike)
    told = [entry for entry in show_incident(conn, only(conn).id).log if entry.what == "told"]
    assert [(entry.at, entry.text) for entry in told] == [(later(-1), "chat"), (later(3), "chat")]


def test_a_letter_about_two_incidents_is_in_both_logs_once_also_after_a_merge(
    conn: Connection,
) -> None:
    acme, nimbus = fired(conn, crisis()), fired(conn, crisis(brand="Nimbus Air"))
    assert acme is not None
    assert nimbus is not None
    fired(conn, of_kind("spike"))
    enqueue(conn, key="group:1:1:chat", channel="chat", kind="group", payload={}, now=NOW)
    of = {number: show_incident(conn, number).alerts for number in (acme, nimbus)}
    for alert in (*of[acme], *of[nimbus]):
        note_letter(conn, alert.id, "group:1:1:chat")

    def note_all(number: int) -> int:
        for alert in show_incident(conn, number).alerts:
            note_told(conn, number, alert.id)
        return [entry.what for entry in show_incident(conn, number).log].count("told")

    assert (note_all(acme), note_all(nimbus)) == (1, 1)
    merge(conn, nimbus, into=acme, who="ana", now=later(1))
    assert note_all(acme) == 2  # one line of each log, and none more


def test_the_worst_severity_so_far_holds(conn: Connection) -> None:
    fired(conn, crisis(severity=2))
    fired(conn, of_kind("watchlist", severity=1), 1)
    fired(conn, of_kind("spike", severity=3), 2)
    assert only(conn).severity == 1


def test_it_is_over_by_itself_after_a_quiet_while_and_not_before(conn: Connection) -> None:
    fired(conn, crisis())
    fired(conn, of_kind("spike"), 2)
    quiet(conn, 2 + QUIET - 0.1)
    assert only(conn).status == "open"
    quiet(conn, 2 + QUIET)
    incident = only(conn)
    assert (incident.status, incident.resolved_at) == ("resolved", later(2 + QUIET))
    assert (incident.resolved_by, incident.is_false_alarm) == ("", None)


def test_complaints_that_still_wait_do_not_keep_it_open(conn: Connection) -> None:
    fired(conn, crisis())
    for hours in range(1, 9):
        fired(conn, of_kind("unanswered"), hours)
    quiet(conn, 8)
    assert only(conn).status == "resolved"
    assert fired(conn, of_kind("unanswered"), 9) == only(conn).id


@pytest.mark.parametrize(("hours", "count"), [(COOL_DOWN, 1), (COOL_DOWN + 0.1, 2)])
def test_a_crisis_that_is_back_soon_goes_on_with_its_incident(
    conn: Connection, hours: float, count: int
) -> None:
    first = fired(conn, crisis())
    quiet(conn, QUIET)
    at = QUIET + hours
    again = fired(conn, crisis(began=later(at)), at)
    assert len(list_incidents(conn)) == count
    assert (again == first) == (count == 1)
    assert [one.status for one in open_incidents(conn)] == ["open"]
    if count == 1:
        assert "reopened" in words(conn, only(conn).id)


def test_the_same_alert_flapping_is_the_same_incident_however_late(conn: Connection) -> None:
    week = 7 * 24 * HOUR
    first = fired(conn, crisis(), repeat=week)
    quiet(conn, QUIET)
    assert fired(conn, crisis(), 100, repeat=week) == first
    assert only(conn).status == "open"


def test_what_was_a_false_alarm_is_not_gone_on_with(conn: Connection) -> None:
    first = fired(conn, crisis())
    resolve(conn, only(conn).id, who="ana", now=later(1), is_false_alarm=True)
    assert fired(conn, crisis(), 1.5) == first
    assert open_incidents(conn) == []
    again = fired(conn, crisis(began=later(2)), 2)
    assert again != first
    assert [one.is_false_alarm for one in list_incidents(conn)] == [None, True]


def test_a_flapping_alert_of_a_false_alarm_opens_nothing(conn: Connection) -> None:
    """Over by itself, judged afterwards, and the same alert is back before its repeat."""
    week = 7 * 24 * HOUR
    first = fired(conn, crisis(), repeat=week)
    quiet(conn, QUIET)
    judge(conn, only(conn).id, is_false_alarm=True, who="ana", now=later(QUIET))
    assert fired(conn, crisis(), QUIET + 1, repeat=week) == first
    assert only(conn).status == "resolved"


def test_what_a_person_resolved_stays_so_until_its_cause_begins_anew(conn: Connection) -> None:
    first = fired(conn, crisis())
    resolve(conn, only(conn).id, who="ana", now=later(1))
    fired(conn, crisis(), 1.5)
    assert only(conn).status == "resolved"
    assert fired(conn, crisis(began=later(2)), 2) == first
    assert only(conn).status == "open"


def test_a_brand_whose_incident_was_merged_joins_what_goes_on(conn: Connection) -> None:
    acme, nimbus = fired(conn, crisis()), fired(conn, crisis(brand="Nimbus Air"))
    assert acme is not None
    assert nimbus is not None
    merge(conn, nimbus, into=acme, who="ana", now=later(1))
    assert fired(conn, crisis(brand="Nimbus Air"), 2) == acme
    assert fired(conn, of_kind("watchlist", brand="Nimbus Air"), 2) == acme
    assert len(open_incidents(conn)) == 1
    quiet(conn, 2 + QUIET)
    at = 3 + QUIET
    assert fired(conn, crisis(brand="Nimbus Air", began=later(at)), at) == acme


def test_the_database_refuses_a_second_open_incident_of_a_brand(conn: Connection) -> None:
    fired(conn, crisis())
    row = {"brand": "Acme", "rule": "x", "signal": "", "title": "x", "status": "acknowledged"}
    times = {"severity": 1, "began_at": NOW, "opened_at": NOW}
    with pytest.raises(IntegrityError):
        conn.execute(insert(incidents).values({**row, **times}))


def test_many_workers_open_one_incident(engine: Engine) -> None:
    """Eight workers, four crises of one brand, each recorded twice."""

    def work(number: int) -> int | None:
        fire = crisis(rule=f"crisis {number % 4}", key=f"crisis:{number % 4}:Acme:negative")
        with engine.begin() as connection:
            return fired(connection, fire)

    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(work, range(8)))
    with engine.begin() as connection:
        incident = only(connection)
        file = show_incident(connection, incident.id)
    assert numbers == {incident.id}
    assert Counter(entry.what for entry in file.log) == {"opened": 1, "alert joined": 4}
    assert len(file.alerts) == 4


STEPS = st.lists(
    st.tuples(st.sampled_from(["crisis", "spike", "unanswered"]), st.integers(1, 24)), max_size=12
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_never_two_at_once_and_a_new_one_only_after_quiet_and_cool_down(
    steps: list[tuple[str, int]],
) -> None:
    """Alerts some hours apart: the gaps alone say how many incidents there are."""
    engine = sqlite_engine()
    metadata.create_all(engine)
    at, expected = 0, 0
    carried: int | None = None
    with engine.begin() as connection:
        for kind, gap in steps:
            over = (carried or 0) + POLICY.quiet // HOUR
            for hour in sorted({over, at + gap}):
                if at < hour <= at + gap:
                    quiet(connection, hour)
            at += gap
            make = crisis if kind == "crisis" else partial(of_kind, kind)
            fired(connection, make(began=later(at)), at)
            assert len(open_incidents(connection)) <= 1
            if kind == "crisis":
                expected += carried is None or at - carried > QUIET + COOL_DOWN
            # A spike carries on what is open and opens nothing.
            goes_on = carried is not None and at < carried + QUIET
            if kind == "crisis" or (kind == "spike" and goes_on):
                carried = at
        assert len(list_incidents(connection)) == expected
    engine.dispose()


def test_lead_is_the_longest_window_of_the_detector() -> None:
    from nlp.spikes import LONG

    assert timedelta(hours=6) == LEAD == LONG
