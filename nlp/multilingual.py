"""Sentiment in languages other than English: one network that reads the pieces of all of them.

What it learnt from, and how right it is in each language, says models/sentiment_multilingual.md.
A language that nobody marked posts of has no model here.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp.network import Floats, Network, read_weights
from nlp.plain import Plain
from nlp.sentiment_network import SENTIMENTS, Felt, decided, told
from nlp.unigram_pieces import UnigramPieces, piece_text
from nlp.view import MODELS, Reading, View

MULTILINGUAL = "sentiment_multilingual"
MODEL = "untagged-xx-1"
NEUTRAL = SENTIMENTS.index("neutral")
UNSURE_BELOW = 0.5
"""Below this, at least every second label is wrong."""

NEUTRAL_FROM = 0.6
"""From this confidence in neutral on, a post that is not called so is unsure."""


@dataclass(frozen=True, slots=True)
class MultilingualSentiment:
    """Reads one language: how sure the network may be in it, and what its posts are like.

    `offset` (classes,) is added to the calibrated logits. A language in which nobody marked neutral
    posts has one against neutral; a post that would surely be neutral without it is unsure.
    """

    temperature: float
    offset: Floats
    has_neutral: bool

    def feel(self, view: View, plain: Plain) -> Felt:  # noqa: ARG002  what English also looks at
        """The sentiment of a post in this language."""
        logits = np.array(view.logits, np.float32) / np.float32(self.temperature)
        found = decided((logits + self.offset).tolist(), 1.0)
        reason = told(view)
        if not self.has_neutral and found.label != "neutral":
            freely = decided(logits.tolist(), 1.0)
            if freely.label == "neutral" and freely.confidence >= NEUTRAL_FROM:
                return Felt(found.sentiment(MODEL, unsure=True), f"{reason}; perhaps neutral")
        return Felt(found.sentiment(MODEL, unsure=found.confidence < UNSURE_BELOW), reason)


@functools.cache
def multilingual_reading(path: Path = MODELS / f"{MULTILINGUAL}.npz") -> Reading:
    """The network of all languages. Read once, however many readers a process builds."""
    weights = read_weights(path)
    vocabulary = weights["vocabulary"].tobytes().decode("utf-8").split("\n")
    pieces = UnigramPieces(vocabulary, weights["piece_scores"].tolist())
    return Reading(Network(weights), pieces, piece_text)


def multilingual_sentiments(
    path: Path = MODELS / f"{MULTILINGUAL}.npz",
) -> dict[str, MultilingualSentiment]:
    """A reader for each language that was learnt, by its code."""
    with np.load(path, allow_pickle=False) as weights:  # only what is needed: the rest is large
        languages = zip(
            weights["languages"].tolist(),
            weights["temperatures"].tolist(),
            weights["offsets"],
            weights["has_neutral"].tolist(),
            strict=True,
        )
    return {
        lang: MultilingualSentiment(temperature, offset, has_neutral)
        for lang, temperature, offset, has_neutral in languages
    }
