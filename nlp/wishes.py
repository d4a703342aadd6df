"""Wishes: what a post asks for, apart from what else it says and from the words it asks with.

"Please add a sleep timer" and "please add an equaliser" share most of their words and ask for
different things. So words of asking (nlp/lexicon/request_frames.yaml) say nothing, and stop words
little. Of a post with several sentences those count most that ask, or else those that complain; the
others say what it is about ("I drew over her face. An undo button please!").
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
"""Of a sentence of more than LONG_WORDS what asks is from before its strongest cue to after it."""
BESIDE = 0.4
"""What a word counts that stands beside what asks; anything from 0.2 to 0.6 does as well. With it
the best F1 on the messy development reviews is 0.90, and 0.86 where only what asks is read."""
IN_PASSING = 0.2
"""What a stop word counts: with nothing F1 of both development sets together is 0.80, here 0.81."""
_ASKS_FROM, _PLAINLY_ASKS_FROM = 0.4, 0.6
_SENTENCE = re.compile(r"(?<=[.!?…;])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is read of a post, its words as `nlp.pieces` cuts them, and which tell what is wanted.

    `counts` is how much each word does, 0 to 1. `is_against` is whether something is to go away, to
    be less, or is only found bad.
    """

    text: str
    words: tuple[str, ...]
    telling: tuple[bool, ...]
    counts: tuple[float, ...]
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
    parts = _fitting(_parts(text, lang))
    words: list[str] = []
    beside: list[float] = []
    for part in parts:
        cut = words_of(part.text)
        words += cut
        beside += [1.0 if part.asks else BESIDE] * len(cut)
    telling = tuple(_tells(word, lang) for word in words)
    counts = tuple(
        share * (1.0 if tells else IN_PASSING if word in _stop_words(lang) else 0.0)
        for word, tells, share in zip(words, telling, beside, strict=True)
    )
    asked = " ".join(part.text for part in parts if part.asks)
    return Wish(
        " ".join(part.text for part in parts),
        tuple(words),
        telling,
        counts,
        _is_against(asked, lang),
    )


def asking_parts(raw: str, lang: str) -> list[str]:
    """The parts of a post that ask for something or, if none does, complain; or all of it."""
    return _asking(_read(raw), lang)


def _read(raw: str) -> str:
    from nlp.plain import plain  # noqa: PLC0415  spaCy loads with it, when a text is read

    return plain(raw[:LOOKED_AT]).text


def _tells(word: str, lang: str) -> bool:
    return (
        word.isalnum()
        and word not in _words_of_asking(lang)
        and not (len(word) == 1 and word.isascii())
    )


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    asks: bool


def _parts(text: str, lang: str) -> list[_Part]:
    """A text in parts, in order: what asks for something it names, or else complains, or all."""
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
    said = [_said(sentence, lang) for sentence in sentences]
    for labels in (ASKING, COMPLAINING):
        parts: list[_Part] = []
        for sentence, found in zip(sentences, said, strict=True):
            if _sure(found, labels) >= _ASKS_FROM:
                parts += _split(sentence, _strongest(found, labels))
            else:
                parts.append(_Part(sentence, asks=False))
        asked = (word for part in parts if part.asks for word in words_of(part.text))
        if any(_tells(word, lang) for word in asked):
            return parts
    return [_Part(sentence, asks=True) for sentence in sentences]


def _split(sentence: str, hit: Hit) -> list[_Part]:
    words = sentence.split()
    start, end = _window(words, hit)
    parts = (words[:start], words[start:end], words[end:])
    return [_Part(" ".join(part), asks=number == 1) for number, part in enumerate(parts) if part]


def _fitting(parts: Sequence[_Part]) -> list[_Part]:
    """As many parts as MAX_CHARACTERS hold, what asks before what stands beside it."""
    room, kept = MAX_CHARACTERS, {}
    for at in sorted(range(len(parts)), key=lambda at: (not parts[at].asks, at)):
        if room > 0:
            kept[at] = _Part(parts[at].text[:room], parts[at].asks)
            room -= len(parts[at].text) + 1
    return [kept[at] for at in sorted(kept)]


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
            _around(sentence, _strongest(found, labels))
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


def _strongest(found: SaidBy, labels: Iterable[str]) -> Hit:
    return max(_hits(found, labels), key=lambda hit: hit.cue.weight)


def _around(sentence: str, hit: Hit) -> str:
    """Of a long sentence what stands around its strongest cue: reviews have few full stops."""
    words = sentence.split()
    if len(words) <= LONG_WORDS:
        return sentence
    start, end = _window(words, hit)
    return " ".join(words[start:end])


def _window(words: Sequence[str], hit: Hit) -> tuple[int, int]:
    if len(words) <= LONG_WORDS:
        return 0, len(words)
    # Cues count signs as words, too, so places are near enough and no more.
    start = max(0, min(hit.start - WORDS_BEFORE, len(words) - WORDS_BEFORE - WORDS_AFTER))
    return start, start + WORDS_BEFORE + WORDS_AFTER


@functools.cache
def _cues(lang: str) -> IntentCues:
    return IntentCues([lang]) if lang in read_lexicon("request_frames") else IntentCues([])


@functools.cache
def _words_of_asking(lang: str) -> frozenset[str]:
    """Words of a language that do not say what is wanted, cut as `words_of` cuts."""
    return _listed("request_frames", lang) | _stop_words(lang)


@functools.cache
def _stop_words(lang: str) -> frozenset[str]:
    """Stop words, less those that name what is wanted ("let us change the name")."""
    stopped = frozenset(part for word in stop_words(lang) for part in words_of(word))
    return stopped - _listed("naming_stop_words", lang) - _listed("request_frames", lang)


def _listed(name: str, lang: str) -> frozenset[str]:
    listed = read_lexicon(name).get(lang, "").split()
    return frozenset(part for word in listed for part in words_of(word))


@functools.cache
def _phrases(kind: str, lang: str) -> re.Pattern[str] | None:
    """Finds what is said against a thing; None for a language without a list."""
    phrases: Sequence[str] = read_lexicon("against")[kind].get(lang, "").split(",")
    found = [" ".join(phrase.split()).replace(" .. ", r"\b.{1,30}\b") for phrase in phrases]
    return re.compile(rf"\b(?:{'|'.join(found)})\b") if any(found) else None
