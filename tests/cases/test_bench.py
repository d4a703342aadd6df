"""A week of three teams on three continents: everything is assigned in time, to one, and fairly."""

from datetime import timedelta

import pytest

from bench.cases import simulated


@pytest.mark.slow
def test_a_week_of_three_teams_loses_nothing_and_shares_it_fairly():
    found = simulated(count=1000, agents=12, days=7, seed=7, step=timedelta(minutes=10))
    assert (found.lost, found.owned_twice, found.to_absent, found.unassigned_in_time) == (
        0,
        0,
        0,
        0,
    )
    assert found.handed_over > 0
    assert found.moved > 0
    assert found.widest < 0.2
