"""The letters of words, and how much they speak for each language.

A linear softmax over the letters of each word (its 1- to 4-grams and the word itself, hashed as
in Joulin et al., "Bag of Tricks for Efficient Text Classification", 2016). What a word says never
depends on its neighbours, so it is worked out once and remembered: that is what makes this ten
times as fast as a model that walks through every post's letters. Weights are whole numbers, so
their sums are exact and no order or batch can change them. Built by `nlp.training.language`.
"""

import functools
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

MODEL_FILE = Path(__file__).parent / "models" / "language.npz"
BUCKETS = 1 << 16
MAX_GRAM = 4
MAX_WORD = 30
"""Letters of a word that are looked at; 129 weights of one byte also never leave 16 bits."""
REMEMBERED_WORDS = 100_000
"""About 12 MB. What is said does not depend on what is remembered, its speed does."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")  # the same where there is but ASCII, faster
# Vowel signs and marks are no letters for `re`; without them Devanagari falls to pieces.
_MARKS = "\u0300-\u036f\u064b-\u0655\u0900-\u0903\u093a-\u094f\u0951-\u0957"
_MARKED_WORD = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+(?:'(?:[^\W\d_]|[{_MARKS}])+)*")
_MARK = re.compile(f"[{_MARKS}]")
_LONG_DRAWN = re.compile(r"(.)\1{2,}")


def words_of(prose: str) -> list[str]:
    """The words of a text as they are compared: case-folded, compatibility forms made plain."""
    if prose.isascii():
        return _ASCII_WORD.findall(prose.lower())
    prose = unicodedata.normalize("NFKC", prose).casefold()
    return (_MARKED_WORD if _MARK.search(prose) else _WORD).findall(prose)


def grams(word: str) -> list[int]:
    """The hashed letter groups of a word, and the word, as places in the table of weights."""
    marked = "<" + _LONG_DRAWN.sub(r"\1\1", word)[:MAX_WORD] + ">"
    # Two bytes a letter, so that a group is a slice; Python's own hash differs between processes.
    whole = marked.encode("utf-16-le", "surrogatepass")
    end = len(whole)
    found = [whole, *(whole[at : at + 2] for at in range(2, end - 2, 2))]
    for size in range(4, 2 * MAX_GRAM + 1, 2):
        found += [whole[at : at + size] for at in range(0, end - size + 1, 2)]
    return [zlib.crc32(gram) % BUCKETS for gram in found]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the words of some posts say: a score in nats for each language, and each word's share.

    The words of a post begin at its place in `starts`.
    """

    scores: npt.NDArray[np.float64]
    """Shape (posts, languages)."""
    shares: npt.NDArray[np.int16]
    """Shape (words, languages)."""
    starts: npt.NDArray[np.intp]


class LanguageModel:
    """Scores words; remembers what it worked out."""

    def __init__(
        self,
        languages: Sequence[str],
        weights: npt.NDArray[np.int8],
        scale: float,
        bias: npt.NDArray[np.float32],
    ) -> None:
        """`weights` has shape (BUCKETS, languages); `scale` turns them into nats."""
        self.languages = tuple(languages)
        self._weights = weights
        self._scale = scale
        self._bias = bias.astype(np.float64)
        self._places: dict[str, int] = {}
        # One more column: how many letter groups the word has.
        self._said = np.zeros((REMEMBERED_WORDS, len(languages) + 1), dtype=np.int16)

    def hear(self, posts: Sequence[Sequence[str]]) -> Heard:
        """The scores of each post, of at least one word and at most a few hundred.

        All of them together have at most REMEMBERED_WORDS.
        """
        counts = np.array([len(words) for words in posts])
        known = self._places
        if len(known) + int(counts.sum()) > REMEMBERED_WORDS:
            known.clear()
        places = [
            known[word] if word in known else self._place(word) for words in posts for word in words
        ]
        said = self._said.take(places, axis=0)
        starts = np.cumsum(counts) - counts
        total = np.add.reduceat(said, starts, axis=0, dtype=np.int64)
        scores = total[:, :-1] * (self._scale / np.sqrt(total[:, -1:])) + self._bias
        return Heard(scores, said, starts)

    def _place(self, word: str) -> int:
        found = grams(word)
        place = self._places[word] = len(self._places)
        said = self._weights.take(found, axis=0)
        np.add.reduce(said, axis=0, dtype=np.int16, out=self._said[place, :-1])
        self._said[place, -1] = len(found)
        return place


@functools.cache
def language_model() -> LanguageModel:
    """The shipped model, read once however many readers a process builds."""
    with np.load(MODEL_FILE) as stored:
        return LanguageModel(
            stored["languages"].tolist(), stored["weights"], float(stored["scale"]), stored["bias"]
        )
