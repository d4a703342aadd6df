"""How far a model's confidence can be believed, and the temperature that makes it so.

Guo et al., "On Calibration of Modern Neural Networks", 2017: divide the logits by one number;
the expected calibration error is the mean gap between confidence and share of right answers over
ten equal bins of confidence, weighted by their size.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 10
_TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(6), 120))

Floats = npt.NDArray[Any]


def softmax(logits: Floats) -> Floats:
    """Probabilities of logits, the classes along the last axis."""
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    probabilities: Floats = raised / raised.sum(-1, keepdims=True)
    return probabilities


def best_temperature(logits: Floats, gold: Sequence[int]) -> float:
    """The temperature under which the right labels are most probable."""
    rows = np.arange(len(gold))

    def surprise(temperature: float) -> float:
        return float(-np.log(softmax(logits / temperature)[rows, gold] + 1e-12).mean())

    return float(min(_TEMPERATURES, key=surprise))


def calibration_error(probabilities: Floats, gold: Sequence[int]) -> float:
    """Expected calibration error of (n, classes) probabilities."""
    confidence = probabilities.max(1)
    is_right = probabilities.argmax(1) == np.array(gold)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(is_right[bins == each].sum() - confidence[bins == each].sum()) for each in range(BINS)
    ]
    return float(sum(gaps) / len(confidence))


def cross_fitted(logits: Floats, gold: Sequence[int]) -> float:
    """The calibration error when each half is judged with the temperature of the other."""
    labels = np.array(gold)
    halves = np.arange(len(labels)) % 2
    judged = np.empty_like(logits, dtype=np.float64)
    for half in (0, 1):
        temperature = best_temperature(logits[halves != half], labels[halves != half])
        judged[halves == half] = softmax(logits[halves == half] / temperature)
    return calibration_error(judged, gold)
