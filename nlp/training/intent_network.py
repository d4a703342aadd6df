"""Train the large network of intents: MiniLM, which `nlp.intent_network` asks.

    pip install 'untagged[training]'
    python -m nlp.training.intent_network --data ../shared/data [--work var/training]

It learns complaints, bug reports and wishes together, each from the rows that say something of it:
those of the linear model, and the requests of our own. What it says is then joined with the linear
model's log odds, fitted on rows whose domain, app or trade neither of the two had seen (Wolpert,
"Stacked Generalization", 1992). Minutes of an H100 for the seven folds and the whole. What a step
made is kept in the work folder and not made again.
"""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from torch import nn

from mentions.mention import IntentLabel
from nlp.english import wordpieces
from nlp.evaluation import calibration_error
from nlp.intent_network import JOINT_FILE, MAX_PIECES, NETWORK_FILE
from nlp.minilm import FIRST, LAST
from nlp.network_text import network_text
from nlp.pieces import WordPieces
from nlp.training.asked import asked_folders
from nlp.training.data import fold_of
from nlp.training.encoder import Descent, learning, minilm, padded, rows_of, weights_of
from nlp.training.graph import WIDTH, write_logits
from nlp.training.intent_rows import FOLDS, JUDGED, Floats, Labelled, labelled
from nlp.training.intents import features, platt, seen_by, unseen_odds
from nlp.training.requests import groups, rows
from nlp.view import MODELS

STEPS, WARM_STEPS, BATCH = 800, 60, 128
LEARNING_RATE, HEAD_LEARNING_RATE = 8e-5, 1e-3
DROPOUT = 0.1
SOFTNESS = 0.015
"""How far from nought and one a label is learned: labels of posts are at times wrong."""
REQUEST_WEIGHT = 0.5
"""What a text of requests_en.txt counts beside one that somebody really wrote."""
SAID_FROM: dict[IntentLabel, float] = {
    "complaint": 0.4,
    "bug_report": 0.3,
    "feature_request": 0.3,
}
"""Probabilities from which a label is given, the best of steps of a tenth for macro F1 of the
labelled files together; `nlp.intent` has its own for complaints and wishes."""
SEED = 1
_LOG = logging.getLogger(__name__)
LABELS: tuple[IntentLabel, ...] = tuple(JUDGED)
Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Learned:
    """A text to learn from: its pieces, 1, 0 or -1 (not known) for each label, weight and fold."""

    pieces: list[int]
    has: list[int]
    weight: float
    fold: int


class Judge(nn.Module):
    """MiniLM, the mean over a text's pieces, and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = minilm()
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(WIDTH, len(LABELS)).to(self.encoder.device)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits (n, labels) of piece numbers (n, pieces), nought behind a text's end."""
        shown = (ids != 0).unsqueeze(-1).float()
        mean = (rows_of(self.encoder, ids) * shown).sum(1) / shown.sum(1)
        logits: torch.Tensor = self.head(self.dropout(mean))
        return logits


def texts_of(known: Labelled) -> list[Learned]:
    """The labelled rows in their order, then the requests of our own."""
    vocabulary = wordpieces()
    cutter = WordPieces(vocabulary)
    first, last = vocabulary.index(FIRST), vocabulary.index(LAST)

    def pieces(text: str) -> list[int]:
        return [first, *cutter.cut(network_text(text), MAX_PIECES).pieces, last]

    judged = [known.judged_for(label) for label in LABELS]
    has = [known.has(label) for label in LABELS]
    found = [
        Learned(
            pieces(row["text"]),
            [int(h[at]) if j[at] else -1 for j, h in zip(judged, has, strict=True)],
            float(known.weight[at]),
            int(known.fold[at]),
        )
        for at, row in enumerate(known.rows)
    ]
    return found + [
        Learned(
            pieces(row["text"]),
            [int(row["says"].get(label, -1)) for label in LABELS],
            REQUEST_WEIGHT,
            fold_of(row, FOLDS, "app"),
        )
        for row in rows(groups())
    ]


def taught(texts: Sequence[Learned], *, steps: int = STEPS) -> Judge:
    """A network that learned from all of these."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    judge = Judge()
    descent = Descent(
        [
            {"params": [*learning(judge.encoder)], "lr": LEARNING_RATE},
            {"params": [*judge.head.parameters()], "lr": HEAD_LEARNING_RATE},
        ],
        steps=steps,
        warm=WARM_STEPS,
    )
    judge.train()
    waiting: list[Learned] = []
    for step in range(steps):
        if len(waiting) < BATCH:
            waiting = chance.sample(texts, len(texts))
        batch, waiting = waiting[:BATCH], waiting[BATCH:]
        logits = judge(padded([each.pieces for each in batch]))
        has = torch.tensor([each.has for each in batch], device=logits.device).float()
        weight = torch.tensor([each.weight for each in batch], device=logits.device)[:, None]
        weight = weight * (has >= 0)
        soft = has.clamp(min=0) * (1 - 2 * SOFTNESS) + SOFTNESS
        losses = nn.functional.binary_cross_entropy_with_logits(logits, soft, reduction="none")
        loss = (losses * weight).sum() / weight.sum()
        descent.step(loss)
        if step % 100 == 0:
            _LOG.info("step %d of %d, loss %.3f", step, steps, loss.item())
    return judge


def said_by(judge: Judge, texts: Sequence[Learned]) -> Logits:
    """The logits (n, labels) of texts."""
    judge.eval()
    said = np.zeros((len(texts), len(LABELS)), np.float32)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at].pieces))
    with torch.inference_mode():
        for start in range(0, len(order), 2 * BATCH):
            places = order[start : start + 2 * BATCH]
            said[places] = judge(padded([texts[at].pieces for at in places])).cpu().numpy()
    return said


def unseen_logits(texts: Sequence[Learned]) -> Logits:
    """What a network that saw nothing of its fold says of each text."""
    said = np.zeros((len(texts), len(LABELS)), np.float32)
    for fold in range(FOLDS):
        places = [at for at, each in enumerate(texts) if each.fold == fold]
        judge = taught([each for each in texts if each.fold != fold])
        said[places] = said_by(judge, [texts[at] for at in places])
    return said


def joint(known: Labelled, odds: Mapping[IntentLabel, Floats], said: Logits) -> Floats:
    """For each label what the linear log odds count, what the network's, and a bias (labels, 3)."""
    found = []
    for at, label in enumerate(LABELS):
        has, measured = known.has(label), known.measured_for(label)
        slope, offset = platt(odds[label][measured], has[measured])
        both = np.stack([slope * odds[label] + offset, said[:, at]], axis=1)
        chance = _unseen_chance(both, has, measured, known.fold)
        _tell(label, known, chance, measured)
        fitted = LogisticRegression(C=1e6).fit(both[measured], has[measured])
        found.append([*fitted.coef_[0], fitted.intercept_[0]])
    return np.array(found)


def _unseen_chance(
    both: Floats,
    has: npt.NDArray[np.bool_],
    measured: npt.NDArray[np.bool_],
    fold: npt.NDArray[np.int64],
) -> Floats:
    chance = np.zeros(len(has))
    for each in range(FOLDS):
        learned = measured & (fold != each)
        fitted = LogisticRegression(C=1e6).fit(both[learned], has[learned])
        chance[fold == each] = fitted.predict_proba(both[fold == each])[:, 1]
    return chance


def _tell(
    label: IntentLabel, known: Labelled, chance: Floats, measured: npt.NDArray[np.bool_]
) -> None:
    has = known.has(label)
    error = calibration_error(chance[measured].tolist(), has[measured].tolist())
    _LOG.info("%s: calibration error %.3f", label, error)
    for source in sorted(set(known.source[measured].tolist())):
        some = measured & (known.source == source)
        if has[some].any():
            figure = f1_score(has[some], chance[some] >= SAID_FROM[label], average="macro")
            _LOG.info("%s, %s: macro F1 %.3f of %d", label, source, figure, some.sum())


def _kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    if not path.exists():
        np.savez_compressed(path, **make())
    with np.load(path, allow_pickle=False) as kept:
        return dict(kept)


def train(data: Path, work: Path) -> None:
    """Train what is missing in the work folder, write the files that ship, and tell figures."""
    known = labelled(data)
    texts = texts_of(known)
    unseen = _kept(work / "intent_unseen.npz", lambda: {"said": unseen_logits(texts)})["said"]
    weights = _kept(work / "intent_network.npz", lambda: weights_of(taught(texts)))
    encoder = {
        name.removeprefix("encoder."): each.astype(np.float32)
        for name, each in weights.items()
        if name.startswith("encoder.")
    }
    write_logits(encoder, weights["head.weight"], weights["head.bias"], MODELS / NETWORK_FILE)
    table = features(known.rows)
    odds = {label: unseen_odds(label, seen_by(label, table.columns), known) for label in LABELS}
    np.savez_compressed(
        MODELS / JOINT_FILE,
        labels=np.array(LABELS),
        joint=joint(known, odds, unseen[: len(known.rows)]),
        said_from=np.array([SAID_FROM[label] for label in LABELS]),
    )


def main() -> None:
    """Train, and write the files that ship."""
    train(*asked_folders(__doc__))


if __name__ == "__main__":
    main()
