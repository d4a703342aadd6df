"""Tags and priorities by hand: normalised, re-reckoned, audited."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clocks import promises
from cases.desk import (
    breaches,
    pend,
    prioritise,
    record_reply,
    reopen,
    resolve,
    show_case,
    tag,
)
from cases.policy import SlaPolicy
from cases.routing import Route
from cases.tagging import MAX_TAGS, normal_tag, tags_in
from mentions.errors import Conflict, UntaggedError
from tests.cases.world import HOUR, MINUTE, NOON, actions, opened, trail_agrees, undone

AT = NOON + 10 * MINUTE
PRESSING = SlaPolicy.model_validate(
    {
        "name": "pressing",
        "first_response": "60m",
        "next_response": "2h",
        "resolution": "24h",
        "priorities": {
            "low": {"first_response": "4h", "next_response": "5h"},
            "urgent": {"first_response": "15m", "next_response": "20m", "resolution": "8h"},
        },
    }
)


def routed(conn, priority="medium", **fields):
    route = Route("r", "care", priority, "pressing", ("VIP",), "r")
    return opened(conn, policy=PRESSING, route=route, **fields).case


def test_tags_are_put_on_and_taken_off_in_one_spelling(conn):
    case = routed(conn)
    tagged = tag(conn, case.id, add=["#Refund", " two  words "], now=AT, actor="ana")
    assert tagged.tags == ["VIP", "refund", "two words"]
    assert tag(conn, case.id, add=["REFUND", "vip"], now=AT, actor="ana") == tagged
    bare = tag(conn, case.id, add=["late"], remove=["vip", "refund"], now=AT, actor="ana")
    assert bare.tags == ["two words", "late"]
    assert actions(conn, case.id)[-2:] == ["tagged", "tagged"]
    assert trail_agrees(conn, case.id)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(" # ", "needs letters"), ("a,b", "comma"), ("x" * 41, "holds 40 characters")],
)
def test_what_is_no_tag_is_refused_with_its_reason(conn, wrong, said):
    case = routed(conn)
    with pytest.raises(UntaggedError, match=said):
        tag(conn, case.id, add=[wrong], now=AT, actor="ana")


def test_a_case_holds_so_many_tags_and_no_more(conn):
    case = routed(conn)
    many = [f"tag {number}" for number in range(MAX_TAGS - 1)]
    assert len(tag(conn, case.id, add=many, now=AT, actor="ana").tags) == MAX_TAGS
    with pytest.raises(UntaggedError, match="take some off"):
        tag(conn, case.id, add=["more"], now=AT, actor="ana")
    assert len(tag(conn, case.id, add=["more"], remove=["vip"], now=AT, actor="ana").tags) == 20


def test_who_saw_another_version_tags_and_prioritises_nothing(conn):
    case = routed(conn)
    with pytest.raises(Conflict, match="changed by somebody else"):
        tag(conn, case.id, add=["x"], now=AT, actor="ana", version=case.version - 1)
    resolve(conn, case.id, now=AT, actor="ana")
    with pytest.raises(Conflict, match="reopen it first to prioritise it"):
        prioritise(conn, case.id, "low", now=AT, actor="ana")


@given(st.text(max_size=60))
def test_a_normal_tag_stays_as_it_is(text):
    try:
        normal = normal_tag(text)
    except UntaggedError:
        return
    assert normal_tag(normal) == normal
    assert tags_in(f"{normal}, #{normal},,") == [normal]


def left(case):
    return {kind: at - NOON for kind, at in promises(case).items()}


def test_a_higher_priority_by_hand_counts_from_now(conn):
    case = routed(conn)
    raised = prioritise(conn, case.id, "urgent", now=AT, actor="ana", version=case.version)
    assert raised.priority == "urgent"
    assert left(raised) == {"FRT": 25 * MINUTE, "RT": 8 * HOUR + 10 * MINUTE}
    assert actions(conn, case.id)[-1] == "prioritised"
    assert trail_agrees(conn, case.id)
    assert prioritise(conn, case.id, "urgent", now=AT, actor="ana") == raised


def test_a_lower_priority_by_hand_gives_the_time_it_would_have_had(conn):
    case = routed(conn, "urgent")
    assert left(case) == {"FRT": 15 * MINUTE, "RT": 8 * HOUR}
    lower = prioritise(conn, case.id, "low", now=AT, actor="ana")
    assert left(lower) == {"FRT": 4 * HOUR, "RT": 24 * HOUR}
    assert lower.due_at == NOON + 4 * HOUR
    assert trail_agrees(conn, case.id)


def test_raising_and_lowering_in_turn_wins_no_time(conn):
    case = routed(conn)
    before = left(case)
    for minute in range(10, 60, 10):
        prioritise(conn, case.id, "urgent", now=NOON + minute * MINUTE, actor="ana")
        case = prioritise(conn, case.id, "medium", now=NOON + minute * MINUTE, actor="ana")
    assert {kind: at for kind, at in left(case).items() if at > before[kind]} == {}


@given(
    st.lists(
        st.tuples(st.integers(1, 14), st.sampled_from(["low", "medium", "high", "urgent"])),
        max_size=8,
    )
)
def test_however_often_it_is_changed_the_last_low_priority_gives_its_own_time(sqlite_desk, changes):
    with undone(sqlite_desk) as conn:
        case = routed(conn)
        for minute, priority in sorted(changes):  # before the shortest promise is missed
            at = max(NOON + minute * MINUTE, case.opened_at)
            case = prioritise(conn, case.id, priority, now=at, actor="ana")
            assert left(case)["FRT"] <= 4 * HOUR
            assert left(case)["RT"] <= 24 * HOUR
        prioritise(conn, case.id, "urgent", now=NOON + 14 * MINUTE, actor="ana")
        last = prioritise(conn, case.id, "low", now=NOON + 14 * MINUTE, actor="ana")
        assert left(last) == {"FRT": 4 * HOUR, "RT": 24 * HOUR}
        assert trail_agrees(conn, case.id)


def test_what_is_missed_stays_missed_whatever_the_priority(conn):
    case = routed(conn)
    breaches(conn, NOON + 2 * HOUR)
    lower = prioritise(conn, case.id, "low", now=NOON + 2 * HOUR, actor="ana")
    assert lower.breached == ["FRT"]
    assert left(lower)["FRT"] == HOUR


def test_on_hold_a_stricter_promise_counts_from_when_the_hold_ends(conn):
    case = routed(conn)
    pend(conn, case.id, now=AT, actor="ana")
    prioritise(conn, case.id, "urgent", now=AT + 5 * HOUR, actor="ana")
    again = reopen(conn, case.id, now=AT + 6 * HOUR, actor="ana")
    assert again.frt_due_at == AT + 6 * HOUR + 15 * MINUTE


def test_the_next_response_follows_the_priority_from_when_the_author_asked(conn):
    case = routed(conn, "urgent")
    record_reply(conn, case.id, at=AT, now=AT, actor="ana")
    asked = AT + MINUTE
    opened(conn, "2", thread="1", published=asked, policy=PRESSING)
    case = show_case(conn, case.id).case
    assert case.nrt_due_at == asked + 20 * MINUTE
    lower = prioritise(conn, case.id, "low", now=asked + timedelta(minutes=6), actor="ana")
    assert lower.nrt_due_at == asked + 5 * HOUR
