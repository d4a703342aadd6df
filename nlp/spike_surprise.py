"""How unusual a count is, given what was expected: the upper tail of a negative binomial.

A count that varies around `expected` with variance expected + dispersion * expected**2 is a
gamma-Poisson (negative binomial) one: the common model of counts that come in bursts. Its tail is
taken from the signed root of the deviance, which is close to normal (McCullagh and Nelder,
Generalized Linear Models, 2nd ed., section 2.4.2); so it costs no loop, never underflows and
never saturates, where summing probabilities does all three.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LOG_2PI = math.log(2 * math.pi)
_LOG_10 = math.log(10)


def deviance_z(observed: Floats, expected: Floats, dispersion: Floats) -> Floats:
    """How many standard deviations above (or below) the expectation, on a normal scale.

    `expected` and `dispersion` must be above 0. Half a count is taken off, because counts are
    whole and the tail is "this many or more".
    """
    count = np.maximum(observed - 0.5, 0.0)
    size = 1.0 / dispersion
    grown = np.where(count > 0, count, 1.0)
    own = np.where(count > 0, count * np.log(grown / expected), 0.0)
    deviance = 2 * (own - (count + size) * np.log((count + size) / (expected + size)))
    return np.sign(count - expected) * np.sqrt(np.maximum(deviance, 0.0))


def log_tail(z: Floats) -> Floats:
    """-log10 of the probability that a standard normal exceeds `z`; good to 1 % for any z.

    The bound on Mills' ratio of Borjesson and Sundberg (IEEE Trans. Comm. 27, 1979, eq. 13), in
    logarithms, so that z = 50 still differs from z = 51.
    """
    far = np.abs(z)
    log_q = -(far**2) / 2 - _LOG_2PI / 2 - np.log(0.661 * far + 0.339 * np.sqrt(far**2 + 5.51))
    return -np.where(z >= 0, log_q, np.log1p(-np.exp(log_q))) / _LOG_10
