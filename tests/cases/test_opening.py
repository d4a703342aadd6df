"""One mention, one case; one conversation, one living case; one alert, one living case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.desk import (
    assign,
    merge,
    note,
    open_case,
    pend,
    record_reply,
    resolve,
    show_case,
    snooze,
)
from cases.routing import Route
from cases.team import Agent, Team
from mentions.errors import NotFound
from tests.cases.world import (
    CARE,
    HOUR,
    MINUTE,
    NOON,
    STANDARD,
    TEAMS,
    TO_CARE,
    actions,
    alerted,
    opened,
    post,
    trail_agrees,
)

URGENT = Route("regulators", "care", "urgent", "standard", ("legal",), 'rule "regulators": tag:x')


def test_a_case_holds_what_the_agent_needs(conn):
    case = opened(conn, title="Luggage").case
    assert (case.brand, case.title, case.author) == ("Nimbus Air", "Luggage", "lena")
    assert case.excerpt == "My suitcase is lost again, number 1"
    assert case.url == "https://board.example/1"
    assert (case.team, case.agent, case.status) == ("care", "ana", "open")
    assert case.route_reason == 'rule "everything else": *'
    assert case.assign_reason == "round robin in care: ana's turn"
    assert show_case(conn, case.id).case == case


def test_the_same_mention_twice_opens_one_case_and_writes_nothing_more(conn):
    first, again = opened(conn), opened(conn)
    assert (first.is_new, again.is_new, again.has_joined) == (True, False, False)
    assert again.case == first.case
    assert actions(conn, first.id) == ["opened", "assigned"]


def test_a_mention_whose_case_is_resolved_opens_no_other(conn):
    first = opened(conn)
    resolve(conn, first.id, now=NOON + HOUR, actor="ana")
    assert opened(conn).id == first.id


def test_a_second_post_in_the_thread_joins_the_open_case(conn):
    first = opened(conn, "1")
    second = opened(conn, "2", thread="1", published=NOON + 9 * MINUTE)
    assert (second.id, second.is_new, second.has_joined) == (first.id, False, True)
    assert [one.mention_id for one in show_case(conn, first.id).posts] == ["board:1", "board:2"]
    assert trail_agrees(conn, first.id)


def test_a_reply_joins_whatever_the_platform_calls_the_thread(conn):
    first = opened(conn, "1", thread="https://board.example/t/99")
    assert opened(conn, "2", reply_to="1").id == first.id
    assert opened(conn, "3", reply_to="board:2").id == first.id
    assert opened(conn, "4", thread="3").id == first.id


def test_a_thread_is_one_whether_or_not_its_name_says_the_source(conn):
    assert opened(conn, "1", thread="board:77").id == opened(conn, "2", thread="77").id


def test_threads_of_one_name_on_two_sources_are_two_conversations(conn):
    assert opened(conn, "1", thread="7").id != opened(conn, "2", thread="7", source="shop").id


def test_a_thread_with_a_very_long_name_still_is_one_conversation(conn):
    thread = "https://board.example/" + "".join(chr(0x4E00 + n) for n in range(5000))
    assert opened(conn, "1", thread=thread).id == opened(conn, "2", thread=thread).id
    assert opened(conn, "3", thread=thread + "x").is_new


def test_a_post_of_somebody_else_after_resolution_opens_a_case_that_names_the_earlier_one(conn):
    first = opened(conn, "1")
    resolve(conn, first.id, now=NOON + HOUR, actor="ana")
    later = opened(conn, "2", thread="1", published=NOON + 2 * HOUR, author={"handle": "max"})
    assert later.is_new
    assert show_case(conn, later.id).audit[0].detail["follows"] == first.id


def test_a_post_in_the_thread_of_a_merged_case_joins_where_it_went(conn):
    target, source = opened(conn, "1"), opened(conn, "2")
    merge(conn, source.id, into=target.id, now=NOON + HOUR, actor="ana")
    assert opened(conn, "3", thread="2").id == target.id


def test_a_more_pressing_post_raises_the_priority_and_brings_its_tags(conn):
    first = opened(conn, "1")
    second = opened(conn, "2", thread="1", route=URGENT)
    assert (second.case.priority, second.case.tags) == ("urgent", ["legal"])
    assert opened(conn, "3", thread="1").case.priority == "urgent"
    assert trail_agrees(conn, first.id)


@pytest.mark.parametrize(
    ("first", "later", "kept"),
    [("low", "high", "high"), ("medium", "high", "high"), ("urgent", "low", "urgent")],
)
def test_the_more_pressing_of_two_priorities_is_kept(conn, first, later, kept):
    opened(conn, "1", route=replace(TO_CARE, priority=first))
    joined = opened(conn, "2", thread="1", route=replace(TO_CARE, priority=later))
    assert joined.case.priority == kept


@pytest.mark.parametrize("hold", ["pending", "snoozed"])
def test_a_new_post_of_the_author_ends_the_hold(conn, hold):
    case = opened(conn, "1").case
    at = NOON + 10 * MINUTE
    if hold == "pending":
        pend(conn, case.id, now=at, actor="ana")
    else:
        snooze(conn, case.id, NOON + 9 * HOUR, now=at, actor="ana")
    after = opened(conn, "2", thread="1", published=NOON + 30 * MINUTE).case
    assert (after.status, after.snoozed_until, after.paused_at) == ("open", None, None)
    assert after.frt_due_at == NOON + HOUR + 20 * MINUTE


def test_a_post_written_before_the_hold_but_collected_in_it_moves_no_due_time(conn):
    case = opened(conn, "1").case
    pend(conn, case.id, now=NOON + 20 * MINUTE, actor="ana")
    after = opened(conn, "2", thread="1", published=NOON + 10 * MINUTE).case
    assert (after.status, after.frt_due_at) == ("open", case.frt_due_at)


def test_a_post_from_a_clock_that_runs_ahead_prolongs_no_promise(conn):
    case = opened(conn, "1").case
    pend(conn, case.id, now=NOON + 20 * MINUTE, actor="ana")
    now = NOON + 25 * MINUTE
    ahead = {"published": NOON + 9 * HOUR, "collected": now, "now": now}
    assert opened(conn, "2", thread="1", **ahead).case.frt_due_at == NOON + HOUR + 5 * MINUTE


def test_a_post_after_the_answer_starts_the_next_response_clock(conn):
    case = opened(conn, "1").case
    record_reply(conn, case.id, at=NOON + 10 * MINUTE, now=NOON + 10 * MINUTE, actor="ana")
    after = opened(conn, "2", thread="1", published=NOON + 20 * MINUTE).case
    assert after.nrt_due_at == NOON + 50 * MINUTE
    later = opened(conn, "3", thread="1", published=NOON + 40 * MINUTE).case
    assert later.nrt_due_at == NOON + 50 * MINUTE
    assert later.due_at == later.nrt_due_at


def test_a_post_written_before_the_answer_but_collected_after_it_starts_no_clock(conn):
    case = opened(conn, "1").case
    record_reply(conn, case.id, at=NOON + 30 * MINUTE, now=NOON + 30 * MINUTE, actor="ana")
    after = opened(conn, "2", thread="1", published=NOON + 20 * MINUTE).case
    assert after.nrt_due_at is None


def test_a_post_that_was_answered_before_it_was_collected_has_kept_its_promise(conn):
    case = opened(conn, answered_at=NOON + 3 * MINUTE).case
    assert case.first_reply_at == NOON + 3 * MINUTE
    assert case.due_at == case.rt_due_at


def test_the_promise_of_the_day_it_opened_holds_although_the_settings_change(conn):
    case = opened(conn, "1").case
    record_reply(conn, case.id, at=NOON + MINUTE, now=NOON + MINUTE, actor="ana")
    stricter = STANDARD.model_copy(update={"next_response": MINUTE})
    joined = opened(conn, "2", thread="1", published=NOON + 2 * MINUTE, policy=stricter).case
    assert joined.nrt_due_at == NOON + 32 * MINUTE


def test_a_long_post_is_shown_by_its_first_words_on_one_line(conn):
    case = opened(conn, text="lost\n\tagain " * 200).case
    assert case.excerpt.startswith("lost again lost again")
    assert len(case.excerpt) == 280
    assert case.excerpt.endswith("…")


def test_the_turn_is_kept_between_cases_and_teams_have_their_own(conn):
    agents = [opened(conn, str(n)).case.agent for n in range(4)]
    assert agents == ["ana", "ben", "cy", "ana"]
    assert alerted(conn).case.agent == "dee"


def test_a_full_agent_is_left_out_until_a_case_is_resolved(conn):
    small = (Team(name="care", agents=(Agent(name="ana", capacity=1), Agent(name="ben"))),)
    first = opened(conn, "1", teams=small).case
    assert [opened(conn, n, teams=small).case.agent for n in "23"] == ["ben", "ben"]
    resolve(conn, first.id, now=NOON + HOUR, actor="ana")
    assert opened(conn, "4", teams=small).case.agent == "ana"


def test_a_german_post_goes_to_who_reads_german(conn):
    team = Team(
        name="care",
        agents=(Agent(name="ana", languages=("en",)), Agent(name="ben", languages=("de",))),
    )
    assert opened(conn, lang="de", teams=(team,)).case.agent == "ben"


def test_a_case_nobody_can_take_is_open_and_says_why(conn):
    away = CARE.model_copy(
        update={"agents": tuple(a.model_copy(update={"away": True}) for a in CARE.agents)}
    )
    case = opened(conn, teams=(away,)).case
    assert (case.agent, case.status) == ("", "open")
    assert case.assign_reason.startswith("unassigned: nobody in care can take it now")
    assert trail_agrees(conn, case.id)


def test_a_route_to_a_team_that_is_gone_is_not_found(conn):
    with pytest.raises(NotFound, match="there is no team 'care'; the settings have none"):
        open_case(conn, post(), TO_CARE, policy=STANDARD, teams=(), now=NOON)


def test_an_alert_opens_one_case_while_that_one_lives(conn):
    first, again = alerted(conn), alerted(conn, at=NOON + HOUR)
    assert (first.is_new, again.is_new, again.id) == (True, False, first.id)
    assert first.case.frt_due_at == NOON + HOUR
    resolve(conn, first.id, now=NOON + 2 * HOUR, actor="dee")
    assert alerted(conn, at=NOON + timedelta(days=9)).is_new


def test_alerts_with_other_keys_have_their_own_cases(conn):
    assert alerted(conn, "spike/nimbus").id != alerted(conn, "spike/other").id


def test_the_trail_never_holds_words_of_a_post_or_its_author(conn):
    case = opened(conn, title="Luggage", text="suitcase secret", author={"handle": "lena"}).case
    opened(conn, "2", thread="1", text="more secret words")
    note(conn, case.id, "secret number", now=NOON, actor="ana")
    assign(conn, case.id, agent="ben", teams=TEAMS, now=NOON, actor="ana")
    trail = str([line.detail for line in show_case(conn, case.id).audit])
    assert not any(word in trail for word in ("secret", "Luggage", "lena", "board.example"))


def test_an_author_with_a_very_long_name_still_gets_a_case(conn):
    name = "".join(chr(0x4E00 + number % 9000) for number in range(5000))
    first = opened(conn, "1", author={"handle": name})
    assert (first.case.author, first.is_new) == (name[:200], True)
    resolve(conn, first.id, now=NOON + HOUR, actor="ana")
    assert opened(conn, "2", thread="1", author={"handle": name}).id == first.id
