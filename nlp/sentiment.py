"""Sentiment: what the author feels, by a model made for the language of the post, or by none.

No English model or lexicon is ever run on another language. A language without a model gets an
honest "unsure", and so does a post whose language nobody could tell.
"""

from collections.abc import Mapping
from typing import Protocol

from spacy.language import Language
from spacy.tokens import Doc

from nlp.build import Profile, Stream
from nlp.english import english_reading, english_sentiment
from nlp.multilingual import multilingual_sentiments
from nlp.plain import Plain, plain
from nlp.post import Post, extend, post_of
from nlp.sentiment_network import Felt
from nlp.sentiment_towards import felt_towards, mocked
from nlp.unread import OWN_ACCOUNT, OWN_WORDS, UNKNOWN_LANGUAGE, UNREAD
from nlp.view import View


class SentimentModel(Protocol):
    """Reads the sentiment of texts in the languages that it was made for."""

    def feel(self, view: View, plain: Plain) -> Felt:
        """The sentiment of a text, seen by the language's network and as a person reads it."""


class SentimentReader:
    """Asks the model of the post's language, and says so where there is none."""

    def __init__(self, models: Mapping[str, SentimentModel]) -> None:
        self._models = models

    def read(self, view: View | None, plain: Plain, lang: str) -> Felt:
        """The sentiment of a post in `lang`, of which `view` is the network's view."""
        model = self._models.get(lang)
        if lang == UNKNOWN_LANGUAGE:
            return Felt(UNREAD, "unsure: its language is unknown")
        if model is None:
            return Felt(UNREAD, f"unsure: no model reads {lang} yet")
        if view is None:
            return Felt(UNREAD, "unsure: nothing to read")
        return model.feel(view, plain)


class SentimentComponent:
    """Says what the author of each document feels, and about which of its brands."""

    def __init__(self, reader: SentimentReader) -> None:
        self._reader = reader

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.sentiment`; brands that fare otherwise are marked in `doc._.brands`."""
        post = post_of(doc)
        felt = Felt(OWN_WORDS, OWN_ACCOUNT) if post.is_own_account else self._felt(post)
        post.sentiment = felt.sentiment
        post.reasons["sentiment"] = felt.reason
        return doc

    def _felt(self, post: Post) -> Felt:
        felt = self._reader.read(post.thought, post.plain, post.lang)
        if post.lang == "en" and post.brands:
            text = post.mention.text
            towards = felt_towards(text, felt, post.brands, self._feel_english)
            felt, post.brands = towards.felt, towards.brands
        return mocked(felt) if post.sarcastic else felt

    def _feel_english(self, text: str) -> Felt:
        return self._reader.read(english_reading().view(text), plain(text), "en")


extend("sentiment", default=None)


@Language.factory(
    "sentiment",
    assigns=["doc._.sentiment", "doc._.brands"],
    requires=[
        *("doc._.thought", "doc._.plain", "doc._.lang", "doc._.brands", "doc._.sarcastic"),
        "doc._.is_own_account",
    ],
)
def make_sentiment(
    nlp: Language,  # noqa: ARG001  spaCy's factory signature
    name: str,  # noqa: ARG001  the same
    profile: Profile,
    stream: Stream,
) -> SentimentComponent:
    """Sentiment by the networks; every `profile` but the default asks MiniLM where they are unsure.

    `stream` says what English posts are like (see nlp.english).
    """
    models: dict[str, SentimentModel] = {**multilingual_sentiments()}
    models["en"] = english_sentiment(profile, stream)
    return SentimentComponent(SentimentReader(models))
