"""Meaning: English texts as directions; what means alike points alike.

all-MiniLM-L6-v2, int8, run by ONNX Runtime on one core and one text at a time, so that a text's
direction does not hang on its neighbours. Weights: nlp/models/meaning_en.md; written by
`python -m nlp.training.meaning`.
"""

from collections.abc import Sequence

import numpy as np
import onnxruntime

from nlp.english import wordpieces
from nlp.minilm import FIRST, LAST
from nlp.network import Floats
from nlp.pieces import WordPieces
from nlp.view import MODELS
from nlp.wishes import Wish

MEANING_FILE = "meaning_en.onnx"
WIDTH = 384
MAX_PIECES = 96


class Meanings:
    """Reads directions of English wishes."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # lengths differ, as in nlp.minilm
        self._session = onnxruntime.InferenceSession(
            MODELS / MEANING_FILE, options, providers=["CPUExecutionProvider"]
        )
        vocabulary = wordpieces()
        self._pieces = WordPieces(vocabulary)
        self._first, self._last = vocabulary.index(FIRST), vocabulary.index(LAST)

    def directions(self, wishes: Sequence[Wish]) -> Floats:
        """One row of length 1 for each wish (wishes, 384); of noughts where it says nothing."""
        rows = np.zeros((len(wishes), WIDTH), np.float32)
        for row, wish in zip(rows, wishes, strict=True):
            if wish.says_something:
                row[:] = self._direction(wish)
        return rows

    def _direction(self, wish: Wish) -> Floats:
        """The mean of what each piece means in the text, weighed by what its word says."""
        cut = self._pieces.cut(wish.text, MAX_PIECES)
        weights = np.zeros(len(cut.pieces) + 2, np.float32)
        start = 1
        for weight, end in zip(wish.weights, cut.ends, strict=False):
            weights[start : end + 1] = weight / (end + 1 - start) ** 0.5
            start = end + 1
        numbers = np.array([[self._first, *cut.pieces, self._last]], np.int64)
        meant = self._session.run(["rows"], {"pieces": numbers})[0][0]
        summed: Floats = (meant * weights[:, None]).sum(0)
        length = float(np.sqrt((summed * summed).sum()))
        return summed / np.float32(length) if length else summed
