"""The band behind a chart: it says what the detector says."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentions.series import Series
from nlp.spike_band import expected_band
from nlp.spike_bars import LONG_MINIMUM
from nlp.spikes import SpikeSettings, find_spikes

QUARTER = timedelta(minutes=15)
START = datetime(2026, 3, 2, tzinfo=UTC)
PER_DAY = 96


def series(counts: list[int]) -> Series:
    return Series("Acme", "all", START, QUARTER, tuple(counts))


def calm(*, days: int, per_hour: float, seed: int) -> list[int]:
    moment = np.arange(days * PER_DAY)
    shape = np.exp(1.05 * np.cos((moment / PER_DAY - 0.75) * 2 * np.pi)) / 1.3
    return [int(count) for count in np.random.default_rng(seed).poisson(per_hour / 4 * shape)]


@settings(deadline=None, max_examples=25)
@example(seed=68, per_hour=1, place=66)
@given(seed=st.integers(0, 1000), per_hour=st.sampled_from([1, 10, 60]), place=st.integers(0, 95))
def test_an_hour_begins_a_spike_from_the_bands_high_edge_on(
    seed: int, per_hour: int, place: int
) -> None:
    counts = calm(days=8, per_hour=per_hour, seed=seed)[: 7 * PER_DAY + place + 1]
    asked = SpikeSettings(sensitivity="few")
    high = expected_band(series(counts), asked).high[-1]
    before = sum(counts[-4:-1])
    for held, is_told in ((high, True), (high - 1, False)):
        if held < before:
            continue
        counts[-1] = int(held) - before
        told = [one.started_at for one in find_spikes(series(counts), asked)]
        if is_told or sum(counts[-24:]) < LONG_MINIMUM * asked.minimum:  # else six hours may tell
            assert (START + (len(counts) - 1) * QUARTER in told) == is_told


@pytest.mark.parametrize("per_hour", [0.3, 5, 80])
def test_a_calm_day_stays_within_the_band(per_hour: float) -> None:
    counts = calm(days=14, per_hour=per_hour, seed=4)
    band = expected_band(series(counts))
    hours = np.convolve(counts, np.ones(4))[: len(counts)]
    last = slice(-PER_DAY, None)
    assert (band.low[last] <= band.expected[last]).all()
    assert (band.expected[last] <= band.high[last]).all()
    assert ((band.low <= hours) & (hours < band.high))[last].all()


def test_the_band_narrows_with_sensitivity_and_with_history() -> None:
    counts = calm(days=20, per_hour=40, seed=1)
    few, many = (
        expected_band(series(counts), SpikeSettings.model_validate({"sensitivity": name}))
        for name in ("few", "many")
    )
    assert (few.high >= many.high).all()
    assert few.high[-1] > many.high[-1]
    width = few.high / few.expected
    assert width[3 * PER_DAY + 70] > width[19 * PER_DAY + 70]


@pytest.mark.parametrize("shown", [slice(-20, None), [3, 700, 701], []])
@pytest.mark.parametrize("window", [timedelta(hours=1), timedelta(hours=3)])
def test_what_is_shown_is_a_part_of_the_whole_band(
    shown: slice | list[int], window: timedelta
) -> None:
    counted = series(calm(days=9, per_hour=20, seed=2))
    whole = expected_band(counted, window=window)
    part = expected_band(counted, window=window, shown=shown)
    for name in ("expected", "low", "high", "is_learning"):
        assert getattr(part, name).tolist() == getattr(whole, name)[shown].tolist()


def test_the_first_day_is_learning_and_an_empty_series_expects_nothing() -> None:
    counts = calm(days=3, per_hour=40, seed=1)
    band = expected_band(series(counts))
    assert band.is_learning[10]
    assert not band.is_learning[-1]
    assert expected_band(series([0] * 200)).expected.sum() == 0
    assert len(expected_band(series([])).high) == 0
