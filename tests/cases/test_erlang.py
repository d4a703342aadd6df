"""Erlang A against published values of Erlang C, against a simulation, and at its edges."""

import heapq
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.staffing.erlang import Load, agents_for, begun_within, waits

SECOND = 1 / 3600
HOURS = st.floats(0.02, 2.0)


@pytest.mark.parametrize(
    ("load", "agents", "waiting", "within", "share"),
    [
        # 360 calls in half an hour of 4 minutes each (Mitan's worked example, 55 agents).
        (Load(720, 4 / 60), 55, 0.239, 15 * SECOND, 0.846),
        # 100 calls in half an hour of 3 minutes each (Call Centre Helper's, 14 agents).
        (Load(200, 3 / 60), 14, 0.174, 20 * SECOND, 0.888),
    ],
)
def test_without_an_end_to_patience_it_is_erlang_c_as_published(
    load, agents, waiting, within, share
):
    assert waits(load, agents) == pytest.approx(waiting, abs=0.0005)
    assert begun_within(load, agents, within) == pytest.approx(share, abs=0.0005)


def test_the_published_call_centre_needs_its_14_agents():
    assert agents_for(Load(200, 3 / 60), share=0.8, hours=20 * SECOND) == 14
    assert begun_within(Load(200, 3 / 60), 13, 20 * SECOND) < 0.8


def test_the_longer_the_patience_the_more_it_is_erlang_c():
    forever = begun_within(Load(40, 0.2), 10, 0.1)
    distances = [
        abs(begun_within(Load(40, 0.2, patience), 10, 0.1) - forever)
        for patience in (1, 10, 100, 10_000)
    ]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.001


@pytest.mark.parametrize(
    ("load", "agents", "within"),
    [
        (Load(20, 0.25, 0.5), 5, 0.2),
        (Load(20, 0.25, 0.1), 4, 0.05),  # more work than people: it is given up
        (Load(200, 0.05), 12, 20 * SECOND),
        (Load(6, 0.1, 4.0), 1, 1.0),
    ],
)
def test_it_says_what_a_simulation_finds(load, agents, within):
    assert begun_within(load, agents, within) == pytest.approx(
        simulated(load, agents, within), abs=0.02
    )


def simulated(load: Load, agents: int, within: float, cases: int = 150_000) -> float:
    """One line, first come first served: each case goes to whoever is free first."""
    dice, free, now, in_time = random.Random(5), [0.0] * agents, 0.0, 0
    for _ in range(cases):
        now += dice.expovariate(load.arrivals)
        wait = max(free[0] - now, 0.0)
        if load.patience and wait > dice.expovariate(1 / load.patience):
            continue
        in_time += wait <= within
        heapq.heapreplace(free, now + wait + dice.expovariate(1 / load.handling))
    return in_time / cases


@settings(deadline=None, max_examples=60)
@given(st.floats(0.1, 60), HOURS, st.none() | HOURS, HOURS)
def test_more_people_and_more_time_never_make_it_worse(arrivals, handling, patience, within):
    load = Load(arrivals, handling, patience)
    enough = agents_for(load, share=0.9, hours=within)
    shares = [begun_within(load, agents, within) for agents in range(enough + 2)]
    assert all(0 <= share <= 1 + 1e-9 for share in shares)
    assert all(fewer <= more + 1e-9 for fewer, more in pairwise(shares))
    assert shares[enough] >= 0.9
    assert shares[enough - 1] < 0.9
    assert begun_within(load, enough, within * 2) >= shares[enough] - 1e-9


def test_nobody_begins_nothing_and_nothing_needs_nobody():
    assert begun_within(Load(5, 0.1), 0, 1.0) == 0
    assert begun_within(Load(5, 0.2), 1, 100.0) == 0  # the line grows for ever
    assert begun_within(Load(0, 0.1), 0, 1.0) == 1
    assert agents_for(Load(0, 0.1), share=0.9, hours=1.0) == 0


def test_a_promise_that_no_crowd_keeps_says_what_to_look_at():
    with pytest.raises(ValueError, match="look at the handling time"):
        agents_for(Load(100, 50.0), share=0.9, hours=0.1)
