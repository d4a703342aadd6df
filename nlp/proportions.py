"""Proportions: a share with the range in which it lies, and whether two of them differ.

The range is Wilson's score interval (Wilson, Journal of the American Statistical Association 22,
1927), which stays within 0 and 1 and holds for few posts and rare things; the range of a difference
is Newcombe's hybrid of two of them (Newcombe, Statistics in Medicine 17, 1998, 873-890, method 10).
Sizes need not be whole: posts that repeat one another, or that were read with doubt, say less than
their number.
"""

import math
from dataclasses import dataclass

Z = 1.96
"""Of a hundred such ranges, ninety-five hold the true share."""
LEAST_CHANGE = 0.02
"""Two percentage points: fewer change nobody's plan, however surely they are told."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share between 0 and 1, the range `low` to `high` in which it lies, and its evidence."""

    share: float
    low: float
    high: float
    size: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much larger the one is than the other, and the range in which that lies."""

    points: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the range leaves no doubt that there is one, and it is large enough to matter."""
        return (self.low > 0 or self.high < 0) and abs(self.points) >= LEAST_CHANGE


def proportion(share: float, size: float) -> Proportion:
    """The share, as `size` independent posts tell it. Of no posts it may be anything."""
    if size <= 0:
        return Proportion(share, 0.0, 1.0, 0.0)
    centre = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
    half = Z / (1 + Z**2 / size) * math.sqrt(share * (1 - share) / size + (Z / (2 * size)) ** 2)
    # Rounding must not put a share of nothing, or of all, outside its own range.
    low, high = max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))
    return Proportion(share, low, high, size)


def difference(now: Proportion, before: Proportion, *, correlated: float = 0.0) -> Difference:
    """How much larger the first is. `correlated` is how the two go together, from -1 to 1."""
    down = _apart(now.share - now.low, before.high - before.share, correlated)
    up = _apart(now.high - now.share, before.share - before.low, correlated)
    points = now.share - before.share
    return Difference(points, max(-1.0, points - down), min(1.0, points + up))


def _apart(one: float, other: float, correlated: float) -> float:
    return math.sqrt(max(0.0, one**2 + other**2 - 2 * correlated * one * other))
