"""Titles: a cluster's wish in the words of one who has it.

Nothing is generated: a title is a stretch of a text, from which words of asking at both ends are
taken ("Please add a sleep timer, I fall asleep to podcasts" -> "Sleep timer").
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from nlp.likeness import Likeness
from nlp.wishes import Wish, asking_parts, asks, wish_of

LOOKED_AT = 12
"""Texts nearest to all that a title is looked for in."""
LONGEST_WORDS, LONGEST_CHARACTERS = 12, 80
EASY_WORDS = 4
PER_WORD = 0.02
"""What each word above EASY_WORDS costs in likeness: two that say as much, and the shorter wins."""
BESIDE = 0.15
"""What it costs that a clause does not ask itself but says why, or what happens."""

_CLAUSE = re.compile(
    r"\s*(?:[,;:!?()…\n]+|[.]+(?=\s|$)|\s[-–—]+\s"
    r"|\b(?:because|since|so that|as I|otherwise|but)\b)\s*"
)
_WORD = re.compile(r"[^\W_]+(?:['’./+-][^\W_]+)*")
# Words that turn a wish round are kept at its ends, though they are stop words.
_TURNING = frozenset({"no", "not", "without", "off", "less", "fewer", "more", "don't", "never"})


def title_among(texts: Sequence[str], wishes: Sequence[Wish], lang: str) -> str:
    """The stretch of one of the texts that is most like them all and short; "" without words.

    `wishes` are what the texts want, in the same order.
    """
    likeness = Likeness(lang)
    rows = likeness.rows_among(wishes)
    if not len(rows):
        return ""
    mean = rows.mean(0)
    order = np.argsort(-(rows @ mean), kind="stable")[:LOOKED_AT].tolist()
    found: dict[str, bool] = {}
    for at in order:
        for phrase, is_asked in _phrases(texts[at], lang):
            found[phrase] = is_asked or found.get(phrase, False)
    phrases = sorted(found)
    if not phrases:
        return _cut(texts[order[0]])
    like = likeness.rows_among([wish_of(phrase, lang) for phrase in phrases]) @ mean
    costs = [
        PER_WORD * max(0, len(phrase.split()) - EASY_WORDS) + (0 if found[phrase] else BESIDE)
        for phrase in phrases
    ]
    best = min(
        zip(phrases, like.tolist(), costs, strict=True),
        key=lambda each: (each[2] - each[1], len(each[0]), each[0]),
    )[0]
    return _cut(best[0].upper() + best[1:])


def _phrases(text: str, lang: str) -> Iterator[tuple[str, bool]]:
    """Clauses of what a text asks, without words of asking at their ends, and whether each asks."""
    for sentence in asking_parts(text, lang):
        for clause in _CLAUSE.split(sentence):
            words = list(_WORD.finditer(clause))
            kept = [at for at, match in enumerate(words) if _stays(match[0], lang)]
            if kept and kept[-1] - kept[0] < LONGEST_WORDS:
                yield clause[words[kept[0]].start() : words[kept[-1]].end()], asks(clause, lang)


def _stays(word: str, lang: str) -> bool:
    return word.casefold() in _TURNING or wish_of(word, lang).says_something


def _cut(text: str) -> str:
    """A title on one line; a longer one ends at a word."""
    text = " ".join(text.split())
    if len(text) <= LONGEST_CHARACTERS:
        return text
    return text[:LONGEST_CHARACTERS].rsplit(" ", 1)[0] + " …"
