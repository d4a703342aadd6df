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
ALONE = 0.1
"""What it costs to be a single short word: "Bag" leaves open what is wanted of it."""
LONG_WORD = 10
"""From so many letters a word tells as much as two, as "Gemeinschaftskonto" does."""
SHOUTED, SHOUTED_WORDS = 0.8, 3
"""The share of capitals among letters from which so many words are said quietly."""

_CLAUSE = re.compile(
    r"\s*(?:[,;:!?()…\n]+|[.]+(?=\s|$)|\s[-–—]+\s"
    r"|\b(?:because|since|so that|as I|otherwise|but)\b)\s*"
)
_WORD = re.compile(r"[^\W_]+(?:['’./+-][^\W_]+)*")
# Words that turn a wish round are kept at its ends, though they are stop words.
_TURNING = frozenset({"no", "not", "without", "off", "less", "fewer", "more", "don't", "never"})
# "Still no dark mode" asks for one, where "no ads" wants none.
_LACKING = frozenset({"still", "there", "there's", "theres", "has", "have", "is", "why"})
# Who should do something is known; "Kestrel should add a map" asks for "a map".
_ASKED = frozenset({"should", "please"})
_GIVING = frozenset(
    {"add", "allow", "bring", "give", "have", "implement", "include", "introduce", "let", "make"}
    | {"enable", "offer", "pay", "provide", "support"}
)
# Words of asking that name a thing right behind what it is of: "Apple Watch app", "savings rate".
_NAMING = frozenset(
    {"app", "apps", "feature", "features", "option", "options", "plan", "plans", "rate", "rates"}
    | {"support", "team", "update", "updates", "version", "versions", "watch"}
)


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
        PER_WORD * max(0, len(phrase.split()) - EASY_WORDS)
        + (0 if found[phrase] else BESIDE)
        + (0 if " " in phrase or len(phrase) >= LONG_WORD else ALONE)
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
            if not kept:
                continue
            said = [match[0].casefold() for match in words]
            first, last = (
                _without_giver(said, _without_lack(said, kept)),
                _with_name(said, kept[-1]),
            )
            if last - first < LONGEST_WORDS:
                yield clause[words[first].start() : words[last].end()], asks(clause, lang)


def _without_lack(said: Sequence[str], kept: list[int]) -> list[int]:
    """The places that stay, but for the "no" of what is only not there yet."""
    first = kept[0]
    is_lack = said[first] == "no" and first > 0 and said[first - 1] in _LACKING
    return kept[1:] if is_lack and len(kept) > 1 and said[kept[1]] not in _TURNING else kept


def _without_giver(said: Sequence[str], kept: Sequence[int]) -> int:
    """Where a phrase begins, behind who should give what is wanted."""
    for at in range(kept[0] + 1, min(kept[0] + 3, kept[-1])):
        if said[at] in _ASKED and said[at + 1] in _GIVING:
            return next((one for one in kept if one > at), kept[0])
    return kept[0]


def _with_name(said: Sequence[str], last: int) -> int:
    """Where a phrase ends, with the word that names what the last ones are of."""
    while last + 1 < len(said) and said[last] not in _TURNING and said[last + 1] in _NAMING:
        last += 1
    return last


def _stays(word: str, lang: str) -> bool:
    return word.casefold() in _TURNING or wish_of(word, lang).says_something


def _cut(text: str) -> str:
    """A title on one line, not in capitals throughout; a longer one ends at a word."""
    text = " ".join(text.split())
    letters = [letter for letter in text if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    if len(text.split()) >= SHOUTED_WORDS and capitals > SHOUTED * len(letters):
        text = text.capitalize()
    if len(text) <= LONGEST_CHARACTERS:
        return text
    return text[:LONGEST_CHARACTERS].rsplit(" ", 1)[0] + " …"
