"""Who has an incident, what is said of it, when it is over; and what two people do at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from alerts import book, life
from alerts.incident_life import (
    acknowledge,
    add_cases,
    assign,
    judge,
    merge,
    note,
    promise_update,
    rename,
    reopen_by_hand,
    resolve,
    set_severity,
    settle,
    state,
)
from alerts.incident_listing import (
    get_incident,
    list_incidents,
    show_incident,
)
from alerts.labels import labels
from mentions.errors import Conflict, NotFound, UntaggedError
from tests.alerts.incidents_world import POLICY, crisis, fired, later, of_kind, only, quiet
from tests.alerts.world import HOUR, NOW

ANA: dict[str, Any] = {"who": "ana", "now": later(1)}
BEN: dict[str, Any] = {"who": "ben", "now": later(2)}


def opened(conn: Connection, brand: str = "Acme") -> int:
    number = fired(conn, crisis(brand=brand))
    assert number is not None
    return number


def told(conn: Connection, number: int, what: str) -> list[tuple[str, str]]:
    return [(one.who, one.text) for one in show_incident(conn, number).log if one.what == what]


def test_the_first_taker_is_the_owner_and_its_alerts_are_not_repeated(conn: Connection) -> None:
    number = opened(conn)
    acknowledge(conn, number, **ANA)
    with pytest.raises(Conflict, match="ana has incident"):
        acknowledge(conn, number, **BEN)
    incident = only(conn)
    assert (incident.status, incident.owner) == ("acknowledged", "ana")
    assert (incident.acknowledged_by, incident.acknowledged_at) == ("ana", later(1))
    (alert,) = book.list_alerts(conn)
    assert (alert.status, alert.acknowledged_by) == ("acknowledged", "ana")
    book.record(conn, crisis(), repeat=HOUR, now=later(9))
    assert book.get_alert(conn, alert.id).status == "acknowledged"


def test_whoever_acknowledged_the_alert_has_the_incident(conn: Connection) -> None:
    number = opened(conn)
    fired(conn, of_kind("spike"), 0)
    spike = next(one for one in book.list_alerts(conn) if one.kind == "spike")
    life.acknowledge(conn, spike.id, who="cy", now=later(0.5))
    settle(conn, policy=POLICY, now=later(0.6))
    assert only(conn).status == "open"
    alert = next(one for one in book.list_alerts(conn) if one.kind == "crisis")
    life.acknowledge(conn, alert.id, who="ben", now=later(0.7))
    settle(conn, policy=POLICY, now=later(0.8))
    settle(conn, policy=POLICY, now=later(0.9))
    incident = only(conn)
    assert (incident.owner, incident.acknowledged_at) == ("ben", later(0.7))
    assert told(conn, number, "acknowledged") == [("ben", "")]


def test_it_is_handed_over_and_waits_for_whoever_it_was_given_to(conn: Connection) -> None:
    number = opened(conn)
    assign(conn, number, " ben ", **ANA)
    assert (only(conn).owner, only(conn).status) == ("ben", "open")
    acknowledge(conn, number, **BEN)
    assign(conn, number, "cy", **BEN)
    assign(conn, number, "cy", **BEN)
    assert (only(conn).owner, only(conn).status) == ("cy", "acknowledged")
    assert told(conn, number, "handed over") == [("ana", "ben"), ("ben", "cy")]


def test_a_severity_that_a_person_set_stays(conn: Connection) -> None:
    number = opened(conn)
    set_severity(conn, number, 3, **ANA)
    fired(conn, crisis(severity=1), 2)
    assert (only(conn).severity, only(conn).severity_by) == (3, "ana")
    with pytest.raises(UntaggedError, match="0 is no severity"):
        set_severity(conn, number, 0, **ANA)


def test_every_wording_of_the_statement_is_kept(conn: Connection) -> None:
    number = opened(conn)
    assert show_incident(conn, number).statement == ""
    state(conn, number, "We are looking into it.", **ANA)
    state(conn, number, "Check-in is down; we are sorry.", **BEN)
    file = show_incident(conn, number)
    assert file.statement == "Check-in is down; we are sorry."
    assert [(one.who, one.text) for one in file.statements] == [
        ("ana", "We are looking into it."),
        ("ben", "Check-in is down; we are sorry."),
    ]


def test_colleagues_see_what_is_marked_for_them_the_latest_first(conn: Connection) -> None:
    number = opened(conn)
    note(conn, number, "we suspect the supplier", **ANA)
    note(conn, number, "fix at 18:00", is_shared=True, **BEN)
    shared = show_incident(conn, number).shared
    assert [(one.what, one.text) for one in shared] == [
        ("note", "fix at 18:00"),
        ("opened", "crisis"),
    ]


def test_the_next_update_is_promised_ahead_and_forgotten_when_it_is_over(conn: Connection) -> None:
    number = opened(conn)
    with pytest.raises(UntaggedError, match="must lie ahead"):
        promise_update(conn, number, later(1), **ANA)
    promise_update(conn, number, later(3), **ANA)
    assert only(conn).next_update_at == later(3)
    resolve(conn, number, **BEN)
    assert only(conn).next_update_at is None


def test_resolving_closes_its_alerts_and_says_by_whom(conn: Connection) -> None:
    number = opened(conn)
    fired(conn, of_kind("spike"))
    resolve(conn, number, **ANA)
    incident = only(conn)
    assert (incident.status, incident.resolved_by, incident.is_false_alarm) == (
        "resolved",
        "ana",
        False,
    )
    assert {alert.resolved_by for alert in book.list_alerts(conn)} == {"ana"}
    with pytest.raises(Conflict, match="reopen it first"):
        resolve(conn, number, **BEN)


def test_a_decision_on_what_has_changed_since_is_refused(conn: Connection) -> None:
    number = opened(conn)
    seen = only(conn).version
    fired(conn, of_kind("watchlist"), 0.5)
    for decide in (resolve, _assigned, _stated, _worse):
        with pytest.raises(Conflict, match="look at it again"):
            decide(conn, number, version=seen, **ANA)
    note(conn, number, "a note is never refused", **ANA)
    resolve(conn, number, version=only(conn).version, **ANA)


def _assigned(conn: Connection, number: int, **more: Any) -> None:
    assign(conn, number, "ben", **more)


def _stated(conn: Connection, number: int, **more: Any) -> None:
    state(conn, number, "we are sorry", **more)


def _worse(conn: Connection, number: int, **more: Any) -> None:
    set_severity(conn, number, 1, **more)


def test_what_people_say_of_it_labels_its_crisis_alerts(conn: Connection) -> None:
    real, wrong, unjudged = (opened(conn, brand) for brand in ("A", "B", "C"))
    fired(conn, of_kind("spike", brand="A"))
    resolve(conn, real, **ANA)
    judge(conn, wrong, is_false_alarm=True, **ANA)
    quiet(conn, POLICY.quiet / HOUR)

    def said() -> list[tuple[str, bool, str]]:
        return [(one.key.split(":")[2], one.is_right, one.who) for one in labels(conn)]

    assert said() == [("A", True, "ana"), ("B", False, "ana")]
    for _ in range(2):
        judge(conn, unjudged, is_false_alarm=False, **BEN)
    judge(conn, real, is_false_alarm=True, **BEN)
    assert said() == [("A", False, "ben"), ("B", False, "ana"), ("C", True, "ben")]
    assert len(told(conn, unjudged, "judged")) == 1
    assert {one.rule for one in labels(conn)} == {"crisis"}
    assert labels(conn)[0].at == NOW


def test_it_is_opened_again_by_hand_and_is_not_over_at_once(conn: Connection) -> None:
    number = opened(conn)
    resolve(conn, number, **ANA)
    reopen_by_hand(conn, number, who="ben", now=later(30))
    settle(conn, policy=POLICY, now=later(31))
    incident = only(conn)
    assert (incident.status, incident.owner, incident.resolved_at) == ("acknowledged", "ben", None)
    settle(conn, policy=POLICY, now=later(30 + POLICY.quiet / HOUR))
    assert only(conn).status == "resolved"


def test_an_old_one_is_not_opened_beside_another_that_is_open(conn: Connection) -> None:
    old = opened(conn)
    resolve(conn, old, is_false_alarm=True, **ANA)
    fired(conn, crisis(began=later(2)), 2)
    with pytest.raises(Conflict, match="another incident that is open"):
        reopen_by_hand(conn, old, **BEN)


def test_merging_moves_alerts_and_cases_and_keeps_both_logs(conn: Connection) -> None:
    acme, nimbus = opened(conn), opened(conn, "Nimbus Air")
    set_severity(conn, nimbus, 1, **ANA)
    acknowledge(conn, nimbus, **ANA)
    note(conn, nimbus, "same supplier", **ANA)
    add_cases(conn, nimbus, [7, 8], now=later(1))
    add_cases(conn, acme, [9, 7], now=later(1))
    merge(conn, nimbus, into=acme, **BEN)
    file = show_incident(conn, acme)
    assert file.brands == ("Acme", "Nimbus Air")
    assert (file.case_ids, file.merged) == ((7, 8, 9), (nimbus,))
    assert {alert.brand for alert in file.alerts} == {"Acme", "Nimbus Air"}
    assert (file.incident.severity, file.incident.owner) == (1, "ana")
    assert (file.incident.status, file.incident.acknowledged_at) == ("acknowledged", later(1))
    assert ("ana", "same supplier") in told(conn, acme, "note")
    for change in (merge, _assigned):
        with pytest.raises(Conflict, match=f"was merged into incident {acme}"):
            change(conn, nimbus, **({"into": acme} if change is merge else {}), **BEN)
    with pytest.raises(Conflict, match="into itself"):
        merge(conn, acme, into=acme, **BEN)


def test_what_goes_on_is_not_merged_into_what_is_over(conn: Connection) -> None:
    acme, nimbus = opened(conn), opened(conn, "Nimbus Air")
    resolve(conn, nimbus, **ANA)
    with pytest.raises(Conflict, match="is over"):
        merge(conn, acme, into=nimbus, **BEN)
    merge(conn, nimbus, into=acme, **BEN)
    assert get_incident(conn, nimbus).merged_into == acme


def test_a_case_is_in_one_incident_once(conn: Connection) -> None:
    number = opened(conn)
    assert add_cases(conn, number, [3, 4], now=NOW) == 2
    assert add_cases(conn, number, [3, 4, 5], now=NOW) == 1
    log = show_incident(conn, number).log
    assert [one.detail["case"] for one in log if one.what == "case joined"] == [3, 4, 5]


def test_cases_found_while_somebody_merges_go_where_the_incident_went(conn: Connection) -> None:
    acme, nimbus = opened(conn), opened(conn, "Nimbus Air")
    merge(conn, nimbus, into=acme, **BEN)
    assert add_cases(conn, nimbus, [3], now=later(2)) == 1
    assert show_incident(conn, acme).case_ids == (3,)


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x07", "x" * 20_001])
def test_words_that_will_not_do_are_refused(conn: Connection, text: str) -> None:
    number = opened(conn)
    for write in (note, state, rename, assign):
        with pytest.raises(UntaggedError):
            write(conn, number, text, **ANA)
    assert len(show_incident(conn, number).log) == 2


@pytest.mark.parametrize("change", [acknowledge, resolve, reopen_by_hand])
def test_what_is_not_there_is_told(conn: Connection, change: Callable[..., None]) -> None:
    with pytest.raises(NotFound, match="there is no incident 99"):
        change(conn, 99, **ANA)


def test_incidents_are_listed_newest_first_and_narrowed(conn: Connection) -> None:
    first, second = opened(conn), fired(conn, crisis(brand="Nimbus Air", began=later(1)), 1)
    rename(conn, first, "the big outage", **ANA)
    assert [one.id for one in list_incidents(conn)] == [second, first]
    assert [one.title for one in list_incidents(conn, brand="Acme")] == ["the big outage"]
    assert [one.id for one in list_incidents(conn, since=later(1))] == [second]
    assert list_incidents(conn, statuses=("resolved",)) == []
    assert len(list_incidents(conn, limit=1)) == 1


def test_one_of_many_who_take_it_at_once_has_it(engine: Engine) -> None:
    with engine.begin() as connection:
        number = opened(connection)

    def take(name: str) -> bool:
        try:
            with engine.begin() as connection:
                acknowledge(connection, number, who=name, now=later(1))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(take, [f"agent {place}" for place in range(8)]))
    assert sum(won) == 1
    with engine.begin() as connection:
        assert only(connection).owner == f"agent {won.index(True)}"
        assert len(told(connection, number, "acknowledged")) == 1
