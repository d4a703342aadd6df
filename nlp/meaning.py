"""Meaning: what each word of an English text means where it stands, as a row of numbers.

all-MiniLM-L6-v2, fine-tuned on requests, int8, run by ONNX Runtime on one core and one text at a
time, so that a text's rows do not hang on its neighbours. Weights: nlp/models/meaning_en.md; made
by `python -m nlp.training.meaning`.
"""

import functools

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
MAX_PIECES = 128


class Meanings:
    """Reads English wishes."""

    width = WIDTH

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

    def words(self, wish: Wish) -> list[tuple[str, Floats]]:
        """Each telling word with its row (384,): of its pieces' together, however many they are.

        As long as it counts. What counts without telling is one row, of the word "".
        """
        if not wish.says_something:
            return []
        cut = self._pieces.cut(wish.text, MAX_PIECES)
        numbers = np.array([[self._first, *cut.pieces, self._last]], np.int64)
        meant = self._session.run(["rows"], {"pieces": numbers})[0][0]
        found: list[tuple[str, Floats]] = []
        passing = np.zeros(WIDTH, np.float32)
        start = 1
        for word, tells, counts, end in zip(
            wish.words, wish.telling, wish.counts, cut.ends, strict=False
        ):
            if counts:
                summed = meant[start : end + 1].sum(0) * np.float32(
                    counts / (end + 1 - start) ** 0.5
                )
                if tells:
                    found.append((word, summed))
                else:
                    passing += summed
            start = end + 1
        return [*found, ("", passing)] if found else []


@functools.cache
def meanings() -> Meanings:
    """The shipped one, read once: half a second."""
    return Meanings()
