"""Train the multilingual sentiment model: a teacher of many languages, and what learns from it.

    python -m nlp.training.multilingual --data ../shared/data [--work var/training]

Needs `pip install 'untagged[training]'`, about an hour of one core and 4 GB. What the teacher
said is kept in the work folder and not asked again. Writes nlp/models/sentiment_multilingual.npz
and prints the figures of the model card.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nlp.multilingual import MULTILINGUAL, NEUTRAL, UNSURE_BELOW
from nlp.network import Network
from nlp.sentiment_network import SENTIMENTS
from nlp.training import multilingual_student, multilingual_teacher
from nlp.training.asked import asked_folders
from nlp.training.calibration import best_temperature, cross_fitted, error_of, softmax
from nlp.training.e5 import E5, read_e5, weights_file
from nlp.training.multilingual_pieces import (
    Vocabulary,
    met_vocabulary,
    small_embeddings,
    whole_vocabulary,
)
from nlp.training.multilingual_rows import (
    Labelled,
    capped,
    learning_rows,
    log_priors,
    macro_f1,
    measured_rows,
)
from nlp.training.multilingual_teacher import Teacher, fine_tune
from nlp.training.multilingual_variants import variants
from nlp.training.student import Student, weights_of
from nlp.unigram_pieces import UNKNOWN, piece_text
from nlp.view import MODELS

PRIOR_SHARE = 0.5
"""How much of a corpus' class shares is given back: half, as for English."""
NEUTRAL_SHARE = 0.05
"""In languages where nobody marked neutral posts the network may call so many of those neutral that
somebody found positive or negative. It learnt from other languages what neutral is."""
LEAST_LOG_PRIOR = -3.0
_LOG = logging.getLogger(__name__)
Numbers = list[list[int]]
Floats = npt.NDArray[Any]


def main() -> None:
    """Train, write the model, print its figures."""
    train(*asked_folders(__doc__))


def train(data: Path, work: Path) -> None:
    """What the teacher says of every row, the network that learns it, and how right that is."""
    torch.manual_seed(1)
    e5 = read_e5(weights_file())
    rows = learning_rows(data)
    learnt = [row for row in rows if not row.is_held_out]
    priors = log_priors(learnt)
    of_rows = np.stack([priors[row.group] for row in learnt])
    tweets = [place for place, row in enumerate(learnt) if row.group[0] == "xlmt"]
    made = variants([learnt[place] for place in tweets if learnt[place].group[1] != "hi"])
    kept = work / "multilingual_teacher.npy"
    if not kept.exists():
        np.save(kept, _taught(e5, learnt, of_rows, [*(learnt[place] for place in tweets), *made]))
    said = np.load(kept)
    # On the further languages it is no better than their labels: macro F1 0.667 against 0.669.
    taught = np.full((len(learnt), len(SENTIMENTS)), np.nan, np.float32)
    taught[tweets] = said[: len(tweets)]
    of_made = said[len(tweets) :]
    labelled = [
        replace(row, label=int(best)) for row, best in zip(made, of_made.argmax(1), strict=True)
    ]
    vocabulary = met_vocabulary(e5, [piece_text(row.text) for row in learnt])
    numbers = _numbers(vocabulary, learnt)
    met = Counter(piece for each in numbers for piece in each)
    counts = [met[number] for number in range(len(vocabulary.pieces))]
    _LOG.info("%d rows, %d pieces", len(learnt), len(counts))
    embeddings = small_embeddings(e5, vocabulary, counts)
    student = Student(torch.from_numpy(embeddings), len(SENTIMENTS))
    multilingual_student.learn(
        student,
        [*learnt, *labelled],
        [*numbers, *_numbers(vocabulary, made)],
        np.concatenate([taught, of_made]),
        priors=np.concatenate([of_rows, np.zeros_like(of_made)]),
        recipe=multilingual_student.Recipe(),
    )
    weights = {
        **weights_of(student),
        "vocabulary": np.frombuffer("\n".join(vocabulary.pieces).encode(), np.uint8),
        "piece_scores": np.array(vocabulary.scores, np.float32),
    }
    apart = [row for row in rows if row.is_held_out] + measured_rows(data)
    write(weights, judged(weights, vocabulary, apart, priors))


def _taught(e5: E5, rows: Sequence[Labelled], priors: Floats, asked: Sequence[Labelled]) -> Floats:
    whole = whole_vocabulary(e5)
    first, last = len(whole.places), len(whole.places) + 1
    caps = {"european-mozetic": 1_000, "semeval": 4_000, "xlmt": len(rows)}
    shown = {id(row) for row in capped(rows, 1_500, caps, seed=1)}
    places = [place for place, row in enumerate(rows) if id(row) in shown]
    learnt = [rows[place] for place in places]
    numbers = [[first, *each, last] for each in _numbers(whole, [*learnt, *asked])]
    teacher = Teacher(e5, [*whole.places, e5.first, e5.last])
    fine_tune(
        teacher,
        learnt,
        numbers[: len(learnt)],
        priors=priors[places],
        recipe=multilingual_teacher.Recipe(),
    )
    return multilingual_teacher.logits_of(teacher, numbers[len(learnt) :])


def _numbers(vocabulary: Vocabulary, rows: Sequence[Labelled]) -> Numbers:
    cutter = vocabulary.cutter()
    return [cutter.cut(piece_text(row.text)).pieces or [UNKNOWN] for row in rows]


@dataclass(frozen=True, slots=True)
class Judged:
    """A group of rows kept apart: how its logits are read, and how right they are then."""

    lang: str
    corpus: str
    temperature: float
    offset: Floats
    has_neutral: bool
    rows: int
    macro_f1: float
    always_commonest: float
    calibration_error: float
    neutral: float
    unsure: float
    probabilities: Floats
    gold: Floats


def judged(
    weights: Mapping[str, Floats],
    vocabulary: Vocabulary,
    apart: Sequence[Labelled],
    priors: Mapping[tuple[str, str], Floats],
) -> list[Judged]:
    """Each group of rows kept apart, read by what is shipped."""
    network = Network(weights)
    logits = network.logits(_numbers(vocabulary, apart))
    places = defaultdict(list)
    for place, row in enumerate(apart):
        places[row.group].append(place)
    return [
        _judged(group, logits[of_group], apart[of_group[0]].has_neutral, priors[group], gold)
        for group, of_group in sorted(places.items())
        for gold in [np.array([apart[place].label for place in of_group])]
    ]


def _judged(
    group: tuple[str, str], logits: Floats, has_neutral: bool, prior: Floats, gold: Floats
) -> Judged:
    corpus, lang = group
    # The confidence of "neutral" cannot be checked where nobody marked neutral posts.
    checked = logits.astype(np.float64) if has_neutral else _without_neutral(logits)
    temperature = best_temperature(checked, gold.tolist())
    offset = np.zeros(len(SENTIMENTS))
    if not has_neutral:
        lead = (logits[:, NEUTRAL] - checked.max(1)) / temperature
        offset[NEUTRAL] = -max(0.0, np.quantile(lead, 1 - NEUTRAL_SHARE))
    elif corpus != "xlmt":
        offset = PRIOR_SHARE * np.maximum(prior - prior.max(), LEAST_LOG_PRIOR)
    scaled = logits / temperature + offset
    said = scaled.argmax(1)
    confidence = softmax(scaled).max(1)
    commonest = np.full_like(gold, np.bincount(gold).argmax())
    return Judged(
        lang=lang,
        corpus=corpus,
        temperature=temperature,
        offset=offset,
        has_neutral=has_neutral,
        rows=len(gold),
        macro_f1=macro_f1(gold, said),
        always_commonest=macro_f1(gold, commonest),
        calibration_error=cross_fitted(checked + offset * temperature, gold.tolist()),
        neutral=float((said == NEUTRAL).mean()),
        unsure=float((confidence < UNSURE_BELOW).mean()),
        probabilities=softmax(checked / temperature + offset),
        gold=gold,
    )


def _without_neutral(logits: Floats) -> Floats:
    checked = logits.astype(np.float64)
    checked[:, NEUTRAL] = -1e4
    return checked


def write(weights: Mapping[str, Floats], groups: Sequence[Judged]) -> None:
    """The model, with how each language is read, and the figures on rows kept apart.

    A language with several corpora is read as XLM-T has it, or else as one with neutral posts.
    """
    ranked = sorted(groups, key=lambda each: (each.corpus == "xlmt", each.has_neutral))
    of_language = {each.lang: each for each in ranked if each.lang != "en"}
    languages = sorted(of_language)
    read = [of_language[lang] for lang in languages]
    arrays: dict[str, Any] = {
        **weights,
        "languages": np.array(languages),
        "has_neutral": np.array([each.has_neutral for each in read]),
        "temperatures": np.array([each.temperature for each in read], np.float32),
        "offsets": np.array([each.offset for each in read], np.float32),
    }
    np.savez_compressed(MODELS / f"{MULTILINGUAL}.npz", **arrays)
    for each in groups:
        _LOG.info(
            "| %s | %s | %d | %.3f | %.3f | %.3f | %.0f %% | %.0f %% |",
            *(each.lang, each.corpus, each.rows, each.always_commonest, each.macro_f1),
            *(each.calibration_error, 100 * each.neutral, 100 * each.unsure),
        )
    for name, is_xlmt in (("XLM-T", True), ("further", False)):
        of_kind = [each for each in groups if (each.corpus == "xlmt") == is_xlmt]
        error = error_of(
            np.concatenate([each.probabilities for each in of_kind]),
            np.concatenate([each.gold for each in of_kind]).tolist(),
        )
        score = np.mean([each.macro_f1 for each in of_kind])
        _LOG.info("%s: mean macro F1 %.3f, calibration error %.3f", name, score, error)


if __name__ == "__main__":
    main()
