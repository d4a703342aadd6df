"""The sentiment towards each brand of an English post, where it is not that of the whole post."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mentions.mention import BrandMatch, Sentiment, SentimentLabel
from nlp.sentiment_network import Felt
from nlp.towards import Turned, clauses, turned

TURNED_SCORE = 0.5
"""How strongly leaving or joining a brand is meant, in itself."""
TURNED_CONFIDENCE = 0.7
"""A comparison may be read wrongly beside the words; it is never surer than this."""
SARCASM = Turned("opposite", "sarcasm")
_OPPOSITE: Mapping[SentimentLabel, SentimentLabel] = {
    "positive": "negative",
    "neutral": "neutral",
    "negative": "positive",
}


@dataclass(frozen=True, slots=True)
class Towards:
    """The sentiment of the post as its brands should see it, and the brands with their own."""

    felt: Felt
    brands: tuple[BrandMatch, ...]


def felt_towards(
    text: str, whole: Felt, brands: Sequence[BrandMatch], feel: Callable[[str], Felt]
) -> Towards:
    """What a post feels about each of its brands; `feel` reads a part of its text.

    A post about one brand takes the feeling for it. One about several keeps its own, and each
    brand says where it fares otherwise.
    """
    spans = {brand.name: brand.spans for brand in brands if brand.spans}
    apart = clauses(text, spans)
    own: dict[str, Felt] = {}
    for name, places in spans.items():
        felt = feel(apart[name]) if name in apart else whole
        if turn := turned(text, places):
            felt = turned_around(felt, turn)
        if felt is not whole:
            own[name] = felt
    if not own:
        return Towards(whole, tuple(brands))
    if len(brands) == 1:
        (name,) = own
        return Towards(
            Felt(own[name].sentiment, f"towards {name}: {own[name].reason}"), tuple(brands)
        )
    said = "; ".join(f"towards {name} {each.sentiment.label}" for name, each in own.items())
    return Towards(
        Felt(whole.sentiment, f"{whole.reason}; {said}"),
        tuple(_with_own(brand, own.get(brand.name)) for brand in brands),
    )


def _with_own(brand: BrandMatch, felt: Felt | None) -> BrandMatch:
    return brand.model_copy(update={"sentiment": felt.sentiment.label}) if felt else brand


def mocked(felt: Felt) -> Felt:
    """Praise that is likely none (`nlp.sarcasm`), turned around; anything else as it was."""
    return turned_around(felt, SARCASM) if felt.sentiment.label == "positive" else felt


def turned_around(felt: Felt, turn: Turned) -> Felt:
    """A feeling as a comparison or sarcasm turns it, never surer than TURNED_CONFIDENCE."""
    was = felt.sentiment
    if turn.turn == "opposite":
        label, score = _OPPOSITE[was.label], -was.score
    else:
        label = turn.turn
        score = TURNED_SCORE if label == "positive" else -TURNED_SCORE
    sentiment = Sentiment(
        label=label,
        score=score,
        confidence=min(was.confidence, TURNED_CONFIDENCE),
        unsure=was.unsure,
        model=was.model,
    )
    return Felt(sentiment, f"'{turn.said}' turns it {turn.turn}; {felt.reason}")
