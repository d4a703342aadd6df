"""Signatures: a text as a few numbers, of which near copies share most and other texts none.

MinHash (Broder 1997) over rows of three words: the share of numbers that two signatures have in
common estimates the share of rows that their texts do. Bands of some of the numbers are the keys
under which near copies are looked up; two texts are compared only if they meet in one of them.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash  # type: ignore[import-untyped]  # rensa has no types

from mentions.mention import Mention
from mentions.tokens import words

LEAST_WORDS = 8
"""A shorter text is a copy of nothing: in 58,589 tweets, people hit on the same 1 to 5 words by
themselves ('thank you'), on the same 6 and 7 now and then, and on 8 or more only by copying."""
NEAR_WORDS = 12
"""A text between the two is a copy only of the same words: one word in ten may be all it says."""
ALIKE = 0.5
"""Share of the numbers that near copies have in common at least, see bench/copies.py. A text of
20 words keeps 0.71 when one of them is changed and 0.64 when two neighbours are; other texts of
the same template stay far below."""
BANDS = 4
_ROWS = 2
"""Numbers in a band. Texts that are alike by 0.5, 0.7 and 0.8 meet in 68, 93 and 98 of 100."""
_NUMBERS = 64
"""Enough that the estimate strays by 0.06."""
_KEPT = np.dtype("<u2")
"""Of each number two bytes: of 65,536 pairs that differ, one is taken for equal."""
_SHINGLE = 3
_SEED = 20_260_301
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MAY_HOLD_LINKS = re.compile(r"://|[wW]\.")
"""Found in a tenth of the time that looking for links takes."""

Numbers = NDArray[Any]
_MIX = np.random.default_rng(_SEED).integers(2**63, size=_ROWS, dtype=np.uint64) | np.uint64(1)
_VERSION = np.uint64(RMinHash.ALGORITHM_VERSION)


def compared_words(mention: Mention) -> list[str]:
    """The words that count: no links, which each copy shortens anew, no handles, no 'RT @name'."""
    text = f"{mention.title}\n{mention.text}" if mention.title else mention.text
    if _MAY_HOLD_LINKS.search(text):
        text = _LINK.sub(" ", text)
    found = words(text)
    if "@" not in text and "＠" not in text:
        return found
    return [word for word, after in pairwise([*found, ""]) if not _is_address(word, after)]


def signatures(mentions: Sequence[Mention]) -> tuple[list[int], Numbers]:
    """The places of the mentions long enough to have copies, and their signatures, a row each."""
    rows = [_shingles(compared_words(mention)) for mention in mentions]
    places = [place for place, row in enumerate(rows) if row]
    digests = RMinHash.digests_from_token_sets([rows[place] for place in places], _NUMBERS, _SEED)
    return places, np.array(digests, dtype=np.uint32).astype(_KEPT).reshape(-1, _NUMBERS)


def alikeness(one: Numbers, other: Numbers) -> float:
    """The share of rows of words that two texts have in common, estimated."""
    return int(np.count_nonzero(one == other)) / _NUMBERS


def band_keys(signatures: Numbers) -> list[list[int]]:
    """A key a band for each signature; no two versions of the library have one in common."""
    bands = signatures[:, : BANDS * _ROWS].reshape(-1, BANDS, _ROWS).astype(np.uint64)
    keys: list[list[int]] = ((bands * _MIX).sum(axis=2) + _VERSION).astype(np.int64).tolist()
    return keys


def unpacked(kept: Sequence[bytes]) -> Numbers:
    """Signatures from their bytes, a row each."""
    return np.frombuffer(b"".join(kept), dtype=_KEPT).reshape(-1, _NUMBERS)


def _is_address(word: str, after: str) -> bool:
    return word[0] == "@" or (word == "rt" and after[:1] == "@")


def _shingles(found: Sequence[str]) -> list[str]:
    if len(found) < LEAST_WORDS:
        return []
    if len(found) < NEAR_WORDS:
        return [" ".join(found)]
    return [" ".join(found[at : at + _SHINGLE]) for at in range(len(found) - _SHINGLE + 1)]
