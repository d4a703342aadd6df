"""The rows of many languages that the multilingual network learns from, and what they teach.

A corpus in which nobody marked neutral posts says nothing of neutral posts: its rows only teach
positive against negative. Class shares of a corpus are those of whoever collected it, so they are
taken out of what is learnt (balanced softmax: Ren et al., "Balanced Meta-Softmax for Long-Tailed
Visual Recognition", 2020) and given back, half of them, as `offsets`.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.sentiment_network import SENTIMENTS
from nlp.training.data import Row, fold_of, rows_of, without_copies

FURTHER = (
    "african-afrisenti",
    "european-mozetic",
    "he-omilab",
    "id-smsa",
    "th-wisesight",
    "zh-ja-ms-tyqiangz",
    "zh-waimai",
)
WITHOUT_NEUTRAL = frozenset({"european-mozetic", "he-omilab", "zh-waimai"})
FOLDS = 10
HELD_OUT = 0
"""The fold of the further languages that is measured and never learnt."""

_NEVER = -1e4
_LEAST_LOG_PRIOR = -9.0
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post, the class that somebody gave it, and the `group` (corpus and language) it is of."""

    text: str
    label: int
    group: tuple[str, str]
    is_held_out: bool

    @property
    def has_neutral(self) -> bool:
        """Whether neutral posts were marked in its corpus."""
        return self.group[0] not in WITHOUT_NEUTRAL


def learning_rows(data: Path) -> list[Labelled]:
    """XLM-T's training rows, the further languages, and English tweets; each text once."""
    apart = rows_of(data, "sentiment/xlmt-val") + rows_of(data, "sentiment/tweeteval-en-val")
    rows = [(row, "xlmt") for row in rows_of(data, "sentiment/xlmt-train")]
    for name in FURTHER:
        rows += [(row, name) for row in rows_of(data, f"sentiment/more/{name}")]
    english = rows_of(data, "sentiment/semeval2017-en-train")
    rows += [({**row, "lang": "en"}, "semeval") for row in english]
    corpora = {id(row): corpus for row, corpus in rows}
    kept = without_copies([row for row, _ in rows], apart)
    return [_labelled(row, corpora[id(row)]) for row in kept]


def measured_rows(data: Path) -> list[Labelled]:
    """XLM-T's validation rows, of which nothing is learnt."""
    return [_labelled(row, "xlmt") for row in rows_of(data, "sentiment/xlmt-val")]


def _labelled(row: Row, corpus: str) -> Labelled:
    return Labelled(
        text=row["text"],
        label=SENTIMENTS.index(row["label"]),
        group=(corpus, row["lang"]),
        is_held_out=corpus in FURTHER and fold_of(row, FOLDS) == HELD_OUT,
    )


def capped(rows: Sequence[Labelled], cap: int, caps: dict[str, int], seed: int) -> list[Labelled]:
    """Rows in random order, at most `cap` of a group, or what `caps` says of its corpus."""
    taken: Counter[tuple[str, str]] = Counter()
    kept = []
    for row in random.Random(seed).sample(rows, len(rows)):
        taken[row.group] += 1
        if taken[row.group] <= caps.get(row.group[0], cap):
            kept.append(row)
    return kept


def log_priors(rows: Iterable[Labelled]) -> dict[tuple[str, str], Floats]:
    """The log share of each class in each group; a class that nobody marked can never be."""
    counts: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for row in rows:
        counts[row.group][row.label] += 1
    return {group: _log_prior(group, seen) for group, seen in counts.items()}


def _log_prior(group: tuple[str, str], seen: Counter[int]) -> Floats:
    shares = np.array([seen[label] for label in range(len(SENTIMENTS))]) / seen.total()
    logs = np.log(np.maximum(shares, np.exp(_LEAST_LOG_PRIOR)))
    if group[0] in WITHOUT_NEUTRAL:
        logs[SENTIMENTS.index("neutral")] = _NEVER
    return logs.astype(np.float32)


def macro_f1(gold: npt.NDArray[Any], said: npt.NDArray[Any]) -> float:
    """The mean F1 of the classes that are in `gold`."""
    scores = []
    for label in np.unique(gold):
        right = ((gold == label) & (said == label)).sum()
        scores.append(2 * right / ((gold == label).sum() + (said == label).sum()))
    return float(np.mean(scores))
