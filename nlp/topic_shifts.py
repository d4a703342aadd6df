"""Topic shifts: which topics make up more, or less, of what people say than they did before.

Counts alone would call every topic risen in a loud week. Compared are a topic's odds among the
mentions now and before: log-odds with an informative Dirichlet prior (see mentions.significance).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mentions.significance import z_score

LEAST_MENTIONS = 10
"""On the side where it is larger: what fewer say is one conversation."""
SURE_Z = 3.0
"""Dozens of topics are compared at once; of 300 that did not move chance passes this for one."""
LEAST_TIMES = 1.25
"""A topic that is a fifth of everything must at least be a quarter of it to be told."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A topic, in how many mentions it is now and was before, of how many, and how sure that is.

    `z` is above 0 where its share rose.
    """

    topic: str
    now: int
    before: int
    share: float
    share_before: float
    z: float


def topic_shifts(
    now: Mapping[str, int], before: Mapping[str, int], *, of: int, of_before: int
) -> list[Shift]:
    """The topics whose share of all mentions surely moved, the surest first."""
    if not of or not of_before:
        return []
    found = []
    for topic in now.keys() | before.keys():
        here, there = now.get(topic, 0), before.get(topic, 0)
        if max(here, there) < LEAST_MENTIONS:
            continue
        z = z_score((here, there), (of, of_before))
        shift = Shift(topic, here, there, here / of, there / of_before, z)
        larger = max(shift.share, shift.share_before)
        smaller = min(shift.share, shift.share_before)
        if abs(z) >= SURE_Z and larger >= LEAST_TIMES * smaller:
            found.append(shift)
    return sorted(found, key=lambda one: (-abs(one.z), one.topic))
