"""Language: which language a post is written in, and `und` where nobody could say.

py3langid (a byte model) over the languages people post in, joined with function words, which
tell more than bytes in a post of five words and are all there is for Hindi in Latin letters.
`bench/reading.py` measures both.
"""

import copy
import functools
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from py3langid import langid as py3langid  # type: ignore[import-untyped]  # ships no types
from spacy.language import Language
from spacy.tokens import Doc

from nlp.lexicon.files import read_lexicon
from nlp.unread import UNKNOWN_LANGUAGE

_LANGUAGES = """
    af am ar az be bg bn ca cs cy da de el en es et eu fa fi fr ga gu ha he hi hr hu hy id ig is
    it ja ka kk km kn ko lo lt lv mk ml mn mr ms my ne nl no pa pcm pl ps pt ro ru si sk sl so sq
    sr sv sw ta te th tl tr uk ur uz vi yo zh zu
"""
LANGUAGES = frozenset(_LANGUAGES.split())
"""What people post in. Rarer neighbours (Galician, Bosnian, Scots …) take short Portuguese,
Croatian and English posts away and are told apart only where a brand lists them."""
SURE_FROM = 0.3
"""Below this the answer is `und`. On XLM-T's training rows nearly all that falls below is a name,
a number or a laugh."""
MAX_CHARACTERS = 300
"""A paragraph tells the language; more only costs time."""
HINT_WEIGHT = 2.0
"""What the platform's own label counts, in nats: it breaks ties, no more, since on most platforms
it is the language of the author's menus."""

_WORD_WEIGHT = 2.0
_LEAST_PROBABILITY = 1e-5
_LEAST_LOG = math.log(_LEAST_PROBABILITY)
# py3langid knows Hindi in Devanagari only and gives it nothing in Latin letters; one Latin post in
# twenty is a prior that its function words can turn and that costs Spanish and German nothing.
_ROMANISED_HINDI_LOG = math.log(0.05)
_MIXED = frozenset({"hi", "pcm"})
_MIXED_WORDS = 2
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identified:
    """A language code (ISO 639, `und` if unsure), how sure, and what it was decided on."""

    lang: str
    confidence: float
    reason: str


NOTHING_SAID = Identified(UNKNOWN_LANGUAGE, 0.0, "no words to tell a language by")


class LanguageIdentifier:
    """Identifies the language of prose; never raises, and never guesses from links or emoji."""

    def __init__(self, extra: Iterable[str] = ()) -> None:
        self._model = copy.copy(_byte_model())
        known = set(self._model.labels)
        self._model.set_languages(sorted((LANGUAGES | set(extra)) & known))
        self._votes = _function_words()

    def identify(self, prose: str, hint: str = UNKNOWN_LANGUAGE) -> Identified:
        """The most probable language of `prose`; `hint` is what the platform says."""
        prose = prose[:MAX_CHARACTERS]
        hint = hint.replace("_", "-").partition("-")[0].casefold()  # feeds say 'en-US'
        words = _WORD.findall(prose.casefold())
        if sum(map(len, words)) < 2:
            return NOTHING_SAID
        heard = self._heard(words)
        mixed = self._mixed_with_english(words)
        plainly = None if mixed else _plainly(heard, len(words))
        scores = {plainly: 0.0} if plainly else self._by_letters(prose)
        weight = _WORD_WEIGHT / math.sqrt(max(len(words), 4) / 4)
        for lang, votes in heard.items():
            scores[lang] = scores.get(lang, _LEAST_LOG) + weight * votes
        if mixed:
            scores[mixed] = max(scores.get(mixed, _LEAST_LOG), scores.get("en", _LEAST_LOG)) + 1
        if hint in LANGUAGES:
            scores[hint] = scores.get(hint, _LEAST_LOG) + HINT_WEIGHT
        return _decided(scores, words, self._votes, hint)

    def _mixed_with_english(self, words: Iterable[str]) -> str | None:
        """Hindi and Pidgin come mixed with English; no English lexicon may read the mixture."""
        own = Counter(
            lang
            for word in set(words)
            for lang in self._votes.get(word, ())
            if lang in _MIXED and len(self._votes[word]) == 1
        )
        lang, count = max(own.items(), key=itemgetter(1), default=("", 0))
        return lang if count >= _MIXED_WORDS else None

    def _heard(self, words: Iterable[str]) -> dict[str, float]:
        heard: dict[str, float] = {}
        for word in words:
            for lang, vote in self._votes.get(word, {}).items():
                heard[lang] = heard.get(lang, 0.0) + vote
        return heard

    def _by_letters(self, prose: str) -> dict[str, float]:
        scores = {}
        for lang, probability in self._model.rank(prose):
            if probability < _LEAST_PROBABILITY:
                break
            scores[lang] = math.log(probability)
        if _LATIN.search(prose):
            scores["hi"] = max(scores.get("hi", _LEAST_LOG), _ROMANISED_HINDI_LOG)
        return scores


def _plainly(heard: Mapping[str, float], words: int) -> str | None:
    # On 21,000 posts of 32 languages the byte model disagreed once where function words were as
    # plain as this; three English posts in five need no more, at a fifth of the time.
    first, second = (sorted(heard.items(), key=itemgetter(1), reverse=True) + [("", 0.0)] * 2)[:2]
    is_plain = first[1] >= max(3.0, 0.3 * words) and second[1] <= 0.3 * first[1]
    return first[0] if is_plain else None


def _decided(
    scores: Mapping[str, float],
    words: Iterable[str],
    votes: Mapping[str, Mapping[str, float]],
    hint: str,
) -> Identified:
    best = max(scores, key=lambda lang: (scores[lang], lang))
    confidence = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
    if confidence < SURE_FROM:
        said = f"too little to tell; most like {best} ({confidence:.0%})"
        return Identified(UNKNOWN_LANGUAGE, confidence, said)
    told = [word for word in dict.fromkeys(words) if best in votes.get(word, {})][:3]
    said = f"words {', '.join(told)}" if told else "its letters"
    if best == hint:
        said += ", as the platform says"
    return Identified(best, confidence, f"{best} by {said} ({confidence:.0%})")


@functools.cache
def _byte_model() -> Any:
    # Half a second and 60 MB: read once, however many readers a process builds.
    return py3langid.LanguageIdentifier.from_model_file(py3langid.MODEL_FILE, norm_probs=True)


@functools.cache
def _function_words() -> dict[str, dict[str, float]]:
    listed = {lang: set(words.split()) for lang, words in read_lexicon("function_words").items()}
    shared = Counter(itertools.chain.from_iterable(listed.values()))
    votes: dict[str, dict[str, float]] = {}
    for lang, words in listed.items():
        for word in words:
            votes.setdefault(word, {})[lang] = 1 / shared[word]
    return votes


class LanguageComponent:
    """Says the language of each document; what a person said of it wins."""

    def __init__(self, identifier: LanguageIdentifier) -> None:
        self._identifier = identifier

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.lang`."""
        post = doc._
        corrected = post.mention.corrections.get("lang")
        if corrected:
            found = Identified(corrected, 1.0, "corrected by a person")
        else:
            found = self._identifier.identify(post.plain.prose, post.mention.lang)
        post.lang = found.lang
        post.reasons["lang"] = found.reason
        return doc


Doc.set_extension("lang", default=UNKNOWN_LANGUAGE, force=True)


@Language.factory("language", assigns=["doc._.lang"], requires=["doc._.plain"])
def make_language(nlp: Language, name: str, languages: list[str]) -> LanguageComponent:  # noqa: ARG001  spaCy's factory signature
    """Language identification; `languages` are told apart beside the common ones."""
    return LanguageComponent(LanguageIdentifier(languages))
