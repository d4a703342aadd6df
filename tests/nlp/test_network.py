"""The network computes what its formula says, alike for a post alone or among others."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.english import english_reading
from nlp.network import DILATION, LOGITS_POSTS, Network
from nlp.view import FEELING

WIDTH, UNITS, CLASSES, PIECES = 4, 3, 3, 11


def some_weights() -> dict[str, Any]:
    dice = np.random.default_rng(7)
    shapes = {
        "scales": (PIECES,),
        "first": (WIDTH, 3 * WIDTH),
        "first_bias": (WIDTH,),
        "second": (3 * WIDTH, WIDTH),
        "second_bias": (WIDTH,),
        "dense": (2 * WIDTH, UNITS),
        "dense_bias": (UNITS,),
        "out": (UNITS, CLASSES),
        "out_bias": (CLASSES,),
    }
    weights: dict[str, Any] = {name: dice.normal(size=shape) for name, shape in shapes.items()}
    weights["embeddings"] = dice.integers(-127, 128, (PIECES, WIDTH)).astype(np.int8)
    weights["scales"] = np.abs(weights["scales"]) / 100
    return weights


WEIGHTS = some_weights()
NETWORK = Network(WEIGHTS)
PLACES = st.lists(st.integers(0, PIECES - 1), min_size=1, max_size=20)


def by_formula(pieces: list[int]) -> Any:
    """Convolution, dilated convolution, pooling and two layers, loop by loop."""
    w = WEIGHTS
    rows = w["embeddings"][pieces] * w["scales"][pieces][:, None]
    count = len(pieces)

    def convolved(values: Any, taps: list[Any], bias: Any, step: int) -> Any:
        out = np.tile(bias, (count, 1)).astype(float)
        for place in range(count):
            for tap, offset in zip(taps, (-step, 0, step), strict=True):
                if 0 <= place + offset < count:
                    out[place] += values[place + offset] @ tap
        return np.maximum(out, 0)

    first_taps = [w["first"][:, tap * WIDTH : (tap + 1) * WIDTH] for tap in range(3)]
    second_taps = [w["second"][tap * WIDTH : (tap + 1) * WIDTH] for tap in range(3)]
    first = convolved(rows, first_taps, w["first_bias"], 1)
    hidden = convolved(first, second_taps, w["second_bias"], DILATION) + first
    pooled = np.concatenate([hidden.max(0), hidden.mean(0)])
    dense = np.maximum(pooled @ w["dense"] + w["dense_bias"], 0)
    return dense @ w["out"] + w["out_bias"]


@given(PLACES)
def test_it_computes_its_formula(pieces: list[int]) -> None:
    (logits,) = NETWORK.think([pieces]).logits
    assert logits == pytest.approx(by_formula(pieces), rel=1e-3, abs=1e-3)


@given(PLACES, st.sampled_from(range(CLASSES)))
def test_shares_of_pieces_add_up_to_what_moved_the_logits(pieces: list[int], towards: int) -> None:
    """All but the biases of the last two layers, which no piece moves."""
    direction = np.eye(CLASSES, dtype=np.float32)[towards]
    thoughts = NETWORK.think([pieces])
    active = thoughts.dense[0] > 0
    biases = direction @ (WEIGHTS["out"].T @ (WEIGHTS["dense_bias"] * active) + WEIGHTS["out_bias"])
    moved = NETWORK.shares(thoughts, direction).sum()
    assert moved + biases == pytest.approx(direction @ thoughts.logits[0], rel=1e-3, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 30_000), min_size=1, max_size=48), min_size=1, max_size=70),
    st.randoms(use_true_random=False),
)
def test_a_post_is_read_alike_to_the_last_bit_among_any_others(posts, dice):
    """Of the size that ships: products of other sizes are where processors round otherwise."""
    network = english_reading().network
    together = network.think(posts)
    shares = network.shares(together, FEELING)
    at = dice.randrange(len(posts))
    alone = network.think([posts[at]])
    start, count = together.starts[at], together.counts[at]
    assert np.array_equal(alone.logits[0], together.logits[at])
    assert np.array_equal(alone.pooled[0], together.pooled[at])
    assert np.array_equal(network.shares(alone, FEELING), shares[start : start + count])


def test_any_number_of_posts_has_its_logits():
    posts = [[number % PIECES] * (1 + number % 7) for number in range(LOGITS_POSTS + 3)]
    alone = np.array([NETWORK.think([pieces]).logits[0] for pieces in posts])
    assert np.array_equal(NETWORK.logits(posts), alone)


@pytest.mark.parametrize("kernel", ["Haswell", "Sandybridge"])
def test_it_is_so_on_other_processors(kernel: str) -> None:
    """OpenBLAS chooses how it multiplies by the processor, and rounds by how it multiplies."""
    test = f"{__file__}::test_a_post_is_read_alike_to_the_last_bit_among_any_others"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        env={**os.environ, "OPENBLAS_CORETYPE": kernel},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
