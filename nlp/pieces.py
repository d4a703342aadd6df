"""Pieces: a text as the numbers that the trained networks read.

WordPiece (Schuster & Nakajima, "Japanese and Korean Voice Search", 2012) over the vocabulary of
all-MiniLM-L6-v2, as BERT does it: lower case, no accents, every sign a word of its own. The
library for this, tokenizers, gives the same pieces for all of TweetEval's 2,000 validation rows;
remembering words takes 12 µs a post where it takes 44, in the same run.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

MAX_PIECES = 48
"""Pieces of a post that are read: all that 1,976 of TweetEval's 2,000 validation rows have."""
MAX_CHARACTERS = 600
"""More never fits into the pieces, and a word of ten thousand letters costs nothing."""
MAX_WORD = 60
REMEMBERED_WORDS = 100_000
"""About 15 MB. Reading does not depend on what is remembered, its speed does."""

_WORD = re.compile(r"[^\W_]+|\S")
_ASCII_WORD = re.compile(r"[a-z0-9]+|\S")  # the same where there is but ASCII, a quarter faster
CONTINUED = "##"
UNKNOWN = "[UNK]"
# CJK ideographs are words of their own, as in BERT's tokeniser.
_IDEOGRAPH = re.compile("([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


@dataclass(frozen=True, slots=True)
class Cut:
    """Words, their pieces together, and for each word where its pieces end."""

    words: list[str]
    pieces: list[int]
    ends: list[int]


def words_of(text: str) -> list[str]:
    """The words and signs that are cut into pieces, lower case and without accents."""
    text = text[:MAX_CHARACTERS].lower()
    if text.isascii():
        return _ASCII_WORD.findall(text)
    text = unicodedata.normalize("NFD", text)
    text = "".join(char for char in text if unicodedata.category(char) != "Mn")
    text = _IDEOGRAPH.sub(r" \1 ", text)
    return _WORD.findall(text)


class WordPieces:
    """Cuts text into pieces of a vocabulary, the longest that fit first.

    A piece's number is its place in `vocabulary`, which holds UNKNOWN; pieces inside a word begin
    with CONTINUED.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._vocabulary = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown = self._vocabulary[UNKNOWN]
        self._longest = max(map(len, vocabulary))
        self._remembered: dict[str, tuple[int, ...]] = {}

    def cut(self, text: str, limit: int = MAX_PIECES) -> Cut:
        """The words of a text that its first `limit` pieces are of, and these pieces."""
        words = words_of(text)[:limit]  # each has a piece at least
        pieces: list[int] = []
        ends: list[int] = []
        remembered = self._remembered.get
        for word in words:
            pieces += remembered(word) or self._remember(word)
            ends.append(len(pieces))
        if len(pieces) > limit:
            last = bisect_left(ends, limit) + 1
            return Cut(words[:last], pieces[:limit], ends[:last])
        return Cut(words, pieces, ends)

    def _remember(self, word: str) -> tuple[int, ...]:
        pieces = self._longest_first(word) if len(word) <= MAX_WORD else (self._unknown,)
        if len(self._remembered) >= REMEMBERED_WORDS:
            self._remembered.clear()
        self._remembered[word] = pieces
        return pieces

    def _longest_first(self, word: str) -> tuple[int, ...]:
        pieces: list[int] = []
        start, mark = 0, ""
        while start < len(word):
            for end in range(min(len(word), start + self._longest), start, -1):
                piece = self._vocabulary.get(mark + word[start:end])
                if piece is not None:
                    break
            else:
                return (self._unknown,)
            pieces.append(piece)
            start, mark = end, CONTINUED
        return tuple(pieces)
