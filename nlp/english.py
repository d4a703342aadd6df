"""English sentiment: a small network and words of trade decide.

Where they are in doubt VADER counts, too; between two labels all profiles but the default ask
MiniLM.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from nlp.build import Profile, Stream
from nlp.network import Network, read_weights
from nlp.network_text import network_text
from nlp.pieces import WordPieces
from nlp.plain import Plain
from nlp.sentiment_network import NO_FEELING, Felt, decided, told
from nlp.trade_words import TradeWords
from nlp.vader import Vader
from nlp.view import MODELS, Reading, View

if TYPE_CHECKING:
    from nlp.minilm import MiniLm

ENGLISH = "sentiment_en"
SMALL_MODEL, LARGE_MODEL = "untagged-en-1", "minilm-en-1"
TRADE_WEIGHT = 0.25
"""What a point of a word of trade adds to the logits. Macro recall on TweetEval's validation rows
is highest at 0.2 to 0.25 (0.727 without, 0.730 with)."""
IN_DOUBT_BELOW = 0.6
"""Below this confidence the network was right in 51 of 100 of TweetEval's validation rows (29 of
100 rows are), above it in 79: VADER counts, too."""
ASKED_BELOW = math.log(1.25)
"""Where a label is less than a quarter likelier than the second, MiniLM is asked, which takes as
long as reading twelve posts: a tenth of posts. Macro recall on TweetEval's validation rows is 0.737
without, 0.742 so, 0.744 at twice the share; 0.741 with all whose confidence is below 0.55 (a fifth
of posts), since of these many are in doubt but not between two labels."""
VADER_WEIGHT = 1.5
"""What VADER's compound adds to the logits of a post in doubt: macro recall 0.730 without, 0.736
with 1.5 to 1.8."""
STREAMS: Mapping[Stream, tuple[float, float, float]] = MappingProxyType(
    {"even": (0.0, 0.0, 0.0), "mixed": (-0.93, -0.40, -0.46)}
)
"""What a stream's mixture adds to the logits. The networks learnt as if there were as many posts of
each kind; `mixed` is half the log shares of SemEval-2017's tweets (0.16, 0.45, 0.40). On
TweetEval's validation rows 54 of 100 negative labels are right then, for 51, and 77 of 100 found,
for 84."""
PLAINLY_NEUTRAL = 0.7
"""From this confidence on nothing moved the network far, and naming it would cost as much as
deciding did."""
UNSURE_BELOW = 0.5
"""Below this, after all, every second label was wrong."""


class EnglishSentiment:
    """Reads English posts; `large` is asked where two labels are nearly as likely."""

    def __init__(
        self,
        temperature: float,
        large: "MiniLm | None" = None,
        large_temperature: float = 1.0,
        stream: Stream = "even",
    ) -> None:
        self._mixture = STREAMS[stream]
        self._temperature = temperature
        self._large = large
        self._large_temperature = large_temperature
        self._trade = TradeWords()
        self._vader = Vader()

    def feel(self, view: View, plain: Plain) -> Felt:
        """The sentiment of an English post."""
        trade = self._trade.weigh(plain.words)
        logits = _pulled(self._mixed(view.logits), TRADE_WEIGHT, trade.bad, trade.good)
        temperature, model = self._temperature, SMALL_MODEL
        found = decided(logits, temperature)
        if found.label == "neutral" and found.confidence >= PLAINLY_NEUTRAL and not trade.said:
            return Felt(found.sentiment(model), NO_FEELING)
        reason = ", ".join((*trade.said, told(view))) if trade.said else told(view)
        if self._large is not None and _lead(logits) < ASKED_BELOW * temperature:
            thought = self._large.logits(view.cut.pieces).tolist()
            logits = _pulled(self._mixed(thought), TRADE_WEIGHT, trade.bad, trade.good)
            temperature, model = self._large_temperature, LARGE_MODEL
            second = decided(logits, temperature)
            agrees = "agrees" if second.label == found.label else f"says {second.label}"
            found, reason = second, f"{reason}; asked, the large model {agrees}"
        if found.confidence >= IN_DOUBT_BELOW:
            return Felt(found.sentiment(model), reason)
        scored = self._vader.score(plain.text)
        bad, good = min(scored.compound, 0), max(scored.compound, 0)
        after = decided(_pulled(logits, VADER_WEIGHT, bad, good), temperature)
        unsure = after.confidence < UNSURE_BELOW
        said = f"in doubt ({found.confidence:.0%}), VADER says {scored.label}"
        return Felt(
            after.sentiment(model, unsure=unsure),
            f"{'unsure: ' if unsure else ''}{reason}; {said}",
        )

    def _mixed(self, logits: Sequence[float]) -> list[float]:
        return [each + more for each, more in zip(logits, self._mixture, strict=True)]


def _lead(logits: Sequence[float]) -> float:
    _, second, highest = sorted(logits)
    return highest - second


def _pulled(logits: Sequence[float], weight: float, bad: float, good: float) -> list[float]:
    negative, neutral, positive = logits
    return [negative - weight * bad, neutral, positive + weight * good]


@functools.cache
def english_reading() -> Reading:
    """The small English network. Read once, however many readers a process builds."""
    network = Network(read_weights(MODELS / f"{ENGLISH}.npz"))
    return Reading(network, WordPieces(wordpieces()), network_text)


def wordpieces() -> list[str]:
    """The vocabulary of the English networks; a piece's number is its place."""
    return (MODELS / "wordpieces.txt").read_text(encoding="utf-8").split("\n")


def english_sentiment(profile: Profile, stream: Stream = "even") -> EnglishSentiment:
    """The English reader of a profile; reads what is shipped in nlp/models."""
    weights = read_weights(MODELS / f"{ENGLISH}.npz")
    small, large = float(weights["temperature"]), float(weights["large_temperature"])
    minilm = None if profile == "default" else _minilm()
    return EnglishSentiment(small, minilm, large, stream)


def _minilm() -> "MiniLm":
    from nlp.minilm import MiniLm  # noqa: PLC0415  ONNX Runtime is loaded only where it is asked for

    return MiniLm(wordpieces())
