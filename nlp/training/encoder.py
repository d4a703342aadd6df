"""MiniLM as it is fine-tuned for English requests: its encoder, and how its numbers are kept.

Its word embeddings stay as they are: words that no training text holds keep their places beside
those that one does.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from transformers import AutoModel

from nlp.training.teacher import MINILM

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
WEIGHT_DECAY, CLIP = 0.01, 1.0
Numbers = Sequence[int]
Weights = dict[str, npt.NDArray[np.float32]]


def minilm() -> Any:
    """The encoder out of its package, on the accelerator if there is one."""
    encoder = AutoModel.from_pretrained(MINILM, add_pooling_layer=False).to(DEVICE)
    encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    return encoder


def rows_of(encoder: Any, ids: torch.Tensor) -> torch.Tensor:
    """What each piece means in its place (n, pieces, 384)."""
    with torch.autocast(DEVICE, dtype=torch.bfloat16):
        said: torch.Tensor = encoder(input_ids=ids, attention_mask=(ids != 0).long())[0]
    return said.float()


def padded(texts: Sequence[Sequence[float]], dtype: torch.dtype = torch.long) -> torch.Tensor:
    """Numbers as (n, longest), nought behind the end."""
    made = torch.zeros(len(texts), max(map(len, texts)), dtype=dtype)
    for row, each in enumerate(texts):
        made[row, : len(each)] = torch.tensor(each, dtype=dtype)
    return made.to(DEVICE)


class Descent:
    """Steps down a loss: a short rise of the learning rate, then a fall to nought."""

    def __init__(self, parts: Sequence[dict[str, Any]], *, steps: int, warm: int) -> None:
        """`parts` are parameters with their learning rate, as torch's optimisers take them."""
        self._parameters = [each for part in parts for each in part["params"]]
        self._optimiser = torch.optim.AdamW([*parts], weight_decay=WEIGHT_DECAY)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: min((step + 1) / warm, max(0.0, 1 - step / steps))
        )

    def step(self, loss: torch.Tensor) -> None:
        """One step."""
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(self._parameters, CLIP)
        self._optimiser.step()
        self._schedule.step()


def learning(encoder: Any) -> Iterator[nn.Parameter]:
    """The parameters that learn."""
    return (each for each in encoder.parameters() if each.requires_grad)


def weights_of(module: nn.Module) -> Weights:
    """A module's numbers by name."""
    return {name: each.detach().float().cpu().numpy() for name, each in module.state_dict().items()}
