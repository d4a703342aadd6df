"""Which pieces of XLM-R's vocabulary the multilingual network reads, and their embeddings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.training.e5 import E5, Floats
from nlp.unigram_pieces import PADDING, UnigramPieces

MET_AT_LEAST = 3
"""Times; a rarer piece has no more to teach than the shorter ones that it is made of."""
WIDTH = 96

_SPREAD = 0.3
_OFTEN = 2_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces with their scores, and the `places` of the encoder's vocabulary that they are at.

    The first is padding, the second stands for whatever is in no piece.
    """

    pieces: list[str]
    scores: list[float]
    places: list[int]

    def cutter(self) -> UnigramPieces:
        """What cuts texts into these pieces."""
        return UnigramPieces(self.pieces, self.scores)


def whole_vocabulary(e5: E5) -> Vocabulary:
    """All of the encoder's pieces."""
    return _vocabulary(e5, range(len(e5.pieces)))


def met_vocabulary(e5: E5, texts: Sequence[str]) -> Vocabulary:
    """The pieces that are met in `texts` often enough, and every character met."""
    whole = whole_vocabulary(e5)
    cutter = whole.cutter()
    met = Counter(number for text in texts for number in cutter.cut(text).pieces)
    return _vocabulary(
        e5,
        [
            whole.places[number]
            for number, times in met.items()
            if times >= MET_AT_LEAST or len(whole.pieces[number]) == 1
        ],
    )


def _vocabulary(e5: E5, places: Sequence[int]) -> Vocabulary:
    special = {e5.first, e5.last, e5.padding, e5.unknown}
    kept = sorted(set(places) - special)
    return Vocabulary(
        pieces=["", "<unk>", *(e5.pieces[place] for place in kept)],
        scores=[0.0, 0.0, *(float(e5.scores[place]) for place in kept)],
        places=[e5.padding, e5.unknown, *kept],
    )


def small_embeddings(e5: E5, vocabulary: Vocabulary, counts: Sequence[int]) -> Floats:
    """The pieces' embeddings (n, WIDTH) in the directions in which those met differ most.

    As the encoder's first layer sees them: with a position, and normed.
    """
    tensors, hidden = e5.tensors, e5.shape.hidden
    rows = e5.embeddings()[vocabulary.places] + tensors["emb.type"][:hidden]
    rows += tensors["emb.pos"].reshape(-1, hidden)[5:40].mean(0)
    rows -= rows.mean(1, keepdims=True)
    rows = rows / rows.std(1, keepdims=True) * tensors["emb.ln.w"] + tensors["emb.ln.b"]
    weights = np.sqrt(np.minimum(np.array(counts) + 1, _OFTEN))[:, None]
    rows -= (rows * weights).sum(0) / weights.sum()
    _, _, directions = np.linalg.svd((rows * weights).T @ rows)
    small: Floats = (rows @ directions[:WIDTH].T).astype(np.float32)
    small *= _SPREAD / small.std()
    small[PADDING] = 0
    return small
