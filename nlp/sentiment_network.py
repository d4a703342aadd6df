"""The sentiment that a trained network decides: label, score and how sure, calibrated."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mentions.mention import Sentiment, SentimentLabel
from nlp.view import FEELING, View

SENTIMENTS: tuple[SentimentLabel, ...] = ("negative", "neutral", "positive")
"""The networks' classes, in the order of their logits."""
TOLD_FROM = 0.5
"""Words that moved the logits less than this are not worth showing."""
MAX_TOLD = 2
NO_FEELING = "no word of feeling"
WINDOW = 3
"""A piece's share is spread over its neighbours by the convolutions: words are shown in threes."""


@dataclass(frozen=True, slots=True)
class Felt:
    """A sentiment and what it was decided on."""

    sentiment: Sentiment
    reason: str


def decided(logits: Sequence[float], temperature: float, model: str) -> Sentiment:
    """The calibrated sentiment of three logits; whether it is unsure is the caller's to say."""
    scaled = [each / temperature for each in logits]
    highest = max(scaled)
    raised = [math.exp(each - highest) for each in scaled]
    whole = sum(raised)
    negative, neutral, positive = (each / whole for each in raised)
    confidence = max(negative, neutral, positive)
    label = SENTIMENTS[(negative, neutral, positive).index(confidence)]
    return Sentiment(
        label=label,
        score=round(positive - negative, 4),
        confidence=round(confidence, 4),
        unsure=False,
        model=model,
    )


def told(view: View) -> str:
    """The words that moved the network most towards a feeling, as "'hate the app' -0.8"."""
    shares = view.shares(FEELING)
    moved = [share for _, share in shares]
    last = max(1, len(moved) - WINDOW + 1)
    weights = [sum(moved[start : start + WINDOW]) for start in range(last)]
    said: list[str] = []
    for _ in range(MAX_TOLD):
        weight = max(weights, key=abs, default=0.0)
        if abs(weight) < TOLD_FROM:
            break
        start = weights.index(weight)
        words = " ".join([word for word, _ in shares[start : start + WINDOW]])
        said.append(f"'{words}' {weight:+.1f}")
        taken = slice(max(0, start - WINDOW + 1), start + WINDOW)
        weights[taken] = [0.0] * len(weights[taken])
    return ", ".join(said) or NO_FEELING
