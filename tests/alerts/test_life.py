"""What people do with an alert: who was faster is told, and the history keeps every step."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from alerts.book import QUIET, get_alert, list_alerts, resolve_absent
from alerts.history import history_of
from alerts.life import acknowledge, assign, reopen, resolve, unacknowledge
from mentions.errors import Conflict, NotFound, UntaggedError
from tests.alerts.world import HOUR, MINUTE, NOW, fire, firing, tell_due


def fired(conn: Connection) -> int:
    """An alert that was told at NOW."""
    number = fire(conn, firing(), NOW).alert_id
    tell_due(conn, NOW)
    return number


def test_acknowledging_needs_a_firing_alert(conn: Connection) -> None:
    with pytest.raises(NotFound, match="there is no alert 7000"):
        acknowledge(conn, 7000, who="ana", now=NOW)
    number = fired(conn)
    acknowledge(conn, number, who="ana", now=NOW)
    with pytest.raises(Conflict, match="ana has acknowledged"):
        acknowledge(conn, number, who="ben", now=NOW)
    resolve(conn, number, who="ana", now=NOW)
    with pytest.raises(Conflict, match="resolved already"):
        acknowledge(conn, number, who="ben", now=NOW)
    with pytest.raises(Conflict, match="resolved already"):
        resolve(conn, number, who="ben", now=NOW)


def test_who_acknowledges_owns_it_until_it_is_given_to_somebody_else(conn: Connection) -> None:
    number = fired(conn)
    acknowledge(conn, number, who="ana", note="on it", now=NOW + MINUTE)
    assert get_alert(conn, number).owner == "ana"
    assign(conn, number, to="ben", who="ana", note="you know the plant", now=NOW + 2 * MINUTE)
    alert = get_alert(conn, number)
    assert (alert.owner, alert.acknowledged_by, alert.status) == ("ben", "ana", "acknowledged")
    assert alert.note == "on it"


def test_what_is_given_back_is_told_again_when_that_is_due(conn: Connection) -> None:
    number = fired(conn)
    acknowledge(conn, number, who="ana", now=NOW)
    fire(conn, firing(), NOW + 5 * HOUR)
    assert tell_due(conn, NOW + 5 * HOUR) == 0
    unacknowledge(conn, number, who="ana", note="not mine", now=NOW + 5 * HOUR)
    alert = get_alert(conn, number)
    assert (alert.status, alert.owner, alert.acknowledged_by) == ("firing", "", "")
    assert tell_due(conn, NOW + 5 * HOUR) == 1
    with pytest.raises(Conflict, match="is firing; nobody has acknowledged it"):
        unacknowledge(conn, number, who="ana", now=NOW + 5 * HOUR)


def test_what_was_closed_too_early_is_opened_again(conn: Connection) -> None:
    number = fired(conn)
    resolve(conn, number, who="ana", note="known bug", now=NOW + HOUR)
    reopen(conn, number, who="ben", note="it is not", now=NOW + 2 * HOUR)
    alert = get_alert(conn, number)
    assert (alert.status, alert.resolved_at, alert.resolved_by) == ("firing", None, "")
    soon = NOW + 2 * HOUR + QUIET - MINUTE
    assert resolve_absent(conn, "negative spike", [], now=soon) == []
    assert fire(conn, firing(), soon).alert_id == number
    with pytest.raises(Conflict, match="is firing, not resolved"):
        reopen(conn, number, who="ben", now=soon)


def test_an_alert_whose_cause_has_a_newer_one_stays_closed(conn: Connection) -> None:
    number = fired(conn)
    resolve(conn, number, who="ana", now=NOW + HOUR)
    newer = fire(conn, firing(began=NOW + 2 * HOUR), NOW + 2 * HOUR).alert_id
    with pytest.raises(Conflict, match=f"alert {newer} is the open one"):
        reopen(conn, number, who="ben", now=NOW + 3 * HOUR)


def test_the_history_tells_the_whole_life(conn: Connection) -> None:
    number = fired(conn)
    acknowledge(conn, number, who="ana", note="on it", now=NOW + MINUTE)
    fire(conn, firing(severity=1), NOW + 2 * MINUTE)
    assign(conn, number, to="ben", who="ana", note="yours", now=NOW + 3 * MINUTE)
    unacknowledge(conn, number, who="ben", now=NOW + 4 * MINUTE)
    resolve_absent(conn, "negative spike", [], now=NOW + HOUR)
    reopen(conn, number, who="ben", now=NOW + HOUR)
    resolve(conn, number, who="ben", note="fixed", now=NOW + HOUR)
    assert [(line.who, line.what, line.note) for line in history_of(conn, number)] == [
        ("untagged", "fired", ""),
        ("untagged", "told", "chat, firing"),
        ("ana", "acknowledged", "on it"),
        ("untagged", "worse", "severity 1"),
        ("ana", "assigned", "to ben: yours"),
        ("ben", "unacknowledged", ""),
        ("untagged", "resolved", "quiet for 30 min"),
        ("ben", "reopened", ""),
        ("ben", "resolved", "fixed"),
    ]
    assert history_of(conn, number)[2].to_json()["at"] == "2026-03-02T21:01:00Z"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"who": " "}, "say who you are"), ({"who": "ana", "note": "x" * 2_001}, "at most 2000")],
)
def test_a_step_needs_a_name_and_a_note_of_some_length(
    conn: Connection, wrong: dict[str, str], said: str
) -> None:
    number = fired(conn)
    with pytest.raises(UntaggedError, match=said):
        acknowledge(conn, number, now=NOW, **wrong)
    assert get_alert(conn, number).status == "firing"


def test_an_alert_is_given_to_somebody(conn: Connection) -> None:
    number = fired(conn)
    with pytest.raises(UntaggedError, match="name who gets the alert"):
        assign(conn, number, to=" ", who="ana", now=NOW)
    with pytest.raises(UntaggedError, match="at most 100 characters"):
        assign(conn, number, to="x" * 101, who="ana", now=NOW)
    resolve(conn, number, who="ana", now=NOW)
    with pytest.raises(Conflict, match="reopen it to assign it"):
        assign(conn, number, to="ben", who="ana", now=NOW)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE alert_history SET who = 'nobody'", "DELETE FROM alert_history"],
)
def test_the_history_cannot_be_edited(conn: Connection, statement: str) -> None:
    fired(conn)
    with pytest.raises(DatabaseError, match="append-only"):
        conn.execute(text(statement))


def test_of_two_people_at_once_one_acknowledges(engine: Engine) -> None:
    with engine.begin() as conn:
        number = fired(conn)

    def take(worker: int) -> bool:
        try:
            with engine.begin() as conn:
                acknowledge(conn, number, who=f"agent {worker}", now=NOW)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(16))) == 1
    with engine.begin() as conn:
        (alert,) = list_alerts(conn)
        lines = [line.who for line in history_of(conn, number) if line.what == "acknowledged"]
        assert lines == [alert.owner]
