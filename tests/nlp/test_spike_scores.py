"""score_values: one anomaly score from 0 to 1 a value, from its past alone."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.spike_scores import SCORE_THRESHOLDS, score_values

STEP = timedelta(minutes=5)
START = datetime(2015, 2, 26, 21, 42, 53)  # noqa: DTZ001 - such files name no zone, and we accept it
PER_DAY = 288


def times(count: int) -> list[datetime]:
    return [START + STEP * place for place in range(count)]


def calm(days: int, seed: int = 3) -> list[float]:
    moment = np.arange(days * PER_DAY)
    shape = 30 * np.exp(0.8 * np.cos(moment / PER_DAY * 2 * np.pi))
    return [float(count) for count in np.random.default_rng(seed).poisson(shape)]


def test_a_burst_scores_above_every_calm_value() -> None:
    values = calm(6)
    values[5 * PER_DAY + 40] = 600.0
    scores = score_values(values, times(len(values)))
    assert scores[5 * PER_DAY + 40] > 2 * max(
        score for place, score in enumerate(scores) if place != 5 * PER_DAY + 40
    )


def test_higher_bursts_score_higher_without_end() -> None:
    scores = []
    for height in (300.0, 3_000.0, 30_000.0, 300_000.0):
        values = [*calm(4), height]
        scores.append(score_values(values, times(len(values)))[-1])
    assert scores == sorted(set(scores))
    assert scores[-1] < 1


def test_a_level_that_stays_high_scores_high_once() -> None:
    values = calm(6)
    values[5 * PER_DAY :] = [value * 6 for value in values[5 * PER_DAY :]]
    scores = score_values(values, times(len(values)))
    highest = max(scores)
    assert sum(score > highest / 2 for score in scores) <= 3


def test_a_gap_in_the_times_is_no_drop_to_zero() -> None:
    values, moments = calm(6), times(6 * PER_DAY)
    gap = slice(3 * PER_DAY, 3 * PER_DAY + 100)
    del values[gap], moments[gap]
    assert max(score_values(values, moments)[3 * PER_DAY :]) < 0.35


def test_few_values_are_not_judged() -> None:
    assert score_values([], []) == []
    assert score_values([5.0], times(1)) == [0.0]
    assert score_values([5.0, 900.0, 4.0], times(3)) == [0.0, 0.0, 0.0]


def test_values_and_times_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="2 values but 1 times"):
        score_values([1.0, 2.0], times(1))


def test_times_must_rise() -> None:
    with pytest.raises(ValueError, match="sort the series by time"):
        score_values([1.0, 2.0, 3.0], times(3)[::-1])


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.floats(0, 1e9) | st.sampled_from([float("nan"), float("inf"), -3.0]), max_size=600),
    st.data(),
)
def test_scores_lie_between_0_and_1_and_do_not_look_ahead(
    values: list[float], data: st.DataObject
) -> None:
    hours = [START + timedelta(hours=place) for place in range(len(values))]
    scores = score_values(values, hours)
    assert all(0 <= score < 1 for score in scores)
    cut = data.draw(st.integers(0, len(values)))
    assert score_values(values[:cut], hours[:cut]) == pytest.approx(scores[:cut], abs=1e-9)


def test_one_odd_bucket_is_no_event_but_a_quarter_of_an_hour_like_it_is() -> None:
    for buckets, is_event in ((1, False), (3, True)):
        values = calm(20)
        place = 19 * PER_DAY + 40
        values[place : place + buckets] = [130.0] * buckets
        highest = max(score_values(values, times(len(values)))[place:])
        assert (highest >= SCORE_THRESHOLDS["balanced"]) == is_event


def test_a_second_event_as_large_within_a_day_and_a_half_is_not_told_but_a_larger_one_is() -> None:
    for height, is_told in ((400.0, False), (700.0, True)):
        values = calm(20)
        first = 17 * PER_DAY + 40
        second = first + PER_DAY
        values[first : first + 3] = [400.0] * 3
        values[second : second + 3] = [height] * 3
        scores = score_values(values, times(len(values)))
        assert max(scores[first : first + 6]) >= SCORE_THRESHOLDS["balanced"]
        after = max(scores[second : second + 6])
        assert (after >= SCORE_THRESHOLDS["balanced"]) == is_told


def test_sensitivities_ask_for_less_and_less() -> None:
    few, balanced, many = (SCORE_THRESHOLDS[name] for name in ("few", "balanced", "many"))
    assert few > balanced > many
