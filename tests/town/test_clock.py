"""The clock: frozen, real or fast, and never backwards."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.town.conftest import NOW
from untagged.town.clock import Clock


class World:
    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.mark.parametrize(("pace", "minutes"), [(0, 0), (1, 1), (60, 60)])
def test_a_minute_of_the_world_is_pace_minutes_in_town(pace, minutes):
    world = World()
    clock = Clock(NOW, pace=pace, seconds=world)
    world.seconds += 60
    assert clock.now() == NOW + timedelta(minutes=minutes)


@given(st.lists(st.floats(-1e6, 1e6), max_size=20))
def test_time_never_runs_backwards(steps):
    world = World()
    clock = Clock(NOW, seconds=world)
    told = []
    for step in steps:
        world.seconds += step
        told.append(clock.now())
    assert told == sorted(told)


def test_it_can_be_put_ahead_but_not_back():
    clock = Clock(NOW, pace=0)
    assert clock.advance(timedelta(hours=2)) == NOW + timedelta(hours=2) == clock.now()
    with pytest.raises(ValueError, match="cannot be put back"):
        clock.advance(timedelta(seconds=-1))


def test_a_time_without_a_zone_or_a_negative_pace_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test
    with pytest.raises(ValueError, match="backwards"):
        Clock(NOW, pace=-1)
