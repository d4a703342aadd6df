"""Clocks count from publication, stand still on hold, and never forgive or invent a miss."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.case import Case
from cases.clocks import clock, newly_missed, promises, restarted, running, stopped
from cases.policy import SlaPolicy
from cases.tables import metadata
from tests.cases.world import HOUR, MINUTE, NOON, opened, sqlite_engine

SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40))


@pytest.fixture
def case(conn) -> Case:
    return opened(conn).case


def test_the_clock_starts_when_the_post_was_published_not_when_it_was_collected(conn):
    late = opened(conn, collected=NOON + 50 * MINUTE).case
    assert late.frt_due_at == NOON + HOUR
    assert late.rt_due_at == NOON + 24 * HOUR
    shown = clock(late, NOON + 51 * MINUTE)
    assert (shown.kind, shown.left, shown.lag) == ("FRT", 9 * MINUTE, 50 * MINUTE)


def test_a_post_from_a_clock_that_runs_ahead_has_no_negative_lag(conn):
    early = opened(conn, collected=NOON - 3 * MINUTE).case
    assert clock(early, NOON).lag == timedelta(0)


def test_an_answer_at_the_due_time_is_in_time_and_a_moment_later_is_not(case):
    assert not clock(case, NOON + HOUR).is_breached
    assert clock(case, NOON + HOUR + timedelta(microseconds=1)).is_breached


def test_the_clock_is_said_in_words(case):
    assert str(clock(case, NOON + 15 * MINUTE)) == "FRT in 45 min"
    assert str(clock(case, NOON + 75 * MINUTE)) == "FRT missed by 15 min"
    assert str(clock(replace(case, status="resolved"), NOON)) == "stopped"


def test_after_the_first_reply_the_resolution_clock_is_shown(case):
    answered = replace(case, first_reply_at=NOON + MINUTE)
    assert clock(answered, NOON + HOUR).kind == "RT"


def test_the_clock_that_is_due_first_is_shown(case):
    waiting = replace(case, first_reply_at=NOON, nrt_due_at=NOON + 3 * HOUR)
    assert clock(waiting, NOON + HOUR).kind == "NRT"
    assert clock(replace(waiting, rt_due_at=NOON + 2 * HOUR), NOON + HOUR).kind == "RT"


def test_a_case_without_promises_left_has_no_clock(case):
    bare = replace(case, first_reply_at=NOON, rt_due_at=None)
    assert clock(bare, NOON).kind is None


@pytest.mark.parametrize("status", ["pending", "snoozed", "resolved", "merged"])
def test_only_an_open_case_has_running_clocks(case, status):
    assert running(replace(case, status=status)) == {}
    assert newly_missed(replace(case, status=status), NOON + 99 * HOUR) == {}


def test_the_clock_as_json_has_seconds(case):
    assert clock(case, NOON + 30 * MINUTE).to_json() == {
        "kind": "FRT",
        "due_at": "2026-03-02T13:00:00Z",
        "left_seconds": 1800.0,
        "is_breached": False,
        "lag_seconds": 240.0,
    }


@given(until_hold=SPANS, hold=SPANS)
def test_a_hold_moves_what_was_not_yet_due_by_its_length_and_leaves_the_rest(until_hold, hold):
    case = a_case()
    held_at = NOON + until_hold
    held = replace(case, **stopped(case, "pending", held_at))
    after = replace(held, **restarted(held, held_at + hold))
    for kind, before in promises(case).items():
        moved = hold if before >= held_at else timedelta(0)
        assert promises(after)[kind] == before + moved


@given(until_hold=SPANS, hold=SPANS, then=SPANS)
def test_time_on_hold_never_breaks_a_promise(until_hold, hold, then):
    case = a_case()
    held_at = NOON + until_hold
    held = replace(case, **stopped(case, "pending", held_at))
    after = replace(held, **restarted(held, held_at + hold))
    now_with_hold = held_at + hold + then
    without_hold = {kind for kind, at in promises(case).items() if at < held_at + then}
    noticed = {kind for kind in ("FRT", "RT") if kind in after.breached}
    assert noticed | set(newly_missed(after, now_with_hold)) == without_hold


def test_two_holds_in_a_row_are_one(case):
    held = replace(case, **stopped(case, "pending", NOON + 10 * MINUTE))
    again = replace(held, **stopped(held, "resolved", NOON + 20 * MINUTE))
    after = replace(again, **restarted(again, NOON + 40 * MINUTE))
    assert after.frt_due_at == NOON + HOUR + 30 * MINUTE


@pytest.mark.parametrize("promise", ["0s", "-5m", "soon", "367d", "", 5.5j])
def test_a_promise_that_cannot_be_kept_is_refused(promise):
    with pytest.raises((ValidationError, TypeError)):
        SlaPolicy(name="standard", first_response=promise)


def test_a_policy_reads_durations_as_the_settings_write_them():
    policy = SlaPolicy.model_validate(
        {"name": "standard", "first_response": "1h30m", "resolution": "2d"}
    )
    assert policy.first_response == 90 * MINUTE
    assert policy.next_response is None
    assert SlaPolicy.from_terms(policy.to_terms()) == policy


@cache
def a_case() -> Case:
    with sqlite_engine().begin() as conn:
        metadata.create_all(conn)
        return opened(conn).case
