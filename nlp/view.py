"""View: what a trained network makes of a text, and the words that it read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from nlp.network import Floats, Network
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
    """A network's view of a text: its `logits`, `pooled` (2 width,), and the words that it read.

    `moved` says of each word how much it moved the logits towards a good feeling.
    """

    cut: Cut
    logits: list[float]
    pooled: Floats
    moved: list[float]


@dataclass(frozen=True, slots=True)
class Reading:
    """A network, the pieces that it reads, and how a text is made ready for them."""

    network: Network
    cutter: Cutter
    ready: Callable[[str], str]

    def view(self, raw: str) -> View | None:
        """The network's view of a text as it came; None if it holds nothing to read."""
        return self.views([raw])[0]

    def views(self, raws: Sequence[str]) -> list[View | None]:
        """The same of many texts, each as if it were alone."""
        cuts = [self.cutter.cut(self.ready(raw)) for raw in raws]
        read = [cut for cut in cuts if cut.pieces]
        seen = iter(self._views(read)) if read else iter(())
        return [next(seen) if cut.pieces else None for cut in cuts]

    def _views(self, cuts: Sequence[Cut]) -> list[View]:
        thoughts = self.network.think([cut.pieces for cut in cuts])
        beginnings: list[int] = []
        for start, cut in zip(thoughts.starts.tolist(), cuts, strict=True):
            beginnings.append(start)
            beginnings += [start + end for end in cut.ends[:-1]]
        # In doubles, so that sums of them do not depend on who adds them.
        by_piece = self.network.shares(thoughts, FEELING).astype(np.float64)
        moved = np.add.reduceat(by_piece, beginnings).tolist()
        views, done = [], 0
        for cut, logits, pooled in zip(
            cuts, thoughts.logits.tolist(), thoughts.pooled, strict=True
        ):
            views.append(View(cut, logits, pooled, moved[done : done + len(cut.ends)]))
            done += len(cut.ends)
        return views
