"""Who is at a case is seen by the others and by nothing else, and ends by itself."""

from datetime import timedelta

import pytest

from cases.colliding import Meanwhile
from cases.desk import (
    be_there,
    leave,
    mark_answered,
    others_at,
    present,
    record_reply,
    refuse_collision,
    show_case,
)
from cases.drafts import hand_over, write
from cases.presence import LASTS, forget_gone
from tests.cases.world import HOUR, MINUTE, NOON, opened

AT = NOON + 10 * MINUTE
TICK = timedelta(seconds=1)


def there(conn, case_id, *, now=AT, but=""):
    return [str(one) for one in present(conn, [case_id], now=now, but=but).get(case_id, [])]


def test_who_looks_and_who_writes_is_seen_the_writer_first(conn):
    be_there(conn, 1, "ana", is_writing=False, now=AT)
    be_there(conn, 1, "ben", is_writing=True, now=AT)
    be_there(conn, 2, "cy", is_writing=False, now=AT)
    assert there(conn, 1) == ["ben is writing an answer", "ana is looking"]
    assert there(conn, 1, but="ben") == ["ana is looking"]
    assert sorted(present(conn, [1, 2, 3], now=AT)) == [1, 2]


def test_presence_ends_by_itself_and_at_once_when_the_page_is_closed(conn):
    be_there(conn, 1, "ana", is_writing=False, now=AT)
    assert there(conn, 1, now=AT + LASTS - TICK) == ["ana is looking"]
    assert there(conn, 1, now=AT + LASTS) == []
    leave(conn, 1, "ana")
    assert there(conn, 1) == []


def test_a_second_page_of_who_writes_does_not_hide_that_they_write(conn):
    be_there(conn, 1, "ana", is_writing=True, now=AT)
    be_there(conn, 1, "ana", is_writing=False, now=AT + 30 * TICK)
    assert there(conn, 1, now=AT + 31 * TICK) == ["ana is writing an answer"]
    assert there(conn, 1, now=AT + LASTS) == ["ana is looking"]


def test_who_closes_one_of_two_pages_is_still_there_once(conn):
    be_there(conn, 1, "ana", page="first", is_writing=True, now=AT)
    be_there(conn, 1, "ana", page="second", is_writing=False, now=AT)
    be_there(conn, 1, "ben", page="first", is_writing=False, now=AT)
    assert there(conn, 1) == ["ana is writing an answer", "ben is looking"]
    leave(conn, 1, "ana", page="first")
    assert sorted(there(conn, 1)) == ["ana is looking", "ben is looking"]
    leave(conn, 1, "ana", page="second")
    assert there(conn, 1) == ["ben is looking"]


def test_presence_is_no_part_of_the_case(conn):
    case = opened(conn).case
    before = show_case(conn, case.id)
    be_there(conn, case.id, "ana", is_writing=True, now=AT)
    leave(conn, case.id, "ana")
    assert show_case(conn, case.id) == before


def test_who_is_long_gone_is_forgotten(conn):
    be_there(conn, 1, "ana", is_writing=False, now=AT)
    be_there(conn, 1, "ben", is_writing=False, now=AT + HOUR)
    assert forget_gone(conn, before=AT + HOUR) == 1
    assert there(conn, 1, now=AT + HOUR) == ["ben is looking"]


def refused(conn, case_id, agent, *, now, since=AT):
    with pytest.raises(Meanwhile) as refusal:
        refuse_collision(conn, case_id, agent, now=now, since=since)
    return str(refusal.value)


def test_whoever_answers_is_told_who_writes_and_who_has_answered(conn):
    case = opened(conn).case
    be_there(conn, case.id, "ben", is_writing=True, now=AT)
    record_reply(conn, case.id, at=AT, now=AT, actor="ana")
    said = refused(conn, case.id, "cy", now=AT + 30 * TICK)
    assert said.startswith("ben is writing an answer; ana answered 30 s ago; look at case")
    assert others_at(conn, case.id, "ben", now=AT).said(AT) == "ana answered 0 s ago"
    assert refused(conn, case.id, "ana", now=AT).startswith("ben is writing an answer; look")


def test_a_reply_that_was_handed_over_and_an_answer_on_the_platform_count(conn):
    case = opened(conn).case
    reply = write(conn, case.id, "Sorry!", now=AT, actor="ana")
    assert refuse_collision(conn, case.id, "ben", now=AT, since=AT).id == case.id
    hand_over(conn, reply.id, to="copy", now=AT, actor="ana")
    assert refused(conn, case.id, "ben", now=AT + MINUTE).startswith("ana answered 1 min ago;")
    assert refuse_collision(conn, case.id, "ana", now=AT, since=AT)
    mark_answered(conn, "board:1", AT + MINUTE, now=AT + 2 * MINUTE)
    assert "an answer was seen 2 min ago" in refused(conn, case.id, "ana", now=AT + 3 * MINUTE)


def test_an_answer_of_long_ago_counts_only_for_who_began_before_it(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=AT, now=AT, actor="ana")
    late = AT + 3 * HOUR
    assert refuse_collision(conn, case.id, "ben", now=late, since=late)
    assert refused(conn, case.id, "ben", now=late, since=AT - MINUTE).startswith("ana answered 3 h")


def test_an_answer_that_the_author_wrote_after_is_no_reason_to_wait(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=AT, now=AT, actor="ana")
    opened(conn, "2", thread="1", published=AT + MINUTE)
    assert refuse_collision(conn, case.id, "ben", now=AT + 7 * MINUTE, since=AT)
