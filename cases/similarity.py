"""Similarity: which documents share the telling words of a question (BM25).

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009). How telling
a word is is learnt from a wider background, as a handful of documents says little about that.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import log
from typing import Generic, TypeVar

from mentions.tokens import words

Key = TypeVar("Key", bound=Hashable)
_SATURATION, _BY_LENGTH = 1.2, 0.75
"""The paper's k1 and b in their usual values."""
LEAST_SHARE = 0.3
"""Of a question's telling words that a document has to hold to be called similar."""


class Similarity(Generic[Key]):
    """Documents to ask for the similar ones among."""

    def __init__(self, documents: Mapping[Key, str], background: Iterable[str] = ()) -> None:
        self._documents = {key: Counter(words(text)) for key, text in documents.items()}
        wider = [set(words(text)) for text in background]
        seen = [*wider, *(set(counts) for counts in self._documents.values())]
        self._in_documents = Counter(word for one in seen for word in one)
        self._seen = len(seen)
        lengths = [sum(counts.values()) for counts in self._documents.values()]
        self._usual_length = sum(lengths) / len(lengths) if lengths else 1.0

    def similar(self, question: str) -> list[tuple[Key, float, list[str]]]:
        """The documents that are, with score and shared words, the most similar first."""
        asked = sorted(set(words(question)))
        weights = {word: self._weight(word) for word in asked}
        enough = LEAST_SHARE * sum(weights.values())
        found = []
        for key, counts in self._documents.items():
            shared = [word for word in asked if word in counts]
            if not shared or sum(weights[word] for word in shared) < enough:
                continue
            shared.sort(key=lambda word: -weights[word])
            found.append((key, self._score(counts, shared, weights), shared))
        return sorted(found, key=lambda one: -one[1])

    def _weight(self, word: str) -> float:
        held = self._in_documents[word]
        return log(1 + (self._seen - held + 0.5) / (held + 0.5))

    def _score(
        self, counts: Counter[str], shared: Sequence[str], weights: Mapping[str, float]
    ) -> float:
        length = sum(counts.values()) / self._usual_length
        damping = _SATURATION * (1 - _BY_LENGTH + _BY_LENGTH * length)
        return sum(
            weights[word] * counts[word] * (_SATURATION + 1) / (counts[word] + damping)
            for word in shared
        )
