"""The fine-tuned MiniLM as one file for ONNX Runtime, its weights int8."""

import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from nlp.training.teacher import Teacher

OPSET = 17


class _OnePost(nn.Module):
    """A teacher that reads posts without padding, one at a time."""

    def __init__(self, teacher: Teacher) -> None:
        super().__init__()
        self.teacher = teacher

    def forward(self, pieces: torch.Tensor) -> torch.Tensor:
        return self.teacher(pieces, torch.ones_like(pieces))


def write_onnx(teacher: Teacher, path: Path) -> None:
    """Write `pieces` (1, n) int64 -> `logits` (1, classes) float32, about 23 MB."""
    teacher.eval()
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            _OnePost(teacher),
            (torch.randint(1000, 2000, (1, 12)),),
            str(whole),
            input_names=["pieces"],
            output_names=["logits"],
            dynamic_axes={"pieces": {1: "n"}},
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(whole, path, weight_type=QuantType.QInt8)
