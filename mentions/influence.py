"""Influence: how many people see a post, from who wrote it and how it spreads.

Levels and not a score, as followers and reactions of two platforms do not compare. Derived from
collected fields, so it rises when a later collecting finds more reactions.
"""

from dataclasses import dataclass
from typing import Literal

Level = Literal["low", "medium", "high"]

MANY_FOLLOWERS, VERY_MANY_FOLLOWERS = 10_000, 100_000
VERIFIED_COUNTS = 10
"""A verified account counts as one with ten times its followers: journalists, offices, artists."""
MANY_REACTIONS, VERY_MANY_REACTIONS = 1_000, 10_000
SPREAD_RATIO, SPREAD_FROM = 5, 100
"""So many times more reactions than followers, from a hundred on: others carry the post on."""


@dataclass(frozen=True, slots=True)
class Influence:
    """A level, and what it was decided on."""

    level: Level
    reason: str

    @property
    def is_wide(self) -> bool:
        """Whether a crowd sees what this author says."""
        return self.level != "low"


LOW = Influence("low", "few see it")


def influence_of(followers: int | None, *, verified: bool | None, reactions: int) -> Influence:
    """The influence of an author with so many followers on a post with so many reactions."""
    known = followers or 0
    counted = known * (VERIFIED_COUNTS if verified else 1)
    if counted < MANY_FOLLOWERS and reactions < SPREAD_FROM:
        return LOW
    seen = f"seen by {known:,}{', verified' if verified else ''}"
    reacted = f"{reactions:,} reacted"
    spread = followers is not None and reactions >= SPREAD_RATIO * followers
    reached: tuple[tuple[bool, Level, str], ...] = (
        (counted >= VERY_MANY_FOLLOWERS, "high", seen),
        (reactions >= VERY_MANY_REACTIONS, "high", reacted),
        (counted >= MANY_FOLLOWERS, "medium", seen),
        (reactions >= MANY_REACTIONS, "medium", reacted),
        (spread, "medium", f"{reacted}, of {known:,} followers"),
    )
    return next((Influence(level, why) for is_so, level, why in reached if is_so), LOW)
