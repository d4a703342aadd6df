"""MiniLM as one file for ONNX Runtime, its weights int8, written down layer by layer.

That takes neither torch nor transformers, and a file that is the same for the same weights.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

OPSET = 17
LAYERS, HEADS, WIDTH = 6, 12, 384
NEAR_ZERO = 1e-12
"""What BERT adds to a variance before it divides by its root."""
Weights = Mapping[str, npt.NDArray[np.float32]]


class _Graph:
    """A graph that grows node by node; each method gives the name of what it computes."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: npt.NDArray[np.generic]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def add(self, operation: str, *inputs: str, to: str | None = None, **attributes: object) -> str:
        name = to or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], **attributes))
        return name

    def weight(self, name: str) -> str:
        return self.constant(self._weights[name])

    def linear(self, rows: str, name: str) -> str:
        matrix = self.constant(np.ascontiguousarray(self._weights[f"{name}.weight"].T))
        return self.add("Add", self.add("MatMul", rows, matrix), self.weight(f"{name}.bias"))

    def normalised(self, rows: str, name: str) -> str:
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.add("LayerNormalization", rows, scale, bias, axis=-1, epsilon=NEAR_ZERO)

    def heads(self, rows: str, order: list[int]) -> str:
        apart = self.constant(np.array([1, -1, HEADS, WIDTH // HEADS], np.int64))
        return self.add("Transpose", self.add("Reshape", rows, apart), perm=order)


def _attended(graph: _Graph, rows: str, layer: str) -> str:
    """Multi-head self-attention over one text without padding, with its residual."""
    asked, keys, values = (
        graph.linear(rows, f"{layer}.attention.self.{part}") for part in ("query", "key", "value")
    )
    scores = graph.add("MatMul", graph.heads(asked, [0, 2, 1, 3]), graph.heads(keys, [0, 2, 3, 1]))
    scale = graph.constant(np.array((WIDTH // HEADS) ** -0.5, np.float32))
    weights = graph.add("Softmax", graph.add("Mul", scores, scale), axis=-1)
    seen = graph.add("MatMul", weights, graph.heads(values, [0, 2, 1, 3]))
    joined = graph.constant(np.array([1, -1, WIDTH], np.int64))
    seen = graph.add("Reshape", graph.add("Transpose", seen, perm=[0, 2, 1, 3]), joined)
    dense = graph.linear(seen, f"{layer}.attention.output.dense")
    return graph.normalised(graph.add("Add", dense, rows), f"{layer}.attention.output.LayerNorm")


def _thought(graph: _Graph, rows: str, layer: str) -> str:
    """The layer's two dense steps with GELU between, and their residual."""
    wide = graph.linear(rows, f"{layer}.intermediate.dense")
    half, one = (graph.constant(np.array(value, np.float32)) for value in (0.5, 1.0))
    root = graph.constant(np.array(2**-0.5, np.float32))
    share = graph.add("Add", graph.add("Erf", graph.add("Mul", wide, root)), one)
    wide = graph.add("Mul", wide, graph.add("Mul", share, half))
    dense = graph.linear(wide, f"{layer}.output.dense")
    return graph.normalised(graph.add("Add", dense, rows), f"{layer}.output.LayerNorm")


def _embedded(graph: _Graph, pieces: str) -> str:
    words = graph.add("Gather", graph.weight("embeddings.word_embeddings.weight"), pieces)
    count = graph.add("Gather", graph.add("Shape", pieces), graph.constant(np.array(1, np.int64)))
    zero, one = (graph.constant(np.array(value, np.int64)) for value in (0, 1))
    places = graph.add("Range", zero, count, one)
    # Every piece is of the first and only text, so its type is one and the same row.
    places_table = "embeddings.position_embeddings.weight"
    at = graph.add("Gather", graph.weight(places_table), places)
    kind = graph.add("Gather", graph.weight("embeddings.token_type_embeddings.weight"), zero)
    rows = graph.add("Add", graph.add("Add", words, at), kind)
    return graph.normalised(rows, "embeddings.LayerNorm")


def write_rows(weights: Weights, path: Path) -> None:
    """Write `pieces` (1, n) int64 -> `rows` (1, n, 384): what each piece means in its place."""
    graph = _Graph(weights)
    graph.add("Identity", _encoded(graph), to="rows")
    _write(graph, "rows", [1, "n", WIDTH], path)


def write_logits(
    weights: Weights, head: npt.NDArray[np.float32], bias: npt.NDArray[np.float32], path: Path
) -> None:
    """Write `pieces` (1, n) int64 -> `logits` (1, classes) of a linear head (classes, 384) on the
    mean of all rows.

    Each column of a matrix has a scale of its own: logits differ by 0.2 from those of the whole
    weights in the mean then, and by 0.6 with one scale for a matrix.
    """
    graph = _Graph(weights)
    mean = graph.add("ReduceMean", _encoded(graph), axes=[1], keepdims=0)
    said = graph.add("MatMul", mean, graph.constant(np.ascontiguousarray(head.T)))
    graph.add("Add", said, graph.constant(bias), to="logits")
    _write(graph, "logits", [1, len(bias)], path, per_channel=True)


def _encoded(graph: _Graph) -> str:
    rows = _embedded(graph, "pieces")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        rows = _thought(graph, _attended(graph, rows, layer), layer)
    return rows


def _write(
    graph: _Graph, name: str, shape: list[int | str], path: Path, *, per_channel: bool = False
) -> None:
    made = helper.make_graph(
        graph.nodes,
        path.stem,
        [helper.make_tensor_value_info("pieces", TensorProto.INT64, [1, "n"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(model)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        onnx.save(model, whole)
        quantize_dynamic(whole, path, weight_type=QuantType.QInt8, per_channel=per_channel)
