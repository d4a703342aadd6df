"""An answer counts from the moment it was given, whoever saw it."""

import pytest

from cases.desk import (
    breaches,
    case_of_mention,
    mark_answered,
    pend,
    record_reply,
    reopen,
    resolve,
)
from mentions.errors import UntaggedError
from tests.cases.world import HOUR, MINUTE, NOON, actions, opened, post, trail_agrees


def test_an_answer_seen_by_a_spider_stops_the_first_response_clock(conn):
    case = opened(conn).case
    seen = mark_answered(conn, "board:1", NOON + 40 * MINUTE, now=NOON + 3 * HOUR)
    assert seen is not None
    assert seen.id == case.id
    assert seen.first_reply_at == NOON + 40 * MINUTE
    assert seen.due_at == seen.rt_due_at
    assert seen.breached == []
    assert breaches(conn, NOON + 4 * HOUR) == []
    assert trail_agrees(conn, case.id)


def test_an_answer_after_the_due_time_is_a_miss_even_if_nobody_looked_before(conn):
    opened(conn)
    seen = mark_answered(conn, "board:1", NOON + 61 * MINUTE, now=NOON + 61 * MINUTE)
    assert seen is not None
    assert seen.breached == ["FRT"]


def test_a_miss_is_withdrawn_when_the_answer_turns_out_to_have_been_in_time(conn):
    opened(conn)
    assert [breach.kind for breach in breaches(conn, NOON + 2 * HOUR)] == ["FRT"]
    seen = mark_answered(conn, "board:1", NOON + HOUR, now=NOON + 3 * HOUR)
    assert seen is not None
    assert seen.breached == []
    assert actions(conn, seen.id)[-2:] == ["breached", "answered"]


def test_a_missed_next_response_is_withdrawn_when_it_turns_out_to_have_been_in_time(conn):
    case = opened(conn, "1").case
    record_reply(conn, case.id, at=NOON + MINUTE, now=NOON + MINUTE, actor="ana")
    opened(conn, "2", thread="1", published=NOON + HOUR)
    assert [breach.kind for breach in breaches(conn, NOON + 2 * HOUR)] == ["NRT"]
    seen = mark_answered(conn, "board:2", NOON + 1.5 * HOUR, now=NOON + 3 * HOUR)
    assert seen is not None
    assert (seen.breached, seen.nrt_due_at) == ([], None)
    assert trail_agrees(conn, seen.id)


def test_nobody_has_answered_in_the_future(conn):
    case = opened(conn).case
    with pytest.raises(UntaggedError, match="still to come"):
        record_reply(conn, case.id, at=NOON + HOUR, now=NOON + MINUTE, actor="ana")


def test_the_same_answer_again_changes_nothing(conn):
    opened(conn)
    first = mark_answered(conn, "board:1", NOON + MINUTE, now=NOON + HOUR)
    assert mark_answered(conn, "board:1", NOON + MINUTE, now=NOON + 2 * HOUR) == first


def test_an_earlier_answer_found_later_is_the_first(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=NOON + 2 * HOUR, now=NOON + 2 * HOUR, actor="ana")
    seen = mark_answered(conn, "board:1", NOON + 30 * MINUTE, now=NOON + 3 * HOUR)
    assert seen is not None
    assert (seen.first_reply_at, seen.last_reply_at) == (NOON + 30 * MINUTE, NOON + 2 * HOUR)
    assert seen.breached == []


def test_an_answer_to_a_mention_without_a_case_is_nobodys_news(conn):
    assert mark_answered(conn, "board:404", NOON, now=NOON) is None
    assert case_of_mention(conn, "board:404") is None


def test_an_answer_to_any_post_of_the_conversation_counts(conn):
    case = opened(conn, "1").case
    opened(conn, "2", thread="1")
    mark_answered(conn, "board:2", NOON + 9 * MINUTE, now=NOON + 9 * MINUTE)
    found = case_of_mention(conn, "board:1")
    assert found is not None
    assert (found.id, found.first_reply_at) == (case.id, NOON + 9 * MINUTE)


def test_the_next_response_clock_counts_from_the_first_post_left_without_answer(conn):
    case = opened(conn, "1").case
    for minute in (10, 25, 40):
        opened(conn, str(minute), thread="1", published=NOON + minute * MINUTE)
    after = record_reply(conn, case.id, at=NOON + 12 * MINUTE, now=NOON + HOUR, actor="ana")
    assert after.nrt_due_at == NOON + 55 * MINUTE
    after = record_reply(conn, case.id, at=NOON + 50 * MINUTE, now=NOON + HOUR, actor="ana")
    assert (after.nrt_due_at, after.breached) == (None, [])


def test_a_post_of_the_very_moment_of_the_answer_does_not_wait(conn):
    case = opened(conn, "1").case
    opened(conn, "2", thread="1", published=NOON + 10 * MINUTE)
    after = record_reply(conn, case.id, at=NOON + 10 * MINUTE, now=NOON + HOUR, actor="ana")
    assert after.nrt_due_at is None


def test_a_late_next_response_is_a_miss_that_stays(conn):
    case = opened(conn, "1").case
    record_reply(conn, case.id, at=NOON + MINUTE, now=NOON + MINUTE, actor="ana")
    opened(conn, "2", thread="1", published=NOON + 10 * MINUTE)
    after = record_reply(conn, case.id, at=NOON + HOUR, now=NOON + HOUR, actor="ana")
    assert (after.nrt_due_at, after.breached) == (None, ["NRT"])
    assert after.nrt_breached_at == NOON + 40 * MINUTE


def test_a_late_next_response_by_hand_is_none_if_a_spider_sees_one_in_time(conn):
    case = opened(conn, "1").case
    record_reply(conn, case.id, at=NOON + MINUTE, now=NOON + MINUTE, actor="ana")
    opened(conn, "2", thread="1", published=NOON + 10 * MINUTE)
    record_reply(conn, case.id, at=NOON + HOUR, now=NOON + HOUR, actor="ana")
    too_early = mark_answered(conn, "board:1", NOON + 9 * MINUTE, now=NOON + 2 * HOUR)
    assert too_early is not None
    assert too_early.breached == ["NRT"]
    seen = mark_answered(conn, "board:2", NOON + 40 * MINUTE, now=NOON + 2 * HOUR)
    assert seen is not None
    assert (seen.breached, seen.last_reply_at) == ([], NOON + HOUR)
    assert mark_answered(conn, "board:2", NOON + 40 * MINUTE, now=NOON + 3 * HOUR) == seen
    assert trail_agrees(conn, case.id)


def test_every_turn_of_the_next_response_clock_can_be_missed(conn):
    case = opened(conn, "1").case
    record_reply(conn, case.id, at=NOON + MINUTE, now=NOON + MINUTE, actor="ana")
    for hours in (1, 3):
        opened(conn, f"at {hours}", thread="1", published=NOON + hours * HOUR)
        now = NOON + (hours + 1) * HOUR
        assert [breach.kind for breach in breaches(conn, now)] == ["NRT"]
        assert breaches(conn, now) == []
        record_reply(conn, case.id, at=now, now=now, actor="ana")


def test_an_answer_while_on_hold_is_in_time_if_the_hold_began_in_time(conn):
    case = opened(conn).case
    pend(conn, case.id, now=NOON + 30 * MINUTE, actor="ana")
    seen = mark_answered(conn, "board:1", NOON + 9 * HOUR, now=NOON + 9 * HOUR)
    assert seen is not None
    assert (seen.status, seen.breached) == ("pending", [])


def test_an_answer_found_after_resolution_is_kept_and_opens_nothing(conn):
    case = opened(conn).case
    resolve(conn, case.id, now=NOON + 30 * MINUTE, actor="ana")
    seen = mark_answered(conn, "board:1", NOON + 20 * MINUTE, now=NOON + HOUR)
    assert seen is not None
    assert (seen.status, seen.first_reply_at) == ("resolved", NOON + 20 * MINUTE)
    again = reopen(conn, case.id, now=NOON + 2 * HOUR, actor="ana")
    assert again.due_at == again.rt_due_at == NOON + 25.5 * HOUR
    assert trail_agrees(conn, case.id)


def test_the_mention_leads_to_its_case(conn):
    case = opened(conn).case
    assert case_of_mention(conn, post().id) == case
