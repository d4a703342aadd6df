"""Network: a small convolutional network over pieces, run by NumPy alone, many posts at once.

Kim, "Convolutional Neural Networks for Sentence Classification", 2014, with a second, dilated and
residual convolution. The first convolution is no multiplication at run time: over looked-up rows
it is a sum of three looked-up rows, which are multiplied once when the weights are read.

The same post must get the same answer always, and a product of other size may round otherwise. So
every product has one size, filled up with zeros, whatever the batch; all else goes row by row. That
size is of few rows: OpenBLAS's kernel for AMD's and older Intel's processors takes rows six at a
time, in two ways that round differently, and up to eight in one way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[Any]
Places = npt.NDArray[np.intp]
TAPS = 3
DILATION = 2
PRODUCT_ROWS = 8
"""Rows of every product."""
GATHERED_ROWS = 64
"""Rows that the second layer is computed of at once, for the same reason as FIRST_ROWS."""
LOGITS_POSTS = 128
FIRST_ROWS = 512
"""Rows that the first layer is computed of at once: they stay in the processor's cache."""
LAYERS = ("first", "second", "dense", "out")
ARRAYS = ("embeddings", "scales", *LAYERS, *(f"{layer}_bias" for layer in LAYERS))
_AROUND = np.array([-DILATION, 0, DILATION])


@dataclass(frozen=True, slots=True)
class Thoughts:
    """What the network makes of some posts, of n pieces together.

    `hidden` is (n, width), post after post, each beginning at its place in `starts`; by post are
    `pooled` (posts, 2 width), `dense` (posts, units) and `logits` (posts, classes).
    """

    hidden: Floats
    starts: Places
    counts: Places
    pooled: Floats
    dense: Floats
    logits: Floats


class Network:
    """A trained network. Arrays of its weights, all float32 once read:

    `embeddings` (pieces, n) int8 with `scales` (pieces,), `first` (n, taps * width), `second`
    (taps * width, width), `dense` (2 width, units), `out` (units, classes), and the bias of each.
    """

    def __init__(self, weights: Mapping[str, npt.NDArray[Any]]) -> None:
        # A product is too small to share out: on two busy cores the threads' waiting for one
        # another took thirteen times as long as the work (2,049 µs a post, 150 with one thread).
        threadpool_limits(1, user_api="blas")
        rows = {name: np.ascontiguousarray(weights[name], np.float32) for name in ARRAYS}
        embedded = rows["embeddings"] * rows["scales"][:, None]
        self.width = rows["first"].shape[1] // TAPS
        # One row more, of zeros: what stands between two posts, so that none sees its neighbour.
        self._nothing = len(embedded)
        self._rows = np.zeros((len(embedded) + 1, TAPS * self.width), np.float32)
        np.matmul(embedded, rows["first"], out=self._rows[:-1])
        self._first_bias = rows["first_bias"]
        self._second, self._second_bias = rows["second"], rows["second_bias"]
        self._dense, self._dense_bias = rows["dense"], rows["dense_bias"]
        self._out, self._out_bias = rows["out"], rows["out_bias"]

    def think(self, posts: Sequence[Sequence[int]]) -> Thoughts:
        """The network's view of each post's pieces, at least one of each."""
        counts = [len(pieces) for pieces in posts]
        first, places = self._first_layer(posts)
        hidden = self._second_layer(first, places)
        pooled = self._pooled(hidden, counts)
        dense = products(pooled, self._dense) + self._dense_bias
        np.maximum(dense, 0, out=dense)
        logits = products(dense, self._out) + self._out_bias
        pieces = np.array(counts)
        return Thoughts(hidden, np.cumsum(pieces) - pieces, pieces, pooled, dense, logits)

    def logits(self, posts: Sequence[Sequence[int]]) -> Floats:
        """The logits (posts, classes) alone, of any number of posts in bounded memory."""
        groups = range(0, len(posts), LOGITS_POSTS)
        return np.concatenate([self.think(posts[at : at + LOGITS_POSTS]).logits for at in groups])

    def _first_layer(self, posts: Sequence[Sequence[int]]) -> tuple[Floats, Places]:
        """Rows of every piece with DILATION rows of zeros around each post, and where they are."""
        between = [self._nothing] * DILATION
        numbers = [self._nothing, *between]
        for pieces in posts:
            numbers += pieces
            numbers += between
        numbers.append(self._nothing)
        width, spread = self.width, np.array(numbers)
        first = np.empty((len(spread) - 2, width), np.float32)
        for at in range(0, len(first), FIRST_ROWS):
            rows = self._rows.take(spread[at : at + FIRST_ROWS + 2], axis=0)
            some = first[at : at + FIRST_ROWS]
            np.add(rows[1:-1, width : 2 * width], self._first_bias, out=some)
            some += rows[:-2, :width]
            some += rows[2:, 2 * width :]
            _rectify(some)
        is_piece = spread[1:-1] != self._nothing
        first[~is_piece] = 0
        return first, np.flatnonzero(is_piece)

    def _second_layer(self, first: Floats, places: Places) -> Floats:
        # The first row is one of zeros: places that only fill up the last product point there.
        filled = np.zeros((_filled_up(len(places)), 1), places.dtype)
        filled[: len(places), 0] = places
        around = np.where(filled, filled + _AROUND, 0)
        hidden = np.empty((len(filled), self.width), np.float32)
        for at in range(0, len(filled), GATHERED_ROWS):
            some = hidden[at : at + GATHERED_ROWS]
            rows = first.take(around[at : at + GATHERED_ROWS], axis=0)
            np.matmul(
                rows.reshape(-1, PRODUCT_ROWS, len(self._second)),
                self._second,
                out=some.reshape(-1, PRODUCT_ROWS, self.width),
            )
        hidden = hidden[: len(places)]
        hidden += self._second_bias
        _rectify(hidden)
        hidden += first.take(places, axis=0)
        return hidden

    def _pooled(self, hidden: Floats, counts: Sequence[int]) -> Floats:
        """The highest and the mean of each post's rows; posts of one length at once."""
        width = self.width
        pooled = np.empty((len(counts), 2 * width), np.float32)
        post = row = 0
        for count, alike in groupby(counts):
            posts = len(list(alike))
            own = hidden[row : row + posts * count].reshape(posts, count, width)
            np.maximum.reduce(own, axis=1, out=pooled[post : post + posts, :width])
            np.add.reduce(own, axis=1, out=pooled[post : post + posts, width:])
            pooled[post : post + posts, width:] /= np.float32(count)
            post += posts
            row += posts * count
        return pooled

    def shares(self, thoughts: Thoughts, towards: Floats) -> Floats:
        """How much each piece (n,) moved the logits in the direction `towards` (classes,).

        Gradient times activation, exact for a network of linear pieces: the shares of a post and
        what the biases say add up to `towards @ logits`.
        """
        hidden, starts, width = thoughts.hidden, thoughts.starts, self.width
        slopes = products((self._out @ towards) * (thoughts.dense > 0), self._dense.T)
        post_of = np.repeat(np.arange(len(starts)), thoughts.counts)
        highest = thoughts.pooled[:, :width]
        by_top = slopes[:, :width] * highest
        # What is nought everywhere moves nothing, wherever its top is.
        at_top = hidden == np.where(highest > 0, highest, np.inf).take(post_of, axis=0)
        tops = np.add.reduceat(np.count_nonzero(at_top, axis=1), starts)
        # Pieces that are highest alike, as in a post of one word said twice, divide the share.
        for post in np.flatnonzero(tops > np.count_nonzero(highest, axis=1)).tolist():
            own = at_top[starts[post] : starts[post] + thoughts.counts[post]]
            by_top[post] /= np.maximum(np.count_nonzero(own, axis=0), 1)
        by_mean = slopes[:, width:] / thoughts.counts[:, None].astype(np.float32)
        shares: Floats = np.einsum("ij,ij->i", hidden, by_mean.take(post_of, axis=0))
        shares += np.einsum("ij,ij->i", at_top, by_top.take(post_of, axis=0))
        return shares


def _rectify(rows: Floats) -> None:
    """Negative values become nought; `np.maximum` takes half as long again."""
    np.multiply(rows, rows > 0, out=rows)


def products(rows: Numbers, matrix: Numbers) -> Numbers:
    """`rows @ matrix`, each row's the same to the last bit whatever rows stand beside it."""
    filled = rows
    if len(rows) % PRODUCT_ROWS:
        filled = np.zeros((_filled_up(len(rows)), rows.shape[1]), rows.dtype)
        filled[: len(rows)] = rows
    stacked = np.matmul(filled.reshape(-1, PRODUCT_ROWS, rows.shape[1]), matrix)
    made: Numbers = stacked.reshape(-1, matrix.shape[1])[: len(rows)]
    return made


def _filled_up(rows: int) -> int:
    return -(-rows // PRODUCT_ROWS) * PRODUCT_ROWS


def read_weights(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a weights file; nothing in it is ever executed."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
