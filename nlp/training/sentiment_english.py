"""Train the English sentiment models: MiniLM for `accurate`, the small network for `default`.

    python -m nlp.training.sentiment_english --data ../shared/data [--work var/training]

Needs `pip install 'untagged[training]'`, about an hour of one core and 4 GB. What a step made is
kept in the work folder and not made again. Writes nlp/models/sentiment_en.npz, minilm_en.onnx and
wordpieces.txt, and prints the figures of the model card.
"""

import csv
import json
import logging
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nlp.english import ENGLISH, wordpieces
from nlp.evaluation import score
from nlp.minilm import MINILM_FILE, MiniLm
from nlp.network import Network
from nlp.sentiment_network import SENTIMENTS
from nlp.training.accurate import write_onnx
from nlp.training.asked import asked_folders
from nlp.training.calibration import best_temperature, cross_fitted
from nlp.training.data import Row, english_sentiment, rows_of, unlabelled_english
from nlp.training.student import Recipe, Student, distil, reduced, weights_of
from nlp.training.teacher import Cutter, Teacher, fine_tune, vocabulary
from nlp.view import MODELS

SEED = 1
_LOG = logging.getLogger(__name__)
_large: MiniLm
Floats = npt.NDArray[Any]


def main() -> None:
    """Train what is missing, write the models, print their figures."""
    train(*asked_folders(__doc__))


def train(data: Path, work: Path) -> None:
    """The teacher, what it says of every post, the student, and how right both are."""
    torch.manual_seed(SEED)
    cutter = Cutter()
    labelled, unlabelled = english_sentiment(data), unlabelled_english(data)
    _LOG.info("%d posts with labels, %d without", len(labelled), len(unlabelled))
    numbers = [cutter.numbers(row["text"]) for row in (*labelled, *unlabelled)]
    labels = [SENTIMENTS.index(row["label"]) for row in labelled]
    MODELS.mkdir(exist_ok=True)
    (MODELS / "wordpieces.txt").write_text("\n".join(vocabulary()), encoding="utf-8")
    teacher = Teacher(len(SENTIMENTS))
    _kept_teacher(teacher, work / "teacher.pt", numbers[: len(labelled)], labels)
    write_onnx(teacher, MODELS / MINILM_FILE)
    said = _kept(work / "said.npy", lambda: _said_by_large(numbers))
    student = Student(reduced(Teacher(len(SENTIMENTS)).embeddings()), len(SENTIMENTS))
    distil(student, [_bare(each) for each in numbers], said, labels, Recipe(seed=SEED))
    _calibrate(weights_of(student), cutter, data)


def _said_by_large(numbers: list[list[int]]) -> Floats:
    """What the large model as it ships says of every post: the small one learns from that."""
    with multiprocessing.get_context("spawn").Pool(2, _open_large) as readers:
        return np.array(readers.map(_logits, map(_bare, numbers), chunksize=1000))


def _open_large() -> None:
    global _large  # noqa: PLW0603  a process of the pool has one
    _large = MiniLm(wordpieces())


def _logits(pieces: list[int]) -> Floats:
    return _large.logits(pieces)


def _kept_teacher(
    teacher: Teacher, path: Path, numbers: list[list[int]], labels: list[int]
) -> None:
    if not path.exists():
        fine_tune(teacher, numbers, labels, seed=SEED)
        torch.save(teacher.state_dict(), path)
    teacher.load_state_dict(torch.load(path, weights_only=True))


def _kept(path: Path, make: Callable[[], Floats]) -> Floats:
    if not path.exists():
        np.save(path, make())
    return np.load(path)  # type: ignore[no-any-return]  # NumPy says Any


def _bare(numbers: list[int]) -> list[int]:
    """Without [CLS] and [SEP], which the student does not read; an empty post keeps one."""
    return numbers[1:-1] or numbers[:1]


@dataclass(frozen=True, slots=True)
class _Judged:
    """Logits (n, classes) of both models for the rows of one set."""

    gold: list[int]
    small: Floats
    large: Floats


def _calibrate(weights: dict[str, Floats], cutter: Cutter, data: Path) -> None:
    """Choose temperatures on TweetEval's validation rows, write the weights, print figures."""
    network = Network(weights)
    large = MiniLm(wordpieces())

    def judged(rows: list[Row]) -> _Judged:
        numbers = [cutter.numbers(row["text"]) for row in rows]
        return _Judged(
            [SENTIMENTS.index(row["label"]) for row in rows],
            network.logits([_bare(each) for each in numbers]),
            np.array([large.logits(_bare(each)) for each in numbers]),
        )

    chosen = judged(rows_of(data, "sentiment/tweeteval-en-val"))
    temperatures = {
        "temperature": best_temperature(chosen.small, chosen.gold),
        "large_temperature": best_temperature(chosen.large, chosen.gold),
    }
    stored = {name: np.array(value) for name, value in temperatures.items()}
    np.savez_compressed(MODELS / f"{ENGLISH}.npz", allow_pickle=False, **weights, **stored)
    figures = {"TweetEval val": chosen, "airlines": judged(_airlines(data))}
    for name, each in figures.items():
        for model, logits in (("small", each.small), ("large", each.large)):
            said = [SENTIMENTS[best] for best in logits.argmax(1)]
            right = score([SENTIMENTS[label] for label in each.gold], said)
            error = cross_fitted(logits, each.gold)
            _LOG.info(
                "%s %s recall %.4f F1 %.4f calibration error %.3f",
                name,
                model,
                right.macro_recall,
                right.macro_f1,
                error,
            )
    _LOG.info(json.dumps(temperatures))


def _airlines(data: Path) -> list[Row]:
    path = data / "mentions/airline-tweets-2015.csv"
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        rows = [
            {"text": row["text"], "label": row["airline_sentiment"]}
            for row in csv.DictReader(lines)
        ]
    return rows[::3]


if __name__ == "__main__":
    main()
