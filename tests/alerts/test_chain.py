"""Chains: what settings may say, and which step comes when."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.chain import Chain, Position, Step, Target, first_position, next_position
from alerts.hours import WEEK, StepHours
from tests.alerts.world import HOUR, MINUTE, NOW

CHAIN = yaml.safe_load("""
name: crisis
steps:
  - notify: {on_call: week}
  - {wait: 10m, notify: {team: crisis}, if_more_than: {alerts: 3, within: 10m}}
  - {wait: 20m, notify: {agent: farah},
     only: {days: [mon, tue], from: 8:00, until: 20:30, zone: Europe/Berlin, outside: wait}}
repeat: 1
""")


def test_a_chain_is_written_as_the_documents_show_it() -> None:
    chain = Chain.model_validate(CHAIN)
    assert [str(step.notify) for step in chain.steps] == [
        "on-call week",
        "team crisis",
        "agent farah",
    ]
    hours = chain.steps[2].only
    assert hours is not None
    assert (hours.begins, hours.until, hours.outside) == (time(8), time(20, 30), "wait")
    assert chain.round_length == 30 * MINUTE


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps": []}, "at least 1 item"),
        ({"repeat": 6}, "less than or equal to 5"),
        ({"steps": [{"notify": {"team": "a"}}], "repeat": 1}, "all rounds would come at once"),
        ({"steps": [{"notify": {}}]}, "name one of channel, team, agent or on_call"),
        ({"steps": [{"notify": {"team": "a", "agent": "b"}}]}, "name one of"),
        ({"steps": [{"wait": 10, "notify": {"team": "a"}}]}, "has no unit"),
        ({"steps": [{"notify": {"team": "a"}, "only": {"zone": "Atlantis"}}]}, "no time zone"),
        ({"steps": [{"notify": {"team": "a"}, "only": {"zone": "../etc"}}]}, "no time zone"),
        ({"steps": [{"notify": {"team": "a"}, "only": {"from": "8"}}]}, "no time of day"),
        ({"steps": [{"notify": {"team": "a"}, "only": {"from": "08:75"}}]}, "no time of day"),
        ({"steps": [{"notify": {"team": "a"}, "only": {"until": "25:00"}}]}, "no time of day"),
        (
            {"steps": [{"notify": {"team": "a"}, "only": {"from": "08:00", "until": "08:00"}}]},
            "begin and end at the same time",
        ),
        (
            {"steps": [{"notify": {"team": "a"}, "if_more_than": {"alerts": 2, "within": "0m"}}]},
            "within is nothing",
        ),
    ],
)
def test_a_wrong_chain_says_what_to_mend(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Chain.model_validate({**CHAIN, **wrong})


def positions(chain: Chain, *, at_once: bool = False) -> list[Position]:
    """Where the chain stands at each step, each taken on time."""
    found, now = [], first_position(chain, NOW)
    while now is not None:
        found.append(now)
        now = next_position(chain, now, now.due_at, at_once=at_once)
    return found


def minutes(chain: Chain, **how: bool) -> list[float]:
    return [(one.due_at - NOW) / MINUTE for one in positions(chain, **how)]


def test_each_wait_counts_from_the_step_before_and_the_rounds_follow_each_other() -> None:
    chain = Chain.model_validate(CHAIN)
    assert minutes(chain) == [0, 10, 30, 30, 40, 60]
    assert [(one.round, one.step) for one in positions(chain)] == [
        (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2),
    ]  # fmt: skip


def test_where_nobody_can_be_told_rounds_still_keep_their_distance() -> None:
    assert minutes(Chain.model_validate(CHAIN), at_once=True) == [0, 0, 0, 30, 30, 30]


waits = st.integers(0, 90).map(lambda count: f"{count}m")


@given(
    st.lists(waits, min_size=1, max_size=6), st.integers(0, 5), st.lists(st.booleans(), min_size=36)
)
def test_a_chain_always_ends_and_never_goes_back_in_time(
    gaps: list[str], repeat: int, leaps: list[bool]
) -> None:
    steps = tuple(Step(wait=gap, notify=Target(team="a")) for gap in ["1m", *gaps])
    chain = Chain(name="any", steps=steps, repeat=repeat)
    taken, now = 0, first_position(chain, NOW)
    while now is not None:
        leap = leaps[taken % len(leaps)]
        following = next_position(chain, now, now.due_at, at_once=leap)
        taken += 1
        if following is not None:
            assert following.due_at >= now.due_at
            assert (following.round, following.step) > (now.round, now.step)
            if following.round > now.round:
                assert following.round_began_at >= now.round_began_at + chain.round_length
        now = following
    assert taken == len(steps) * (repeat + 1)


OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "until": "17:30"}


def hours(**other: Any) -> StepHours:
    return StepHours.model_validate({**OFFICE, **other})


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        ("2026-03-02T09:00", True),
        ("2026-03-02T08:59", False),
        ("2026-03-02T17:29", True),
        ("2026-03-02T17:30", False),
        ("2026-03-07T12:00", False),
    ],
)
def test_hours_begin_included_and_end_excluded_on_their_days(moment: str, holds: bool) -> None:
    assert hours().hold(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is holds


def test_hours_are_of_their_own_zone_summer_and_winter() -> None:
    berlin = hours(zone="Europe/Berlin")
    assert berlin.hold(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    assert not berlin.hold(datetime(2026, 3, 2, 7, 59, tzinfo=UTC))
    assert berlin.hold(datetime(2026, 7, 6, 7, 0, tzinfo=UTC))
    assert berlin.next_begin(datetime(2026, 3, 27, 20, tzinfo=UTC)) == datetime(
        2026, 3, 30, 7, tzinfo=UTC
    )


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    night = StepHours.model_validate({"days": ["fri"], "from": "22:00", "until": "06:00"})
    assert night.hold(datetime(2026, 3, 6, 23, tzinfo=UTC))
    assert night.hold(datetime(2026, 3, 7, 5, 59, tzinfo=UTC))
    assert not night.hold(datetime(2026, 3, 7, 23, tzinfo=UTC))
    assert not night.hold(datetime(2026, 3, 6, 5, tzinfo=UTC))


def test_hours_that_summer_time_swallows_are_as_wide_as_what_they_may_mean() -> None:
    gap = StepHours.model_validate(
        {"days": ["sun"], "from": "02:10", "until": "02:40", "zone": "Europe/Berlin"}
    )
    begins = gap.next_begin(datetime(2026, 3, 28, tzinfo=UTC))
    assert begins == datetime(2026, 3, 29, 0, 10, tzinfo=UTC)
    assert gap.hold(begins)
    assert gap.next_begin(begins) == datetime(2026, 4, 5, 0, 10, tzinfo=UTC)


@given(
    st.sets(st.sampled_from([day[:3] for day in WEEK]), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
    st.integers(0, 3 * 365 * 24 * 60).map(lambda count: NOW + count * MINUTE),
)
def test_the_next_begin_is_later_and_within_the_hours(
    days: set[Any], since: int, until: int, zone: str, moment: datetime
) -> None:
    if since == until:
        until = (since + 1) % 1440
    some = StepHours.model_validate(
        {"days": sorted(days), "from": since, "until": until, "zone": zone}
    )
    begins = some.next_begin(moment)
    assert begins > moment
    assert some.hold(begins)
    assert begins - moment <= timedelta(days=8)
    if not some.hold(moment) and begins - moment > HOUR:
        assert not some.hold(begins - MINUTE)
