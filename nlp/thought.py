"""Thought: what the trained network of a post's language makes of it, computed once.

Sentiment and intent both decide on it.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import BrandMatch
from nlp.network import Floats, Network, Thought, read_weights
from nlp.network_text import HANDLE, network_text
from nlp.pieces import Cut, WordPieces
from nlp.post import extend, post_of

MODELS = Path(__file__).parent / "models"
ENGLISH = "sentiment_en"
FEELING = np.array([-1, 0, 1], np.float32)
"""The direction from negative to positive in the networks' logits."""
MAX_SPANS = 10


class Cutter(Protocol):
    """Cuts a text into the pieces of a network."""

    def cut(self, text: str) -> Cut:
        """Words and pieces of a `network_text`."""


@dataclass(frozen=True, slots=True)
class View:
    """A network's thought of a text, and the words that it read."""

    cut: Cut
    thought: Thought
    network: Network

    def shares(self, towards: Floats) -> list[tuple[str, float]]:
        """Each word with how much it moved the logits in the direction `towards` (classes,)."""
        said = self.network.shares(self.thought, towards).tolist()
        starts = [0, *self.cut.ends]
        return [
            (word, sum(said[start:end]))
            for word, start, end in zip(self.cut.words, starts, self.cut.ends, strict=False)
        ]


@dataclass(frozen=True, slots=True)
class Reading:
    """A network and the pieces that it reads."""

    network: Network
    cutter: Cutter

    def view(self, raw: str) -> View | None:
        """The network's view of a text as it came; None if it holds nothing to read."""
        cut = self.cutter.cut(network_text(raw))
        return View(cut, self.network.think(cut.pieces), self.network) if cut.pieces else None


def without_names(raw: str, brands: Iterable[BrandMatch], *, offset: int) -> str:
    """The text with its brands' names as handles; their spans begin `offset` characters into it.

    A name is no feeling, and all brands must be read alike: alone, the network takes 'Best Love'
    and 'IBM' for praise. Hashtags stay, since what is run together with a name may be one.
    """
    spans = {
        (offset + start, offset + end)
        for brand in brands
        for start, end in brand.spans[:MAX_SPANS]
        if "#" not in raw[max(0, offset + start - 1) : offset + end]
    }
    for start, end in sorted(spans, reverse=True):
        raw = f"{raw[:start]} {HANDLE} {raw[end:]}"
    return raw


@functools.cache
def english_reading() -> Reading:
    """The small English network. Read once, however many readers a process builds."""
    return Reading(Network(read_weights(MODELS / f"{ENGLISH}.npz")), WordPieces(wordpieces()))


def wordpieces() -> list[str]:
    """The vocabulary of the English networks; a piece's number is its place."""
    return (MODELS / "wordpieces.txt").read_text(encoding="utf-8").split("\n")


class ThoughtComponent:
    """Gives every document its language's network's view of it."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings = readings

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.thought`, None where no network reads the language."""
        post = post_of(doc)
        reading = self._readings.get(post.lang)
        if reading is None:
            post.thought = None
            return doc
        raw = post.raw
        if post.brands:
            offset = len(raw) - len(post.mention.text)
            raw = without_names(raw, post.brands, offset=offset)
        post.thought = reading.view(raw)
        return doc


extend("thought", default=None)


@Language.factory("thought", assigns=["doc._.thought"], requires=["doc._.lang", "doc._.brands"])
def make_thought(nlp: Language, name: str) -> ThoughtComponent:  # noqa: ARG001  spaCy's factory signature
    """The networks that are shipped, each for its languages."""
    return ThoughtComponent({"en": english_reading()})
