"""The small network that ships: trained on what a teacher says of many posts.

Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015. Word embeddings start
as the teacher's own, reduced by singular value decomposition.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from nlp.network import DILATION, TAPS
from nlp.training.batches import batches_by_length, padded

WIDTH = 128
UNITS = 64
DROPOUT = 0.2
NO_LABEL = -1
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast a student learns; `labelled_weight` is what a label counts beside
    what the teacher said."""

    epochs: int = 5
    batch: int = 64
    learning_rate: float = 2e-3
    labelled_weight: float = 0.2
    seed: int = 1


class Student(nn.Module):
    """`nlp.network.Network` as it learns; piece 0 is padding."""

    def __init__(self, embeddings: torch.Tensor, classes: int) -> None:
        super().__init__()
        self.embeddings = nn.Embedding.from_pretrained(embeddings, freeze=False, sparse=False)
        width = embeddings.shape[1]
        self.first = nn.Conv1d(width, WIDTH, TAPS, padding=1)
        self.second = nn.Conv1d(WIDTH, WIDTH, TAPS, padding=DILATION, dilation=DILATION)
        self.dense = nn.Linear(2 * WIDTH, UNITS)
        self.out = nn.Linear(UNITS, classes)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of piece numbers (n, pieces) and where they are pieces."""
        seen = mask.unsqueeze(1).float()
        rows = (self.dropout(self.embeddings(ids)).transpose(1, 2)) * seen
        first = torch.relu(self.first(rows)) * seen
        hidden = (torch.relu(self.second(first)) + first) * seen
        # Every value is at least nought, so padding never is the highest.
        pooled = torch.cat((hidden.amax(2), hidden.sum(2) / seen.sum(2)), 1)
        return self.out(self.dropout(torch.relu(self.dense(self.dropout(pooled)))))


def reduced(embeddings: npt.NDArray[Any], width: int = WIDTH) -> torch.Tensor:
    """Embeddings (pieces, n) in the `width` directions in which they differ most."""
    centred = embeddings - embeddings.mean(0)
    _, values, directions = np.linalg.svd(centred.T @ centred)
    del values
    small = centred @ directions[:width].T
    return torch.tensor(small / small.std() * 0.1, dtype=torch.float32)


def distil(
    student: Student,
    numbers: Sequence[Sequence[int]],
    taught: npt.NDArray[Any],
    labels: Sequence[int],
    recipe: Recipe,
) -> None:
    """Train on the teacher's logits (n, classes); the first posts also have `labels`."""
    torch.manual_seed(recipe.seed)
    gold = torch.tensor([*labels, *[NO_LABEL] * (len(numbers) - len(labels))])
    counts = torch.bincount(gold[gold >= 0], minlength=taught.shape[1]).float()
    prior = torch.log(counts / counts.sum())
    soft = torch.softmax(torch.tensor(taught), 1)
    optimiser = torch.optim.Adam(student.parameters(), lr=recipe.learning_rate)
    steps = recipe.epochs * -(-len(numbers) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=steps + 1, pct_start=0.1
    )
    student.train()
    started, step = time.monotonic(), 0
    for epoch in range(recipe.epochs):
        for batch in batches_by_length(numbers, recipe.batch, recipe.seed + epoch):
            ids, mask = padded([numbers[place] for place in batch])
            logits = student(ids, mask)
            loss = nn.functional.kl_div(
                torch.log_softmax(logits, 1), soft[batch], reduction="batchmean"
            )
            labelled = gold[batch] >= 0
            if labelled.any():
                judged = nn.functional.cross_entropy(
                    logits[labelled] + prior, gold[batch][labelled]
                )
                loss = loss + recipe.labelled_weight * judged
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            step += 1
            if step % 500 == 0:
                _LOG.info(
                    "step %d of %d, loss %.3f, %.0f s",
                    step,
                    steps,
                    loss.item(),
                    time.monotonic() - started,
                )


def weights_of(student: Student) -> dict[str, npt.NDArray[Any]]:
    """The arrays that `nlp.network.Network` reads: embeddings int8 by row, all others float16."""
    state = {name: each.detach().numpy() for name, each in student.state_dict().items()}
    embeddings = state["embeddings.weight"]
    scales = np.maximum(np.abs(embeddings).max(1), 1e-8) / 127
    taps = {name: state[f"{name}.weight"].transpose(2, 1, 0) for name in ("first", "second")}
    # The first convolution is multiplied with a piece's row once for each tap, side by side; the
    # second with three rows side by side.
    first = np.concatenate(list(taps["first"]), axis=1)
    second = np.concatenate(list(taps["second"]), axis=0)
    rest = {
        "scales": scales,
        "first": first,
        "first_bias": state["first.bias"],
        "second": second,
        "second_bias": state["second.bias"],
        "dense": state["dense.weight"].T,
        "dense_bias": state["dense.bias"],
        "out": state["out.weight"].T,
        "out_bias": state["out.bias"],
    }
    return {
        "embeddings": np.round(embeddings / scales[:, None]).astype(np.int8),
        **{name: each.astype(np.float16) for name, each in rest.items()},
    }
