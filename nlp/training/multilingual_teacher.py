"""Fine-tuning the lower half of multilingual-e5-small: the teacher of the multilingual network.

Its word embeddings stay as they are: posts of a language hold few of its words, and one that was
not met in training keeps its place beside those that were.
"""

import itertools
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from transformers import BertConfig, BertModel

from nlp.sentiment_network import SENTIMENTS
from nlp.training.batches import batches_by_length, padded
from nlp.training.e5 import E5
from nlp.training.multilingual_rows import Labelled

LAYERS = 6
BATCH = 48
_LOG = logging.getLogger(__name__)
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""What the package calls the parts of a layer, and what transformers calls them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`steps` over rows of all languages, then `last_steps` over XLM-T alone, whose posts are
    tweets and in three classes; learning rates fall to nought over both."""

    steps: int = 811
    last_steps: int = 1_060
    warm_steps: int = 60
    learning_rate: float = 1.2e-4
    head_learning_rate: float = 1e-3
    seed: int = 1


class Teacher(nn.Module):
    """The encoder's lower layers, the mean over a text's pieces, and a linear head."""

    def __init__(self, e5: E5, places: Sequence[int]) -> None:
        """`places` are the pieces of the encoder's vocabulary that are read, padding first."""
        super().__init__()
        self.encoder = _encoder(e5, places)
        self.encoder.embeddings.requires_grad_(False)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(e5.shape.hidden, len(SENTIMENTS))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of piece numbers (n, pieces) and where they are pieces."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return self.head(self.dropout((hidden * weight).sum(1) / weight.sum(1)))


def _encoder(e5: E5, places: Sequence[int]) -> BertModel:
    shape, tensors = e5.shape, e5.tensors
    encoder = BertModel(
        BertConfig(
            vocab_size=len(places),
            hidden_size=shape.hidden,
            num_hidden_layers=LAYERS,
            num_attention_heads=shape.heads,
            intermediate_size=shape.inner,
            max_position_embeddings=shape.positions,
            type_vocab_size=shape.types,
            layer_norm_eps=shape.epsilon,
        ),
        add_pooling_layer=False,
    )
    weights = {
        "embeddings.word_embeddings.weight": e5.embeddings()[list(places)],
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, shape.hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, shape.hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer, (short, long) in itertools.product(range(LAYERS), _PARTS.items()):
        bias = tensors[f"l{layer}.{short}.b"]
        weight = tensors[f"l{layer}.{short}.w"]
        of_layer = f"encoder.layer.{layer}.{long}"
        weights[f"{of_layer}.bias"] = bias
        weights[f"{of_layer}.weight"] = weight if "ln" in short else weight.reshape(len(bias), -1)
    encoder.load_state_dict({name: torch.tensor(each) for name, each in weights.items()})
    return encoder


def fine_tune(
    teacher: Teacher,
    rows: Sequence[Labelled],
    numbers: Sequence[Sequence[int]],
    *,
    priors: npt.NDArray[Any],
    recipe: Recipe,
) -> None:
    """Train on labels; `priors` (n, classes) are added to the logits while learning."""
    torch.manual_seed(recipe.seed)
    learning = [each for each in teacher.encoder.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": learning, "lr": recipe.learning_rate},
            {"params": teacher.head.parameters(), "lr": recipe.head_learning_rate},
        ],
        weight_decay=0.01,
    )
    steps = recipe.steps + recipe.last_steps
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / recipe.warm_steps, 1 - step / steps)
    )
    everything = range(len(rows))
    tweets = [place for place in everything if rows[place].group[0] == "xlmt"]
    batches = itertools.chain(
        itertools.islice(_endless(everything, numbers, recipe.seed), recipe.steps),
        itertools.islice(_endless(tweets, numbers, recipe.seed), recipe.last_steps),
    )
    gold = torch.tensor([row.label for row in rows])
    teacher.train()
    for step, batch in enumerate(batches, start=1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = teacher(*padded([numbers[place] for place in batch]))
        loss = nn.functional.cross_entropy(
            logits.float() + torch.from_numpy(priors[batch]), gold[batch]
        )
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            _LOG.info("teacher: step %d of %d, loss %.3f", step, steps, loss.item())


def _endless(
    places: Sequence[int], numbers: Sequence[Sequence[int]], seed: int
) -> Iterator[list[int]]:
    for epoch in itertools.count(seed):
        for batch in batches_by_length([numbers[place] for place in places], BATCH, epoch):
            yield [places[each] for each in batch]


def logits_of(teacher: Teacher, numbers: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
    """What the teacher says (n, classes) of posts as piece numbers."""
    teacher.eval()
    said = np.zeros((len(numbers), len(SENTIMENTS)), np.float32)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for batch in batches_by_length(numbers, 2 * BATCH, 0):
            logits = teacher(*padded([numbers[place] for place in batch]))
            said[batch] = logits.float().numpy()
    return said
