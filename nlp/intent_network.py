"""The large network of intents: MiniLM, asked about every English post by the thorough profile.

What it says is joined with the linear model's log odds by a regression (stacking: Wolpert, "Stacked
Generalization", 1992), so that a label's confidence stays a probability. Weights, data and figures:
nlp/models/intent_minilm_en.md; made by `python -m nlp.training.intent_network`.
"""

import math

from nlp.english import wordpieces
from nlp.intent_model import Judged
from nlp.minilm import MiniLm
from nlp.network import read_weights
from nlp.network_text import network_text
from nlp.pieces import WordPieces
from nlp.view import MODELS

NETWORK_FILE, JOINT_FILE = "intent_minilm_en.onnx", "intent_minilm_en.npz"
MAX_PIECES = 96
"""Of a post; the network learned from as many."""
_NEARLY = 1e-6


class IntentNetwork:
    """Judges English posts beside the linear model."""

    def __init__(self) -> None:
        vocabulary = wordpieces()
        self._pieces = WordPieces(vocabulary)
        self._network = MiniLm(vocabulary, NETWORK_FILE)
        joint = read_weights(MODELS / JOINT_FILE)
        self._labels = [str(label) for label in joint["labels"]]
        # By label: what a unit of the linear model's log odds counts, of the network's, and a bias.
        self._joint = joint["joint"].tolist()
        self._said_from = dict(zip(self._labels, joint["said_from"].tolist(), strict=True))

    def joined(self, judged: Judged, text: str) -> Judged:
        """Both views of a post; the linear model's alone where there is nothing to read."""
        pieces = self._pieces.cut(network_text(text), MAX_PIECES).pieces
        if not pieces:
            return judged
        said = dict(zip(self._labels, self._network.logits(pieces).tolist(), strict=True))
        shares = dict(zip(self._labels, self._joint, strict=True))
        confidence = {}
        for label, chance in judged.confidence.items():
            linear, network, bias = shares[label]
            odds = linear * _log_odds(chance) + network * said[label] + bias
            confidence[label] = 1 / (1 + math.exp(-odds))
        said_from = {label: self._said_from[label] for label in judged.said_from}
        return Judged(confidence, said_from, alone=judged)


def _log_odds(chance: float) -> float:
    kept = min(max(chance, _NEARLY), 1 - _NEARLY)
    return math.log(kept / (1 - kept))
