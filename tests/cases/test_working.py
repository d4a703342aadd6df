"""Whoever works a case changes it only where its state allows, and the trail tells it all."""

import pytest

from cases.case import plain
from cases.desk import (
    assign,
    assign_waiting,
    claim,
    claim_next,
    merge,
    note,
    pend,
    record_reply,
    release,
    reopen,
    resolve,
    show_case,
    snooze,
    wake_snoozed,
)
from cases.ledger import change
from cases.team import Agent, Team
from mentions.errors import Conflict, NotFound, UntaggedError
from tests.cases.world import HOUR, MINUTE, NOON, TEAMS, actions, alerted, opened, trail_agrees

AT = NOON + 10 * MINUTE
AWAY = (Team(name="care", agents=(Agent(name="ana", away=True),)),)


def test_a_case_is_given_to_an_agent_by_hand(conn):
    case = opened(conn).case
    given = assign(conn, case.id, agent="ben", teams=TEAMS, now=AT, actor="ana")
    assert (given.agent, given.assign_reason) == ("ben", "by hand, by ana")
    assert given.version == case.version + 1
    last = show_case(conn, case.id).audit[-1]
    assert (last.at, last.actor, last.action) == (AT, "ana", "assigned")
    assert last.detail["changed"]["agent"] == ["ana", "ben"]


def test_a_case_given_to_another_team_goes_to_whose_turn_it_is_there(conn):
    case = opened(conn).case
    moved = assign(conn, case.id, team="support", teams=TEAMS, now=AT, actor="ana")
    assert (moved.team, moved.agent) == ("support", "dee")
    assert trail_agrees(conn, case.id)


def test_assigning_to_who_has_it_changes_nothing(conn):
    case = opened(conn).case
    assert assign(conn, case.id, agent="ana", teams=TEAMS, now=AT, actor="ben") == case


@pytest.mark.parametrize(
    ("whom", "said"),
    [
        ({"agent": "dee"}, "no agent 'dee' in team 'care'; it has ana, ben, cy"),
        ({"team": "sales"}, "no team 'sales'; the settings have care, support"),
        ({"team": "support", "agent": "ana"}, "no agent 'ana' in team 'support'; it has dee"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(conn, whom, said):
    case = opened(conn).case
    with pytest.raises(NotFound, match=said):
        assign(conn, case.id, **whom, teams=TEAMS, now=AT, actor="ana")


def test_nothing_is_given_to_an_agent_who_is_away(conn):
    case = opened(conn, teams=AWAY).case
    with pytest.raises(Conflict, match="ana is away"):
        assign(conn, case.id, agent="ana", teams=AWAY, now=AT, actor="boss")


def test_a_claimed_case_is_the_claimers_and_nobody_elses(conn):
    case = opened(conn, teams=AWAY).case
    mine = claim(conn, case.id, "ben", teams=TEAMS, now=AT)
    assert (mine.agent, mine.assign_reason) == ("ben", "claimed by ben")
    assert claim(conn, case.id, "ben", teams=TEAMS, now=AT) == mine
    with pytest.raises(Conflict, match="is ben's"):
        claim(conn, case.id, "cy", teams=TEAMS, now=AT)


def test_only_an_agent_of_the_team_claims(conn):
    case = opened(conn, teams=AWAY).case
    with pytest.raises(NotFound, match="no agent 'dee' in team 'care'"):
        claim(conn, case.id, "dee", teams=TEAMS, now=AT)


def test_the_next_case_to_claim_is_the_one_that_is_due_first(conn):
    later = opened(conn, "1", teams=AWAY).case
    sooner = opened(conn, "2", teams=AWAY, published=NOON - HOUR).case
    got = [claim_next(conn, "care", "cy", teams=TEAMS, now=AT) for _ in range(3)]
    assert [case and case.id for case in got] == [sooner.id, later.id, None]


def test_a_released_case_waits_for_the_next(conn):
    case = opened(conn).case
    free = release(conn, case.id, now=AT, actor="ana")
    assert (free.agent, free.assign_reason) == ("", "unassigned: released by ana")
    assert release(conn, case.id, now=AT, actor="ana") == free
    (again,) = assign_waiting(conn, teams=TEAMS, now=AT)
    assert (again.id, again.agent) == (case.id, "ben")


def test_waiting_cases_are_given_out_when_somebody_comes_back_the_most_pressing_first(conn):
    waiting = [
        opened(conn, str(n), teams=AWAY, published=NOON - n * MINUTE).case.id for n in range(3)
    ]
    assert assign_waiting(conn, teams=AWAY, now=AT) == []
    back = (Team(name="care", agents=(Agent(name="ana", capacity=2),)),)
    assert [case.id for case in assign_waiting(conn, teams=back, now=AT)] == waiting[:0:-1]
    assert all(trail_agrees(conn, case_id) for case_id in waiting)


def test_a_case_given_out_later_still_goes_to_who_reads_its_language(conn):
    opened(conn, teams=AWAY, lang="de")
    agents = (Agent(name="ana", languages=("en",)), Agent(name="ben", languages=("de",)))
    (given,) = assign_waiting(conn, teams=(Team(name="care", agents=agents),), now=AT)
    assert given.agent == "ben"


def test_the_turn_moves_on_however_a_case_is_given_by_turn(conn):
    opened(conn, "1", teams=AWAY)
    opened(conn, "2", teams=AWAY)
    given = [case.agent for case in assign_waiting(conn, teams=TEAMS, now=AT)]
    moved = assign(conn, alerted(conn).id, team="care", teams=TEAMS, now=AT, actor="dee").agent
    assert [*given, moved, opened(conn, "3").case.agent] == ["ana", "ben", "cy", "ana"]


def test_a_resolved_case_can_only_be_reopened(conn):
    case = opened(conn).case
    done = resolve(conn, case.id, now=AT, actor="ana")
    assert (done.status, done.resolved_at, done.due_at) == ("resolved", AT, None)
    for act in (
        lambda: assign(conn, case.id, agent="ben", teams=TEAMS, now=AT, actor="ana"),
        lambda: claim(conn, case.id, "ana", teams=TEAMS, now=AT),
        lambda: release(conn, case.id, now=AT, actor="ana"),
        lambda: pend(conn, case.id, now=AT, actor="ana"),
        lambda: snooze(conn, case.id, AT + HOUR, now=AT, actor="ana"),
        lambda: resolve(conn, case.id, now=AT, actor="ana"),
        lambda: record_reply(conn, case.id, at=AT, now=AT, actor="ana"),
    ):
        with pytest.raises(Conflict, match="is resolved; reopen it first to"):
            act()
    assert actions(conn, case.id)[-1] == "resolved"


def test_a_reopened_case_is_open_and_the_time_it_was_resolved_does_not_count(conn):
    case = opened(conn).case
    resolve(conn, case.id, now=AT, actor="ana")
    again = reopen(conn, case.id, now=AT + 2 * HOUR, actor="ben")
    assert (again.status, again.resolved_at, again.agent) == ("open", None, "ana")
    assert again.frt_due_at == NOON + 3 * HOUR
    assert reopen(conn, case.id, now=AT + 3 * HOUR, actor="ben") == again


def test_a_case_that_another_one_follows_cannot_be_reopened_beside_it(conn):
    first = opened(conn, "1").case
    resolve(conn, first.id, now=AT, actor="ana")
    opened(conn, "2", thread="1", author={"handle": "max"})
    with pytest.raises(Conflict, match="another case goes on"):
        reopen(conn, first.id, now=AT, actor="ana")
    assert show_case(conn, first.id).case.status == "resolved"
    alert = alerted(conn).case
    resolve(conn, alert.id, now=AT, actor="dee")
    alerted(conn, at=NOON + HOUR)
    with pytest.raises(Conflict, match="another case goes on"):
        reopen(conn, alert.id, now=AT, actor="dee")


def test_resolving_late_is_a_missed_resolution(conn):
    case = opened(conn).case
    record_reply(conn, case.id, at=AT, now=AT, actor="ana")
    assert resolve(conn, case.id, now=NOON + 25 * HOUR, actor="ana").breached == ["RT"]


@pytest.mark.parametrize("is_prompt", [True, False])
def test_a_snoozed_case_comes_back_by_itself_and_its_clocks_go_on(conn, is_prompt):
    case = opened(conn).case
    until = AT + 3 * HOUR
    assert snooze(conn, case.id, until, now=AT, actor="ana").status == "snoozed"
    assert wake_snoozed(conn, until - MINUTE) == []
    (back,) = wake_snoozed(conn, until if is_prompt else until + 5 * MINUTE)
    assert (back.status, back.snoozed_until) == ("open", None)
    assert back.frt_due_at == NOON + 4 * HOUR
    assert wake_snoozed(conn, until + HOUR) == []
    assert trail_agrees(conn, case.id)


@pytest.mark.parametrize("until", [AT, AT - MINUTE, AT + 367 * 24 * HOUR])
def test_a_snooze_ends_later_than_now_and_within_a_year(conn, until):
    case = opened(conn).case
    with pytest.raises(UntaggedError, match="give such a time"):
        snooze(conn, case.id, until, now=AT, actor="ana")


def test_a_pending_case_waits_without_a_clock(conn):
    case = opened(conn).case
    held = pend(conn, case.id, now=AT, actor="ana")
    assert (held.status, held.due_at, held.next_breach_at) == ("pending", None, None)
    assert pend(conn, case.id, now=AT + HOUR, actor="ana") == held
    assert reopen(conn, case.id, now=AT + HOUR, actor="ana").frt_due_at == NOON + 2 * HOUR


def test_a_note_is_kept_as_written_whatever_the_status(conn):
    case = opened(conn).case
    resolve(conn, case.id, now=AT, actor="ana")
    said = "<b>Call</b> {{ her }} back\n=1+1 \U0001f9f3"
    written = note(conn, case.id, f"  {said}\x00\ud800 ", now=AT, actor="ben")
    assert (written.text, written.author, written.at) == (said, "ben", AT)
    assert show_case(conn, case.id).notes == (written,)
    assert actions(conn, case.id)[-1] == "noted"


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x01", "x" * 20_001])
def test_a_note_without_words_or_a_book_is_refused(conn, text):
    case = opened(conn).case
    with pytest.raises(UntaggedError, match="a note"):
        note(conn, case.id, text, now=AT, actor="ben")
    assert show_case(conn, case.id).notes == ()


def test_who_decides_on_an_old_view_of_the_case_is_told_so(conn):
    case = opened(conn).case
    assign(conn, case.id, agent="ben", teams=TEAMS, now=AT, actor="ana", version=case.version)
    for act in (
        lambda: resolve(conn, case.id, now=AT, actor="cy", version=case.version),
        lambda: reopen(conn, case.id, now=AT, actor="cy", version=case.version),
        lambda: claim(conn, case.id, "cy", teams=TEAMS, now=AT, version=case.version),
    ):
        with pytest.raises(Conflict, match="changed by somebody else"):
            act()


def test_a_change_based_on_an_old_row_is_refused_whoever_forgot_the_lock(conn):
    old = opened(conn).case
    resolve(conn, old.id, now=AT, actor="ana")
    with pytest.raises(Conflict, match="changed by somebody else"):
        change(conn, old, now=AT, actor="ben", action="claimed", values={"agent": "ben"})


def test_there_is_no_case_with_an_unknown_number(conn):
    for act in (
        lambda: show_case(conn, 999),
        lambda: note(conn, 999, "where is it", now=AT, actor="ana"),
        lambda: resolve(conn, 999, now=AT, actor="ana"),
        lambda: reopen(conn, 999, now=AT, actor="ana"),
        lambda: merge(conn, 999, into=1000, now=AT, actor="ana"),
        lambda: claim(conn, 999, "ana", teams=TEAMS, now=AT),
    ):
        with pytest.raises(NotFound, match="there is no case 999"):
            act()


def test_plain_text_keeps_every_script_and_drops_what_is_no_character():
    assert plain("Grüße 東京 \u202e שלום\x07\x9f\udfff\n") == "Grüße 東京 \u202e שלום\n"
