"""Topic moves: which topics more, or fewer, people speak of than in the period before."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST_MOVE = 2.0
"""A change by so many times what chance makes of counts (the square root of their sum) is told:
of a hundred topics that do not change, four or five do so by themselves."""
SHOWN = 8


@dataclass(frozen=True, slots=True)
class TopicMove:
    """A topic's mentions in the period and in the one before it."""

    topic: str
    mentions: int
    before: int

    @property
    def move(self) -> float:
        """How much it changed, in what chance makes of such counts; below zero it went down."""
        return (self.mentions - self.before) / math.sqrt(max(1, self.mentions + self.before))


@dataclass(frozen=True, slots=True)
class TopicMoves:
    """The topics of which most is said, and those that went up and down, the furthest first."""

    top: Sequence[TopicMove]
    up: Sequence[TopicMove]
    down: Sequence[TopicMove]


def topic_moves(now: Mapping[str, int], before: Mapping[str, int]) -> TopicMoves:
    """From mentions by topic in both periods."""
    moves = [
        TopicMove(topic, now.get(topic, 0), before.get(topic, 0)) for topic in {**now, **before}
    ]
    moves.sort(key=lambda one: (-one.mentions, one.topic))
    up = sorted((one for one in moves if one.move >= LEAST_MOVE), key=lambda one: -one.move)
    down = sorted((one for one in moves if one.move <= -LEAST_MOVE), key=lambda one: one.move)
    top = [one for one in moves if one.mentions]
    return TopicMoves(top[:SHOWN], up[:SHOWN], down[:SHOWN])
