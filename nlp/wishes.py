"""Wishes: what a post asks for, apart from what else it says and from the words it asks with.

"Please add a sleep timer" and "please add an equaliser" share most of their words and ask for
different things. So words of asking (nlp/lexicon/request_frames.yaml) and stop words say nothing.
Of a post with several sentences those are read that ask, or else those that complain.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlp.cues import Hit, together
from nlp.intent_cues import SUGGESTION, IntentCues, SaidBy
from nlp.key_phrases import stop_words
from nlp.lexicon.files import read_lexicon
from nlp.pieces import words_of

ENGLISH = "en"
LOOKED_AT, MAX_CHARACTERS = 2_400, 600
"""Of a post, and of what in it asks. Nine of ten requests in app reviews are shorter."""
ASKING = ("feature_request", SUGGESTION)
COMPLAINING = ("bug_report", "churn_risk", "complaint")
LONG_WORDS, WORDS_BEFORE, WORDS_AFTER = 24, 5, 15
"""A sentence of more than LONG_WORDS is read from before its strongest cue to after it."""
_ASKS_FROM, _PLAINLY_ASKS_FROM = 0.4, 0.6
_SENTENCE = re.compile(r"(?<=[.!?…;])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a post asks, its words as `nlp.pieces` cuts them, and which tell what is wanted.

    `is_against` is whether something is to go away, to be less, or is only found bad.
    """

    text: str
    words: tuple[str, ...]
    telling: tuple[bool, ...]
    is_against: bool

    @property
    def says_something(self) -> bool:
        """Whether any word tells what is wanted."""
        return any(self.telling)

    @property
    def told(self) -> frozenset[str]:
        """The words that tell what is wanted."""
        pairs = zip(self.words, self.telling, strict=True)
        return frozenset(word for word, tells in pairs if tells)


def wish_of(raw: str, lang: str) -> Wish:
    """What a post in a language wants."""
    text = _read(raw)
    asked = _wish(" ".join(_asking(text, lang)), lang)
    return asked if asked.says_something else _wish(text, lang)


def asking_parts(raw: str, lang: str) -> list[str]:
    """The parts of a post that ask for something or, if none does, complain; or all of it."""
    return _asking(_read(raw), lang)


def _read(raw: str) -> str:
    from nlp.plain import plain  # noqa: PLC0415  spaCy loads with it, when a text is read

    return plain(raw[:LOOKED_AT]).text


def _wish(text: str, lang: str) -> Wish:
    text = text[:MAX_CHARACTERS]
    words = tuple(words_of(text))
    asking = _words_of_asking(lang)
    telling = tuple(
        word.isalnum() and word not in asking and not (len(word) == 1 and word.isascii())
        for word in words
    )
    return Wish(text, words, telling, _is_against(text, lang))


def _is_against(text: str, lang: str) -> bool:
    away, bad = _phrases("away", lang), _phrases("bad", lang)
    said = text.casefold()
    if away and away.search(said):
        return True
    return bool(bad and bad.search(said)) and _sure(_said(text, lang), ASKING) < _PLAINLY_ASKS_FROM


def asks(text: str, lang: str) -> bool:
    """Whether a few words ask for something, by their cues."""
    return _sure(_said(text, lang), ASKING) >= _ASKS_FROM


def _asking(text: str, lang: str) -> list[str]:
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
    said = [_said(sentence, lang) for sentence in sentences]
    for labels in (ASKING, COMPLAINING):
        parts = [
            _around(sentence, max(_hits(found, labels), key=lambda hit: hit.cue.weight))
            for sentence, found in zip(sentences, said, strict=True)
            if _sure(found, labels) >= _ASKS_FROM
        ]
        if parts:
            return parts
    return sentences


def _said(text: str, lang: str) -> SaidBy:
    from nlp.plain import words_of as cued_words  # noqa: PLC0415  as in _read

    return _cues(lang).find(cued_words(text), lang) or {}


def _hits(found: SaidBy, labels: Iterable[str]) -> list[Hit]:
    return [hit for label in labels for hit in found.get(label, ())]


def _sure(found: SaidBy, labels: Iterable[str]) -> float:
    return together([hit.cue.weight for hit in _hits(found, labels)])


def _around(sentence: str, hit: Hit) -> str:
    """Of a long sentence what stands around its strongest cue: reviews have few full stops."""
    words = sentence.split()
    if len(words) <= LONG_WORDS:
        return sentence
    # Cues count signs as words, too, so places are near enough and no more.
    start = max(0, min(hit.start - WORDS_BEFORE, len(words) - WORDS_BEFORE - WORDS_AFTER))
    return " ".join(words[start : start + WORDS_BEFORE + WORDS_AFTER])


@functools.cache
def _cues(lang: str) -> IntentCues:
    return IntentCues([lang]) if lang in read_lexicon("request_frames") else IntentCues([])


@functools.cache
def _words_of_asking(lang: str) -> frozenset[str]:
    """Words of a language that do not say what is wanted, cut as `words_of` cuts."""
    listed = read_lexicon("request_frames").get(lang, "").split()
    return frozenset(part for word in (*listed, *stop_words(lang)) for part in words_of(word))


@functools.cache
def _phrases(kind: str, lang: str) -> re.Pattern[str] | None:
    """Finds what is said against a thing; None for a language without a list."""
    phrases: Sequence[str] = read_lexicon("against")[kind].get(lang, "").split(",")
    found = [" ".join(phrase.split()).replace(" .. ", r"\b.{1,30}\b") for phrase in phrases]
    return re.compile(rf"\b(?:{'|'.join(found)})\b") if any(found) else None
