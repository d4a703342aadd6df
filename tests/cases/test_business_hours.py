"""Clocks that run in working time, stricter ones for what presses, warnings and escalations."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from cases.calendar import Calendar
from cases.clocks import clock
from cases.desk import breaches, due_notices, mark_answered, merge, pend, record_reply, reopen
from cases.policy import SlaPolicy
from cases.routing import Route
from cases.team import Agent, Team
from tests.cases.world import HOUR, MINUTE, NOON, actions, opened, trail_agrees

OFFICE = Calendar(zone="Europe/Berlin", hours={"mon-fri": "08:00-12:00, 13:00-17:00"})
CARE = Team(name="care", agents=(Agent(name="ana"),), calendar=OFFICE)
POLICY = SlaPolicy.model_validate(
    {
        "name": "standard",
        "first_response": "1h",
        "next_response": "2h",
        "resolution": "16h",
        "hours": "business",
        "warn": "15m",
        "escalate": "30m",
        "priorities": {"urgent": {"first_response": "15m", "resolution": "4h"}},
    }
)
FRIDAY = datetime(2026, 3, 27, tzinfo=UTC)  # clocks go forward on Sunday
URGENT = Route("danger", "care", "urgent", "standard", (), "danger")


def at(hours: float, day: datetime = FRIDAY) -> datetime:
    return day + timedelta(hours=hours)


def case_at(conn, moment: datetime, native_id: str = "1", **fields):
    return opened(conn, native_id, published=moment, teams=(CARE,), policy=POLICY, **fields).case


def test_a_promise_goes_on_after_the_weekend_and_the_change_of_clocks(conn):
    case = case_at(conn, at(15.5))  # 16:30 in Berlin, half an hour before they close
    monday = at(0, FRIDAY + timedelta(days=3))
    assert case.frt_due_at == monday + 6.5 * HOUR  # 08:30 in summer time
    assert case.rt_due_at == monday + 24 * HOUR + 14.5 * HOUR  # Tuesday 16:30
    assert trail_agrees(conn, case.id)


def test_a_post_of_the_night_is_due_an_hour_after_opening(conn):
    assert case_at(conn, at(22)).frt_due_at == at(7, FRIDAY + timedelta(days=3))


def test_a_policy_of_all_hours_is_not_held_up_by_the_calendar(conn):
    always = POLICY.model_copy(update={"hours": "always"})
    case = opened(conn, published=at(22), teams=(CARE,), policy=always).case
    assert case.frt_due_at == at(23)


def test_a_policys_own_calendar_comes_before_the_teams(conn):
    nights = Calendar(zone="Europe/Berlin", hours={"mon-sun": "20:00-04:00"})
    policy = POLICY.model_copy(update={"calendar": nights})
    case = opened(conn, published=at(12), teams=(CARE,), policy=policy).case
    assert case.frt_due_at == at(20)  # 21:00 in Berlin


def test_an_answer_starts_the_next_response_in_working_time(conn):
    case = case_at(conn, at(9))
    record_reply(conn, case.id, at=at(9.5), now=at(9.5), actor="ana")
    more = case_at(conn, at(15), "2", thread="1")
    assert more.nrt_due_at == at(7, FRIDAY + timedelta(days=3))
    answered = mark_answered(conn, "board:2", at(15.5), now=at(16))
    assert (answered.nrt_due_at, answered.breached) == (None, [])


def test_a_hold_gives_back_working_time_only(conn):
    case = case_at(conn, at(15.5))
    pend(conn, case.id, now=at(15.75), actor="ana")  # 45 minutes of work are left
    tuesday = at(8, FRIDAY + timedelta(days=4))
    again = reopen(conn, case.id, now=tuesday, actor="ana")
    assert again.frt_due_at == tuesday + 45 * MINUTE
    assert again.breached == []


def test_a_hold_outside_hours_costs_and_gives_nothing(conn):
    case = case_at(conn, at(22))
    pend(conn, case.id, now=at(23), actor="ana")
    again = reopen(conn, case.id, now=at(30), actor="ana")
    assert again.frt_due_at == case.frt_due_at


def test_what_presses_is_due_sooner(conn):
    case = case_at(conn, at(9), route=URGENT)
    assert (case.frt_due_at, case.rt_due_at) == (at(9.25), at(14))


def test_a_post_that_raises_the_priority_brings_its_stricter_promises_from_then_on(conn):
    case = case_at(conn, at(9))
    raised = case_at(conn, at(9.25), "2", thread="1", route=URGENT)
    assert raised.id == case.id
    assert (raised.priority, raised.frt_due_at, raised.rt_due_at) == ("urgent", at(9.5), at(14.25))
    assert trail_agrees(conn, case.id)


def test_a_post_that_raises_the_priority_is_itself_answered_by_its_stricter_promise(conn):
    strict = {"urgent": {"next_response": "10m"}}
    policy = SlaPolicy.model_validate(
        {"name": "p", "first_response": "1h", "next_response": "2h", "priorities": strict}
    )
    case = opened(conn, policy=policy).case
    record_reply(conn, case.id, at=NOON, now=NOON, actor="ana")
    joined = opened(conn, "2", thread="1", published=NOON + HOUR, route=URGENT).case
    assert joined.nrt_due_at == NOON + 70 * MINUTE


def test_a_post_that_raises_the_priority_of_a_held_case_brings_them_too(conn):
    case = case_at(conn, at(9))
    pend(conn, case.id, now=at(9.1), actor="ana")  # 54 minutes are left, and would be to 11:24
    raised = case_at(conn, at(10.5), "2", thread="1", route=URGENT)
    assert (raised.status, raised.frt_due_at) == ("open", at(10.75))


def test_promises_of_working_time_survive_a_merge(conn):
    first, second = case_at(conn, at(9)), case_at(conn, at(8.5), "2")
    kept = merge(conn, second.id, into=first.id, now=at(9.2), actor="ana")
    assert kept.frt_due_at == second.frt_due_at == at(9.5)


def test_a_warning_a_miss_and_an_escalation_are_each_told_once(conn):
    case = case_at(conn, at(9))
    told = []
    for minute in range(0, 150, 5):
        now = at(9) + minute * MINUTE
        told += [(minute, one.kind, "breached") for one in breaches(conn, now)]
        told += [(minute, one.kind, one.what) for one in due_notices(conn, now)]
    assert told == [(45, "FRT", "warned"), (65, "FRT", "breached"), (90, "FRT", "escalated")]
    assert actions(conn, case.id)[2:] == ["warned", "breached", "escalated"]
    assert trail_agrees(conn, case.id)


def test_nobody_is_warned_of_what_is_missed_or_answered_already(conn):
    late, answered = case_at(conn, at(7)), case_at(conn, at(9), "2")
    record_reply(conn, answered.id, at=at(9.2), now=at(9.2), actor="ana")
    assert [one.kind for one in breaches(conn, at(9.3))] == ["FRT"]
    assert [(one.case.id, one.what) for one in due_notices(conn, at(9.9))] == [
        (late.id, "escalated")
    ]


def test_a_warning_before_a_promise_that_begins_with_the_day_comes_the_day_before(conn):
    case = case_at(conn, at(15.1))  # due on Monday 08:06
    assert due_notices(conn, at(15.84)) == []
    assert [one.case.id for one in due_notices(conn, at(15.86))] == [case.id]


def test_a_promise_shorter_than_two_warnings_warns_half_way(conn):
    case_at(conn, at(9), route=URGENT)
    assert due_notices(conn, at(9) + 7 * MINUTE) == []
    assert [one.what for one in due_notices(conn, at(9) + 8 * MINUTE)] == ["warned"]


def test_the_clock_that_is_shown_is_the_one_of_working_time(conn):
    assert clock(case_at(conn, at(22)), at(22)).due_at == at(7, FRIDAY + timedelta(days=3))


def test_a_case_keeps_its_calendar_when_the_team_changes_it(conn):
    case = case_at(conn, at(15.5))
    assert SlaPolicy.from_terms(case.terms).worked == OFFICE


def test_more_working_time_than_anybody_has_is_refused():
    with pytest.raises(ValidationError, match="at most 30d of working time"):
        SlaPolicy.model_validate({"name": "slow", "first_response": "60d", "hours": "business"})


def test_terms_of_before_there_were_hours_still_count(conn):
    terms = {"name": "old", "first_response": 3600.0, "next_response": None, "resolution": None}
    assert SlaPolicy.from_terms(terms).due("first_response", "urgent", NOON) == NOON + HOUR
