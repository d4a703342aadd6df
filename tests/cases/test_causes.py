"""Why promises were missed: each cause from the trail of a real case, and how much time it took."""

from datetime import timedelta

import pytest

from cases.causes import MEANING
from cases.desk import assign, breaches, record_reply, reopen, resolve, snooze
from cases.missed import causes
from cases.policy import SlaPolicy
from cases.staffing.pace import given, pace
from cases.team import Agent, Team
from cases.working import release
from tests.cases.world import HOUR, MINUTE, NOON, SUPPORT, TEAMS, opened

LATER = NOON + 3 * HOUR


def of(conn, teams=TEAMS, *, until=LATER, handling=6 * MINUTE, **narrowed):
    breaches(conn, until)
    return causes(conn, teams, since=NOON, until=until, handling=handling, **narrowed)


def the_one(conn, teams=TEAMS, **options):
    (only,) = of(conn, teams, **options)
    return only


def test_whoever_had_it_and_did_not_answer(conn):
    case = opened(conn).case
    told = the_one(conn)
    assert (told.name, told.missed.kind) == ("waited with its agent", "FRT")
    assert told.missed.due_at == NOON + HOUR
    said = "the agent who had it was there and did not answer, for 55 min of the 1 h promised"
    assert told.reason == f"{said}: {case.agent} had it"


def test_a_post_that_was_brought_late(conn):
    opened(conn, collected=NOON + 50 * MINUTE)
    told = the_one(conn)
    assert told.name == "brought late"
    assert told.reason == "the post came to us only then, for 51 min of the 1 h promised"


def test_nobody_on_duty(conn):
    night = {"hours": {"mon-fri": "20:00-22:00"}}
    teams = (Team.model_validate({"name": "care", "agents": [{"name": "ana"}], "calendar": night}),)
    opened(conn, teams=teams)
    assert the_one(conn, teams).name == "nobody on duty"


def test_a_team_at_capacity_names_who_was(conn):
    teams = (Team(name="care", agents=(Agent(name="ana", capacity=1),)), SUPPORT)
    record_reply(
        conn, opened(conn, "1", teams=teams).case.id, at=NOON + 9 * MINUTE, now=LATER, actor="ana"
    )
    opened(conn, "2", teams=teams)
    told = the_one(conn, teams)
    assert told.name == "team at capacity"
    assert told.reason.endswith("ana is at capacity 1")


def test_nobody_took_it_although_somebody_was_there(conn):
    case = opened(conn).case
    release(conn, case.id, now=NOON + 6 * MINUTE, actor=case.agent)
    assert the_one(conn).name == "unassigned"


def test_it_had_moved_to_somebody_else(conn):
    case = opened(conn).case
    assign(
        conn, case.id, agent="dee", team="support", teams=TEAMS, now=NOON + 10 * MINUTE, actor="ana"
    )
    told = the_one(conn)
    assert told.name == "handed over"
    assert told.reason.endswith("dee had it")


def test_an_agent_who_was_off(conn):
    opened(conn, teams=(Team(name="care", agents=(Agent(name="ana"),)),))
    short = {"name": "ana", "calendar": {"hours": {"mon-fri": "08:00-12:10"}}}
    teams = (Team.model_validate({"name": "care", "agents": [short]}),)
    assert the_one(conn, teams).name == "agent off duty"


def test_an_agent_who_answered_others_all_the_while(conn):
    teams = (Team(name="care", agents=(Agent(name="ana"),)), SUPPORT)
    for number in range(2, 9):
        case = opened(conn, str(number), teams=teams).case
        at = NOON + number * 6 * MINUTE
        record_reply(conn, case.id, at=at, now=at, actor="ana")
    opened(conn, "1", teams=teams)
    told = the_one(conn, teams)
    assert told.name == "overload"
    assert told.reason.endswith("ana answered 7 others")
    assert the_one(conn, teams, handling=MINUTE).name == "waited with its agent"


def test_a_case_that_was_on_hold(conn):
    """A hold stops the clock, so that only what was late before it or after it is missed."""
    case = opened(conn).case
    snooze(conn, case.id, NOON + 50 * HOUR, now=NOON + 10 * MINUTE, actor="ana")
    until = NOON + 60 * HOUR
    reopen(conn, case.id, now=NOON + 50 * HOUR, actor="ana")
    first = of(conn, until=until)[0]
    assert (first.missed.kind, first.name) == ("FRT", "on hold")


def test_a_case_that_was_opened_again_with_little_time_left(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=NOON + 9 * MINUTE, now=NOON + 9 * MINUTE, actor=case.agent)
    resolve(conn, case.id, now=NOON + 10 * MINUTE, actor="ana")
    reopen(conn, case.id, now=NOON + 11 * MINUTE, actor="ana")
    (told,) = of(conn, until=NOON + 30 * HOUR)
    assert (told.missed.kind, told.name) == ("RT", "reopened")


def test_a_case_that_was_answered_and_left_open(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=NOON + 9 * MINUTE, now=NOON + 9 * MINUTE, actor=case.agent)
    told = the_one(conn, until=NOON + 30 * HOUR)
    assert (told.missed.kind, told.name) == ("RT", "not closed")


def test_a_next_response_counts_from_what_its_author_wrote(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=NOON + 9 * MINUTE, now=NOON + 9 * MINUTE, actor=case.agent)
    opened(conn, "2", thread="1", published=NOON + 20 * MINUTE)
    told = the_one(conn)
    assert (told.missed.kind, told.missed.since) == ("NRT", NOON + 20 * MINUTE)
    assert told.missed.due_at == NOON + 50 * MINUTE


def test_only_what_was_due_in_the_window_and_is_asked_for(conn):
    opened(conn, "1")
    breaches(conn, LATER)
    assert causes(conn, TEAMS, since=NOON + HOUR, until=LATER, handling=MINUTE) != []
    after = NOON + HOUR + MINUTE
    assert causes(conn, TEAMS, since=after, until=LATER, handling=MINUTE) == []
    assert of(conn, team="support") == []
    assert of(conn, brand="Heron") == []


def test_nothing_missed_has_no_cause(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=NOON + 9 * MINUTE, now=NOON + 9 * MINUTE, actor=case.agent)
    assert of(conn) == []


def test_each_cause_has_its_meaning():
    assert len(MEANING) == 11
    assert all(meaning for meaning in MEANING.values())


def test_a_case_takes_what_lies_between_answers_when_the_next_waits_already(conn):
    """Five minutes an answer; breaks of hours and cases that came only then do not count."""
    ids = [opened(conn, str(number)).case.id for number in range(1, 26)]
    times = [NOON + (10 + number * 5) * MINUTE for number in range(24)]
    for case_id, at in zip(ids, (*times, NOON + 10 * HOUR), strict=True):
        record_reply(conn, case_id, at=at, now=at, actor="ana")
    answers = given(conn, since=NOON, until=NOON + 11 * HOUR, team="care")
    assert len(answers) == 25
    measured = pace(answers)
    assert (measured.handling, measured.counted) == (timedelta(minutes=5), 23)
    assert pace(answers[:15]) is None
    assert given(conn, since=NOON, until=NOON + 11 * HOUR, team="support") == []


@pytest.mark.parametrize("hours", ["always", "business"])
def test_a_promise_of_no_time_at_all_still_has_a_cause(conn, hours):
    policy = SlaPolicy(name="standard", first_response=MINUTE, hours=hours)
    opened(conn, policy=policy)
    assert the_one(conn).name == "brought late"
