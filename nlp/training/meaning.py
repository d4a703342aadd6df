"""Train what `nlp.meaning` reads: MiniLM, fine-tuned so that requests for the same thing are alike.

    pip install 'untagged[training]'
    python -m nlp.training.meaning

Khosla et al., "Supervised Contrastive Learning", 2020, on the groups of requests_en.txt: of texts
of a few trades each is to be nearer to those of its group than to all others, its neighbours in the
trade among them. What a text means is put together as `nlp.likeness` does it. The weights that ship
lie between those of the package and the tuned ones (Wortsman et al., "Robust Fine-tuning of
Zero-shot Models", 2022), which is better on texts of other trades than either. A minute and a half
of an H100.
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import normalize

from nlp.english import wordpieces
from nlp.meaning import MAX_PIECES, MEANING_FILE
from nlp.minilm import FIRST, LAST
from nlp.pieces import WordPieces
from nlp.training.encoder import Descent, learning, minilm, padded, rows_of, weights_of
from nlp.training.graph import write_rows
from nlp.training.requests import Group, groups
from nlp.view import MODELS
from nlp.wishes import ENGLISH, wish_of

STEPS, WARM_STEPS = 420, 20
LEARNING_RATE = 3e-5
TRADES, GROUPS, TEXTS = 10, 10, 4
"""Of a step: trades, groups of each, and texts of a group."""
TEMPERATURE = 0.07
TUNED = 0.7
"""How far from the package's weights to the tuned ones. Pairs of requests of ten trades that were
left out had an average precision of 0.15 with 0, 0.23 with 0.5, 0.26 with 0.7 and 0.29 with 1; on
the development sets F1 at best was 0.81, 0.84, 0.84 and 0.84."""
SEED = 1
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """A text as piece numbers, and how much each counts in what the text wants."""

    pieces: list[int]
    counts: list[float]


class _Cutter:
    def __init__(self) -> None:
        vocabulary = wordpieces()
        self._pieces = WordPieces(vocabulary)
        self._first, self._last = vocabulary.index(FIRST), vocabulary.index(LAST)

    def said(self, text: str) -> Said:
        wish = wish_of(text, ENGLISH)
        cut = self._pieces.cut(wish.text, MAX_PIECES)
        counts, start = [0.0], 0
        for count, end in zip(wish.counts, cut.ends, strict=False):
            counts += [count / (end - start) ** 0.5] * (end - start)
            start = end
        return Said([self._first, *cut.pieces, self._last], [*counts, 0.0])


def by_trade(known: Sequence[Group]) -> dict[str, list[list[Said]]]:
    """The texts of each group of two or more that say something, trade by trade."""
    cutter = _Cutter()
    found: dict[str, list[list[Said]]] = {}
    for group in known:
        if group.is_one_thing:
            said = [each for each in map(cutter.said, group.texts) if any(each.counts)]
            if len(said) > 1:
                found.setdefault(group.trade, []).append(said)
    return found


def tune(trades: dict[str, list[list[Said]]], *, steps: int = STEPS) -> dict[str, torch.Tensor]:
    """The encoder's state between its own and the tuned one."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    encoder = minilm()
    before = {name: each.clone() for name, each in encoder.state_dict().items()}
    descent = Descent(
        [{"params": [*learning(encoder)], "lr": LEARNING_RATE}], steps=steps, warm=WARM_STEPS
    )
    encoder.train()
    for step in range(steps):
        texts: list[Said] = []
        labels: list[int] = []
        for trade in chance.sample(sorted(trades), min(TRADES, len(trades))):
            for group in chance.sample(trades[trade], min(GROUPS, len(trades[trade]))):
                label = labels[-1] + 1 if labels else 0
                chosen = chance.sample(group, min(TEXTS, len(group)))
                texts += chosen
                labels += [label] * len(chosen)
        loss = _contrast(_meant(encoder, texts), torch.tensor(labels))
        descent.step(loss)
        if step % 50 == 0:
            _LOG.info("step %d of %d, loss %.3f", step, steps, loss.item())
    return {
        name: before[name] + TUNED * (each - before[name]) if each.is_floating_point() else each
        for name, each in encoder.state_dict().items()
    }


def _meant(encoder: object, texts: Sequence[Said]) -> torch.Tensor:
    rows = rows_of(encoder, padded([each.pieces for each in texts]))
    counts = padded([each.counts for each in texts], torch.float)
    return normalize((rows * counts.unsqueeze(-1)).sum(1), dim=-1)


def _contrast(meant: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """How unlikely each text's group is to be found among all others of the step."""
    labels = labels.to(meant.device)
    itself = torch.eye(len(labels), dtype=torch.bool, device=meant.device)
    alike = (meant @ meant.T / TEMPERATURE).masked_fill(itself, -1e4)
    chances = alike - alike.logsumexp(1, keepdim=True)
    same = (labels[:, None] == labels[None]) & ~itself
    return -((chances * same).sum(1) / same.sum(1).clamp(min=1)).mean()


def main() -> None:
    """Train, and write the file that ships."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    encoder = minilm()
    encoder.load_state_dict(tune(by_trade(groups())))
    write_rows(weights_of(encoder), MODELS / MEANING_FILE)


if __name__ == "__main__":
    main()
