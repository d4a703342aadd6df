"""The list shows what is due first at the top, and a case's page everything of the case."""

import json

from cases.desk import (
    Queues,
    count_cases,
    count_queues,
    list_cases,
    note,
    pend,
    resolve,
    show_case,
)
from tests.cases.test_opening import URGENT
from tests.cases.test_working import AWAY
from tests.cases.world import HOUR, MINUTE, NOON, alerted, opened

AT = NOON + 10 * MINUTE


def ids(cases):
    return [case.id for case in cases]


def test_the_case_that_is_due_first_is_at_the_top_and_those_on_hold_at_the_end(conn):
    second = opened(conn, "1").case
    held = opened(conn, "2", published=NOON - 2 * HOUR).case
    first = opened(conn, "3", published=NOON - HOUR).case
    pend(conn, held.id, now=AT, actor="ana")
    assert ids(list_cases(conn)) == [first.id, second.id, held.id]


def test_each_filter_keeps_what_it_names(conn):
    ana = opened(conn, "1").case
    ben = opened(conn, "2", brands=({"name": "Other"},), route=URGENT).case
    nobody = opened(conn, "3", teams=AWAY).case
    alert = alerted(conn).case
    resolve(conn, ben.id, now=AT, actor="ben")
    assert ids(list_cases(conn, agent="ana")) == [ana.id]
    assert ids(list_cases(conn, agent="")) == [nobody.id]
    assert ids(list_cases(conn, team="support")) == [alert.id]
    assert ids(list_cases(conn, brand="Other")) == [ben.id]
    assert ids(list_cases(conn, priority="urgent", status="open")) == [alert.id]
    assert ids(list_cases(conn, status=["resolved", "pending"])) == [ben.id]
    assert ids(list_cases(conn, team="care", status="open")) == [ana.id, nobody.id]


def test_overdue_are_those_whose_clock_is_past_due(conn):
    late = opened(conn, "1", published=NOON - HOUR).case
    opened(conn, "2")
    assert ids(list_cases(conn, overdue_at=NOON + MINUTE)) == [late.id]
    assert list_cases(conn, overdue_at=NOON) == []


def test_a_long_list_is_read_in_pieces_without_gaps(conn):
    everything = [opened(conn, str(n)).case.id for n in range(5)]
    pieces = [ids(list_cases(conn, limit=2, offset=n)) for n in (0, 2, 4)]
    assert pieces == [everything[:2], everything[2:4], everything[4:]]


def test_the_desk_is_counted(conn):
    opened(conn, "1", published=NOON - 2 * HOUR)
    opened(conn, "2", teams=AWAY)
    done = opened(conn, "3").case
    resolve(conn, done.id, now=AT, actor="ana")
    counts = {"open": 2, "resolved": 1, "overdue": 1, "unassigned": 1}
    assert count_cases(conn, now=NOON) == counts


def test_queues_count_the_living(conn):
    opened(conn, "1", published=NOON - 2 * HOUR)
    opened(conn, "2", teams=AWAY)
    resolve(conn, opened(conn, "3").case.id, now=AT, actor="ana")
    alerted(conn)
    every = count_queues(conn, agent="ana", due_before=NOON)
    assert every == Queues(own=1, nobodys=1, due=1, by_team={"care": 2, "support": 1})
    assert count_queues(conn, agent="ana", due_before=NOON, teams={"other"}) == Queues()


def test_everything_becomes_json(conn):
    case = opened(conn).case
    note(conn, case.id, "call back", now=AT, actor="ana")
    told = json.loads(json.dumps(show_case(conn, case.id).to_json()))
    assert told["id"] == case.id
    assert told["published_at"] == "2026-03-02T12:00:00Z"
    assert told["breached"] == []
    assert [one["mention_id"] for one in told["posts"]] == ["board:1"]
    assert [one["text"] for one in told["notes"]] == ["call back"]
    assert [one["action"] for one in told["audit"]] == ["opened", "assigned", "noted"]
    assert json.loads(json.dumps(case.to_json()))["terms"]["first_response"] == 3600
