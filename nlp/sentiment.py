"""Sentiment: what the author feels, by a model made for the language of the post, or by none.

No English lexicon is ever run on another language. A language without a model gets an honest
"unsure", and so does a post whose language nobody could tell.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import Sentiment, SentimentLabel
from nlp.unread import UNKNOWN_LANGUAGE, UNREAD
from nlp.vader import Scored, Vader

NEUTRAL_BELOW = 0.05
"""The thresholds of VADER's authors for `compound`."""
SURE_FROM = 0.3
"""Below this |compound| 35 % of the labels were right on SemEval-2017's training rows, no better
than chance among three; above 0.7 it was 77 %."""
MAX_NAMES = 10
"""A query with a wildcard may match a thousand words of one post; each costs a pass over it."""

_NO_SENTIMENT_WORDS = 0.5


@dataclass(frozen=True, slots=True)
class Felt:
    """A sentiment and what it was decided on."""

    sentiment: Sentiment
    reason: str


class SentimentModel(Protocol):
    """Reads the sentiment of a text in the one language that it was made for."""

    def feel(self, text: str) -> Felt:
        """The sentiment of a text that is in this model's language."""


class VaderSentiment:
    """English by VADER and words of trade: explainable, and unsure where its words are few."""

    name = "vader+trade"

    def __init__(self) -> None:
        self._vader = Vader()

    def feel(self, text: str) -> Felt:
        """The sentiment of an English text."""
        scored = self._vader.score(text)
        sentiment = Sentiment(
            label=_label(scored.compound),
            score=scored.compound,
            confidence=_confidence(scored),
            unsure=_is_unsure(scored),
            model=self.name,
        )
        return Felt(sentiment, _reason(scored))


def _label(compound: float) -> SentimentLabel:
    if compound >= NEUTRAL_BELOW:
        return "positive"
    return "negative" if compound <= -NEUTRAL_BELOW else "neutral"


def _confidence(scored: Scored) -> float:
    # Fitted by eye to the share of right labels by |compound| on SemEval-2017's training rows:
    # 0.35 at 0.25, 0.52 at 0.55, 0.71 at 0.75, 0.94 at 0.95.
    if not scored.weighed:
        return _NO_SENTIMENT_WORDS
    return round(0.38 + 0.56 * scored.compound**2, 4)


def _is_unsure(scored: Scored) -> bool:
    return bool(scored.weighed) and (scored.is_mixed or abs(scored.compound) < SURE_FROM)


def _reason(scored: Scored) -> str:
    if not scored.weighed:
        return "no word of feeling"
    return f"{', '.join(scored.strongest())}{' (mixed)' if scored.is_mixed else ''}"


NO_MODELS: Mapping[str, SentimentModel] = MappingProxyType({})


class SentimentReader:
    """Asks the model of the post's language, and says so where there is none."""

    def __init__(self, models: Mapping[str, SentimentModel] = NO_MODELS) -> None:
        self._models = models

    def read(self, text: str, lang: str, names: Iterable[str] = ()) -> Felt:
        """The sentiment of a text; `names` of brands in it are no words of feeling."""
        model = self._models.get(lang)
        if model is None:
            why = (
                "its language is unknown"
                if lang == UNKNOWN_LANGUAGE
                else f"no model reads {lang} yet"
            )
            return Felt(UNREAD, f"unsure: {why}")
        return model.feel(_without(names, text))


def _without(names: Iterable[str], text: str) -> str:
    for name in sorted({name.lstrip("@#") for name in names} - {""})[:MAX_NAMES]:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "_", text, flags=re.IGNORECASE)
    return text


class SentimentComponent:
    """Says what the author of each document feels."""

    def __init__(self, reader: SentimentReader) -> None:
        self._reader = reader

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.sentiment`."""
        post = doc._
        text = post.mention.text
        names = {text[start:end] for brand in post.brands for start, end in brand.spans}
        felt = self._reader.read(post.plain.text, post.lang, names)
        post.sentiment = felt.sentiment
        post.reasons["sentiment"] = felt.reason
        return doc


Doc.set_extension("sentiment", default=None, force=True)


@Language.factory(
    "sentiment",
    assigns=["doc._.sentiment"],
    requires=["doc._.plain", "doc._.lang", "doc._.brands"],
)
def make_sentiment(nlp: Language, name: str) -> SentimentComponent:  # noqa: ARG001  spaCy's factory signature
    """Sentiment by VADER for English, and "unsure" for every other language."""
    return SentimentComponent(SentimentReader({"en": VaderSentiment()}))
