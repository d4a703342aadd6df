"""What a forecast learns from, and what the cases are promised, on both databases."""

from collections import Counter
from datetime import timedelta

from cases.desk import needs_no_reply, record_reply, snooze
from cases.forecasting.arrivals import arrivals, arrivals_by_hour, usual, waiting
from cases.forecasting.history import floor_hour
from cases.policy import SlaPolicy
from tests.cases.world import HOUR, MINUTE, NOON, alerted, opened

LATER = NOON + 10 * HOUR


def test_cases_come_when_their_posts_are_published_and_alerts_are_none(conn):
    for number, at in enumerate((NOON + HOUR, NOON, NOON - MINUTE, LATER)):
        opened(conn, str(number), published=at)
    alerted(conn)
    window = {"since": NOON, "until": LATER}
    assert arrivals(conn, **window) == [NOON, NOON + HOUR]
    assert arrivals(conn, **window, team="care", brand="Nimbus Air") == [NOON, NOON + HOUR]
    assert arrivals(conn, **window, team="support") == []
    assert arrivals(conn, **window, brand="Heron") == []


def test_hours_are_counted_as_if_each_case_were_read(conn):
    window = {"since": NOON, "until": LATER}
    assert arrivals_by_hour(conn, **window) == {}
    for number, minutes in enumerate((0, 59, 60, 119, 180, 9 * 60 + 59)):
        opened(conn, str(number), published=NOON + minutes * MINUTE)
    counted = arrivals_by_hour(conn, **window, team="care", brand="Nimbus Air")
    assert counted == Counter(floor_hour(at) for at in arrivals(conn, **window))
    assert counted[NOON + HOUR] == 2
    assert arrivals_by_hour(conn, **window, team="support") == {}


def test_the_usual_promise_is_that_of_most_cases(conn):
    fast = SlaPolicy(name="fast", first_response=5 * MINUTE)
    opened(conn, "1", policy=fast)
    for number in range(2, 5):
        opened(conn, str(number), collected=NOON + number * MINUTE)
    found = usual(conn, since=NOON, until=LATER, team="care")
    assert (found.policy.name, found.first_response) == ("standard", HOUR)
    assert found.lag == timedelta(minutes=5)
    assert usual(conn, since=NOON, until=LATER, team="support") is None


def test_what_waits_is_what_nobody_has_answered_by_then(conn):
    answered, held, thanked, _ = (opened(conn, str(number)).case for number in range(4))
    record_reply(conn, answered.id, at=NOON + HOUR, now=NOON + HOUR, actor="ana")
    snooze(conn, held.id, LATER, now=NOON + HOUR, actor="ana")
    needs_no_reply(conn, thanked.id, now=NOON + HOUR, actor="ana")
    assert waiting(conn, team="care", at=NOON + 2 * HOUR) == 1
    assert waiting(conn, team="care", at=NOON + 30 * MINUTE) == 2  # it was answered after that
    assert waiting(conn, team="care", at=NOON) == 0
    assert waiting(conn, team="support", at=LATER) == 0
