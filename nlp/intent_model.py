"""The trained English intent model: a linear one, run by NumPy.

Every word adds its own to each label, whatever stands around it, so what a word adds is worked
out once and remembered, and the words that moved a decision can be named. What stands around it
is seen by the network that reads sentiment; what that made of a post is weighed as well. Weights,
figures and limits: nlp/models/intent_en.md; made by `python -m nlp.training.intents`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mentions.mention import IntentLabel
from nlp.intent_features import read_words, word_buckets
from nlp.network import Floats, products

WEIGHTS = Path(__file__).parent / "models/intent_en.npz"
REMEMBERED_WORDS = 50_000
"""About 10 MB. What is read does not depend on what is remembered, its speed does."""

_SHORT = 3
_NOTABLE = 0.1
"""A word that moves the log odds by less, or 'my' and 'you', explains nothing."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned, a column for each of `labels`, in calibrated log odds but for the last.

    `words` by bucket, `facts` by the numbers that are given beside the words (cues, then form),
    `pooled` by what the network made of the post, `bias` alone. `said_from` is the probability from
    which a label is given.
    """

    labels: tuple[IntentLabel, ...]
    words: NDArray[np.float32]
    pooled: NDArray[np.float32]
    facts: NDArray[np.float64]
    bias: NDArray[np.float64]
    said_from: NDArray[np.float64]

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Weights":
        """The weights of a file that `save` wrote."""
        with np.load(path, allow_pickle=False) as kept:
            return cls(
                labels=cast("tuple[IntentLabel, ...]", tuple(map(str, kept["labels"]))),
                words=kept["words"] * kept["words_step"],
                pooled=kept["pooled"],
                facts=kept["facts"],
                bias=kept["bias"],
                said_from=kept["said_from"],
            )

    def save(self, path: Path) -> None:
        """Write a file for `load`: words in steps of a 127th of a label's largest weight."""
        step = np.maximum(np.abs(self.words).max(0), 1e-9).astype(np.float32) / 127
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            words=np.rint(self.words / step).astype(np.int8),
            words_step=step,
            pooled=self.pooled,
            facts=self.facts,
            bias=self.bias,
            said_from=self.said_from,
        )


@dataclass(frozen=True, slots=True)
class Weighed:
    """What of a post is weighed; `pooled` is the network's, None where that found nothing to read.

    `facts` are the numbers that `nlp.intent_facts` gives.
    """

    words: Sequence[str]
    facts: Sequence[float]
    pooled: Floats | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """How likely each label of the model is, and from what on it is given.

    `alone` is what the linear model said before a larger one was asked, None if none was.
    """

    confidence: Mapping[IntentLabel, float]
    said_from: Mapping[IntentLabel, float]
    alone: "Judged | None" = None


class IntentModel:
    """Judges English posts. Whether a post is English is the caller's to know."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.labels = weights.labels
        self._said_from = dict(zip(weights.labels, weights.said_from.tolist(), strict=True))
        # Per remembered word: what it adds to each label, and of how many buckets it is.
        self._adds = np.zeros((REMEMBERED_WORDS, len(weights.labels) + 1), np.float32)
        self._known: dict[str, int] = {}

    def judge(self, posts: Sequence[Weighed]) -> list[Judged]:
        """The confidence in each label for each post, as if it were alone."""
        if not posts:
            return []
        odds = products(np.array([post.facts for post in posts]), self._weights.facts)
        odds += self._weights.bias
        seen = [at for at, post in enumerate(posts) if post.pooled is not None]
        if seen:
            pooled = np.array([posts[at].pooled for at in seen])
            odds[seen] += products(pooled, self._weights.pooled)
        said = np.zeros((len(posts), self._adds.shape[1]), np.float32)
        said[:, -1] = 1
        for post, sums in zip(posts, said, strict=True):
            rows = self._rows_of(read_words(post.words))
            if rows:
                np.add.reduce(self._adds.take(rows, axis=0), out=sums)
        odds += said[:, :-1] / np.sqrt(said[:, -1:])
        chances = [[1 / (1 + math.exp(-each)) for each in of_post] for of_post in odds.tolist()]
        return [
            Judged(dict(zip(self.labels, of_post, strict=True)), self._said_from)
            for of_post in chances
        ]

    def notable(self, words: Sequence[str], label: IntentLabel, most: int = 5) -> list[str]:
        """The words that spoke most for a label, strongest first."""
        read = read_words(words)
        rows = self._rows_of(read)
        if not rows:
            return []
        adds = self._adds.take(rows, axis=0)
        moved = adds[:, self.labels.index(label)] / math.sqrt(float(np.add.reduce(adds[:, -1])))
        strongest = np.argsort(-moved, kind="stable")[:most].tolist()
        told = (read[at] for at in strongest if moved[at] >= _NOTABLE)
        return [word for word in told if len(word) > _SHORT]

    def _rows_of(self, read: Sequence[str]) -> list[int]:
        known = self._known
        if len(known) + len(read) > REMEMBERED_WORDS:
            known.clear()
        rows = [*map(known.get, read)]
        if None in rows:
            return [known[word] if word in known else self._learn(word) for word in read]
        return cast("list[int]", rows)

    def _learn(self, word: str) -> int:
        row = self._known[word] = len(self._known)
        buckets = word_buckets(word)
        self._adds[row, :-1] = np.add.reduce(self._weights.words.take(buckets, axis=0))
        self._adds[row, -1] = len(buckets)
        return row
