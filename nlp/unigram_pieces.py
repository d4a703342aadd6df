"""Unigram pieces: a text of any script as the numbers that the multilingual network reads.

Kudo, "Subword Regularization", 2018: of all ways to cut a word into pieces of the vocabulary the
one whose pieces are likeliest together, found exactly (Viterbi). The vocabulary is a part of
XLM-R's. The library for this, tokenizers, cuts alike (the training checks it); remembering words
is a sixth of its time on scripts with spaces, and no dependency more.
"""

import math
import re
import unicodedata
from collections.abc import Sequence

from nlp.network_text import marked_text
from nlp.pieces import Cut

MAX_PIECES = 64
"""Pieces of a post that are read: all of 92 posts in 100 of XLM-T, th, zh, ja and ms."""
MAX_CHARACTERS = 400
"""More hardly fits into the pieces, and a run of ten thousand letters costs nothing."""
REMEMBERED_WORDS = 50_000
"""About 10 MB. Reading does not depend on what is remembered, its speed does."""
PADDING, UNKNOWN = 0, 1
"""The first two numbers of a vocabulary; no text is cut into the first."""

_START = "▁"
_NO_PIECE = (PADDING, -math.inf)
_UNKNOWN_PENALTY = 10.0  # as in SentencePiece: below the least likely piece
_LONGEST_WORD = 24  # longer ones are sentences of scripts without spaces: seldom seen again
_STRETCHED = re.compile(r"(\S)\1{3,}")
# Skin tones, joiners and variation signs say nothing, and XLM-R has few emoji with them.
_SILENT = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def piece_text(raw: str) -> str:
    """The beginning of a text as it is cut: lower case, plain letters, 'sooooo' as 'sooo'."""
    text = marked_text(raw)[:MAX_CHARACTERS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _SILENT.sub("", text))
    return _STRETCHED.sub(r"\1\1\1", text.lower())


class UnigramPieces:
    """Cuts text into pieces of a vocabulary, the likeliest together.

    A piece's number is its place in `vocabulary`, `scores` are log probabilities. UNKNOWN stands
    for a run of characters that are in no piece.
    """

    def __init__(self, vocabulary: Sequence[str], scores: Sequence[float]) -> None:
        self._vocabulary = vocabulary
        self._unlikely = min(scores) - _UNKNOWN_PENALTY
        known = list(enumerate(zip(vocabulary, scores, strict=True)))[UNKNOWN + 1 :]
        # Every beginning of a piece, with the piece's number and score where it is one itself.
        self._beginnings = {
            piece[:end]: _NO_PIECE for _, (piece, _) in known for end in range(1, len(piece))
        }
        self._beginnings |= {piece: (number, score) for number, (piece, score) in known}
        self._remembered: dict[str, tuple[int, ...]] = {}

    def cut(self, text: str, limit: int = MAX_PIECES) -> Cut:
        """The words of a `piece_text` that its first `limit` pieces are of, and these pieces.

        What is too long for a word is a sentence without spaces: its pieces stand as words.
        """
        words: list[str] = []
        pieces: list[int] = []
        ends: list[int] = []
        for word in text.split():
            numbers = self._of_word(word)
            if len(word) <= _LONGEST_WORD:
                words.append(word)
            else:
                words += [self._vocabulary[number].lstrip(_START) for number in numbers]
                ends += range(len(pieces) + 1, len(pieces) + len(numbers))
            pieces += numbers
            ends.append(len(pieces))
            if len(pieces) >= limit:
                break
        kept = sum(end < limit for end in ends[:-1]) + 1 if ends else 0
        return Cut(words[:kept], pieces[:limit], ends[:kept])

    def _of_word(self, word: str) -> tuple[int, ...]:
        found = self._remembered.get(word)
        return self._remember(word) if found is None else found

    def _remember(self, word: str) -> tuple[int, ...]:
        pieces = self._likeliest(_START + word)
        if len(word) <= _LONGEST_WORD:
            if len(self._remembered) >= REMEMBERED_WORDS:
                self._remembered.clear()
            self._remembered[word] = pieces
        return pieces

    def _likeliest(self, word: str) -> tuple[int, ...]:
        beginning, unlikely = self._beginnings.get, self._unlikely
        length = len(word)
        best = [0.0] + [-1e30] * length
        # How the likeliest way to each place ends: the number of its last piece, and its start.
        last = [UNKNOWN] * (length + 1)
        starts = [0] * (length + 1)
        for start in range(length):
            here = best[start]
            if here + unlikely > best[start + 1]:
                best[start + 1], last[start + 1], starts[start + 1] = (
                    here + unlikely,
                    UNKNOWN,
                    start,
                )
            for end in range(start + 1, length + 1):
                found = beginning(word[start:end])
                if found is None:
                    break
                number, score = found
                score += here
                if score > best[end]:
                    best[end], last[end], starts[end] = score, number, start
        pieces: list[int] = []
        end = length
        while end:
            if last[end] != UNKNOWN or pieces[-1:] != [UNKNOWN]:
                pieces.append(last[end])
            end = starts[end]
        return tuple(reversed(pieces))
