"""The band: between which counts four of five hours lie, if so many are expected.

Counts of cases scatter more than a Poisson's: they are taken for negative binomial, whose variance
is mean + scatter x mean². Which scatter fits is learnt from the forecasts of the past: the one
under whose band they lost least (pinball loss of both edges; Koenker and Bassett 1978). Counts are
whole numbers, so that a band around small ones holds more than four of five.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cases.forecasting.history import Floats

SHARE = 0.8
LOW, HIGH = (1 - SHARE) / 2, (1 + SHARE) / 2
SCATTERS = (0.003, 0.01, 0.03, 0.06, 0.1, 0.16, 0.25, 0.4, 0.65, 1.0, 1.6, 2.5)
UNKNOWN = 1.0
"""The scatter of a history too short to try: an hour may well bring twice as much."""

_LEAST, _MOST = 1e-6, 1e7
_ROUNDING = 1e-9


def band(expected: Floats, scatter: float) -> tuple[Floats, Floats]:
    """The counts at the tenth and ninetieth percentile, whole numbers."""
    return _percentile(expected, scatter, LOW), _percentile(expected, scatter, HIGH)


def losses(expected: Floats, came: Floats) -> NDArray[np.float64]:
    """What the band of each of SCATTERS lost on what came, summed over the hours."""
    return np.array([_loss(expected, came, scatter) for scatter in SCATTERS])


def best(lost: NDArray[np.float64]) -> float:
    """The scatter that lost least; the narrower of two that lost the same."""
    return SCATTERS[int(np.argmin(lost))]


def _loss(expected: Floats, came: Floats, scatter: float) -> float:
    lost = 0.0
    for share in (LOW, HIGH):
        over = came - np.ceil(np.interp(np.log(expected + _LEAST), *_table(scatter, share)))
        lost += float(np.sum(np.maximum(share * over, (share - 1) * over)))
    return lost


@lru_cache(maxsize=2 * len(SCATTERS))
def _table(scatter: float, share: float) -> tuple[Floats, Floats]:
    """Logarithms of means and their percentiles: looking up is a hundred times as fast."""
    means = np.linspace(np.log(_LEAST), np.log(_MOST), 1_000)
    return means, _inverse(np.exp(means), scatter, share)


def _percentile(expected: Floats, scatter: float, share: float) -> Floats:
    count = np.ceil(_inverse(np.maximum(expected, _LEAST), scatter, share))
    edge: Floats = np.where(expected > 0, count, 0.0)
    return edge


def _inverse(means: Floats, scatter: float, share: float) -> Floats:
    """The count, as a number between whole ones, below which `share` of them lie."""
    # SciPy takes a third of a second to load, for those who forecast.
    from scipy.special import nbdtrik  # noqa: PLC0415  # see above

    size = 1 / scatter
    found: Floats = np.maximum(nbdtrik(share, size, size / (size + means)), 0.0) - _ROUNDING
    return found
