"""Growth: whether more people say something in this window than in the windows before it.

A test of two rates: the counts before, which scatter more than chance would have them, say what to
expect and how surely; a count above it is judged by the tail of a negative binomial.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.spike_surprise import deviance_z, log_tail

DISPERSION = 0.05
"""Weeks are typically off by a fifth and more beyond chance (relative variance 0.05)."""
BELIEVED = 4
"""That weighs as much as so many windows of the thing's own history."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How a count compares with those before.

    `score` is -log10 of the probability of so many or more, `fall` of that of so few or fewer.
    """

    observed: int
    expected: float
    score: float
    fall: float = 0.0

    @property
    def times(self) -> float:
        """How many times the expected there are."""
        return self.observed / self.expected


def growth(observed: int, earlier: Sequence[int]) -> Growth:
    """Compare a window with the earlier ones, at least one of them."""
    if not earlier:
        raise ValueError("there is nothing before to compare with; give at least one window")
    counts, windows = np.asarray(earlier, dtype=np.float64), len(earlier)
    expected = (float(counts.sum()) + 0.5) / windows
    # Method of moments, held together by what is believed of any series.
    beyond = float(((counts - expected) ** 2 - counts).sum()) / expected**2
    dispersion = (DISPERSION * BELIEVED + max(0.0, beyond)) / (BELIEVED + windows)
    # A mean of few windows is itself off, by its variance over their number.
    doubt = (1 / expected + dispersion) / windows
    # Half a count is taken off within, for "or more"; one more turns that into "or fewer".
    counted = np.array([float(observed), observed + 1.0])
    z = deviance_z(counted, np.full(2, expected), np.full(2, dispersion + doubt))
    return Growth(observed, expected, float(log_tail(z)[0]), float(log_tail(-z)[1]))
