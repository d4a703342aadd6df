"""Pieces: a text as the numbers that the trained networks read.

WordPiece (Schuster & Nakajima, "Japanese and Korean Voice Search", 2012) over the vocabulary of
all-MiniLM-L6-v2, as BERT does it: lower case, no accents, every sign a word of its own. The
library for this, tokenizers, gives the same pieces (the training checks it); remembering words
costs a fifth of its time on posts, and reading is what a network's speed hangs on.
"""

import re
import unicodedata
from collections.abc import Mapping

MAX_PIECES = 48
"""Pieces of a post that are read: all of 99 posts in 100 on TweetEval."""
MAX_CHARACTERS = 600
"""More never fits into the pieces, and a word of ten thousand letters costs nothing."""
MAX_WORD = 60
REMEMBERED_WORDS = 100_000
"""About 15 MB. Reading does not depend on what is remembered, its speed does."""

_WORD = re.compile(r"[^\W_]+|[^\s]")
_CONTINUED = "##"
# CJK ideographs are words of their own, as in BERT's tokeniser.
_IDEOGRAPH = re.compile("([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


class WordPieces:
    """Cuts text into pieces of a vocabulary, the longest that fit first."""

    def __init__(self, vocabulary: Mapping[str, int], unknown: int) -> None:
        self._vocabulary = vocabulary
        self._unknown = unknown
        self._longest = max(map(len, vocabulary), default=0)
        self._remembered: dict[str, tuple[int, ...]] = {}

    def of(self, text: str, limit: int = MAX_PIECES) -> list[int]:
        """The first `limit` pieces of a text."""
        text = text[:MAX_CHARACTERS].lower()
        if not text.isascii():
            text = unicodedata.normalize("NFD", text)
            text = "".join(char for char in text if unicodedata.category(char) != "Mn")
            text = _IDEOGRAPH.sub(r" \1 ", text)
        pieces: list[int] = []
        remembered = self._remembered
        for word in _WORD.findall(text):
            found = remembered.get(word)
            pieces += self._cut(word) if found is None else found
            if len(pieces) >= limit:
                break
        return pieces[:limit]

    def _cut(self, word: str) -> tuple[int, ...]:
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
            start, mark = end, _CONTINUED
        return tuple(pieces)
