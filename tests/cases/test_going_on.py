"""An author who writes again opens the case anew; thanks do not, and a person may disagree."""

from datetime import timedelta

import pytest

from cases.desk import (
    breaches,
    follow_ups,
    list_cases,
    mark_answered,
    needs_no_reply,
    needs_reply,
    pend,
    record_reply,
    resolve,
    show_case,
)
from cases.thanks import no_reply_needed
from tests.cases.world import HOUR, MINUTE, NOON, STANDARD, actions, opened, post, trail_agrees

AT = NOON + 20 * MINUTE
DAY = timedelta(days=1)


def answered_and_resolved(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=AT, now=AT, actor="ana")
    return resolve(conn, case.id, now=AT + MINUTE, actor="ana")


def test_the_author_who_writes_again_within_the_days_opens_the_case_anew(conn):
    case = answered_and_resolved(conn)
    again = opened(conn, "2", thread="1", published=AT + 6 * DAY)
    assert (again.id, again.is_new, again.case.status) == (case.id, False, "open")
    assert again.case.nrt_due_at == AT + 6 * DAY + HOUR / 2
    assert (again.case.agent, again.case.resolved_at) == (case.agent, None)
    assert actions(conn, case.id)[-1] == "reopened"
    assert trail_agrees(conn, case.id)


def test_after_those_days_another_case_opens(conn):
    case = answered_and_resolved(conn)
    edge = case.resolved_at + STANDARD.reopen_within
    assert opened(conn, "2", thread="1", published=edge).is_new
    assert len(list_cases(conn)) == 2


def test_a_policy_may_never_open_a_case_again(conn):
    never = STANDARD.model_copy(update={"reopen_within": timedelta(0)})
    case = opened(conn, policy=never).case
    resolve(conn, case.id, now=AT, actor="ana")
    assert opened(conn, "2", thread="1", published=AT + MINUTE, policy=never).is_new


@pytest.mark.parametrize("words", ["Thanks!", "ok thank you so much", "Danke dir", "谢谢", "👍"])
def test_thanks_leave_a_resolved_case_resolved(conn, words):
    case = answered_and_resolved(conn)
    after = opened(conn, "2", thread="1", published=AT + HOUR, text=words).case
    assert (after.id, after.status, after.no_reply) == (case.id, "resolved", "says thanks")
    assert show_case(conn, case.id).posts[-1].no_reply == "says thanks"
    assert trail_agrees(conn, case.id)


def test_thanks_after_an_answer_wake_nothing_and_start_no_clock(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=AT, now=AT, actor="ana")
    pend(conn, case.id, now=AT, actor="ana")
    after = opened(conn, "2", thread="1", published=AT + HOUR, text="Thanks, all good now").case
    assert (after.status, after.nrt_due_at) == ("pending", None)


def test_thanks_while_an_answer_is_still_due_stop_no_clock(conn):
    case = opened(conn).case
    after = opened(conn, "2", thread="1", published=NOON + MINUTE, text="thanks in advance").case
    assert (after.frt_due_at, after.no_reply) == (case.frt_due_at, "")


def test_thanks_are_no_answer_that_is_awaited_when_an_older_answer_is_found(conn):
    opened(conn)
    case = mark_answered(conn, "board:1", AT, now=AT)
    opened(conn, "2", thread="1", published=AT + HOUR, text="Thanks!")
    after = mark_answered(conn, "board:1", AT + MINUTE, now=AT + 2 * HOUR)
    assert (after.id, after.nrt_due_at) == (case.id, None)


def test_a_person_can_say_that_thanks_need_an_answer_after_all(conn):
    case = answered_and_resolved(conn)
    opened(conn, "2", thread="1", published=AT + HOUR, text="Thanks!")
    back = needs_reply(conn, case.id, now=AT + 2 * HOUR, actor="ben")
    assert (back.status, back.no_reply) == ("open", "")
    assert back.nrt_due_at == AT + HOUR + HOUR / 2
    assert needs_reply(conn, case.id, now=AT + 3 * HOUR, actor="ben") == back
    assert trail_agrees(conn, case.id)


def test_a_person_can_say_that_nobody_has_to_answer_and_take_it_back(conn):
    case = opened(conn).case
    silent = needs_no_reply(conn, case.id, now=AT, actor="ana")
    assert (silent.no_reply, silent.due_at) == ("says ana", case.rt_due_at)
    back = needs_reply(conn, case.id, now=AT + MINUTE, actor="ana")
    assert back.due_at == case.frt_due_at


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Thanks, but where is my refund?"},
        {"text": "my booking is LH1234"},
        {"text": "thanks for nothing", "sentiment": "negative"},
        {"text": "Thanks!", "needs_reply": True},
        {"text": "Thanks! " + "And this is what happened then. " * 9},
    ],
)
def test_what_says_more_than_thanks_waits_for_an_answer(fields):
    if label := fields.pop("sentiment", ""):
        mood = {"label": label, "score": -0.9, "confidence": 0.9, "unsure": False, "model": "m"}
        fields["sentiment"] = mood
    assert no_reply_needed(post(**fields)) == ""


def test_praise_needs_no_answer():
    said = post(text="Your crew was lovely", intents=({"label": "praise", "confidence": 0.9},))
    assert no_reply_needed(said) == "reads as praise"


READ = {"reasons": {"needs_reply": "asks for nothing"}}


def test_what_the_team_waited_for_ends_the_hold_though_it_asks_for_nothing(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=AT, now=AT, actor="ana")
    pend(conn, case.id, now=AT, actor="ana")
    more = post("2", thread="1", published=AT + HOUR, text="my booking is LH1234", **READ)
    (woken,) = follow_ups(conn, [more], now=AT + 2 * HOUR)
    assert (woken.id, woken.status, woken.nrt_due_at) == (case.id, "open", AT + 1.5 * HOUR)
    assert follow_ups(conn, [more], now=AT + 2 * HOUR) == []
    assert trail_agrees(conn, case.id)


def test_a_reply_to_our_reply_follows_where_the_platform_names_no_thread(conn):
    case = opened(conn).case
    more = post("2", reply_to="board:1", author={"handle": "lena"}, text="it is red", **READ)
    assert [one.id for one in follow_ups(conn, [more], now=AT)] == [case.id]


def test_what_asks_for_nothing_leaves_a_resolved_case_resolved_and_says_why(conn):
    case = answered_and_resolved(conn)
    more = post("2", thread="1", published=AT + HOUR, text="ok, then I wait", **READ)
    (after,) = follow_ups(conn, [more], now=AT + 2 * HOUR)
    assert (after.id, after.status, after.no_reply) == (case.id, "resolved", "asks for nothing")


def test_bystanders_strangers_and_posts_that_need_an_answer_follow_no_case(conn):
    opened(conn)
    others = [
        post("2", thread="1", author={"handle": "max"}, text="same here", **READ),
        post("3", thread="another", text="hello", **READ),
        post("4", text="hello", **READ),
        post("5", thread="1", needs_reply=True),
    ]
    assert follow_ups(conn, others, now=AT) == []
    assert len(show_case(conn, list_cases(conn)[0].id).posts) == 1


def test_who_writes_after_nobody_had_to_answer_is_promised_an_answer_from_then_on(conn):
    case = opened(conn).case
    needs_no_reply(conn, case.id, now=AT, actor="ana")
    again = opened(conn, "2", thread="1", published=NOON + DAY).case
    assert (again.no_reply, again.frt_due_at) == ("", NOON + DAY + HOUR)
    assert again.breached == []
    assert trail_agrees(conn, case.id)


def test_what_was_missed_before_nobody_had_to_answer_stays_missed(conn):
    case = opened(conn).case
    breaches(conn, NOON + 2 * HOUR)
    needs_no_reply(conn, case.id, now=NOON + 2 * HOUR, actor="ana")
    again = opened(conn, "2", thread="1", published=NOON + DAY).case
    assert (again.frt_due_at, again.breached) == (case.frt_due_at, ["FRT"])
