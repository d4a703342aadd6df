"""Likeness: how alike what two posts want is, as the product of two rows of length 1.

English is compared by meaning. Other languages are compared by the parts of words that they
share, rare words counting more: no English model ever reads another language.
"""

import functools
import math
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nlp.network import Floats
from nlp.wishes import ENGLISH, Wish

if TYPE_CHECKING:
    from nlp.meaning import Meanings

ALIKE = 0.5
"""Mean likeness from which two English groups are one."""
ALIKE_IN_PARTS = 0.35
"""The same where parts of words are compared."""
PRECISION_SLOPE, PRECISION_START = 8.0, 0.5
BUCKETS = 2048
PART = 4


class Likeness:
    """Measures likeness in one language; two groups are one from `threshold` on."""

    def __init__(self, lang: str) -> None:
        self._meanings = _meanings() if lang == ENGLISH else None
        self.threshold = ALIKE if self._meanings else ALIKE_IN_PARTS

    def rows(self, wishes: Sequence[Wish]) -> Floats:
        """A row for each wish; of noughts, like nothing, where it says nothing."""
        if self._meanings:
            return self._meanings.directions(wishes)
        rows = np.zeros((len(wishes), BUCKETS), np.float32)
        for row, wish in zip(rows, wishes, strict=True):
            _fill(row, wish)
        return rows

    def mean_row(self, wishes: Sequence[Wish]) -> Floats:
        """One row for some wishes: its product with another such is the mean of the products."""
        rows = self.rows(wishes)
        mean: Floats = rows.mean(0) if len(rows) else np.zeros(rows.shape[1], np.float32)
        return mean

    def precision_at(self, mean: float) -> float:
        """The share of right pairs in clusters of such a mean likeness."""
        return 1 / (1 + math.exp(-(PRECISION_SLOPE * (mean - self.threshold) + PRECISION_START)))


def _fill(row: Floats, wish: Wish) -> None:
    for word, weight in dict(zip(wish.words, wish.weights, strict=True)).items():
        if weight:
            marked = f"<{word}>"
            parts = {marked[at : at + PART] for at in range(max(1, len(marked) - PART + 1))}
            for part in parts:
                row[zlib.crc32(part.encode("utf-8", "replace")) % BUCKETS] += weight / math.sqrt(
                    len(parts)
                )
    length = math.sqrt(float((row * row).sum()))
    if length:
        row /= np.float32(length)


@functools.cache
def _meanings() -> "Meanings":
    """Read once, however often clusters are made."""
    from nlp.meaning import Meanings  # noqa: PLC0415  ONNX Runtime is loaded only where it is asked for

    return Meanings()
