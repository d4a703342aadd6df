"""A text with the names written out for which its words stand, and the way back to its places."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter

from mentions.folding import folded
from mentions.tokens import Token
from nlp.brand_spelling import Spellings, Spelt
from nlp.plain import as_words

MOST_WORDS = 3
MOST_LETTERS = 30
"""What may stand on one side of the name in a hashtag of small letters."""
_PART = re.compile(r"\d+|[^\W\d]+")
_SHORT_WORDS = frozenset(
    (
        "am",
        "an",
        "at",
        "be",
        "by",
        "do",
        "go",
        "in",
        "is",
        "it",
        "me",
        "my",
        "no",
        "of",
        "on",
        "or",
        "so",
        "to",
        "up",
        "us",
        "we",
    )
)
"""The list of known words begins at three letters."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """`changes` are (start, end) of each name here, and of its word in the text as it came."""

    text: str
    changes: tuple[tuple[int, int, int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of this text in the text as it came; what was written out is taken whole."""
        first = bisect_right(self.changes, start, key=itemgetter(0)) - 1
        last = bisect_left(self.changes, end, key=itemgetter(0)) - 1
        return self._back(start, first, at_end=False), self._back(end, last, at_end=True)

    def _back(self, at: int, change: int, *, at_end: bool) -> int:
        if change < 0:
            return at
        _, new_end, start, end = self.changes[change]
        if at > new_end or (at == new_end and not at_end):
            return at - new_end + end
        return end if at_end else start


def rewritten(text: str, found: Sequence[Token], names: Mapping[Token, str]) -> Rewritten:
    """The text, whose tokens are given, with the words of `names` replaced."""
    pieces: list[str] = []
    changes: list[tuple[int, int, int, int]] = []
    done = size = 0
    for token in found:
        if token not in names or token.start < done:
            continue
        name = names[token]
        size += token.start - done
        pieces += (text[done : token.start], name)
        changes.append((size, size + len(name), token.start, token.end))
        size, done = size + len(name), token.end
    return Rewritten("".join((*pieces, text[done:])), tuple(changes))


def chosen(token: Token, text: str, found: Sequence[Spelt], known: Spellings) -> Iterator[Spelt]:
    """Of what a word may stand for, the longest name of each brand that ends where a word does."""
    seen = set()
    for spelt in found:
        is_whole = not (spelt.before or spelt.after)
        if spelt.brand not in seen and (
            is_whole or _is_cut(text[token.start + 1 : token.end], spelt, known)
        ):
            seen.add(spelt.brand)
            yield spelt


def _is_cut(hashtag: str, spelt: Spelt, known: Spellings) -> bool:
    """Whether the name begins and ends where capitals, '_' or known words say so."""
    parts = [folded(part) for part in _PART.findall(as_words(hashtag))]
    if len(parts) > 1:
        ends = {0, *accumulate(map(len, parts))}
        whole = "".join(parts)
        start, end = (
            len(spelt.before.replace("_", "")),
            len(whole) - len(spelt.after.replace("_", "")),
        )
        return start in ends and end in ends
    return _are_words(spelt.before, known) and _are_words(spelt.after, known)


def _are_words(run: str, known: Spellings, most: int = MOST_WORDS) -> bool:
    if not run or run.isdecimal():
        return True
    if most == 0 or len(run) > MOST_LETTERS:
        return False
    return any(
        (run[:at] in _SHORT_WORDS or known.is_known(run[:at]))
        and _are_words(run[at:], known, most - 1)
        for at in range(len(run), 0, -1)
    )
