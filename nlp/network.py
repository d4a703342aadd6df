"""Network: a small convolutional network over pieces, run by NumPy alone.

Kim, "Convolutional Neural Networks for Sentence Classification", 2014, with a second, dilated and
residual convolution. The first convolution is no multiplication at run time: over looked-up rows
it is a sum of three looked-up rows, which are multiplied once when the weights are read.

Each post is computed on its own. A product over a batch would round otherwise in another batch,
and the same post must get the same answer always.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

Floats = npt.NDArray[np.float32]
TAPS = 3
DILATION = 2
LAYERS = ("first", "second", "dense", "out")
ARRAYS = ("embeddings", "scales", *LAYERS, *(f"{layer}_bias" for layer in LAYERS))


@dataclass(frozen=True, slots=True)
class Thought:
    """What the network makes of a post of n pieces.

    `hidden` is (n, width), `pooled` (2 width,), `dense` (units,) and `logits` (classes,).
    """

    hidden: Floats
    pooled: Floats
    dense: Floats
    logits: Floats


class Network:
    """A trained network. Arrays of its weights, all float32 once read:

    `embeddings` (pieces, n) int8 with `scales` (pieces,), `first` (n, taps * width), `second`
    (taps * width, width), `dense` (2 width, units), `out` (units, classes), and the bias of each.
    """

    def __init__(self, weights: Mapping[str, npt.NDArray[Any]]) -> None:
        # A post is too small to share out: on two busy cores the threads' waiting for one another
        # took thirteen times as long as the work (2,049 µs a post, 150 with one thread).
        threadpool_limits(1, user_api="blas")
        rows = {name: np.ascontiguousarray(weights[name], np.float32) for name in ARRAYS}
        embedded = rows["embeddings"] * rows["scales"][:, None]
        self.width = rows["first"].shape[1] // TAPS
        self._rows = embedded @ rows["first"]
        self._first_bias = rows["first_bias"]
        self._second, self._second_bias = rows["second"], rows["second_bias"]
        self._dense = np.ascontiguousarray(rows["dense"].T)
        self._dense_bias = rows["dense_bias"]
        self._out = np.ascontiguousarray(rows["out"].T)
        self._out_bias = rows["out_bias"]

    def think(self, pieces: Sequence[int]) -> Thought:
        """The network's view of a post's pieces, at least one."""
        width, count = self.width, len(pieces)
        looked_up = self._rows.take(pieces, axis=0)
        # Room of DILATION rows before and after for the second convolution; they stay zero.
        padded = np.zeros((count + 2 * DILATION, width), np.float32)
        first = padded[DILATION : DILATION + count]
        np.add(looked_up[:, width : 2 * width], self._first_bias, out=first)
        first[1:] += looked_up[:-1, :width]
        first[:-1] += looked_up[1:, 2 * width :]
        np.maximum(first, 0, out=first)
        hidden = (
            np.concatenate((padded[:count], first, padded[2 * DILATION :]), axis=1) @ self._second
        )
        hidden += self._second_bias
        np.maximum(hidden, 0, out=hidden)
        hidden += first
        mean = np.add.reduce(hidden) / np.float32(count)
        pooled = np.concatenate((np.maximum.reduce(hidden), mean))
        dense = self._dense @ pooled + self._dense_bias
        np.maximum(dense, 0, out=dense)
        return Thought(hidden, pooled, dense, self._out @ dense + self._out_bias)

    def shares(self, thought: Thought, towards: Floats) -> Floats:
        """How much each piece (n,) moved the logits in the direction `towards` (classes,).

        Gradient times activation, exact for a network of linear pieces: the shares and what the
        biases say add up to `towards @ logits`.
        """
        slope = ((towards @ self._out) * (thought.dense > 0)) @ self._dense
        width, count = self.width, len(thought.hidden)
        highest = thought.pooled[:width]
        # Pieces that are highest alike, as in a post of one word said twice, divide the share.
        at_top = (thought.hidden == highest).astype(np.float32)
        at_top /= np.add.reduce(at_top)
        shares = thought.hidden @ (slope[width:] / np.float32(count))
        shares += at_top @ (slope[:width] * highest)
        return shares.astype(np.float32, copy=False)


def read_weights(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a weights file; nothing in it is ever executed."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
