"""A case keeps its playbook, its steps are ticked off, and a troll is answered once."""

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection

from cases import desk
from cases.leaving import LEFT
from cases.playbook import Playbook, playbook_of
from cases.routing import Route
from mentions.errors import Conflict, NotFound
from tests.cases.world import (
    HOUR,
    MINUTE,
    NOON,
    STANDARD,
    TEAMS,
    TO_CARE,
    actions,
    opened,
    post,
    trail_agrees,
)

TROLLS = Playbook(name="trolls", steps=("Answer once", "Leave it"), answer_once=True)
CRISIS = Playbook(name="crisis", steps=("Call the duty manager",), voice="serious", approval=True)
TO_TROLLS = Route("trolls", "care", "low", "standard", ("troll",), "troll:>0.6", TROLLS)
TO_CRISIS = Route("crisis", "support", "urgent", "standard", (), "severity:1", CRISIS)
VAGUE = {"text": "you are all criminals", "troll": 0.8, "needs_reply": True}


def later(number: str, minutes: int, **fields):
    return post(number, thread="1", published=NOON + minutes * MINUTE, **fields)


def joined(conn: Connection, mention, route=TO_TROLLS):
    return desk.open_case(
        conn, mention, route, policy=STANDARD, teams=TEAMS, now=mention.collected + MINUTE
    )


@pytest.fixture
def answered(conn: Connection):
    """A troll's case that was answered after ten minutes."""
    number = opened(conn, route=TO_TROLLS, **VAGUE).id
    at = NOON + 10 * MINUTE
    return desk.record_reply(conn, number, at=at, now=at, actor="ana")


def test_a_case_keeps_its_playbook_as_it_was(conn: Connection):
    case = opened(conn, route=TO_TROLLS).case
    assert desk.show_case(conn, case.id).case.playbook == "trolls"
    assert playbook_of(desk.show_case(conn, case.id).case) == TROLLS
    assert trail_agrees(conn, case.id)
    assert playbook_of(opened(conn, "2").case) is None


def test_what_a_later_version_dropped_from_playbooks_does_not_close_an_old_case(conn: Connection):
    from dataclasses import replace

    case = opened(conn, route=TO_TROLLS).case
    old = replace(case, plan={**case.plan, "colour": "red"})
    assert playbook_of(old) == TROLLS


def test_steps_are_ticked_once_by_whoever_did_them_and_can_be_unticked(conn: Connection):
    number = opened(conn, route=TO_TROLLS).id
    done = desk.tick(conn, number, 1, now=NOON + HOUR, actor="ana")
    assert (done.text, done.done_by, done.done_at) == ("Answer once", "ana", NOON + HOUR)
    assert desk.tick(conn, number, 1, now=NOON + 2 * HOUR, actor="ben") == done
    case = desk.show_case(conn, number).case
    assert [step.done_by for step in desk.steps_of(conn, case)] == ["ana", ""]
    desk.tick(conn, number, 1, is_done=False, now=NOON + 3 * HOUR, actor="ben")
    assert [step.done_by for step in desk.steps_of(conn, case)] == ["", ""]
    assert actions(conn, number)[-2:] == ["step done", "step not done"]
    assert trail_agrees(conn, number)


def test_a_step_that_there_is_not_and_a_case_that_is_over_are_refused(conn: Connection):
    number = opened(conn, route=TO_TROLLS).id
    with pytest.raises(NotFound, match="no step 3; it has 2"):
        desk.tick(conn, number, 3, now=NOON, actor="ana")
    with pytest.raises(NotFound, match="its playbook has none"):
        desk.tick(conn, opened(conn, "2").id, 1, now=NOON, actor="ana")
    desk.resolve(conn, number, now=NOON + HOUR, actor="ana")
    with pytest.raises(Conflict, match="reopen it first"):
        desk.tick(conn, number, 1, now=NOON + HOUR, actor="ana")


def test_a_step_of_a_playbook_that_was_exchanged_meanwhile_is_not_ticked(conn: Connection):
    number = opened(conn, route=TO_TROLLS).id
    joined(conn, later("2", 5), TO_CRISIS)
    with pytest.raises(Conflict, match="now has the playbook crisis; look at its steps"):
        desk.tick(conn, number, 1, seen="Answer once", now=NOON + HOUR, actor="ana")
    assert "step done" not in actions(conn, number)
    done = desk.tick(conn, number, 1, seen=CRISIS.steps[0], now=NOON + HOUR, actor="ana")
    assert done.done_by == "ana"


def test_a_troll_who_was_answered_is_left_alone(conn: Connection, answered):
    case = joined(conn, later("2", 20, **VAGUE)).case
    assert (case.id, case.no_reply, case.nrt_due_at) == (answered.id, LEFT, None)
    assert desk.clock(case, NOON + 30 * MINUTE).kind == "RT"
    assert trail_agrees(conn, case.id)


def test_a_troll_who_was_not_answered_yet_still_waits_for_the_one_answer(conn: Connection):
    opened(conn, route=TO_TROLLS, **VAGUE)
    case = joined(conn, later("2", 5, **VAGUE)).case
    assert case.no_reply == ""
    assert desk.clock(case, NOON + 6 * MINUTE).kind == "FRT"


def test_a_troll_who_becomes_concrete_is_answered_again(conn: Connection, answered):
    case = joined(conn, later("2", 20, text="flight NA12, no refund", troll=0.1)).case
    assert case.no_reply == ""
    assert desk.clock(case, NOON + 30 * MINUTE).kind == "NRT"


@pytest.mark.parametrize(
    "danger", [{"severity": 1}, {"intents": ({"label": "incident", "confidence": 0.9},)}]
)
def test_danger_is_answered_whoever_tells_of_it(conn: Connection, answered, danger):
    mention = later("2", 20, text="smoke in the cabin, you idiots", troll=0.54, **danger)
    case = joined(conn, mention, TO_CRISIS).case
    assert (case.no_reply, case.priority, case.playbook) == ("", "urgent", "crisis")
    assert desk.clock(case, NOON + 21 * MINUTE).kind == "NRT"


def test_what_a_troll_asked_before_still_waits_when_they_rage_again(conn: Connection, answered):
    joined(conn, later("2", 20, text="flight NA12, no refund", troll=0.1))
    case = joined(conn, later("3", 25, **VAGUE)).case
    assert case.no_reply == ""
    assert case.nrt_due_at == NOON + 20 * MINUTE + HOUR / 2


def test_somebody_else_in_a_trolls_conversation_is_answered(conn: Connection, answered):
    other = later("2", 20, **VAGUE, author={"handle": "mo", "id": "78"})
    assert joined(conn, other).case.no_reply == ""


def test_a_troll_in_somebody_elses_conversation_brings_no_silence_for_them(conn: Connection):
    number = opened(conn).id
    other = later("2", 5, **VAGUE, author={"handle": "mo", "id": "78"})
    assert joined(conn, other).case.playbook == ""
    at = NOON + 10 * MINUTE
    desk.record_reply(conn, number, at=at, now=at, actor="ana")
    assert joined(conn, later("3", 20, **VAGUE), TO_CARE).case.no_reply == ""


def test_the_verdict_about_a_troll_can_be_turned_round(conn: Connection, answered):
    case = joined(conn, later("2", 20, **VAGUE)).case
    again = desk.needs_reply(conn, case.id, now=NOON + 30 * MINUTE, actor="ana")
    assert (again.no_reply, again.nrt_due_at) == ("", NOON + 20 * MINUTE + HOUR / 2)


def test_a_trolls_resolved_case_stays_resolved(conn: Connection, answered):
    desk.resolve(conn, answered.id, now=NOON + 15 * MINUTE, actor="ana")
    case = joined(conn, later("2", 20, **VAGUE)).case
    assert (case.id, case.status, case.no_reply) == (answered.id, "resolved", LEFT)


def test_what_asks_for_nothing_starts_no_clock_in_a_trolls_case_either(conn: Connection, answered):
    mention = later("2", 20, **{**VAGUE, "needs_reply": False})
    (case,) = desk.follow_ups(conn, [mention], now=NOON + 30 * MINUTE)
    assert (case.no_reply, case.nrt_due_at) == (LEFT, None)


def test_a_troll_with_another_playbook_is_answered_every_time(conn: Connection):
    number = opened(conn, route=TO_CRISIS, **VAGUE).id
    at = NOON + 10 * MINUTE
    desk.record_reply(conn, number, at=at, now=at, actor="ana")
    assert joined(conn, later("2", 20, **VAGUE)).case.no_reply == ""


def test_a_post_that_raises_the_priority_brings_its_playbook(conn: Connection):
    case = opened(conn).case
    assert case.playbook == ""
    assert joined(conn, later("2", 5), TO_TROLLS).case.playbook == "trolls"
    assert joined(conn, later("3", 6), TO_CRISIS).case.playbook == "crisis"
    calm = joined(conn, later("4", 7), TO_TROLLS).case
    assert (calm.playbook, calm.plan["approval"]) == ("crisis", True)
    assert trail_agrees(conn, case.id)


def test_a_post_without_a_case_of_its_own_joins_the_one_of_its_conversation(conn: Connection):
    assert desk.join_known(conn, post("9"), TO_CARE, now=NOON + HOUR) is None
    number = opened(conn).id
    wish = later("2", 20, text="please add a dark mode")
    found = desk.join_known(conn, wish, TO_CARE, now=NOON + HOUR)
    assert (found.id, found.has_joined) == (number, True)
    again = desk.join_known(conn, wish, TO_CARE, now=NOON + HOUR)
    assert (again.id, again.has_joined) == (number, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x", "steps": ["a", "a"]},
        {"name": "x", "steps": [""]},
        {"name": "x", "voice": "shouting"},
        {"name": "x", "colour": "red"},
    ],
)
def test_a_playbook_that_says_too_little_or_too_much_is_refused(wrong):
    with pytest.raises(ValidationError):
        Playbook.model_validate(wrong)


def test_agents_whom_the_playbook_calls_in_watch_the_case(conn: Connection):
    calling = CRISIS.model_copy(update={"joins": ("ben", "support", "gone long ago")})
    route = Route("crisis", "support", "urgent", "standard", (), "severity:1", calling)
    number = opened(conn, route=route).id
    assert desk.watchers_of(conn, number) == ["ben"]
    assert desk.watchers_of(conn, opened(conn, "2").id) == []
