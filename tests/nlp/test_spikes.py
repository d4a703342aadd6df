"""Spikes: what fires, what does not, and that nothing looks ahead."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mentions.series import Series, Spike
from nlp.spike_bars import BARS
from nlp.spike_reason import said_copies
from nlp.spikes import SpikeSettings, current_spike, find_spikes

QUARTER = timedelta(minutes=15)
START = datetime(2026, 3, 2, tzinfo=UTC)
PER_DAY = 96
HOUR = 4

Counts = NDArray[np.int64]


def series(counts: Counts | list[int], *, bucket: timedelta = QUARTER) -> Series:
    return Series("Acme", "negative", START, bucket, tuple(int(count) for count in counts))


def rhythm(*, days: int, per_hour: float, seed: int = 7, growth: float = 0.0) -> Counts:
    """Calm days: eight times as many posts at the peak as at night, Poisson about it."""
    moment = np.arange(days * PER_DAY)
    shape = np.exp(1.05 * np.cos((moment / PER_DAY - 0.75) * 2 * np.pi))
    shape *= np.exp(growth * moment / PER_DAY)
    return np.random.default_rng(seed).poisson(per_hour / HOUR * shape / 1.3)


def told_at(spike: Spike) -> int:
    """The bucket at whose end it could first be told."""
    return (spike.started_at - START) // QUARTER


@pytest.mark.parametrize("per_hour", [2, 12, 60])
def test_a_daily_rhythm_without_events_fires_no_spike(per_hour: float) -> None:
    assert find_spikes(series(rhythm(days=28, per_hour=per_hour))) == []


def test_the_first_mornings_of_a_brand_do_not_fire() -> None:
    for seed in range(10):
        assert find_spikes(series(rhythm(days=3, per_hour=20, seed=seed))) == []


@pytest.mark.parametrize("minimum", [1, 10])
def test_two_or_three_posts_in_an_empty_series_do_not_fire(minimum: int) -> None:
    counts = np.zeros(28 * PER_DAY, dtype=np.int64)
    counts[::700] = 1
    counts[-40:-37] = 1
    assert find_spikes(series(counts), SpikeSettings(minimum=minimum)) == []


def test_thirty_posts_in_an_almost_empty_series_fire() -> None:
    counts = np.zeros(28 * PER_DAY, dtype=np.int64)
    counts[::700] = 1
    counts[-40:-37] = 10
    assert len(find_spikes(series(counts))) == 1


@pytest.mark.parametrize("hour", [3, 9, 18, 23])
@pytest.mark.parametrize("per_hour", [8, 40])
def test_a_burst_fires_within_two_buckets(hour: int, per_hour: float) -> None:
    counts = rhythm(days=15, per_hour=per_hour)
    begin = 14 * PER_DAY + hour * HOUR
    counts[begin : begin + 6] += round(per_hour * 2)
    found = find_spikes(series(counts))
    assert len(found) == 1
    assert begin <= told_at(found[0]) <= begin + 1


def test_a_burst_ends_once_it_has_been_calm() -> None:
    counts = rhythm(days=15, per_hour=40)
    begin = 14 * PER_DAY + 9 * HOUR
    counts[begin : begin + 6] += 80
    (spike,) = find_spikes(series(counts))
    assert spike.ended_at is not None
    assert 0 <= (spike.ended_at - START) // QUARTER - (begin + 6) <= 2 * HOUR


def test_a_slow_rise_fires_although_no_hour_stands_out() -> None:
    counts = rhythm(days=15, per_hour=12)
    begin = 14 * PER_DAY + 8 * HOUR
    usual = counts[begin - PER_DAY : begin - PER_DAY + 10 * HOUR]
    counts[begin : begin + 10 * HOUR] = np.rint(usual * np.linspace(1.0, 4.0, 10 * HOUR))
    (spike,) = find_spikes(series(counts))
    assert begin < told_at(spike) < begin + 10 * HOUR


@pytest.mark.parametrize("factor", [4, 8])
def test_a_level_that_stays_high_fires_once(factor: int) -> None:
    counts = rhythm(days=28, per_hour=10)
    counts[14 * PER_DAY + 40 :] *= factor
    assert len(find_spikes(series(counts))) == 1


def test_a_second_burst_after_a_calm_day_fires_again() -> None:
    counts = rhythm(days=16, per_hour=20)
    for day in (13, 15):
        begin = day * PER_DAY + 40
        counts[begin : begin + 6] += 40
    assert len(find_spikes(series(counts))) == 2


@pytest.mark.parametrize("days", [28, 60])
def test_growth_of_a_twentieth_a_day_does_not_fire(days: int) -> None:
    assert find_spikes(series(rhythm(days=days, per_hour=5, growth=0.05))) == []


def test_a_source_that_returns_after_a_silent_half_day_does_not_fire() -> None:
    for seed in range(5):
        counts = rhythm(days=15, per_hour=20, seed=seed)
        counts[14 * PER_DAY : 14 * PER_DAY + 48] = 0
        assert find_spikes(series(counts)) == []


def test_a_new_brand_is_learning_and_only_a_very_clear_rise_fires() -> None:
    counts = rhythm(days=1, per_hour=20)
    clear = counts.copy()
    clear[40:44] = 150
    counts[40:44] = 15
    assert find_spikes(series(counts)) == []
    (spike,) = find_spikes(series(clear))
    assert "still learning its rhythm" in spike.reason


def test_the_first_hours_of_a_brand_never_fire() -> None:
    counts = [3, 2, 0, 1, 2, 1, 0, 2, 500, 500, 500, 500]
    assert find_spikes(series(counts)) == []


def test_quiet_days_count_as_history_when_the_brand_was_listened_for() -> None:
    counts = np.zeros(10 * PER_DAY, dtype=np.int64)
    counts[-8:-4] = 8
    assert find_spikes(series(counts)) == []
    assert len(find_spikes(series(counts), known_since=START)) == 1


def test_weekends_at_twice_the_level_fire_no_more_after_the_first() -> None:
    for seed in range(4):
        counts = rhythm(days=27, per_hour=12, seed=seed)
        for day in range(27):
            if (START + timedelta(days=day)).weekday() >= 5:
                counts[day * PER_DAY : (day + 1) * PER_DAY] *= 2
        found = find_spikes(series(counts))
        assert [spike for spike in found if spike.started_at > START + timedelta(days=7)] == []


def test_fewer_mentions_than_the_minimum_never_fire() -> None:
    counts = rhythm(days=15, per_hour=1)
    counts[14 * PER_DAY + 20 : 14 * PER_DAY + 24] += 4
    assert len(find_spikes(series(counts), SpikeSettings(minimum=16))) == 1
    assert find_spikes(series(counts), SpikeSettings(minimum=40)) == []


def test_each_sensitivity_asks_for_less_than_the_one_before() -> None:
    few, balanced, many = (BARS[name] for name in ("few", "balanced", "many"))
    assert few.hour > balanced.hour > many.hour
    assert few.long > balanced.long > many.long
    assert few.ratio > balanced.ratio > many.ratio


@pytest.mark.parametrize("minutes", [5, 7, 15, 60, 240, 1440])
def test_any_bucket_size_finds_a_day_at_ten_times_the_usual(minutes: int) -> None:
    bucket = timedelta(minutes=minutes)
    per_day = timedelta(days=1) / bucket
    usual = max(1, round(480 / per_day))
    counts = np.full(int(20 * per_day), usual)
    counts[int(18 * per_day) : int(19 * per_day)] *= 10
    found = find_spikes(series(counts, bucket=bucket))
    assert len(found) == 1
    assert (
        timedelta(days=17, hours=23) <= found[0].started_at - START <= timedelta(days=18, hours=2)
    )


def test_an_empty_series_has_no_spike() -> None:
    assert find_spikes(series([])) == []
    assert find_spikes(series([0] * 500)) == []
    assert current_spike(series([])) is None


def test_the_reason_says_observed_expected_ratio_and_rarity() -> None:
    counts = rhythm(days=15, per_hour=10)
    begin = 14 * PER_DAY + 18 * HOUR
    counts[begin : begin + 4] = 30
    spike = current_spike(series(counts[: begin + 4]))
    assert spike is not None
    assert spike.observed == 120
    assert spike.reason.startswith("120 negative mentions in the hour to 19:00 UTC on 16 Mar, ")
    assert f"{spike.observed / spike.expected:.1f} times" in spike.reason
    assert "at that time of day" in spike.reason
    assert "less likely than 1 in a billion" in spike.reason
    assert "judged by 14 days of history" in spike.reason


def test_the_score_never_stops_growing() -> None:
    calm = rhythm(days=15, per_hour=10)
    scores = []
    for height in (100, 10_000, 1_000_000):
        counts = calm.copy()
        counts[-1] = height
        spike = current_spike(series(counts))
        assert spike is not None
        scores.append(spike.score)
    assert scores == sorted(set(scores))


HOURS = timedelta(hours=1)
eventful = st.lists(
    st.one_of(st.integers(0, 6), st.integers(0, 6), st.integers(30, 90)), min_size=1, max_size=150
)


@settings(deadline=None, max_examples=60)
@given(eventful, st.integers(0, 23), st.data())
def test_a_spike_is_told_the_same_whatever_comes_later(
    counts: list[int], lead: int, data: st.DataObject
) -> None:
    whole = Series("Acme", "all", START + lead * HOURS, HOURS, tuple(counts))
    cut = data.draw(st.integers(1, len(counts)))
    start = Series("Acme", "all", whole.start, HOURS, tuple(counts[:cut]))
    asked = SpikeSettings(sensitivity="many", minimum=5)
    then, later = find_spikes(start, asked), find_spikes(whole, asked)
    ended = [spike for spike in then if spike.ended_at is not None]
    assert later[: len(ended)] == ended
    if len(then) > len(ended):
        assert then[-1] == current_spike(start, asked)
        assert later[len(ended)].started_at == then[-1].started_at
    else:
        assert current_spike(start, asked) is None
        assert all(spike.started_at >= start.end - HOURS for spike in later[len(ended) :])


@settings(deadline=None, max_examples=60)
@given(eventful)
def test_spikes_do_not_overlap_and_stand_above_their_expectation(counts: list[int]) -> None:
    found = find_spikes(Series("Acme", "all", START, HOURS, tuple(counts)))
    for earlier, later in itertools.pairwise(found):
        assert earlier.ended_at is not None
        assert earlier.started_at < earlier.ended_at <= later.started_at
    for spike in found:
        assert spike.observed >= 2 * spike.expected
        assert spike.score > 0


@pytest.mark.parametrize(
    ("largest", "posts", "said"),
    [
        (31, 40, "31 of 40 posts are copies of one text"),
        (20, 40, ""),
        (1, 1, ""),
        (0, 0, ""),
    ],
)
def test_copies_are_told_from_more_than_half_on(largest: int, posts: int, said: str) -> None:
    assert said_copies(largest, posts) == said
