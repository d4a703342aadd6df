"""Dice: chance that falls the same way for the same seed, in any process."""

import math
import random
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def dice(*parts: object) -> random.Random:
    """A generator that depends on `parts` alone. Text seeds are hashed with SHA-512, not hash()."""
    return random.Random("|".join(map(str, parts)))  # noqa: S311 - a story, no secret


def poisson(rng: random.Random, mean: float) -> int:
    """How many come when `mean` are expected (Knuth, The Art of Computer Programming 3.4.1)."""
    count = 0
    while mean > 500:  # exp(-mean) underflows at 745; a sum of Poissons is Poisson
        count += poisson(rng, 500)
        mean -= 500
    limit, product = math.exp(-mean), rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def weighted(rng: random.Random, weights: Mapping[T, float]) -> T:
    """One of the keys, in proportion to its weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]
