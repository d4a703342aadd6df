"""The temperature that makes a model's confidence one that can be believed.

Guo et al., "On Calibration of Modern Neural Networks", 2017: divide the logits by one number.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.evaluation import calibration_error

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


def error_of(probabilities: Floats, gold: Sequence[int]) -> float:
    """Expected calibration error of (n, classes) probabilities."""
    is_right = probabilities.argmax(1) == np.array(gold)
    return calibration_error(probabilities.max(1).tolist(), is_right.tolist())


def cross_fitted(logits: Floats, gold: Sequence[int]) -> float:
    """The calibration error when each half is judged with the temperature of the other."""
    labels = np.array(gold)
    halves = np.arange(len(labels)) % 2
    judged = np.empty_like(logits, dtype=np.float64)
    for half in (0, 1):
        temperature = best_temperature(logits[halves != half], labels[halves != half])
        judged[halves == half] = softmax(logits[halves == half] / temperature)
    return error_of(judged, gold)
