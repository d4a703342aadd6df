"""MiniLM: a large English reader, fine-tuned once for sentiment and once for intents.

Run by ONNX Runtime on one core and one post at a time, so that a post's answer does not hang on
its neighbours.
"""

from collections.abc import Sequence

import numpy as np
import onnxruntime

from nlp.network import Floats
from nlp.view import MODELS

MINILM_FILE = "minilm_en.onnx"
FIRST, LAST = "[CLS]", "[SEP]"


class MiniLm:
    """A fine-tuned MiniLM; reads the same pieces as the small network."""

    def __init__(self, vocabulary: Sequence[str], file: str = MINILM_FILE) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # A plan of memory for each length costs more than it saves: 3.5 ms a post, 3.2 without.
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(
            MODELS / file, options, providers=["CPUExecutionProvider"]
        )
        self._first, self._last = vocabulary.index(FIRST), vocabulary.index(LAST)

    def logits(self, pieces: Sequence[int]) -> Floats:
        """One a label; of sentiment they are negative, neutral, positive."""
        numbers = np.array([[self._first, *pieces, self._last]], np.int64)
        return self._session.run(["logits"], {"pieces": numbers})[0][0]  # type: ignore[no-any-return]  # ships no types
