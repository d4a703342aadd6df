"""Language: which language a post is written in, and `und` where nobody could say.

A script of its own tells the language (`nlp.scripts`), else the letters of the words do
(`nlp.language_model`). bench/languages.py compares both with the libraries there are for this.
"""

import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.tokens import Doc

from nlp.language_model import Heard, language_model, words_of
from nlp.lexicon.files import read_lexicon
from nlp.post import extend, post_of
from nlp.scripts import script_language
from nlp.unread import UNKNOWN_LANGUAGE

RARE = frozenset({"gl", "gsw", "ku", "lb"})
"""Told apart only where a brand lists them: they would take short posts of their neighbours
(Portuguese, German, Arabic) away, which people post in a hundred times as often."""
COMMON = frozenset({"ar", "de", "en", "es", "fr", "id", "it", "ms", "nl", "pl", "pt", "ru", "tr"})
COMMON_WEIGHT = 0.7
"""In nats: most posts are in one of these or one that a brand lists, and a word or two often leave
it open."""
SURE_FROM = 0.33
"""Below this the answer is `und`: a name, a number, a laugh. Half of what falls below on XLM-T's
posts would have been wrong."""
SURE_OF_ONE_WORD = 0.5
"""For a post of one word, which many languages may share."""
MAX_CHARACTERS = 300
"""A paragraph tells the language; more only costs time."""
HEARD_TOGETHER = 512
"""Posts whose words are heard at once: of at most 150 words each, all are remembered."""
HINT_WEIGHT = 2.0
"""What the platform's own label counts, in nats: it breaks ties, no more, since on most platforms
it is the language of the author's menus."""
EXPECTED_WEIGHT = 1.0
"""What it counts that brands list a language, in nats: enough to decide "no, gracias" between
neighbours, too little to make a German post of a Dutch one."""

_NEVER = -1e6
_MIXED = frozenset({"hi", "pcm"})
_MIXED_WORDS = 2
# "I am disappointed" is as good Pidgin as English; where no word is Pidgin's own, far more people
# wrote English.
_PIDGIN = "pcm"
_NO_PIDGIN_WORD = 1.0
# Learnt from function words alone, so the letters of other words say little for them.
_BARELY_LEARNT = frozenset({"ps", "so", "tl", "zu"})
_SHARE_OF_WORDS = 0.3
_LEAST_SHARE = -(1 << 15)
_BY_SCRIPT = 0.99
_HAN_ALONE = 0.9
"""Chinese, as a headline of Han characters alone may be Japanese."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A language code (ISO 639, `und` if unsure), how sure, and what it was decided on."""

    lang: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Words:
    """A post that its words must tell the language of, and what the platform says."""

    words: Sequence[str]
    hint: str


NOTHING_SAID = Identified(UNKNOWN_LANGUAGE, 0.0, "no words to tell a language by")


def _plain_hint(hint: str) -> str:
    """'en' for 'en-US', as feeds say it."""
    return hint.replace("_", "-").partition("-")[0].casefold()


class LanguageIdentifier:
    """Identifies the language of prose; never raises, and never guesses from links or emoji.

    `listed` are the languages of brands: rare ones among them are told apart. If every brand
    lists its own they are `expected`, and what is not clear is rather one of them.
    """

    def __init__(self, listed: Iterable[str] = (), *, is_complete: bool = False) -> None:
        listed = frozenset(listed)
        self._model = language_model()
        self._places = {lang: place for place, lang in enumerate(self._model.languages)}
        self._expected = listed if is_complete else frozenset()
        self._prior = np.array(
            [
                _NEVER
                if lang in RARE - listed
                else COMMON_WEIGHT * (lang in COMMON | listed)
                + EXPECTED_WEIGHT * (lang in self._expected)
                for lang in self._model.languages
            ]
        )
        self._own = {
            word: self._places[lang]
            for lang in sorted(_MIXED | _BARELY_LEARNT)
            for word in own_words()[lang]
        }

    def identify(self, prose: str, hint: str = UNKNOWN_LANGUAGE) -> Identified:
        """The most probable language of `prose`; `hint` is what the platform says."""
        return self.identify_all([(prose, hint)])[0]

    def identify_all(self, posts: Sequence[tuple[str, str]]) -> list[Identified]:
        """The same for many of (prose, hint), each as if it were alone."""
        read = [
            self._before_words(prose[:MAX_CHARACTERS], _plain_hint(hint)) for prose, hint in posts
        ]
        waiting = [each for each in read if isinstance(each, _Words)]
        found: list[Identified] = []
        for at in range(0, len(waiting), HEARD_TOGETHER):
            found += self._by_words(waiting[at : at + HEARD_TOGETHER])
        by_words = iter(found)
        return [next(by_words) if isinstance(each, _Words) else each for each in read]

    def _before_words(self, prose: str, hint: str) -> "Identified | _Words":
        """The language where its script tells it, else the words that will."""
        words = words_of(prose)
        letters = sum(map(len, words))
        if letters < 2:
            return NOTHING_SAID
        if not prose.isascii():
            lang, others = script_language(prose, letters)
            if lang:
                return self._by_script(lang, hint)
            if others is not prose:
                words = words_of(others)
                if sum(map(len, words)) < 2:
                    return NOTHING_SAID
        return _Words(words, hint)

    def _by_script(self, lang: str, hint: str) -> Identified:
        if lang != "zh":
            return Identified(lang, _BY_SCRIPT, f"{lang} by its script")
        if hint == "ja" or (hint != "zh" and "ja" in self._expected and "zh" not in self._expected):
            why = "as the platform says" if hint == "ja" else "which brands are listed for"
            return Identified("ja", _HAN_ALONE, f"ja by its script, {why}")
        return Identified(lang, _HAN_ALONE, "zh by its script")

    def _by_words(self, posts: Sequence[_Words]) -> list[Identified]:
        heard = self._model.hear([post.words for post in posts])
        scores = heard.scores
        scores += self._prior
        for own, post in zip(scores, posts, strict=True):
            hinted = self._places.get(post.hint)
            if hinted is not None:
                own[hinted] += HINT_WEIGHT
        best = [
            self._by_own_words(post.words, own, first)
            for post, own, first in zip(posts, scores, scores.argmax(axis=1).tolist(), strict=True)
        ]
        each = np.arange(len(posts))
        confident = 1 / np.exp(scores - scores[each, best][:, None]).sum(axis=1)
        telling = _telling([post.words for post in posts], heard, scores, best)
        return [
            self._identified(post, place, confidence, told)
            for post, place, confidence, told in zip(
                posts, best, confident.tolist(), telling, strict=True
            )
        ]

    def _identified(self, post: _Words, best: int, confidence: float, told: str) -> Identified:
        lang = self._model.languages[best]
        if confidence < (SURE_FROM if len(post.words) > 1 else SURE_OF_ONE_WORD):
            said = f"too little to tell; most like {lang} ({confidence:.0%})"
            return Identified(UNKNOWN_LANGUAGE, confidence, said)
        agreed = ", as the platform says" if lang == post.hint else ""
        return Identified(lang, confidence, f"{lang} by {told}{agreed} ({confidence:.0%})")

    def _by_own_words(
        self, words: Sequence[str], scores: npt.NDArray[np.float64], best: int
    ) -> int:
        """The best language, or one whose function words the post holds.

        Hindi and Pidgin come mixed with English; no English lexicon may read the mixture.
        """
        if best != self._places[_PIDGIN] and self._own.keys().isdisjoint(words):
            return best
        own = {word: self._own[word] for word in words if word in self._own}
        if best == self._places[_PIDGIN] and best not in own.values():
            scores[best] -= _NO_PIDGIN_WORD
            best = int(scores.argmax())
        if len(own) < _MIXED_WORDS:
            return best
        place, count = max(Counter(own.values()).items(), key=lambda each: (each[1], each[0]))
        if place == best or count < _MIXED_WORDS:
            return best
        if self._model.languages[place] in _MIXED:
            is_own = best == self._places["en"]
        else:
            is_own = count > _MIXED_WORDS and count >= _SHARE_OF_WORDS * len(words)
        if not is_own:
            return best
        scores[place] = scores[best] + 1
        return place


def _telling(
    posts: Sequence[Sequence[str]],
    heard: Heard,
    scores: npt.NDArray[np.float64],
    best: Sequence[int],
) -> list[str]:
    """The words of each post that most tell its best language from the second."""
    others = scores.copy()
    others[np.arange(len(posts)), best] = -math.inf
    counts = [len(words) for words in posts]
    each = np.arange(len(heard.shares))
    first, second = np.repeat(best, counts), np.repeat(others.argmax(axis=1), counts)
    by = (heard.shares[each, first] - heard.shares[each, second]).tolist()
    telling = []
    for start, words in zip(heard.starts.tolist(), posts, strict=True):
        own = by[start : start + len(words)]
        at = own.index(max(own))
        own[at] = _LEAST_SHARE
        told, also = words[at], words[own.index(max(own))]
        telling.append(told if told == also else f"{told}, {also}")
    return telling


@functools.cache
def own_words() -> Mapping[str, frozenset[str]]:
    """Language -> its function words that no other language shares."""
    listed = {lang: set(words.split()) for lang, words in read_lexicon("function_words").items()}
    shared = Counter(itertools.chain.from_iterable(listed.values()))
    return MappingProxyType(
        {
            lang: frozenset(word for word in words if shared[word] == 1)
            for lang, words in listed.items()
        }
    )


class LanguageComponent:
    """Says the language of each document; what a person said of it wins."""

    def __init__(self, identifier: LanguageIdentifier) -> None:
        self._identifier = identifier

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.lang`."""
        self.pipe([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int = 0) -> Iterable[Doc]:  # noqa: ARG002  spaCy's signature; all come at once
        """The same for many documents, as if each were alone."""
        docs = list(docs)
        posts = [post_of(doc) for doc in docs]
        said = [(post.plain.prose, post.mention.lang) for post in posts]
        for post, found in zip(posts, self._identifier.identify_all(said), strict=True):
            corrected = post.mention.corrections.get("lang")
            post.lang = corrected or found.lang
            post.reasons["lang"] = "corrected by a person" if corrected else found.reason
        return docs


extend("lang", default=UNKNOWN_LANGUAGE)


@Language.factory("language", assigns=["doc._.lang"], requires=["doc._.plain"])
def make_language(
    nlp: Language,  # noqa: ARG001  spaCy's factory signature
    name: str,  # noqa: ARG001  the same
    languages: list[str],
    is_complete: bool,
) -> LanguageComponent:
    """Language identification; `languages` are those that brands list, `is_complete` if all do."""
    return LanguageComponent(LanguageIdentifier(languages, is_complete=is_complete))
