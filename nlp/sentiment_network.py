"""The sentiment that a trained network decides: label, score and how sure, calibrated."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mentions.mention import Sentiment, SentimentLabel
from nlp.view import WINDOW, View

SENTIMENTS: tuple[SentimentLabel, ...] = ("negative", "neutral", "positive")
"""The networks' classes, in the order of their logits."""
TOLD_FROM = 0.5
"""Words that moved the logits less than this are not worth showing."""
MAX_TOLD = 2
NO_FEELING = "no word of feeling"


@dataclass(frozen=True, slots=True)
class Felt:
    """A sentiment and what it was decided on."""

    sentiment: Sentiment
    reason: str


class Decided(NamedTuple):
    """The calibrated answer of three logits."""

    label: SentimentLabel
    score: float
    confidence: float

    def sentiment(self, model: str, *, unsure: bool = False) -> Sentiment:
        """The same as a mention has it."""
        return Sentiment(
            label=self.label,
            score=self.score,
            confidence=self.confidence,
            unsure=unsure,
            model=model,
        )


def decided(logits: Sequence[float], temperature: float) -> Decided:
    """The label of three logits, its score and how sure."""
    highest = max(logits)
    negative, neutral, positive = [math.exp((each - highest) / temperature) for each in logits]
    whole = negative + neutral + positive
    label = SENTIMENTS[logits.index(highest)]
    return Decided(label, round((positive - negative) / whole, 4), round(1 / whole, 4))


def told(view: View) -> str:
    """The words that moved the network most towards a feeling, as "'hate the app' -0.8"."""
    words, weights = view.cut.words, [*view.moved]
    said: list[str] = []
    for _ in range(MAX_TOLD):
        highest, lowest = max(weights), min(weights)
        weight = highest if highest >= -lowest else lowest
        if abs(weight) < TOLD_FROM:
            break
        start = weights.index(weight)
        said.append(f"'{' '.join(words[start : start + WINDOW])}' {weight:+.1f}")
        taken = slice(max(0, start - WINDOW + 1), start + WINDOW)
        weights[taken] = [0.0] * len(weights[taken])
    return ", ".join(said) or NO_FEELING
