"""New cases find somebody who works, what is left lying comes back, and the backlog is drained."""

from datetime import timedelta

import pytest

from cases.calendar import Calendar
from cases.desk import (
    assign_waiting,
    list_cases,
    needs_no_reply,
    note,
    record_reply,
    show_case,
    snooze,
    take_back,
    wake_snoozed,
)
from cases.team import Agent, Team
from mentions.errors import NotFound
from tests.cases.world import HOUR, MINUTE, NOON, actions, alerted, opened, post, trail_agrees

BERLIN = Calendar(zone="Europe/Berlin", hours={"mon-sun": "08:00-18:00"})
SYDNEY = Calendar(zone="Australia/Sydney", hours={"mon-sun": "08:00-18:00"})  # from 22:00 in Berlin
CARE = Team(name="care", agents=(Agent(name="ana"), Agent(name="ben")), calendar=BERLIN)
NIGHTS = Team(name="nights", agents=(Agent(name="kim"),), calendar=SYDNEY)
SUNNY = CARE.model_copy(update={"hand_over": ("nights",)})
EVENING, NIGHT, MORNING = NOON + 7 * HOUR, NOON + 10 * HOUR, NOON + 20 * HOUR  # 20, 23 and 9 h


def at(conn, moment, teams, native_id="1", **fields):
    return opened(conn, native_id, published=moment, now=moment, teams=teams, **fields).case


def test_a_case_of_the_night_goes_to_the_team_that_has_day(conn):
    case = at(conn, NIGHT, (SUNNY, NIGHTS))
    assert (case.team, case.agent) == ("nights", "kim")
    assert case.route_reason.endswith(
        "care is closed until Tue 3 Mar 08:00 Europe/Berlin, so nights takes it"
    )
    assert trail_agrees(conn, case.id)


def test_a_case_of_the_day_stays_with_its_team(conn):
    assert at(conn, NOON, (SUNNY, NIGHTS)).team == "care"


def test_where_nobody_has_day_it_goes_to_whoever_is_on_call(conn):
    case = at(conn, EVENING, (SUNNY, NIGHTS), on_call=lambda _: "ben")
    assert (case.team, case.agent, case.assign_reason) == ("care", "ben", "ben is on call")
    other = at(conn, EVENING, (SUNNY, NIGHTS), "2", on_call=lambda _: "kim")
    assert (other.team, other.agent) == ("nights", "kim")


@pytest.mark.parametrize("on_call", [lambda _: None, lambda _: "a stranger"])
def test_where_nobody_is_it_waits_with_word_of_when_it_is_answered(conn, on_call):
    case = at(conn, EVENING, (SUNNY, NIGHTS), on_call=on_call)
    assert (case.team, case.agent) == ("care", "")
    (said,) = show_case(conn, case.id).notes
    assert said.text == (
        "care opens at Tue 3 Mar 08:00 Europe/Berlin; "
        "expect an answer by Mon 2 Mar 21:00 Europe/Berlin."
    )
    assert trail_agrees(conn, case.id)


def test_the_case_of_an_alert_finds_somebody_who_works_too(conn):
    teams = (Team(name="support", calendar=BERLIN, hand_over=("nights",)), NIGHTS)
    assert alerted(conn, at=NIGHT, teams=teams).case.agent == "kim"


def test_the_team_to_hand_over_to_must_be_there(conn):
    with pytest.raises(NotFound, match="no team 'nights'"):
        at(conn, NIGHT, (SUNNY,))


def test_the_backlog_of_the_night_is_given_out_when_work_begins(conn):
    for number in range(6):
        at(conn, EVENING, (CARE,), str(number))
    assert assign_waiting(conn, teams=(CARE,), now=NIGHT) == []
    given = assign_waiting(conn, teams=(CARE,), now=MORNING)
    assert sorted(case.agent for case in given) == ["ana"] * 3 + ["ben"] * 3
    assert list_cases(conn, agent="") == []


def test_a_backlog_that_nobody_can_take_keeps_no_other_waiting(conn):
    german = Team(name="care", agents=(Agent(name="ana"), Agent(name="ben", away=True)))
    speakers = (
        german.agents[1].model_copy(update={"languages": ("de",)}),
        Agent(name="ana", languages=("en",)),
    )
    team = german.model_copy(update={"agents": speakers})
    nobody = Team(name="care", agents=())
    for number in range(3):
        at(conn, NOON, (nobody,), str(number), lang="de")
    at(conn, NOON + MINUTE, (nobody,), "9", lang="en")
    assert [case.agent for case in assign_waiting(conn, teams=(team,), now=NOON)] == ["ana"]


def test_each_team_has_its_own_share_of_a_round(conn):
    full = Team(name="care", agents=(Agent(name="ana", capacity=1),))
    idle = Team(name="nights", agents=(Agent(name="kim"),))
    empty = (Team(name="care"), Team(name="nights"))
    for number in range(5):
        at(conn, NOON, empty, f"c{number}")
    at(conn, EVENING, (Team(name="care", calendar=BERLIN, hand_over=("nights",)), empty[1]), "n")
    given = assign_waiting(conn, teams=(full, idle), now=EVENING, limit=2)
    assert sorted(case.agent for case in given) == ["ana", "kim"]


def test_a_case_of_who_left_with_it_unanswered_goes_to_a_colleague(conn):
    case = at(conn, NOON, (CARE,))
    gone = CARE.model_copy(
        update={"agents": (Agent(name="ana", away_until=NOON + 99 * HOUR), Agent(name="ben"))}
    )
    (moved,) = take_back(conn, teams=(gone,), now=NOON + HOUR)
    assert (case.agent, moved.agent) == ("ana", "ben")
    assert moved.assign_reason.startswith("ana is away until 2026-03-06 15:00 UTC; round robin")
    assert take_back(conn, teams=(gone,), now=NOON + HOUR) == []
    assert trail_agrees(conn, case.id)


def test_without_a_colleague_it_waits_in_the_queue_until_they_are_back(conn):
    case = at(conn, NOON, (CARE,))
    all_gone = tuple(Agent(name=name, away=True) for name in ("ana", "ben"))
    gone = CARE.model_copy(update={"agents": all_gone})
    (waiting,) = take_back(conn, teams=(gone,), now=NOON + HOUR)
    assert (waiting.agent, waiting.assign_reason) == ("", "unassigned: ana is away")
    assert take_back(conn, teams=(gone,), now=NOON + HOUR) == []
    assert actions(conn, case.id)[-1] == "released"
    (back,) = assign_waiting(conn, teams=(CARE,), now=NOON + 2 * HOUR)
    assert back.agent == "ben"  # ana had the last turn


def test_what_an_absent_agent_answered_stays_theirs(conn):
    answered, silent = at(conn, NOON, (CARE,)), at(conn, NOON, (CARE,), "2")
    record_reply(conn, answered.id, at=NOON, now=NOON, actor="ana")
    needs_no_reply(conn, silent.id, now=NOON, actor="boss")
    all_gone = tuple(Agent(name=name, away=True) for name in ("ana", "ben"))
    assert take_back(conn, teams=(CARE.model_copy(update={"agents": all_gone}),), now=NOON) == []


def test_a_case_that_lies_untouched_goes_to_a_colleague_after_its_working_time(conn):
    prompt = CARE.model_copy(update={"unassign_after": 2 * HOUR})
    case = at(conn, NOON + 4 * HOUR, (prompt,))  # an hour before they close
    assert take_back(conn, teams=(prompt,), now=MORNING - MINUTE) == []
    (moved,) = take_back(conn, teams=(prompt,), now=MORNING)
    assert (case.agent, moved.agent) == ("ana", "ben")
    assert moved.assign_reason.startswith("ana did nothing for 2 h; round robin in care: ben's")
    assert take_back(conn, teams=(prompt,), now=MORNING) == []


def test_who_writes_a_note_has_done_something(conn):
    prompt = CARE.model_copy(update={"unassign_after": 2 * HOUR, "calendar": None})
    case = at(conn, NOON, (prompt,))
    note(conn, case.id, "asked the warehouse", now=NOON + HOUR, actor="ana")
    assert take_back(conn, teams=(prompt,), now=NOON + 3 * HOUR - MINUTE) == []
    assert len(take_back(conn, teams=(prompt,), now=NOON + 3 * HOUR)) == 1


def test_a_case_that_lies_stays_where_no_colleague_can_take_it(conn):
    alone = Team(name="care", agents=(Agent(name="ana"),), unassign_after=HOUR)
    at(conn, NOON, (alone,))
    assert take_back(conn, teams=(alone,), now=NOON + 9 * HOUR) == []


def test_the_author_comes_back_to_whom_they_know_for_thirty_days(conn):
    teams = (CARE.model_copy(update={"calendar": None}),)
    first = at(conn, NOON, teams, "1")
    other = at(conn, NOON, teams, "2")
    again = at(conn, NOON + timedelta(days=29), teams, "3", author={"handle": "lena 2"})
    assert (first.agent, other.agent, again.agent) == ("ana", "ben", "ben")
    assert again.assign_reason == "ben of care knew the author last"
    later = at(conn, NOON + timedelta(days=61), teams, "4", author={"handle": "lena 2"})
    assert later.assign_reason.startswith("round robin")


def test_a_namesake_on_another_platform_is_somebody_else(conn):
    teams = (CARE.model_copy(update={"calendar": None}),)
    at(conn, NOON, teams, "1")
    other = at(conn, NOON, teams, "2", source="feed", author={"handle": "lena"})
    assert other.assign_reason.startswith("round robin")
    assert post(source="feed").id == "feed:1"


PROMPT = Team(name="care", agents=CARE.agents, unassign_after=2 * HOUR)


def test_a_hold_is_no_silence_so_the_woken_case_stays_with_its_agent(conn):
    case = at(conn, NOON, (PROMPT,))
    snooze(conn, case.id, NOON + 9 * HOUR, now=NOON, actor="ana")
    wake_snoozed(conn, NOON + 9 * HOUR)
    assert take_back(conn, teams=(PROMPT,), now=NOON + 11 * HOUR - MINUTE) == []
    assert len(take_back(conn, teams=(PROMPT,), now=NOON + 11 * HOUR)) == 1


def test_an_author_who_writes_again_gives_the_agent_their_time_anew(conn):
    case = at(conn, NOON, (PROMPT,))
    record_reply(conn, case.id, at=NOON, now=NOON, actor="ana")
    again = NOON + 9 * HOUR
    assert at(conn, again, (PROMPT,), "2", thread="1").id == case.id
    assert take_back(conn, teams=(PROMPT,), now=again) == []
    at(conn, again + HOUR, (PROMPT,), "3", thread="1")  # still waits: this is no new start
    assert len(take_back(conn, teams=(PROMPT,), now=again + 2 * HOUR)) == 1


def test_cases_that_nobody_there_can_take_do_not_hold_up_those_behind_them(conn):
    gone = Team(name="care", agents=(Agent(name="ana", away=True),))
    for number in range(3):
        at(conn, NOON, (gone,), str(number), lang="de")
    easy = at(conn, NOON + HOUR, (gone,), "9", lang="en")
    ana, ben = Agent(name="ana", languages=("en",)), Agent(name="ben", languages=("de",), away=True)
    back = (Team(name="care", agents=(ana, ben)),)
    given = assign_waiting(conn, teams=back, now=NOON + HOUR, limit=2)
    assert [(case.id, case.agent) for case in given] == [(easy.id, "ana")]
