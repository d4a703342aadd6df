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
WINDOW = 3
"""A piece's share is spread over its neighbours by the convolutions: words are seen in threes."""


class Cutter(Protocol):
    """Cuts a text into the pieces of a network."""

    def cut(self, text: str) -> Cut:
        """Words and pieces of a text that was made ready."""


@dataclass(frozen=True, slots=True)
class View:
    """A network's view of a text: its `logits`, `pooled` (2 width,), and the words that it read.

    `moved` says of each WINDOW words in a row how much they moved the logits towards a good
    feeling, or of all where there are fewer.
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
        # Posts of one length stand together, so that the network pools them at once.
        order = sorted(range(len(cuts)), key=lambda at: len(cuts[at].pieces))
        read = [at for at in order if cuts[at].pieces]
        views: list[View | None] = [None] * len(cuts)
        if read:
            for at, view in zip(read, self._views([cuts[at] for at in read]), strict=True):
                views[at] = view
        return views

    def _views(self, cuts: Sequence[Cut]) -> list[View]:
        thoughts = self.network.think([cut.pieces for cut in cuts])
        beginnings: list[int] = []
        for start, cut in zip(thoughts.starts.tolist(), cuts, strict=True):
            beginnings.append(start)
            beginnings += [start + end for end in cut.ends[:-1]]
        # In doubles, so that sums of them do not depend on who adds them.
        by_piece = self.network.shares(thoughts, FEELING).astype(np.float64)
        by_word = np.add.reduceat(by_piece, beginnings)
        by_window = (by_word[:-2] + by_word[1:-1] + by_word[2:]).tolist()
        views, done = [], 0
        for cut, logits, pooled in zip(
            cuts, thoughts.logits.tolist(), thoughts.pooled, strict=True
        ):
            end = done + len(cut.ends)
            windows = by_window[done : max(done, end - WINDOW + 1)]
            if not windows:
                windows = [sum(by_word[done:end].tolist())]
            views.append(View(cut, logits, pooled, windows))
            done = end
        return views
