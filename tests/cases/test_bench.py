"""A week of three teams on three continents: everything is assigned in time, to one, and fairly."""

import pytest

from bench.cases import simulated


@pytest.mark.slow
def test_a_week_of_three_teams_loses_nothing_and_shares_it_fairly():
    found = simulated(count=2000, agents=15, days=7, seed=3)
    assert (found.lost, found.owned_twice, found.to_absent, found.unassigned_in_time) == (
        0,
        0,
        0,
        0,
    )
    assert found.handed_over > 0
    assert found.moved > 0
    assert found.widest < 0.2
