"""Likeness: how alike what two posts want is, as the product of two rows of length 1 at most.

English is compared by meaning. Other languages are compared by the parts of words that they
share: no English model ever reads another language.

A word that many different wishes share ("playlist" of a music app, a brand's own name) says little
of which wish it is. So groups are made twice: what the first ones show of each word weighs it in
the second. Groups and not posts are counted, since a wish of many does not make its words common.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import numpy as np

from nlp.grouping import grouped, unit
from nlp.network import Floats
from nlp.wishes import ENGLISH, Wish

FIRST_ALIKE, ALIKE = 0.64, 0.64
"""Mean likeness from which two English groups are one, in the first and the second round. What
does not belong costs a reader more than two entries for one wish: see docs/digests.md."""
FIRST_ALIKE_IN_PARTS, ALIKE_IN_PARTS = 0.47, 0.47
"""The same where parts of words are compared, in which F1 is 0.93 to 0.95 for some way around."""
ALIKE_UP_TO, PER_DOUBLING, STRICTEST = 250, 0.025, 0.74
"""Each doubling of the texts above ALIKE_UP_TO asks for this much more likeness: of more texts
more are alike by chance. The 356 English development texts are put together with a precision of
0.88 (F1 0.79) among 606 real reviews, and of 0.95 (F1 0.79) among 2,400 other posts."""
AGAINST = 0.25
"""Share of likeness that goes by whether both are for something, or both against it: with a quarter
not even the same words for and against a thing are alike enough."""
COMMON_SHARE, COMMON_GROUPS = 0.02, 2
"""A word counts half once this share of groups, and this many, have it beside its own. Without the
second round F1 on the development set is 0.77."""
FEW_WORDS, RAMBLING = 6, 0.1
"""A wish of more words than FEW_WORDS is less like any other, by the tenth root of how many times
more: long reviews of one kind of app are alike in what they are about, whatever they want. At the
same threshold (0.63, before the fine-tuning) 73 pairs of 607 real reviews were put together and not
130, and F1 of the development texts among them rose from 0.773 to 0.781."""
BUCKETS, PART = 2048, 4
"""Parts of words have four letters, hashed into this many places."""
MEASURED, MEASURED_IN_PARTS = (10.2, -6.95), (7.2, -2.55)
"""Slope and start of the log odds that two texts of a group ask for the same, by the group's mean
likeness. English: fitted to groups of messy reviews (the development ones alone, both development
sets among 606 real reviews and among 2,400 other posts, and 64 pairs of real reviews read by eye),
in which the share of right pairs is 0.67, 0.60, 0.83 and 0.53, and 0.57, 0.69, 0.76 and 0.60 are
expected. In parts: fitted to the development set."""

EVEN: Mapping[str, float] = MappingProxyType({})


class Reads(Protocol):
    """Gives the telling words of a wish, each with a row of numbers."""

    width: int

    def words(self, wish: Wish) -> list[tuple[str, Floats]]:
        """Each telling word with its row (width,)."""


class Likeness:
    """Measures likeness in one language."""

    def __init__(self, lang: str) -> None:
        self._reads: Reads
        if lang == ENGLISH:
            from nlp.meaning import meanings  # noqa: PLC0415  ONNX Runtime is loaded if English is

            self._reads = meanings()
            self._first, self._alike = FIRST_ALIKE, ALIKE
            self._measured = MEASURED
        else:
            self._reads = _Parts()
            self._first, self._alike = FIRST_ALIKE_IN_PARTS, ALIKE_IN_PARTS
            self._measured = MEASURED_IN_PARTS

    def threshold(self, count: int) -> float:
        """The mean likeness from which two groups are one, among so many texts."""
        doublings = math.log2(max(1.0, count / ALIKE_UP_TO))
        return min(STRICTEST, self._alike + PER_DOUBLING * doublings)

    def rows(self, wishes: Sequence[Wish]) -> Floats:
        """A row for each wish among the others; of noughts, like nothing, where it says nothing."""
        said = [self._reads.words(wish) for wish in wishes]
        groups = grouped(self._summed(wishes, said, EVEN), self._first)
        told = [frozenset().union(*(wishes[at].told for at in group)) for group in groups]
        return self._summed(wishes, said, weights_of(told))

    def rows_among(self, wishes: Sequence[Wish], weights: Mapping[str, float] = EVEN) -> Floats:
        """A row for each wish, its words weighed as given, by one where nothing is given."""
        return self._summed(wishes, [self._reads.words(wish) for wish in wishes], weights)

    def mean_rows(self, clusters: Sequence[Sequence[Wish]]) -> Floats:
        """A row for each cluster: the product of two is the mean of their wishes' products."""
        weights = weights_of(
            [frozenset().union(*(wish.told for wish in each)) for each in clusters]
        )
        rows = np.zeros((len(clusters), self._reads.width + 1), np.float32)
        for row, wishes in zip(rows, clusters, strict=True):
            if wishes:
                row[:] = self.rows_among(wishes, weights).mean(0)
        return rows

    def _summed(
        self,
        wishes: Sequence[Wish],
        said: Sequence[list[tuple[str, Floats]]],
        weights: Mapping[str, float],
    ) -> Floats:
        rows = np.zeros((len(wishes), self._reads.width + 1), np.float32)
        for row, wish, words in zip(rows, wishes, said, strict=True):
            direction = unit(self._together(words, weights))
            if direction.any():
                length = min(1.0, FEW_WORDS / spread(wish)) ** RAMBLING
                row[:-1] = length * math.sqrt(1 - AGAINST) * direction
                row[-1] = length * math.sqrt(AGAINST) * (-1 if wish.is_against else 1)
        return rows

    def _together(
        self, words: Sequence[tuple[str, Floats]], weights: Mapping[str, float]
    ) -> Floats:
        """The rows of a wish's words together, each as heavy as its word is."""
        row = np.zeros(self._reads.width, np.float32)
        for word, each in words:
            row += np.float32(weights.get(word, 1.0)) * each
        return row

    def precision_at(self, mean: float) -> float:
        """The share of right pairs in clusters of such a mean likeness."""
        slope, start = self._measured
        return 1 / (1 + math.exp(-(slope * mean + start)))


def cohesion(rows: Floats) -> float:
    """The mean likeness of two or more different rows."""
    summed = rows.sum(0)
    return float(summed @ summed - (rows * rows).sum()) / (len(rows) * (len(rows) - 1))


def spread(wish: Wish) -> float:
    """How many words say what is wanted, one that counts little being a part of one.

    The participation ratio: n words that count the same are n.
    """
    pairs = zip(wish.counts, wish.telling, strict=True)
    counts = [count for count, tells in pairs if tells]
    return sum(counts) ** 2 / sum(count * count for count in counts)


def weights_of(groups: Sequence[Iterable[str]]) -> dict[str, float]:
    """What each word counts, by how many groups of words it stands in."""
    counted = Counter(word for words in groups for word in set(words))
    half = max(COMMON_GROUPS, COMMON_SHARE * len(groups))
    return {word: 1 / (1 + (count - 1) / half) for word, count in counted.items() if count > 1}


class _Parts:
    """Words by their parts, hashed as in `nlp.intent_features`."""

    width = BUCKETS

    def words(self, wish: Wish) -> list[tuple[str, Floats]]:
        said = zip(wish.words, wish.telling, wish.counts, strict=True)
        counted: dict[str, float] = {}
        for word, tells, counts in said:
            if tells:
                counted[word] = max(counts, counted.get(word, 0.0))
        return [(word, np.float32(counted[word]) * _parts(word)) for word in sorted(counted)]


def _parts(word: str) -> Floats:
    marked = f"<{word}>"
    parts = {marked[at : at + PART] for at in range(max(1, len(marked) - PART + 1))}
    row = np.zeros(BUCKETS, np.float32)
    for part in parts:
        row[zlib.crc32(part.encode("utf-8", "replace")) % BUCKETS] += 1 / math.sqrt(len(parts))
    return row
