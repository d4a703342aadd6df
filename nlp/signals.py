"""Signals: what every list of phrases finds in a post, in one pass over its words.

Topics, dangers, abuse and sarcasm each have lists; walking the words once for all of them costs
what one list did. A list is a file of nlp/lexicon: label -> language -> phrases, or label ->
language -> how much one says -> phrases. Phrases of `any` count in every language.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from spacy.language import Language
from spacy.tokens import Doc

from nlp.brand_topics import topic_phrases
from nlp.cues import Cues, Hit
from nlp.lexicon.files import phrase_languages, read_lexicon, sectors
from nlp.post import extend, post_of
from nlp.unread import UNKNOWN_LANGUAGE

WEIGHED = ("danger", "abuse", "sarcasm")
TOPICS = "topics"
REGULATORS, PLACES = "regulators", "places"
ALIKE = (REGULATORS, PLACES)
"""Lists that are the same in every language: label -> phrases."""
ANY = "any"
BORROWED = "en"
"""The list for posts in a language without one: company words are English in most of them."""

Signals = Mapping[str, Mapping[str, Sequence[Hit]]]
"""List -> label -> where it was found, in order of place. What found nothing has no entry."""
NOTHING: Signals = MappingProxyType({})
Phrase = tuple[str, str, float]


class SignalFinder:
    """Finds the phrases of every list, those of the post's language only.

    A word means different things in two languages (`brand` burns in German). A post whose language
    nobody could tell is held against all.
    """

    def __init__(
        self, brand_topics: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    ) -> None:
        self._own = tuple(_of_brands(brand_topics))
        self._languages = phrase_languages()
        self._cues: dict[str, Cues] = {}

    def find(self, words: Sequence[str], lang: str) -> Signals:
        """What the lists find in words that are case-folded."""
        hits = self._for(lang).find(words)
        if not hits:
            return NOTHING
        found: dict[str, dict[str, list[Hit]]] = {}
        for hit in hits:
            name, label = _apart(hit.cue.label)
            found.setdefault(name, {}).setdefault(label, []).append(hit)
        return found

    def _for(self, lang: str) -> Cues:
        """A language's lists, joined for the first post that needs them: most users meet few."""
        known = lang if lang in self._languages or lang == UNKNOWN_LANGUAGE else BORROWED
        if known not in self._cues:
            languages = self._languages if known == UNKNOWN_LANGUAGE else (known,)
            self._cues[known] = Cues((*phrases(languages), *self._own))
        return self._cues[known]


@functools.cache
def _apart(label: str) -> tuple[str, str]:
    name, _, rest = label.partition("/")
    return name, rest


def phrases(languages: Iterable[str]) -> Iterator[Phrase]:
    """Every phrase of the lists in these languages, labelled 'list/label'."""
    wanted = (ANY, *languages)
    for name in WEIGHED:
        yield from _listed(name, read_lexicon(name), wanted)
    for sector in sectors():
        yield from _listed(f"{TOPICS}/{sector}", read_lexicon(f"topics/{sector}"), wanted)
    for name in ALIKE:
        for label, text in read_lexicon(name).items():
            yield from _said(f"{name}/{label}", 1, text)


def _listed(
    name: str, listed: Mapping[str, Mapping[str, object]], wanted: Iterable[str]
) -> Iterator[Phrase]:
    for label, by_language in listed.items():
        for lang in wanted:
            said = by_language.get(lang, "")
            weighed = said if isinstance(said, Mapping) else {1: said}
            for weight, text in weighed.items():
                yield from _said(f"{name}/{label}", float(weight), str(text))


def _of_brands(topics: Mapping[str, Mapping[str, str]]) -> Iterator[Phrase]:
    for brand, listed in topics.items():
        for topic, text in listed.items():
            for phrase in topic_phrases(text):
                yield phrase, f"{TOPICS}/@{brand}/{topic}", 1


def _said(label: str, weight: float, text: str) -> Iterator[Phrase]:
    return ((phrase.casefold(), label, weight) for phrase in text.split(",") if phrase.strip())


class SignalComponent:
    """Finds the phrases of every list in each document."""

    def __init__(self, finder: SignalFinder) -> None:
        self._finder = finder

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.signals`."""
        post = post_of(doc)
        found = self._finder.find(post.plain.words, post.lang)
        if found:
            post.signals = found
        return doc


extend("signals", default=NOTHING)


@Language.factory(
    "signals",
    assigns=["doc._.signals"],
    requires=["doc._.plain", "doc._.lang"],
)
def make_signals(nlp: Language, name: str, topics: dict[str, dict[str, str]]) -> SignalComponent:  # noqa: ARG001  spaCy's factory signature
    """The phrases of all lists, and of the `topics` that each brand adds."""
    return SignalComponent(SignalFinder(topics))
