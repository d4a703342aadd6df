"""Intent: what the author wants, several things at once, each with its confidence and its reason.

English complaints, bug reports and wishes are judged by a trained model (`nlp.intent_model`) that
sees the cues beside the words, and in the thorough profile by a large network as well
(`nlp.intent_network`). Everything else, and every other language, is read by cues alone:
a label's confidence joins its cues as independent witnesses (`nlp.cues.together`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import BrandMatch, Intent, IntentLabel, Sentiment
from mentions.tokens import words
from nlp.build import Profile
from nlp.cues import together
from nlp.intent_cues import ENGLISH, SUGGESTION, IntentCues, SaidBy
from nlp.intent_facts import FactReader, Facts, without
from nlp.intent_model import IntentModel, Judged, Weighed, Weights
from nlp.network import Floats
from nlp.plain import Plain
from nlp.post import Post, extend, post_of
from nlp.thought import to_read
from nlp.unread import NOTHING_WANTED, OWN_ACCOUNT

if TYPE_CHECKING:
    from nlp.intent_network import IntentNetwork

SAID_FROM = 0.5
"""A label that no model judges is given from this confidence on; the model has its own."""
MOST = 0.95
"""Phrases alone are never surer."""

NOBODY_MEANT = 0.7
"""What a complaint's cue counts when no brand is named and nobody addressed: on the complaints
data, posts to nobody complain about the world."""
FRIENDLY = 0.8
DELIGHTED = 0.6
BITTER = 0.6
STARS = 0.6
ASKS = 0.6
"""From here on phrases and form say that something is wished (`Facts.asks`)."""
WISH, WORDS_OF_WISH = 0.15, 0.3
"""A wish is given from WISH on where they do, else from WORDS_OF_WISH: words alone know products,
and a post is about a product whatever it wants. On reviews and customers left out macro F1 of
wishes is 0.730 in the mean with both, 0.723 with 0.2 for all; of development sentences the model
hears 86 % for 84 %, and of airline tweets it calls 4.9 % wishes either way."""
JOINED_WISH, JOINED_WORDS_OF_WISH = 0.2, 0.4
"""The same where the large network judges, too: of one town's wishes 77 % are heard then and 80 of
100 called wishes are right; with 0.15 and 0.3 it is 82 % and 67. On reviews and customers left out
macro F1 is 0.754 in the mean, and 0.758."""
READ_BY_NETWORK = "as the large model reads it"
WISH_FROM = 0.02
"""Where the model finds a wish less likely than this, phrases and beginnings of sentences suggest
none. Of airline tweets 6.9 % are called wishes then, for 7.8 %, and 46 of 50 suggestions are heard,
for 47 (development sentences: as many)."""
JOINED_WISH_FROM = 0.15
"""The same where the large network judges, too: of the town's wishes (seed 1) 66 % are heard either
way, and 79 of 100 called wishes are right, for 77 with 0.02."""
IMPERATIVE = 0.5
"""What a sentence that begins as a wish or as advice says of a suggestion."""
MANY_HASHTAGS = 8
CALM_COMPLAINT = 0.7
"""From this confidence on a post that is not negative complains; a negative one from COMPLAINT on.
On complaints of domains left out, right are 80 of 100 then, at the same macro F1 (0.819) as with
what is best for it alone, 0.3 for all (0.823, 70 of 100 right): each opens a case."""
COMPLAINT = 0.4
TELLING = 0.35
"""Cues from this weight on are quoted before the words that moved the model."""
MAX_QUOTES = 3
MAX_SPANS = 10

LABELS: tuple[IntentLabel, ...] = get_args(IntentLabel)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a post besides its words."""

    sentiment: Sentiment
    is_about_somebody: bool
    begins_with_handle: bool = False
    rating: float | None = None
    pooled: Floats | None = None
    """What the network of the post's language made of it, as `nlp.view.View.pooled`."""
    names: frozenset[str] = frozenset()
    """The words of brands' names in it: they say nothing of what is wanted."""
    text: str = ""
    """What a network reads of it, where one is asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The intents, most confident first, and what each was decided on."""

    intents: tuple[Intent, ...]
    reason: str


Witness = tuple[float, str]
"""How much it says, and what it is."""
Found = dict[IntentLabel, list[Witness]]


@dataclass(frozen=True, slots=True)
class _Said:
    """A label that is given."""

    label: IntentLabel
    confidence: float
    quotes: Iterable[str]
    is_told: bool = True
    """Whether something one can point at speaks for it, beside the model's single words."""


class IntentReader:
    """Reads intents in every language that has a list of cues; in others only questions."""

    def __init__(self, network: "IntentNetwork | None" = None) -> None:
        self._cues = IntentCues()
        self._facts = FactReader(self._cues)
        self._model = IntentModel(Weights.load())
        self.network = network

    def read(self, plain: Plain, lang: str, situation: Situation) -> Wanted:
        """What the author of a post wants."""
        if lang == ENGLISH:
            return self.read_english([(plain, situation)])[0]
        said_by = self._cues.find(without(situation.names, plain.words), lang)
        found = _as_witnesses(said_by or {}, situation)
        if said_by is None and "?" in plain.words:
            found["question"] = [(SAID_FROM, "'?'")]
        found.setdefault("complaint", []).extend(_signs_of_complaint(situation))
        _add_what_is_beside_words(found, plain, situation)
        return _wanted(_by_cues(found, situation.sentiment))

    def read_english(self, posts: Sequence[tuple[Plain, Situation]]) -> list[Wanted]:
        """What the author of each English post wants, as if it were alone."""
        facts = [
            self._facts.read(
                plain,
                begins_with_handle=situation.begins_with_handle,
                is_about_somebody=situation.is_about_somebody,
                names=situation.names,
            )
            for plain, situation in posts
        ]
        weighed = [
            Weighed(without(situation.names, plain.words), said.numbers, situation.pooled)
            for (plain, situation), said in zip(posts, facts, strict=True)
        ]
        judged = self._model.judge(weighed)
        if self.network is not None:
            judged = [
                self.network.joined(each, situation.text)
                for each, (_, situation) in zip(judged, posts, strict=True)
            ]
        return [
            self._wanted(*post, said, of_post, each)
            for post, said, of_post, each in zip(posts, facts, weighed, judged, strict=True)
        ]

    def _wanted(
        self, plain: Plain, situation: Situation, facts: Facts, weighed: Weighed, judged: Judged
    ) -> Wanted:
        found = _as_witnesses(facts.said_by, situation)
        _add_what_is_beside_words(found, plain, situation)
        said: dict[IntentLabel, _Said] = {}
        for label, chance in judged.confidence.items():
            cued = found.pop(label, ())
            suggested_from = WISH_FROM if judged.alone is None else JOINED_WISH_FROM
            beside = _beside_model(label, chance, facts, situation, suggested_from)
            from_here = judged.said_from[label]
            if label == "complaint":
                is_negative = situation.sentiment.label == "negative"
                from_here = COMPLAINT if is_negative else CALM_COMPLAINT
            elif label == "feature_request":
                from_here = wish_from(facts, is_joined=judged.alone is not None)
            if chance < from_here and not beside:
                continue
            sure = together([chance, *(weight for weight, _ in beside)])
            if chance >= from_here or sure >= SAID_FROM:
                moved = self._model.notable(weighed.words, label)
                is_told = any(weight >= TELLING for weight, _ in (*beside, *cued))
                if judged.alone is not None and judged.alone.confidence[label] < from_here:
                    beside.append((TELLING, READ_BY_NETWORK))
                said[label] = _Said(label, sure, _quotes([*beside, *cued], moved), is_told)
        if _is_but_a_wish(said):
            del said["complaint"]
        return _wanted([*said.values(), *_by_cues(found, situation.sentiment)])


def wish_from(facts: Facts, *, is_joined: bool = False) -> float:
    """The probability from which a wish is given; `is_joined` if the network judged as well."""
    asked, said = (JOINED_WISH, JOINED_WORDS_OF_WISH) if is_joined else (WISH, WORDS_OF_WISH)
    return asked if facts.asks >= ASKS else said


def _is_but_a_wish(said: Mapping[IntentLabel, _Said]) -> bool:
    """Whether the model took a polite wish for a complaint: 'please' and 'app' are in many."""
    complaint, wish = said.get("complaint"), said.get("feature_request")
    if complaint is None or wish is None:
        return False
    return not complaint.is_told and complaint.confidence < wish.confidence


def _as_witnesses(said_by: SaidBy, situation: Situation) -> Found:
    """The cues as witnesses; a complaint's count less where nobody is meant."""
    share = 1.0 if situation.is_about_somebody else NOBODY_MEANT
    return {
        label: [
            (hit.cue.weight * (share if label == "complaint" else 1.0), f"'{hit.said}'")
            for hit in said_by[label]
        ]
        for label in LABELS
        if label in said_by
    }


def _add_what_is_beside_words(found: Found, plain: Plain, situation: Situation) -> None:
    sentiment, rating = situation.sentiment, situation.rating
    # Good cheer alone praises only where somebody is meant: in a stream it is of birthdays, too.
    if sentiment.label == "positive" and (situation.is_about_somebody or "praise" in found):
        found.setdefault("praise", []).append((0.6 * sentiment.score, "positive words"))
    if rating is not None and 4 <= rating <= 5:
        found.setdefault("praise", []).append((STARS, f"{rating:g} stars"))
    if plain.hashtags >= MANY_HASHTAGS:
        found.setdefault("spam", []).append((0.4, f"{plain.hashtags} hashtags"))


def _signs_of_complaint(situation: Situation) -> Iterator[Witness]:
    """What speaks for a complaint besides cues, where no model judges complaints."""
    if situation.is_about_somebody:
        yield 0.15, ""
    if situation.sentiment.label == "negative":
        yield 0.2 if situation.is_about_somebody else 0.0, ""
        yield 0.3 * -min(situation.sentiment.score, 0.0), "negative words"
    yield from _bad_stars(situation)


def _bad_stars(situation: Situation) -> Iterator[Witness]:
    if situation.rating is not None and 0 < situation.rating <= 2:
        yield STARS, f"{situation.rating:g} stars"


def _beside_model(
    label: IntentLabel, chance: float, facts: Facts, situation: Situation, suggested_from: float
) -> list[Witness]:
    """What the model cannot know: stars, and suggestions of other trades than it learned from."""
    if label == "complaint":
        return [*_bad_stars(situation)]
    if label != "feature_request" or chance < suggested_from:
        return []
    said = [(hit.cue.weight, f"'{hit.said}'") for hit in facts.said_by.get(SUGGESTION, ())]
    # "It caught fire. Don't leave yours on at night" warns, and wishes nothing of anybody.
    warns = "incident" in facts.said_by
    openings = [said for kind, said in facts.imperatives.items() if kind == "wish" or not warns]
    if openings:
        said.append((IMPERATIVE, f"'{openings[0]} …'"))
    return said


def _by_cues(found: Found, sentiment: Sentiment) -> Iterator[_Said]:
    """The labels that their witnesses together are sure enough of."""
    for label, witnesses in found.items():
        joined = together([weight for weight, _ in witnesses]) * _damped(label, sentiment)
        if joined >= SAID_FROM:
            yield _Said(label, min(MOST, joined), _quotes(witnesses))


def _damped(label: str, sentiment: Sentiment) -> float:
    """A friendly post complains less and alarms less, a bitter one does not praise."""
    if label == "complaint":
        return FRIENDLY if sentiment.score >= 0.3 else 1.0
    if label == "incident":
        return DELIGHTED if sentiment.score >= 0.5 else 1.0
    return BITTER if label == "praise" and sentiment.label == "negative" else 1.0


def _quotes(witnesses: Sequence[Witness], words: Sequence[str] = ()) -> list[str]:
    """What spoke for a label: telling cues, words that moved the model, then lesser cues."""
    strongest_first = sorted(witnesses, key=lambda witness: -witness[0])
    telling = [said for weight, said in strongest_first if said and weight >= TELLING]
    lesser = [said for weight, said in strongest_first if said and weight < TELLING]
    quotes: list[str] = []
    for said in (*telling, *(f"'{word}'" for word in words), *lesser):
        if len(quotes) == MAX_QUOTES:
            break
        bare = said.strip("'")
        if not any(bare in quote or quote.strip("'") in bare for quote in quotes):
            quotes.append(said)
    return quotes


def _wanted(given: Iterable[_Said]) -> Wanted:
    said = sorted(given, key=lambda each: (-each.confidence, LABELS.index(each.label)))
    if not said:
        return Wanted((NOTHING_WANTED,), "no cue of anything wanted")
    return Wanted(
        tuple(Intent(label=each.label, confidence=round(each.confidence, 3)) for each in said),
        "; ".join(f"{each.label}: {', '.join(each.quotes)}" for each in said),
    )


def _names(text: str, brands: Iterable[BrandMatch]) -> frozenset[str]:
    return frozenset(
        word
        for brand in brands
        for start, end in brand.spans[:MAX_SPANS]
        for word in words(text[start:end])
    )


class IntentComponent:
    """Says what the author of each document wants."""

    def __init__(self, reader: IntentReader) -> None:
        self._reader = reader

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.intents`."""
        self.pipe([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int = 0) -> Iterable[Doc]:  # noqa: ARG002  spaCy's signature; all come at once
        """The same for many documents, as if each were alone."""
        docs = list(docs)
        posts = []
        for post in map(post_of, docs):
            if post.is_own_account:  # a brand that explains itself neither complains nor asks
                _assign(post, Wanted((NOTHING_WANTED,), OWN_ACCOUNT))
            else:
                posts.append(post)
        english = [post for post in posts if post.lang == ENGLISH]
        is_asked = self._reader.network is not None
        read = self._reader.read_english(
            [(post.plain, _situation(post, to_read(post) if is_asked else "")) for post in english]
        )
        for post, wanted in zip(english, read, strict=True):
            _assign(post, wanted)
        for post in posts:
            if post.lang != ENGLISH:
                _assign(post, self._reader.read(post.plain, post.lang, _situation(post)))
        return docs


def _situation(post: Post, text: str = "") -> Situation:
    mention, plain, thought = post.mention, post.plain, post.thought
    return Situation(
        sentiment=post.sentiment,
        is_about_somebody=bool(plain.handles or post.brands or mention.kind == "review"),
        begins_with_handle=post.raw.startswith("@"),
        rating=mention.rating,
        pooled=thought.pooled if thought else None,
        names=_names(mention.text, post.brands),
        text=text,
    )


def _assign(post: Post, wanted: Wanted) -> None:
    post.intents = wanted.intents
    post.reasons["intents"] = wanted.reason


extend("intents", default=())


@Language.factory(
    "intent",
    assigns=["doc._.intents"],
    requires=[
        *("doc._.plain", "doc._.lang", "doc._.thought", "doc._.sentiment", "doc._.brands"),
        "doc._.is_own_account",
    ],
    default_config={"profile": "default"},
)
def make_intent(nlp: Language, name: str, profile: Profile) -> IntentComponent:  # noqa: ARG001  spaCy's factory signature
    """Intents by trained models and cue phrases in English, by cue phrases elsewhere."""
    return IntentComponent(IntentReader(_network() if profile == "thorough" else None))


def _network() -> "IntentNetwork":
    from nlp.intent_network import IntentNetwork  # noqa: PLC0415  ONNX Runtime is loaded only then

    return IntentNetwork()
