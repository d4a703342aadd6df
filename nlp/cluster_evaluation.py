"""How right clusters are on labelled rows, beside the same words and TF-IDF with agglomeration.

B-cubed (Bagga & Baldwin, "Entity-Based Cross-Document Coreferencing Using the Vector Space Model",
1998): for each text the share of its cluster that belongs with it, and the share of what belongs
with it that is in its cluster, in the mean over texts. Amigó et al., "A comparison of extrinsic
clustering evaluation metrics", 2009, says why this and not purity. Pure: rows in, figures out.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlp.clusters import cluster, same_words
from nlp.grouping import grouped, unit
from nlp.network import Floats
from nlp.wishes import ENGLISH, wish_of

TFIDF_ALIKE = 0.25
"""Fixed beforehand: the best on the development set (tests/nlp/development_requests.jsonl)."""
TRIED = tuple(step / 20 for step in range(1, 20))
"""Thresholds of which "at best here" shows the best, chosen by the labels themselves."""


@dataclass(frozen=True, slots=True)
class ClusterScore:
    """B-cubed figures of one way to put rows together, and how many clusters it found."""

    name: str
    precision: float
    recall: float
    f1: float
    found: int


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """Figures over rows with a text and a cluster: ours first, then the baselines.

    `skipped` rows had none; `by_lang` are our own figures for the rows of each language.
    """

    n: int
    clusters: int
    scores: Sequence[ClusterScore]
    by_lang: Mapping[str, ClusterScore]
    skipped: int

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, for `json.dumps`."""
        return {"kind": "clusters", **asdict(self)}


def evaluate_clusters(rows: Iterable[Mapping[str, Any]]) -> ClusterReport:
    """Put the rows' texts together in each way and compare with their `cluster`.

    Rows may have a `lang`; without it each text's is identified. Raises ValueError if no row can
    be used.
    """
    kept, skipped = [], 0
    for row in rows:
        if isinstance(row.get("text"), str) and str(row.get("cluster") or ""):
            kept.append(row)
        else:
            skipped += 1
    if not kept:
        raise ValueError(
            "no row has a text and a cluster: give each row a `cluster`, the same for all that "
            "ask for the same (docs/digests.md)"
        )
    texts = [row["text"] for row in kept]
    gold = [str(row["cluster"]) for row in kept]
    langs = [str(row.get("lang") or "") for row in kept]
    ours = cluster(texts, langs=langs if any(langs) else None)
    by_lang = {
        lang: _scored(lang, [(gold[at], ours[at]) for at, own in enumerate(langs) if own == lang])
        for lang in sorted(set(langs) - {""})
    }
    scores = [_scored("Untagged", list(zip(gold, ours, strict=True)))]
    scores += _baselines(texts, gold, langs)
    return ClusterReport(len(kept), len(set(gold)), scores, by_lang, skipped)


def b_cubed(gold: Sequence[str], found: Sequence[int]) -> tuple[float, float]:
    """Precision and recall of clusters found, against the right ones of the same texts."""
    truly, said = Counter(gold), Counter(found)
    both = Counter(zip(gold, found, strict=True))
    precision = sum(n * n / said[label] for (_, label), n in both.items()) / len(gold)
    recall = sum(n * n / truly[label] for (label, _), n in both.items()) / len(gold)
    return precision, recall


def _scored(name: str, pairs: Sequence[tuple[str, int]]) -> ClusterScore:
    gold, found = [one for one, _ in pairs], [other for _, other in pairs]
    precision, recall = b_cubed(gold, found)
    f1 = 2 * precision * recall / (precision + recall)
    return ClusterScore(name, precision, recall, f1, len(set(found)))


def _baselines(
    texts: Sequence[str], gold: Sequence[str], langs: Sequence[str]
) -> list[ClusterScore]:
    same: dict[str, int] = {}
    exact = [same.setdefault(same_words(text), len(same)) for text in texts]
    rows = _tfidf(texts, langs)
    tried = {threshold: _cut(rows, threshold) for threshold in (TFIDF_ALIKE, *TRIED)}
    scores = {
        threshold: _scored(
            f"TF-IDF, at best here ({threshold})",
            list(zip(gold, found, strict=True)),
        )
        for threshold, found in tried.items()
    }
    fixed = list(zip(gold, tried[TFIDF_ALIKE], strict=True))
    return [
        _scored("same words", list(zip(gold, exact, strict=True))),
        _scored(f"TF-IDF, agglomerative ({TFIDF_ALIKE})", fixed),
        max(scores.values(), key=lambda each: (each.f1, each.name)),
    ]


def _cut(rows: Floats, threshold: float) -> list[int]:
    labels = [0] * len(rows)
    for number, group in enumerate(grouped(rows, threshold)):
        for at in group:
            labels[at] = number
    return labels


def _tfidf(texts: Sequence[str], langs: Sequence[str]) -> Floats:
    """TF-IDF rows of length 1 over words without stop words and words of asking.

    The same words are left out as by ours, so that what is compared is not the list of them.
    """
    counted = [
        Counter(sorted(wish_of(text, lang or ENGLISH).told))
        for text, lang in zip(texts, langs, strict=True)
    ]
    seen = Counter(word for words in counted for word in words)
    place = {word: at for at, word in enumerate(sorted(seen))}
    rows = np.zeros((len(texts), max(1, len(place))), np.float32)
    for row, words in zip(rows, counted, strict=True):
        for word in words:
            row[place[word]] = math.log((1 + len(texts)) / (1 + seen[word])) + 1
    return np.array([unit(row) for row in rows])
