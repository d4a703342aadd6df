"""Edges of holds, merges and verdicts: what nobody meant to promise is not promised."""

import pytest

from cases.desk import (
    breaches,
    mark_answered,
    merge,
    needs_no_reply,
    needs_reply,
    pend,
    record_reply,
    reopen,
    resolve,
    snooze,
)
from mentions.errors import Conflict
from tests.cases.test_going_on import AT, DAY, answered_and_resolved
from tests.cases.world import HOUR, MINUTE, NOON, opened, trail_agrees


def snoozed(conn):
    """Snoozed at 12:30 until 13:30, half an hour before FRT was due."""
    case = opened(conn).case
    return snooze(conn, case.id, NOON + 1.5 * HOUR, now=NOON + HOUR / 2, actor="ana")


def test_a_snooze_that_is_over_gives_no_more_time_though_no_round_has_run_since(conn):
    case = snoozed(conn)
    more = opened(conn, "2", thread="1", published=NOON + 5 * HOUR).case
    assert (more.status, more.frt_due_at) == ("open", NOON + 2 * HOUR)
    assert [one.kind for one in breaches(conn, NOON + 6 * HOUR)] == ["FRT"]
    assert trail_agrees(conn, case.id)


@pytest.mark.parametrize("does", [pend, resolve])
def test_what_was_missed_after_a_snooze_stays_missed_when_somebody_acts_before_the_round(
    conn, does
):
    case = snoozed(conn)
    held = does(conn, case.id, now=NOON + 3 * HOUR, actor="ana")
    assert held.breached == ["FRT"]
    again = reopen(conn, case.id, now=NOON + 9 * HOUR, actor="ana")
    assert again.frt_due_at == NOON + 2 * HOUR
    assert again.rt_due_at == NOON + 24 * HOUR + 7 * HOUR
    assert trail_agrees(conn, case.id)


def test_a_snooze_is_made_longer_from_its_end_and_not_from_its_beginning(conn):
    case = snoozed(conn)
    later = NOON + 1.5 * HOUR + 10 * MINUTE
    snooze(conn, case.id, later + HOUR, now=later, actor="ana")
    again = reopen(conn, case.id, now=later + HOUR, actor="ana")
    assert again.frt_due_at == later + HOUR + 20 * MINUTE


def test_a_first_answer_in_a_hold_stays_in_time_when_the_next_is_given(conn):
    case = opened(conn).case
    pend(conn, case.id, now=NOON + HOUR / 2, actor="ana")
    record_reply(conn, case.id, at=NOON + 2 * HOUR, now=NOON + 2 * HOUR, actor="ana")
    reopen(conn, case.id, now=NOON + 3 * HOUR, actor="ana")
    after = record_reply(conn, case.id, at=NOON + 4 * HOUR, now=NOON + 4 * HOUR, actor="ana")
    assert after.breached == []
    earlier = mark_answered(conn, "board:1", NOON + 1.5 * HOUR, now=NOON + 5 * HOUR)
    assert earlier is not None
    assert (earlier.breached, earlier.first_reply_at) == ([], NOON + 1.5 * HOUR)


def test_what_the_other_case_was_never_promised_is_not_missed_after_a_merge(conn):
    target = opened(conn, "1").case
    needs_no_reply(conn, target.id, now=AT, actor="ana")
    source = opened(conn, "2", published=NOON + 3 * HOUR).case
    after = merge(conn, source.id, into=target.id, now=NOON + 3.5 * HOUR, actor="ana")
    assert (after.frt_due_at, after.breached) == (NOON + 4 * HOUR, [])
    assert breaches(conn, NOON + 3.9 * HOUR) == []


def test_a_case_that_waits_for_nothing_brings_no_wait_to_the_one_it_is_merged_into(conn):
    target, source = opened(conn, "1").case, opened(conn, "2").case
    needs_no_reply(conn, target.id, now=AT, actor="ana")
    record_reply(conn, source.id, at=AT, now=AT, actor="ana")
    after = merge(conn, source.id, into=target.id, now=NOON + 3 * HOUR, actor="ana")
    assert (after.no_reply, after.due_at) == ("says ana", after.rt_due_at)
    assert breaches(conn, NOON + 4 * HOUR) == []


def test_a_case_that_waits_is_waited_for_in_the_one_that_needed_no_answer(conn):
    target, source = opened(conn, "1").case, opened(conn, "2").case
    needs_no_reply(conn, target.id, now=AT, actor="ana")
    after = merge(conn, source.id, into=target.id, now=AT, actor="ana")
    assert (after.no_reply, after.due_at) == ("", NOON + HOUR)


def test_thanks_that_need_an_answer_after_all_are_answered_where_the_conversation_goes_on(conn):
    case = answered_and_resolved(conn)
    opened(conn, "2", thread="1", published=AT + HOUR, text="Thanks!")
    later = opened(conn, "3", thread="1", published=AT + 30 * DAY)
    assert later.is_new
    with pytest.raises(Conflict, match="another case goes on"):
        needs_reply(conn, case.id, now=AT + 31 * DAY, actor="ana")
    assert trail_agrees(conn, case.id)
