"""Intent: what the author wants, several things at once, from phrases one can point at.

A label's confidence joins its cues as independent witnesses (`nlp.cues.together`); sentiment is
one more witness for complaint and praise, where a model read it. Issue 5's classifier replaces
`IntentReader`; the component and the shape of the answer stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import Intent, IntentLabel, Sentiment
from nlp.cues import Cues, strongest, together
from nlp.lexicon.files import languages_of, read_lexicon
from nlp.plain import Plain
from nlp.unread import NOTHING_WANTED
from nlp.vader import NEUTRAL_BELOW

SAID_FROM = 0.5
"""A label is given from this confidence on."""
MOST = 0.95
"""Phrases alone are never surer."""

NOBODY_MEANT = 0.7
"""What a complaint's cue counts when no brand is named and nobody addressed: on the complaints
data, posts to nobody complain about the world."""
FRIENDLY = 0.8
DELIGHTED = 0.6
BITTER = 0.6
MANY_HASHTAGS = 8
COMPLAINS = {-3: 0.7, -2.5: 0.6, -2: 0.5, -1: 0.25}
"""How much a word of trade says of a complaint, by its weight in sentiment_en.yaml."""

LABELS: tuple[IntentLabel, ...] = get_args(IntentLabel)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a post besides its words."""

    sentiment: Sentiment
    is_about_somebody: bool
    rating: float | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The intents, most confident first, and what each was decided on."""

    intents: tuple[Intent, ...]
    reason: str


Witness = tuple[float, str]
"""How much it says, and what it is."""


class IntentReader:
    """Reads intents in every language that has a list of cues; in others only questions."""

    def __init__(self) -> None:
        self._cues = {lang: _cues(lang) for lang in languages_of("intents")}

    def read(self, plain: Plain, lang: str, situation: Situation) -> Wanted:
        """What the author of a post wants."""
        found: dict[str, list[Witness]] = {}
        cues = self._cues.get(lang)
        if cues:
            share = 1.0 if situation.is_about_somebody else NOBODY_MEANT
            for label, hits in strongest(cues.find_unnegated(plain.words)).items():
                scale = share if label == "complaint" else 1.0
                found[label] = [(hit.cue.weight * scale, f"'{hit.said}'") for hit in hits]
        elif "?" in plain.words:
            found["question"] = [(SAID_FROM, "'?'")]
        for label, witnesses in _beside_words(plain, situation):
            found.setdefault(label, []).extend(witnesses)
        return _wanted(found, situation.sentiment.score)


def _beside_words(plain: Plain, situation: Situation) -> Iterator[tuple[str, list[Witness]]]:
    """What speaks for an intent besides cue phrases."""
    yield "complaint", list(_signs_of_complaint(situation))
    score, rating = situation.sentiment.score, situation.rating
    if score >= NEUTRAL_BELOW:
        yield "praise", [(0.6 * score, "positive words")]
    if rating is not None and 4 <= rating <= 5:
        yield "praise", [(0.6, f"{rating:g} stars")]
    if plain.hashtags >= MANY_HASHTAGS:
        yield "spam", [(0.4, f"{plain.hashtags} hashtags")]


def _signs_of_complaint(situation: Situation) -> Iterator[Witness]:
    score = situation.sentiment.score
    if situation.is_about_somebody:
        yield 0.15, ""
    if score <= -NEUTRAL_BELOW:
        yield 0.2 if situation.is_about_somebody else 0.0, ""
        yield 0.3 * -score, "negative words"
    if situation.rating is not None and 0 < situation.rating <= 2:
        yield 0.6, f"{situation.rating:g} stars"


def _wanted(found: Mapping[str, Sequence[Witness]], score: float) -> Wanted:
    sure = {
        label: min(MOST, together(weight for weight, _ in witnesses) * _damped(label, score))
        for label, witnesses in found.items()
    }
    said = sorted((label for label in sure if sure[label] >= SAID_FROM), key=lambda x: -sure[x])
    if not said:
        return Wanted((NOTHING_WANTED,), "no cue of anything wanted")
    intents = tuple(
        Intent(label=label, confidence=round(sure[label], 3)) for label in LABELS if label in said
    )
    reasons = (f"{label}: {_quoted(found[label])}" for label in said)
    by_confidence = tuple(sorted(intents, key=lambda intent: -intent.confidence))
    return Wanted(by_confidence, "; ".join(reasons))


def _damped(label: str, score: float) -> float:
    """A friendly post complains less and alarms less, a bitter one does not praise."""
    if label == "complaint":
        return FRIENDLY if score >= 0.3 else 1.0
    if label == "incident":
        return DELIGHTED if score >= 0.5 else 1.0
    return BITTER if label == "praise" and score <= -NEUTRAL_BELOW else 1.0


def _quoted(witnesses: Sequence[Witness]) -> str:
    strongest_first = sorted(witnesses, key=lambda witness: -witness[0])
    return ", ".join([said for _, said in strongest_first if said][:3])


def _cues(lang: str) -> Cues:
    """The cues of one language; negative words of trade complain too."""
    listed = dict(read_lexicon(f"intents/{lang}"))
    sets = listed.pop("sets", {})
    phrases = list(Cues.phrases_of(listed, sets))
    if lang == "en":
        trade = read_lexicon("sentiment_en")
        complaints = {
            COMPLAINS[weight]: text for weight, text in trade["phrases"].items() if weight < 0
        }
        phrases += Cues.phrases_of({"complaint": complaints}, trade["sets"])
    return Cues(phrases)


class IntentComponent:
    """Says what the author of each document wants."""

    def __init__(self, reader: IntentReader) -> None:
        self._reader = reader

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.intents`."""
        post = doc._
        mention = post.mention
        situation = Situation(
            sentiment=post.sentiment,
            is_about_somebody=bool(post.brands or post.plain.handles or mention.kind == "review"),
            rating=mention.rating,
        )
        wanted = self._reader.read(post.plain, post.lang, situation)
        post.intents = wanted.intents
        post.reasons["intents"] = wanted.reason
        return doc


Doc.set_extension("intents", default=(), force=True)


@Language.factory(
    "intent",
    assigns=["doc._.intents"],
    requires=["doc._.plain", "doc._.lang", "doc._.sentiment", "doc._.brands"],
)
def make_intent(nlp: Language, name: str) -> IntentComponent:  # noqa: ARG001  spaCy's factory signature
    """Intents by cue phrases."""
    return IntentComponent(IntentReader())
