"""VADER for English posts, with the words of our users' trades, in linear time.

VADER is the explainable baseline: a score is the sum of words one can name. Hutto & Gilbert,
"VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014.
The rules are the library's own; this module feeds them, since on 10,000 emoji or 20,000 words the
library alone takes minutes (each word looks at all others).
"""

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vaderSentiment.vaderSentiment import (  # type: ignore[import-untyped]  # ships no types
    BOOSTER_DICT,
    SentimentIntensityAnalyzer,
    SentiText,
)

from mentions.mention import SentimentLabel
from nlp.cues import Cue, Cues, Hit
from nlp.lexicon.files import read_lexicon
from nlp.trade_words import TRADE

NEUTRAL_BELOW = 0.05
"""The thresholds of VADER's authors for `compound`."""
LOOKS_BACK, LOOKS_AHEAD = 3, 2
"""Words before and after one that may change what it weighs."""


@dataclass(frozen=True, slots=True)
class Scored:
    """`compound` from -1 to 1, and the words it came from with what each weighed."""

    compound: float
    weighed: tuple[tuple[str, float], ...]

    @property
    def label(self) -> SentimentLabel:
        """What it comes to, by VADER's authors' thresholds."""
        if self.compound >= NEUTRAL_BELOW:
            return "positive"
        return "negative" if self.compound <= -NEUTRAL_BELOW else "neutral"


@dataclass(slots=True)
class _Piece:
    """What the library's rules read of a SentiText."""

    words_and_emoticons: list[str]
    is_cap_diff: bool


class Vader:
    """Scores English text. Whether a text is English is the caller's to know."""

    def __init__(self) -> None:
        self._rules: Any = SentimentIntensityAnalyzer()
        listed = read_lexicon("sentiment_en")
        self._phrases = Cues.listed({TRADE: listed["phrases"]}, listed["sets"])
        for word in listed["neutral"].split():
            self._rules.lexicon.pop(word, None)
        for cue in self._phrases:
            self._rules.lexicon[_key(cue)] = cue.weight
        self._emoji = str.maketrans(
            {emoji: f" {said} " for emoji, said in self._rules.emojis.items() if len(emoji) == 1}
        )

    def score(self, text: str) -> Scored:
        """The score of an English text, markup, links and handles already taken out."""
        if not text.isascii():
            text = text.translate(self._emoji)
        whole = SentiText(text)
        words, said = self._with_phrases(whole.words_and_emoticons)
        weighed = _after_but(words, self._valences(words, is_cap_diff=whole.is_cap_diff))
        compound = self._rules.score_valence(weighed, text)["compound"]
        told = tuple((word, weight) for word, weight in zip(said, weighed, strict=True) if weight)
        return Scored(compound, told)

    def _with_phrases(self, words: list[str]) -> tuple[list[str], list[str]]:
        """The words with each phrase as one, and the same as a person would quote them."""
        plain = [word.strip(string.punctuation).lower() or word for word in words]
        rated, said, done = [], [], 0
        for hit in _leftmost_longest(self._phrases.find(plain)):
            rated += [*words[done : hit.start], _key(hit.cue)]
            said += [*plain[done : hit.start], hit.said]
            done = hit.end
        return rated + words[done:], said + plain[done:]

    def _valences(self, words: Sequence[str], *, is_cap_diff: bool) -> list[float]:
        lowered = [word.lower() for word in words]
        lexicon, valences = self._rules.lexicon, []
        for place, said in enumerate(lowered):
            # Of a word that it does not list the library says nought, at ten times this price.
            is_kind_of = said == "kind" and lowered[place + 1 : place + 2] == ["of"]
            if said not in lexicon or said in BOOSTER_DICT or is_kind_of:
                valences.append(0.0)
                continue
            # The library looks at all words again and again, of which these alone bear on this one.
            start = max(0, place - LOOKS_BACK)
            piece = _Piece([*words[start : place + LOOKS_AHEAD + 1]], is_cap_diff)
            self._rules.sentiment_valence(0.0, piece, words[place], place - start, valences)
        return valences


def _key(cue: Cue) -> str:
    return " ".join(cue.words)


def _leftmost_longest(hits: list[Hit]) -> Iterator[Hit]:
    done = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.cue.weight)):
        if hit.start >= done:
            yield hit
            done = hit.end


def _after_but(words: Sequence[str], valences: Sequence[float]) -> list[float]:
    # What follows 'but' counts more. The library finds each value's place by its value, which is
    # slow and takes the first of two equal ones for the other.
    lowered = [word.lower() for word in words]
    if "but" not in lowered:
        return list(valences)
    but = lowered.index("but")
    return [
        valence * (0.5 if place < but else 1.5 if place > but else 1.0)
        for place, valence in enumerate(valences)
    ]
