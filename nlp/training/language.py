"""Trains the model that tells languages apart, nlp/models/language.npz.

    python -m nlp.training.language DATA LOCALES

`DATA` is the folder with the labelled rows, `LOCALES` one with the unpacked wheels that
nlp/models/language.md names. NumPy alone; a few minutes on one core, and the same weights every
time.
"""

import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlp.language_model import BUCKETS, MODEL_FILE, grams
from nlp.training.language_rows import LANGUAGES, Example, examples

EPOCHS = 3
BATCH = 256
LEARNING_RATE = 0.3
MOST_WORDS = 40
"""Of a post, in one step; more of them would teach it nothing new."""

_ANYWHERE = """
    lol lmao rofl xd haha hahaha hahahaha hehe hihi ok okay oki wow hmm hm omg wtf no si oh ah eh
    uh yes yeah bye hi hey hello ciao oops ups yay nice cool sorry super top love selfie instagram
    twitter facebook youtube google iphone samsung video news app wifi online live
    internet hotel taxi pizza pop rock rt via pm am vs feat ft dj tv
"""
"""What people write in any language, so what tells none."""
Numbers = npt.NDArray[np.int32]


class Trainer:
    """Softmax regression by AdaGrad (Duchi et al., 2011), on random stretches of posts."""

    def __init__(self, languages: Sequence[str] = LANGUAGES, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._languages = tuple(languages)
        shape = (BUCKETS, len(languages))
        self._weights, self._squares = np.zeros(shape, np.float32), np.full(shape, 1e-8, np.float32)
        self._bias = np.zeros(len(languages), np.float32)
        self._bias_squares = np.full(len(languages), 1e-2, np.float32)
        # The last row is for words that tell no language: every one is as good as another.
        self._wanted = np.vstack(
            [np.eye(len(languages)), np.full(len(languages), 1 / len(languages))]
        )
        self._places = {lang: place for place, lang in enumerate((*languages, ""))}
        self._grams: dict[str, Numbers] = {}

    def train(self, rows: list[Example], epochs: int = EPOCHS) -> None:
        """Several passes, with steps that grow smaller."""
        rows = rows + [("", [word]) for word in _ANYWHERE.split()] * 20
        done, whole = 0, epochs * len(rows)
        for epoch in range(epochs):
            self._random.shuffle(rows)
            lost = 0.0
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                lost += self._step(batch, LEARNING_RATE * (1 - 0.9 * done / whole))
                done += len(batch)
            print(f"epoch {epoch + 1}: loss {lost / len(rows):.4f}", flush=True)  # noqa: T201

    def _step(self, batch: Sequence[Example], rate: float) -> float:
        """One step against the slope; the loss of the batch before it."""
        found = [self._grams_of(self._stretch(words)) for _, words in batch]
        sizes = np.array([len(each) for each in found])
        places, norms = np.concatenate(found), np.sqrt(sizes)[:, np.newaxis].astype(np.float32)
        starts = np.cumsum(sizes) - sizes
        scores = np.add.reduceat(self._weights[places], starts) / norms + self._bias
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        wanted = self._wanted[[self._places[lang] for lang, _ in batch]]
        slopes = ((np.exp(logs) - wanted) / len(batch)).astype(np.float32)
        self._move_bias(slopes.sum(axis=0), rate)
        order = places.argsort(kind="stable")
        firsts = np.flatnonzero(np.diff(places[order], prepend=-1))
        owners = np.repeat(np.arange(len(batch)), sizes)[order]
        slope = np.add.reduceat((slopes / norms)[owners], firsts)
        moved = places[order][firsts]
        self._squares[moved] += slope**2
        self._weights[moved] -= rate * slope / np.sqrt(self._squares[moved])
        return -float((wanted * logs).sum())

    def _move_bias(self, slope: npt.NDArray[np.float32], rate: float) -> None:
        self._bias_squares += slope**2
        self._bias -= 0.1 * rate * slope / np.sqrt(self._bias_squares)

    def _stretch(self, words: list[str]) -> list[str]:
        """Mostly a few words of a post, since many posts have no more."""
        size = len(words)
        if size > 2 and self._random.random() < 0.85:
            size = self._random.randint(1, min(size, 12))
        size = min(size, MOST_WORDS)
        start = self._random.randrange(len(words) - size + 1)
        return words[start : start + size]

    def _grams_of(self, words: list[str]) -> Numbers:
        return np.concatenate([self._grams_of_word(word) for word in words])

    def _grams_of_word(self, word: str) -> Numbers:
        found = self._grams.get(word)
        if found is None:
            found = self._grams[word] = np.array(grams(word), np.int32)
        return found

    def model(self) -> dict[str, npt.NDArray[np.generic]]:
        """What `nlp.language_model` reads: whole weights, the few beyond a byte cut to it."""
        scale = float(np.quantile(np.abs(self._weights[self._weights != 0]), 0.9999)) / 127
        return {
            "languages": np.array(self._languages),
            "weights": np.clip(np.rint(self._weights / scale), -127, 127).astype(np.int8),
            "scale": np.array(scale),
            "bias": self._bias,
        }


def main() -> None:
    """Train and write the model."""
    data, locales = map(Path, sys.argv[1:3])
    trainer = Trainer()
    rows = examples(data, locales)
    print(f"{len(rows):,} rows", dict(Counter(lang for lang, _ in rows)), flush=True)  # noqa: T201
    trainer.train(rows)
    MODEL_FILE.parent.mkdir(exist_ok=True)
    stored = trainer.model()
    np.savez_compressed(MODEL_FILE, allow_pickle=False, **stored)


if __name__ == "__main__":
    main()
