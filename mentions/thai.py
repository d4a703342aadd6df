"""Thai: its words, which stand in a row without spaces.

Maximal matching: of all ways to cut a run into words of a dictionary, the one that leaves the
fewest characters over and then has the fewest words. What is left over in a row is a word. The
dictionary is PyThaiNLP's (62,000 words), which the package newmm-tokenizer brings along; its own
cutter takes quadratic time for a run without spaces, and runs are hostile.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

_MAX_WORD_CHARACTERS = 24
"""The dictionary's longer entries are proverbs and titles, which are found by their words."""
_STANDS_ALONE = re.compile("[\u0e01-\u0e2e\u0e40-\u0e44][\u0e00-\u0e7f]+")
_BEFORE_VOWELS = "\u0e40\u0e41\u0e42\u0e43\u0e44"
"""Written before the consonant that they follow in speech: no word ends with one."""
_DEPENDENT = frozenset("\u0e30\u0e32\u0e33\u0e45") | frozenset(
    map(chr, (0x0E31, *range(0x0E34, 0x0E3B), *range(0x0E47, 0x0E4F)))
)
"""Vowels and marks that belong to the character before them: no word begins with one."""


def thai_stretches(run: str) -> Iterator[tuple[int, int]]:
    """Where each word of a run of Thai characters starts and ends; together they are the run."""
    start = left_over = 0
    for length, is_known in _cut(run):
        if is_known:
            if start > left_over:
                yield left_over, start
            left_over = start + length
            yield start, left_over
        start += length
    if start > left_over:
        yield left_over, start


def _cut(run: str) -> list[tuple[int, bool]]:
    """The lengths of the pieces of the best cut, and whether each is a word of the dictionary."""
    known, longest = _dictionary()
    best: list[tuple[int, int, int, bool]] = [(0, 0, 0, True)] * (len(run) + 1)
    for start in range(len(run) - 1, -1, -1):
        over, words, _, _ = best[start + 1]
        choice = (over + 1, words, 1, False)
        if _may_begin(run, start):
            for end in range(start + 2, min(start + longest.get(run[start], 0), len(run)) + 1):
                over, words, _, _ = best[end]
                is_better = (over, words + 1) < choice[:2]
                if is_better and run[start:end] in known and _may_begin(run, end):
                    choice = (over, words + 1, end - start, True)
        best[start] = choice
    pieces, at = [], 0
    while at < len(run):
        _, _, length, is_known = best[at]
        pieces.append((length, is_known))
        at += length
    return pieces


def _may_begin(run: str, at: int) -> bool:
    """Whether a word may end and another begin here."""
    if at in (0, len(run)):
        return True
    return run[at] not in _DEPENDENT and run[at - 1] not in _BEFORE_VOWELS


@lru_cache(maxsize=1)
def _dictionary() -> tuple[frozenset[str], dict[str, int]]:
    """The words, and the length of the longest that begins with each character."""
    # Importing it reads its file, which takes 0.1 s; most commands never see a Thai post
    from newmm_tokenizer.common import (  # type: ignore[import-untyped]  # noqa: PLC0415  # it has no types
        thai_words,
    )

    known = frozenset(
        word
        for word in thai_words()
        if len(word) <= _MAX_WORD_CHARACTERS and _STANDS_ALONE.fullmatch(word)
    )
    longest: dict[str, int] = {}
    for word in known:
        longest[word[0]] = max(len(word), longest.get(word[0], 0))
    return known, longest
