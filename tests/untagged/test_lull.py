"""A replay that does not ask the detector in a lull says what one that always asks says."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.series import Series
from nlp.spikes import SpikeSettings, current_spike
from untagged.watches.lull import Lull

START = datetime(2026, 3, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
ASKED = SpikeSettings(minimum=8)
DAYS, BEFORE = 6, 3


def counted(seed: int, bursts: list[tuple[int, int, int]]) -> list[int]:
    """Ordinary days, with so many more posts a quarter for so many quarters from each place on."""
    counts = np.random.default_rng(seed).poisson(0.4, DAYS * 96)
    for place, posts, quarters in bursts:
        counts[place : place + quarters] += posts
    return [int(count) for count in counts]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1_000),
    bursts=st.lists(
        st.tuples(st.integers(0, DAYS * 96), st.integers(1, 12), st.integers(1, 40)), max_size=4
    ),
    steps=st.lists(st.integers(1, 30), min_size=12, max_size=12),
)
def test_a_lull_hides_no_spike(
    seed: int, bursts: list[tuple[int, int, int]], steps: list[int]
) -> None:
    counts, lull, end = counted(seed, bursts), Lull(), BEFORE * 96
    for step in steps:
        end = min(end + step, len(counts))
        series = Series("Acme", "negative", START, QUARTER, tuple(counts[:end]))
        always = current_spike(series, ASKED)
        if lull.lasts(series, ASKED.minimum):
            assert always is None
        else:
            lull.looked(series, always)


def test_a_calm_night_is_a_lull_and_its_first_loud_hour_ends_it() -> None:
    counts, lull = [0, 1] * 48 * 4, Lull()
    calm = Series("Acme", "negative", START, QUARTER, tuple(counts))
    assert not lull.lasts(calm, 8)  # nobody has looked yet
    lull.looked(calm, None)
    later = Series("Acme", "negative", START, QUARTER, (*counts, 1, 0, 1, 0))
    assert lull.lasts(later, 8)
    loud = Series("Acme", "negative", START, QUARTER, (*counts, 1, 0, 1, 0, 9))
    assert not lull.lasts(loud, 8)
