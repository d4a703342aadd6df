"""Train the English intent model: `python -m nlp.training.intents --data ../shared/data`.

One regression a label, each on the rows that were judged for it. Figures are of rows whose domain
(complaints) or app (reviews) the model had not seen; the weights that are written are of all rows.
Needs scikit-learn, which reading does not.
"""

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from mentions.mention import IntentLabel
from nlp.english import english_reading
from nlp.evaluation import calibration_error
from nlp.intent import wish_from
from nlp.intent_facts import FACTS, FactReader
from nlp.intent_features import BUCKETS, read_words, word_buckets
from nlp.intent_model import WEIGHTS, Weights
from nlp.plain import plain
from nlp.training.data import Row
from nlp.training.intent_rows import (
    BLIND,
    CHATTER,
    CHATTER_SHARE,
    CLAP,
    COMPLAINTS,
    CUSTOMERS,
    FOLDS,
    JUDGED,
    MAALEJ,
    STREAM,
    Floats,
    Labelled,
    labelled,
)

_LOG = logging.getLogger(__name__)

STRENGTH, POOLED_STRENGTH = 2.0, 0.15
"""Scale of every group of features, against one unit of ridge. 0.5 to 2 were tried: 0.792, 0.810
and 0.814 macro F1 of complaints on domains left out."""


@dataclass(frozen=True, slots=True)
class Table:
    """(rows, BUCKETS + facts + pooled), and by how much each column was stretched and moved."""

    columns: csr_matrix
    stretch: Floats
    middle: Floats
    wish_from: Floats
    """The probability from which `nlp.intent` gives each row a wish."""


def features(rows: Sequence[Row]) -> Table:
    """Words, facts and the network's view, as `nlp.intent_model` weighs them."""
    reader, network = FactReader(), english_reading()
    words, facts, pooled, wishes = [], [], [], []
    for row in rows:
        post = plain(row["text"])
        read = read_words(post.words)
        words.append([bucket for word in read for bucket in word_buckets(word)])
        said = reader.read(
            post,
            begins_with_handle=row["text"].startswith("@"),
            is_about_somebody=bool(post.handles) or row["source"] in (CLAP, MAALEJ, CUSTOMERS),
        )
        facts.append(said.numbers)
        wishes.append(wish_from(said))
        view = network.view(row["text"])
        pooled.append(view.pooled if view else np.zeros(2 * network.network.width))
    seen = np.array(pooled, dtype=np.float64)
    middle, stretch = seen.mean(0), POOLED_STRENGTH / (seen.std(0) + 1e-6)
    blocks = [
        _bag(words) * STRENGTH,
        csr_matrix(np.array(facts)) * STRENGTH,
        csr_matrix((seen - middle) * stretch),
    ]
    plain_columns = BUCKETS + len(FACTS)
    return Table(
        columns=csr_matrix(hstack(blocks)),
        stretch=np.concatenate([np.full(plain_columns, STRENGTH), stretch]),
        middle=np.concatenate([np.zeros(plain_columns), middle]),
        wish_from=np.array(wishes),
    )


def _bag(buckets: Sequence[Sequence[int]]) -> csr_matrix:
    ends = np.cumsum([0, *map(len, buckets)])
    places = np.fromiter((each for row in buckets for each in row), dtype=np.int64, count=ends[-1])
    values = np.repeat([1 / np.sqrt(max(1, len(row))) for row in buckets], np.diff(ends))
    bag = csr_matrix((values, places, ends), shape=(len(buckets), BUCKETS))
    bag.sum_duplicates()
    return bag


def seen_by(label: IntentLabel, table: csr_matrix) -> csr_matrix:
    """The table without the columns that a label must not be judged by."""
    kept = np.ones(table.shape[1])
    kept[[BUCKETS + FACTS.index(name) for name in BLIND[label]]] = 0
    return csr_matrix(table.multiply(kept))


def _fitted(table: csr_matrix, has: NDArray[np.bool_], weight: Floats) -> LogisticRegression:
    # liblinear's own solver is ten times as fast as the default on so many sparse columns.
    model = LogisticRegression(solver="liblinear", C=1.0, intercept_scaling=3)
    return model.fit(table, has, sample_weight=weight)


def unseen_odds(label: IntentLabel, table: csr_matrix, known: Labelled) -> Floats:
    """The log odds of every row by a model that saw nothing of its fold."""
    odds, judged, has = np.zeros(len(known.rows)), known.judged_for(label), known.has(label)
    for fold in range(FOLDS):
        learned, asked = judged & (known.fold != fold), known.fold == fold
        odds[asked] = _fitted(
            table[learned], has[learned], known.weight[learned]
        ).decision_function(table[asked])
    return odds


def platt(odds: Floats, has: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset that make log odds probabilities (Platt, 1999)."""
    fitted = LogisticRegression(C=1e6).fit(odds[:, None], has)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def crossed_error(odds: Floats, has: NDArray[np.bool_], fold: NDArray[np.int64]) -> float:
    """Calibration error where slope and offset come from the other folds."""
    chance = np.zeros(len(odds))
    for each in range(FOLDS):
        slope, offset = platt(odds[fold != each], has[fold != each])
        chance[fold == each] = _sigmoid(slope * odds[fold == each] + offset)
    return calibration_error(chance.tolist(), has.tolist())


def _sigmoid(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))


def threshold(label: IntentLabel, chance: Floats, known: Labelled) -> float:
    """The probability from which giving the label is best, in steps of 0.05.

    Best is macro F1 with chatter at its share for complaints, else the mean of the files' macro F1.
    """
    has, judged = known.has(label), known.measured_for(label)
    steps = np.arange(0.2, 0.65, 0.05)
    if label == "complaint":
        chatter = known.is_chatter[judged]
        weight = np.where(
            chatter, CHATTER_SHARE / chatter.sum(), (1 - CHATTER_SHARE) / (~chatter).sum()
        )
        scores = [
            f1_score(has[judged], chance[judged] >= step, average="macro", sample_weight=weight)
            for step in steps
        ]
    else:
        files = [known.source == name for name in (CLAP, MAALEJ, CUSTOMERS)]
        scores = [
            np.mean([f1_score(has[file], chance[file] >= step, average="macro") for file in files])
            for step in steps
        ]
    return round(float(steps[int(np.argmax(scores))]), 2)


def train(data: Path) -> Weights:
    """The weights, and figures of unseen rows in the log."""
    known = labelled(data)
    table = features(known.rows)
    columns: list[dict[str, Any]] = []
    chances: dict[str, Floats] = {}
    for label in JUDGED:
        own = seen_by(label, table.columns)
        has, judged = known.has(label), known.judged_for(label)
        measured = known.measured_for(label)
        odds = unseen_odds(label, own, known)
        slope, offset = platt(odds[measured], has[measured])
        chances[label] = _sigmoid(slope * odds + offset)
        said_from = threshold(label, chances[label], known)
        error = crossed_error(odds[measured], has[measured], known.fold[measured])
        _LOG.info("%s: from %.2f on, calibration error %.3f", label, said_from, error)
        fitted = _fitted(own[judged], has[judged], known.weight[judged])
        moved = fitted.coef_[0] @ (table.stretch * table.middle)
        columns.append(
            {
                "weights": slope * fitted.coef_[0] * table.stretch,
                "bias": slope * (fitted.intercept_[0] - moved) + offset,
                "said_from": said_from,
            }
        )
    weights = _as_weights(columns)
    _tell(known, chances, weights, table.wish_from)
    return weights


def _as_weights(columns: Sequence[Mapping[str, Any]]) -> Weights:
    stacked = np.stack([each["weights"] for each in columns], axis=1)
    return Weights(
        labels=tuple(JUDGED),
        words=stacked[:BUCKETS].astype(np.float32),
        facts=stacked[BUCKETS : BUCKETS + len(FACTS)],
        pooled=stacked[BUCKETS + len(FACTS) :].astype(np.float32),
        bias=np.array([each["bias"] for each in columns]),
        said_from=np.array([each["said_from"] for each in columns]),
    )


def _tell(
    known: Labelled, chances: Mapping[str, Floats], weights: Weights, wish_from: Floats
) -> None:
    said_from = dict(zip(weights.labels, weights.said_from.tolist(), strict=True))
    complains, has = chances["complaint"] >= said_from["complaint"], known.has("complaint")
    for name in (
        "",
        *sorted({each for each in known.domain if each and not each.startswith(CHATTER)}),
    ):
        some = (known.source == COMPLAINTS) & ((known.domain == name) | (not name))
        figure = f1_score(has[some], complains[some], average="macro")
        _LOG.info("complaint, %s: macro F1 %.3f of %d", name or "all", figure, some.sum())
    for name in (COMPLAINTS, STREAM):
        some = (known.source == name) & known.is_chatter
        _LOG.info("complaint said of chatter, %s: %.3f", name, complains[some].mean())
    own = (known.source == COMPLAINTS) & ~known.is_chatter
    figure = f1_score(has[own], complains[own], average="macro")
    _LOG.info("complaint, posts to companies: macro F1 %.3f of %d", figure, own.sum())
    both = ("bug_report", "feature_request")
    for name in (CLAP, MAALEJ, CUSTOMERS):
        places = np.flatnonzero(known.source == name).tolist()
        gold = [_first(both, known.rows[at]["labels"]) for at in places]
        said = [
            _surest(
                both,
                {each: chances[each][at] for each in both},
                {**said_from, "feature_request": wish_from[at]},
            )
            for at in places
        ]
        figure = f1_score(gold, said, average="macro", labels=[*both, "other"])
        _LOG.info("bug, feature, other, %s: macro F1 %.3f of %d", name, figure, len(places))


def _first(labels: Sequence[str], has: set[str]) -> str:
    return next((label for label in labels if label in has), "other")


def _surest(
    labels: Sequence[str], chance: Mapping[str, float], said_from: Mapping[str, float]
) -> str:
    given = [label for label in labels if chance[label] >= said_from[label]]
    return max(given, key=lambda label: chance[label], default="other")


def main() -> None:
    """Train, and write the weights that are shipped."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, required=True, help="the folder with the labelled rows")
    asked.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    given = asked.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train(given.data).save(given.out)


if __name__ == "__main__":
    main()
