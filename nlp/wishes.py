"""Wishes: what a post asks for, apart from the words that it asks with.

"Please add a sleep timer" and "please add an equaliser" share most of their words and ask for
different things. So words of asking (nlp/lexicon/request_frames.yaml) and stop words count for
nothing, and of the others rare ones count most.
"""

import functools
import math
import re
from dataclasses import dataclass

from nlp.english import wordpieces
from nlp.key_phrases import stop_words
from nlp.lexicon.files import read_lexicon
from nlp.pieces import words_of
from nlp.plain import plain

ENGLISH = "en"
MAX_CHARACTERS = 600
"""A request longer than this says what it wants near its beginning."""
_RANKS = 500
_RAREST = 30_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A post's words as `nlp.pieces` cuts them, and how much each says of what is wanted."""

    text: str
    lang: str
    words: tuple[str, ...]
    weights: tuple[float, ...]

    @property
    def says_something(self) -> bool:
        """Whether any word tells what is wanted."""
        return any(self.weights)


def wish_of(raw: str, lang: str) -> Wish:
    """What a post in a language wants."""
    text = " ".join(plain(raw[: 4 * MAX_CHARACTERS]).text[:MAX_CHARACTERS].split())
    words = words_of(text)
    asking = _asking(lang)
    return Wish(text, lang, tuple(words), tuple(_weight(word, asking) for word in words))


def _weight(word: str, asking: frozenset[str]) -> float:
    if not word.isalnum() or word in asking or (len(word) == 1 and word.isascii()):
        return 0.0
    return math.log1p(_ranks().get(word, _RAREST) / _RANKS)


@functools.cache
def _asking(lang: str) -> frozenset[str]:
    """Words of a language that do not say what is wanted, cut as `words_of` cuts."""
    listed = read_lexicon("request_frames").get(lang, "").split()
    return frozenset(part for word in (*listed, *stop_words(lang)) for part in words_of(word))


@functools.cache
def _ranks() -> dict[str, int]:
    """Word -> its place in MiniLM's vocabulary, which is ordered by how often words are written."""
    return {piece: place for place, piece in enumerate(wordpieces()) if _LETTERS.match(piece)}


_LETTERS = re.compile(r"[a-z]")
