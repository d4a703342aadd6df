"""Words of trade: what goes wrong or well in a service, which no general model has learnt.

"Still on hold" and "lost my bag" hold no word of feeling; a customer who writes them is angry.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.cues import Cues, strongest
from nlp.lexicon.files import read_lexicon

TRADE = "trade"
Phrases = dict[str, dict[float, str]]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What bad (at most 0) and good (at least 0) words weigh together, and which they are."""

    bad: float
    good: float
    said: tuple[str, ...]


NOTHING = Weighed(0.0, 0.0, ())


class TradeWords:
    """Finds the phrases of lexicon/sentiment_en.yaml, which weigh from -3 to 3 as in VADER."""

    def __init__(self) -> None:
        listed = read_lexicon("sentiment_en")
        self._cues = Cues.listed({TRADE: listed["phrases"]}, listed["sets"])

    def weigh(self, words: Sequence[str]) -> Weighed:
        """The phrases among case-folded words that no negation turns around."""
        found = self._cues.find_unnegated(words)
        if not found:
            return NOTHING
        hits = strongest(found)[TRADE]
        weights = [hit.cue.weight for hit in hits]
        said = tuple(f"'{hit.said}' {hit.cue.weight:+.1f}" for hit in hits)
        return Weighed(
            bad=sum(weight for weight in weights if weight < 0),
            good=sum(weight for weight in weights if weight > 0),
            said=said,
        )
