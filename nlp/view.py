"""View: what a trained network makes of a text, and the words that it read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from nlp.network import Floats, Network, Thought
from nlp.pieces import Cut

MODELS = Path(__file__).parent / "models"
FEELING = np.array([-1, 0, 1], np.float32)
"""The direction from negative to positive in the networks' logits."""


class Cutter(Protocol):
    """Cuts a text into the pieces of a network."""

    def cut(self, text: str) -> Cut:
        """Words and pieces of a text that was made ready."""


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
    """A network, the pieces that it reads, and how a text is made ready for them."""

    network: Network
    cutter: Cutter
    ready: Callable[[str], str]

    def view(self, raw: str) -> View | None:
        """The network's view of a text as it came; None if it holds nothing to read."""
        cut = self.cutter.cut(self.ready(raw))
        return View(cut, self.network.think(cut.pieces), self.network) if cut.pieces else None
