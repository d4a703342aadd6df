"""A missed promise is noticed once, in time, and only where a clock runs."""

from cases.desk import breaches, pend, record_reply, reopen, resolve
from tests.cases.world import HOUR, MINUTE, NOON, actions, opened, trail_agrees


def test_a_missed_promise_is_returned_once(conn):
    case = opened(conn).case
    assert breaches(conn, NOON + HOUR) == []
    (breach,) = breaches(conn, NOON + HOUR + MINUTE)
    assert (breach.case.id, breach.kind, breach.due_at) == (case.id, "FRT", NOON + HOUR)
    assert breach.case.breached == ["FRT"]
    assert breaches(conn, NOON + 2 * HOUR) == []
    assert actions(conn, case.id)[-1] == "breached"
    assert trail_agrees(conn, case.id)


def test_every_kind_is_noticed_for_itself(conn):
    opened(conn)
    found = [[one.kind for one in breaches(conn, NOON + n * HOUR)] for n in (2, 23, 25, 99)]
    assert found == [["FRT"], [], ["RT"], []]


def test_two_promises_missed_between_two_looks_are_both_returned(conn):
    opened(conn)
    assert [one.kind for one in breaches(conn, NOON + 25 * HOUR)] == ["FRT", "RT"]


def test_the_longest_missed_comes_first_and_a_limit_leaves_the_rest_for_later(conn):
    late = [opened(conn, str(n), published=NOON - n * MINUTE).case.id for n in range(3)]
    at = NOON + 2 * HOUR
    assert [one.case.id for one in breaches(conn, at, limit=2)] == [late[2], late[1]]
    assert [one.case.id for one in breaches(conn, at)] == [late[0]]


def test_answered_held_and_resolved_cases_are_left_alone(conn):
    answered, held, done = (opened(conn, n).case for n in "123")
    at = NOON + 10 * MINUTE
    record_reply(conn, answered.id, at=at, now=at, actor="ana")
    pend(conn, held.id, now=at, actor="ana")
    resolve(conn, done.id, now=at, actor="ana")
    assert breaches(conn, NOON + 9 * HOUR) == []
    reopen(conn, held.id, now=NOON + 9 * HOUR, actor="ana")
    assert breaches(conn, NOON + 9 * HOUR + 50 * MINUTE) == []
    assert [b.case.id for b in breaches(conn, NOON + 9 * HOUR + 51 * MINUTE)] == [held.id]


def test_a_post_collected_after_its_due_time_is_noticed_at_once(conn):
    opened(conn, collected=NOON + 5 * HOUR)
    assert [one.kind for one in breaches(conn, NOON + 5 * HOUR)] == ["FRT"]
