"""Two cases become one: nothing of either is lost, and the stricter promise holds."""

import pytest

from cases.desk import (
    assign,
    breaches,
    list_cases,
    mark_answered,
    merge,
    note,
    pend,
    record_reply,
    release,
    reopen,
    resolve,
    show_case,
)
from mentions.errors import Conflict
from tests.cases.test_opening import URGENT
from tests.cases.world import HOUR, MINUTE, NOON, TEAMS, actions, alerted, opened, trail_agrees

AT = NOON + 10 * MINUTE


def both(conn, **later):
    return opened(conn, "1").case, opened(conn, "2", **later).case


def test_posts_move_and_notes_and_trails_of_both_are_shown(conn):
    target, source = both(conn)
    note(conn, source.id, "is her brother", now=AT, actor="ben")
    merge(conn, source.id, into=target.id, now=AT, actor="ana")
    file = show_case(conn, target.id)
    assert [one.mention_id for one in file.posts] == ["board:1", "board:2"]
    assert [(one.case_id, one.text) for one in file.notes] == [(source.id, "is her brother")]
    assert file.merged == (source.id,)
    assert actions(conn, target.id)[-1] == "took over"
    assert actions(conn, source.id)[-1] == "merged"
    gone = show_case(conn, source.id).case
    assert (gone.status, gone.merged_into, gone.due_at) == ("merged", target.id, None)
    assert trail_agrees(conn, target.id)
    assert trail_agrees(conn, source.id)


def test_a_chain_of_merges_keeps_every_history(conn):
    first, second = both(conn)
    third = opened(conn, "3").case
    merge(conn, third.id, into=second.id, now=AT, actor="ana")
    merge(conn, second.id, into=first.id, now=AT, actor="ana")
    file = show_case(conn, first.id)
    assert set(file.merged) == {second.id, third.id}
    assert len(file.posts) == 3


def test_the_earlier_promise_of_two_unanswered_cases_holds(conn):
    target, source = both(conn, published=NOON - 30 * MINUTE)
    after = merge(conn, source.id, into=target.id, now=AT, actor="ana")
    assert (after.frt_due_at, after.rt_due_at) == (source.frt_due_at, source.rt_due_at)


def test_merging_the_later_case_away_changes_no_promise(conn):
    target, source = both(conn, published=NOON + 5 * MINUTE)
    after = merge(conn, source.id, into=target.id, now=AT, actor="ana")
    assert (after.frt_due_at, after.rt_due_at) == (target.frt_due_at, target.rt_due_at)


def test_an_unanswered_author_still_waits_after_a_merge_into_an_answered_case(conn):
    target, source = both(conn)
    record_reply(conn, target.id, at=AT, now=AT, actor="ana")
    after = merge(conn, source.id, into=target.id, now=AT, actor="ana")
    assert after.nrt_due_at == source.frt_due_at
    answered = mark_answered(conn, "board:2", AT + MINUTE, now=AT + HOUR)
    assert answered is not None
    assert (answered.id, answered.nrt_due_at) == (target.id, None)


def test_a_miss_that_was_noticed_before_the_merge_is_not_noticed_again(conn):
    target, source = both(conn, published=NOON - 2 * HOUR)
    assert [breach.case.id for breach in breaches(conn, AT)] == [source.id]
    after = merge(conn, source.id, into=target.id, now=AT, actor="ana")
    assert after.breached == ["FRT"]
    assert [b.kind for b in breaches(conn, AT)] == []


def test_a_held_case_goes_on_when_an_open_one_is_merged_into_it(conn):
    target, source = both(conn)
    pend(conn, target.id, now=NOON + 6 * MINUTE, actor="ana")
    after = merge(conn, source.id, into=target.id, now=NOON + 26 * MINUTE, actor="ana")
    assert after.status == "open"
    assert after.frt_due_at == source.frt_due_at
    assert after.rt_due_at == source.rt_due_at


def test_two_held_cases_stay_held_with_the_least_time_left(conn):
    target, source = both(conn)
    pend(conn, target.id, now=NOON + 10 * MINUTE, actor="ana")
    pend(conn, source.id, now=NOON + 40 * MINUTE, actor="ana")
    merge(conn, source.id, into=target.id, now=NOON + 50 * MINUTE, actor="ana")
    again = reopen(conn, target.id, now=NOON + 3 * HOUR, actor="ana")
    assert again.frt_due_at == NOON + 3 * HOUR + 20 * MINUTE


def test_the_higher_priority_the_tags_and_the_agent_come_along(conn):
    target, source = both(conn, route=URGENT)
    release(conn, target.id, now=AT, actor="ana")
    after = merge(conn, source.id, into=target.id, now=AT, actor="ana")
    assert (after.priority, after.tags, after.agent) == ("urgent", ["legal"], source.agent)


def test_an_agent_of_another_team_does_not_come_along(conn):
    target, source = both(conn)
    release(conn, target.id, now=AT, actor="ana")
    assign(conn, source.id, team="support", teams=TEAMS, now=AT, actor="ana")
    assert merge(conn, source.id, into=target.id, now=AT, actor="ana").agent == ""


def test_a_complaint_can_join_the_case_of_its_alert(conn):
    alert, complaint = alerted(conn).case, opened(conn).case
    merge(conn, complaint.id, into=alert.id, now=AT, actor="ana")
    assert [case.id for case in list_cases(conn, status="open")] == [alert.id]


def test_only_two_living_cases_are_merged(conn):
    target, source = both(conn)
    with pytest.raises(Conflict, match="cannot be merged into itself"):
        merge(conn, source.id, into=source.id, now=AT, actor="ana")
    merge(conn, source.id, into=target.id, now=AT, actor="ana")
    for case_id, into in ((source.id, target.id), (target.id, source.id)):
        with pytest.raises(Conflict, match=f"was merged into case {target.id}"):
            merge(conn, case_id, into=into, now=AT, actor="ana")
    with pytest.raises(Conflict, match=f"merged into case {target.id}; reopen that one"):
        reopen(conn, source.id, now=AT, actor="ana")
    other = opened(conn, "3").case
    resolve(conn, other.id, now=AT, actor="ana")
    with pytest.raises(Conflict, match="is resolved"):
        merge(conn, target.id, into=other.id, now=AT, actor="ana")
