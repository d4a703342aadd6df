"""The multilingual network learns: from what the teacher says of each post, and from its label."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from nlp.training.batches import batches_by_length, padded
from nlp.training.multilingual_rows import Labelled, capped
from nlp.training.multilingual_variants import VARIANTS
from nlp.training.student import Student
from nlp.unigram_pieces import UNKNOWN

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and fast; `cap` is how many rows of a group an epoch has, other ones each time.

    XLM-T's rows come `repeats` times, since they are few. `forgotten` is the share of pieces that
    are hidden, so that no single word decides.
    """

    epochs: int = 5
    batch: int = 96
    learning_rate: float = 2e-3
    embedding_rate: float = 1e-3
    labelled_weight: float = 0.2
    forgotten: float = 0.1
    cap: int = 3_000
    english_cap: int = 6_000
    repeats: int = 2
    seed: int = 1


def learn(
    student: Student,
    rows: Sequence[Labelled],
    numbers: Sequence[Sequence[int]],
    taught: npt.NDArray[Any],
    *,
    priors: npt.NDArray[Any],
    recipe: Recipe,
) -> None:
    """Train on the teacher's logits (n, classes), NaN where it was not asked, and on labels.

    `priors` (n, classes) are taken out of what the labels teach.
    """
    torch.manual_seed(recipe.seed)
    epochs = [_epoch(rows, recipe, recipe.seed + number) for number in range(recipe.epochs)]
    steps = sum(-(-len(epoch) // recipe.batch) for epoch in epochs)
    student.embeddings.sparse = True  # a batch meets one piece in a hundred
    dense = [each for name, each in student.named_parameters() if name != "embeddings.weight"]
    optimisers: list[tuple[torch.optim.Optimizer, float]] = [
        (torch.optim.AdamW(dense, lr=recipe.learning_rate), recipe.learning_rate),
        (torch.optim.SparseAdam([student.embeddings.weight]), recipe.embedding_rate),
    ]
    schedules = [
        torch.optim.lr_scheduler.OneCycleLR(
            optimiser, rate, total_steps=steps + 1, pct_start=0.1, cycle_momentum=False
        )
        for optimiser, rate in optimisers
    ]
    gold = torch.tensor([row.label for row in rows])
    is_taught = torch.from_numpy(~np.isnan(taught[:, 0]))
    soft = torch.softmax(torch.from_numpy(np.nan_to_num(taught)), 1)
    known_priors = torch.from_numpy(priors)
    student.train()
    for step, batch in enumerate(_batches(epochs, numbers, recipe), start=1):
        ids, mask = padded([numbers[place] for place in batch])
        hidden = (torch.rand(ids.shape) < recipe.forgotten) & (mask > 0)
        logits = student(torch.where(hidden, UNKNOWN, ids), mask)
        judged = nn.functional.cross_entropy(
            logits + known_priors[batch], gold[batch], reduction="none"
        )
        differs = nn.functional.kl_div(
            torch.log_softmax(logits, 1), soft[batch], reduction="none"
        ).sum(1)
        loss = torch.where(
            is_taught[batch], differs + recipe.labelled_weight * judged, judged
        ).mean()
        for optimiser, _ in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for (optimiser, _), schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
        if step % 500 == 0:
            _LOG.info("student: step %d of %d, loss %.3f", step, steps, loss.item())


def _epoch(rows: Sequence[Labelled], recipe: Recipe, seed: int) -> list[int]:
    places = {id(row): place for place, row in enumerate(rows)}
    caps = {"xlmt": len(rows), VARIANTS: len(rows), "semeval": recipe.english_cap}
    kept = [places[id(row)] for row in capped(rows, recipe.cap, caps, seed)]
    again = [place for place in kept if rows[place].group[0] == "xlmt"]
    return kept + again * (recipe.repeats - 1)


def _batches(
    epochs: Sequence[Sequence[int]], numbers: Sequence[Sequence[int]], recipe: Recipe
) -> Iterator[list[int]]:
    for number, places in enumerate(epochs):
        ordered = [numbers[place] for place in places]
        for batch in batches_by_length(ordered, recipe.batch, recipe.seed + number):
            yield [places[each] for each in batch]


def logits_of(
    student: Student, numbers: Sequence[Sequence[int]], size: int = 256
) -> npt.NDArray[np.float32]:
    """What the student says (n, classes) of posts as piece numbers."""
    student.eval()
    said = np.zeros((len(numbers), student.out.out_features), np.float32)
    with torch.inference_mode():
        for batch in batches_by_length(numbers, size, 0):
            said[batch] = student(*padded([numbers[place] for place in batch])).numpy()
    return said
