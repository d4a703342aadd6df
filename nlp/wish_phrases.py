"""Phrases: the stretches of a text that may be its title, without the words of asking around them.

"Could Acme please add a sleep timer, I fall asleep to podcasts" -> "sleep timer" and, as what
stands beside it, "fall asleep to podcasts". Who should do it is known, so names of the brand are
left out where they lead ("Acme should show live tracking") or trail ("a widget on the Acme 7").
What would be a lone word is also told longer: "zeigt in der App, wo mein Koffer ist".
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from nlp.lexicon.files import read_lexicon
from nlp.wishes import asking_parts, asks, wish_of

LONGEST_WORDS = 12

_CLAUSE = re.compile(
    r"\s*(?:[,;:!?()…\n]+|[.]+(?=\s|$)|\s[-–—]+\s"
    r"|\b(?:because|since|so that|as I|otherwise|but)\b)\s*"
)
_WORD = re.compile(r"[^\W_]+(?:['’./+-][^\W_]+)*")
_MODEL = re.compile(r"\d+\w?")
"""What tells one product of a name from another: the "7" of "Acme 7", the "7s" of two of them."""
# Words that turn a wish round are kept at its ends, though they are stop words.
TURNING = frozenset({"no", "not", "without", "off", "less", "fewer", "more", "don't", "never"})
# "Still no dark mode" asks for one, where "no ads" wants none.
_LACKING = frozenset({"still", "there", "there's", "theres", "has", "have", "is", "why"})
# Who should do something is known; "Kestrel should add a map" asks for "a map".
_ASKED = frozenset({"should", "please"})
_GIVING = frozenset(
    {"add", "allow", "bring", "give", "have", "implement", "include", "introduce", "let", "make"}
    | {"enable", "offer", "pay", "provide", "support"}
)
_LETTING = frozenset({"let", "lets", "allow", "allows", "enable", "enables"})
_WHOM = frozenset({"us", "me", "people", "users", "you", "everyone", "everybody"})
_LETS_WITHIN = 6
"""Words of a clause among which "let us" begins what is wanted: "would it kill them to let us"."""
# Words of asking that name a thing right behind what it is of: "Apple Watch app", "savings rate".
_NAMING = frozenset(
    {"app", "apps", "feature", "features", "option", "options", "plan", "plans", "rate", "rates"}
    | {"support", "team", "update", "updates", "version", "versions", "watch"}
)
# Words that a verb needs to be whole: "a hotline that hangs up", "a phone that would sell itself".
_CLOSING = frozenset(
    {"itself", "themselves", "nothing", "anything", "things", "up", "out", "back", "down", "it"}
    | {"zurück", "ab", "weg"}
)
_PARTICLES = frozenset({"back", "up", "out", "off", "on", "down"})
_SEEING = frozenset({"see", "know", "choose", "tell", "show", "find"})
_WHERE = frozenset({"where", "how", "when", "what", "which", "who", "whether", "why"})
_LINKING = frozenset({"the", "a", "an", "my", "our", "your", "its", "to", "of", "and", "or", "at"})
_PLACING = frozenset({"on", "in", "for", "at"})
# What no title ends with, though a longer phrase keeps its other stop words.
_DANGLING = frozenset(
    {"the", "and", "for", "der", "die", "das", "den", "dem", "und", "los", "las", "una", "les"}
    | {"des", "une", "our", "per", "com", "dos", "least"}
)
_BEING = frozenset({"is", "are", "was", "were", "be", "been"})
# Who asks and how, beside the lexicon's words of asking: a longer phrase begins behind them.
_INVERTING = frozenset({"if", "could", "can", "would", "will", "may", "might", "do", "does", "did"})
_WHO = _INVERTING | frozenset(
    {"i", "we", "you", "they", "he", "she", "it", "us", "me", "should", "just"}
    | {"have", "has", "had", "there", "that"}
)
_OWN = frozenset({"my", "our", "your", "the"})
# What stands between a name and what is wanted of it: "Acme should", "the Acme app had a".
_LEADING = (
    _GIVING
    | _ASKED
    | _WHO
    | _LINKING
    | _WHERE
    | _PLACING
    | frozenset({"with", "from", "by", "app", "apps", "site", "needs", "need", "lacks", "eine"})
)
_MONEY = "€$£¥"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of a text; `telling` counts its words that tell what is wanted, names aside.

    `is_asked` is whether its clause asks itself, and does not say why or what happens; `is_first`
    whether that is the first of its sentence;
    `is_given` whether it is what somebody should give: "support passkeys"; `is_over` whether it
    goes on over the end of its clause; `is_named` whether a name of the brand is in it.
    """

    text: str
    telling: int
    is_asked: bool
    is_first: bool = True
    is_given: bool = False
    is_over: bool = False
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause of a sentence by the numbers of its first word and of the one behind its last."""

    begin: int
    end: int
    is_asked: bool


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, its words as they stand in it and in lower case, and which of them stay."""

    text: str
    words: Sequence[re.Match[str]]
    said: Sequence[str]
    stays: Sequence[bool]
    names: Collection[str]
    asking: Collection[str]

    def is_name(self, at: int) -> bool:
        return self.said[at] in self.names or (
            at > 0 and _MODEL.fullmatch(self.said[at]) is not None and self.is_name(at - 1)
        )

    def phrase(self, clause: _Clause, first: int, last: int) -> Phrase:
        start, end = self.words[first].start(), self.words[last].end()
        if start and self.text[start - 1] in _MONEY:
            start -= 1
        if self.text[start:end].count('"') % 2 and self.text[end : end + 1] == '"':
            end += 1
        places = range(first, last + 1)
        told = [self.said[at] for at in places if self.stays[at] and not self.is_name(at)]
        telling = 0 if TURNING.issuperset(told) else len(told)
        is_given = first > 0 and self.said[first - 1] in _GIVING
        is_first, is_over = not clause.begin, last >= clause.end
        is_named = any(map(self.is_name, places))
        return Phrase(
            self.text[start:end], telling, clause.is_asked, is_first, is_given, is_over, is_named
        )


def phrases(text: str, lang: str, names: Collection[str] = ()) -> Iterator[Phrase]:
    """The phrases of what a text asks for, or else complains of, in order.

    `names` are the brand's, in lower case.
    """
    for raw in asking_parts(text, lang):
        sentence = _sentence(raw, lang, names)
        for clause in _clauses(sentence, lang):
            yield from _of_clause(sentence, clause)


def _sentence(raw: str, lang: str, names: Collection[str]) -> _Sentence:
    words = list(_WORD.finditer(raw))
    said = [match[0].casefold() for match in words]
    stays = [word in TURNING or wish_of(word, lang).says_something for word in said]
    return _Sentence(raw, words, said, stays, names, _words_of_asking(lang))


def _clauses(sentence: _Sentence, lang: str) -> Iterator[_Clause]:
    start, first = 0, 0
    ends = [(match.start(), match.end()) for match in _CLAUSE.finditer(sentence.text)]
    for end, further in [*ends, (len(sentence.text), len(sentence.text))]:
        last = first
        while last < len(sentence.words) and sentence.words[last].end() <= end:
            last += 1
        if last > first:
            yield _Clause(first, last, asks(sentence.text[start:end], lang))
        # The words that part two clauses ("because") are in neither.
        while last < len(sentence.words) and sentence.words[last].start() < further:
            last += 1
        start, first = further, last


def _of_clause(sentence: _Sentence, clause: _Clause) -> Iterator[Phrase]:
    kept = [at for at in range(clause.begin, clause.end) if sentence.stays[at]]
    if not kept:
        return
    kept = _without_lack(sentence, clause, kept)
    begin = _without_giver(sentence, clause, kept)
    first = _seen_from(sentence, clause, begin)
    last = _closed(sentence, clause, _without_place(sentence, first, kept[-1]))
    if first < begin:  # "see where the driver" is not whole without its verb
        _, last = _longer(sentence, clause, first, last)
    said = sentence.phrase(clause, first, last)
    if last - first < LONGEST_WORDS:
        yield said
    if said.telling == 1 and not said.is_given and not said.is_named:
        yield sentence.phrase(clause, *_longer(sentence, clause, first, last))


def _without_lack(sentence: _Sentence, clause: _Clause, kept: list[int]) -> list[int]:
    """The places that stay, but for the "no" of what is only not there yet."""
    said, first = sentence.said, kept[0]
    is_lack = said[first] == "no" and first > clause.begin and said[first - 1] in _LACKING
    return kept[1:] if is_lack and len(kept) > 1 and said[kept[1]] not in TURNING else kept


def _without_giver(sentence: _Sentence, clause: _Clause, kept: Sequence[int]) -> int:
    """Where a phrase begins, behind who should give what is wanted."""
    said, first = sentence.said, kept[0]
    for at in range(clause.begin, min(clause.begin + _LETS_WITHIN, clause.end - 1)):
        if said[at] in _LETTING and said[at + 1] in _WHOM:
            return next((one for one in kept if one > at + 1), first)
    for at in range(first + 1, min(first + 3, kept[-1])):
        if said[at] in _ASKED and said[at + 1] in _GIVING:
            return next((one for one in kept if one > at), first)
    return _without_names(sentence, clause, first)


def _without_names(sentence: _Sentence, clause: _Clause, first: int) -> int:
    """Where a phrase begins, behind names of the brand that is asked or complained of."""
    said, behind = sentence.said, first
    while behind < clause.end and sentence.is_name(behind):
        behind += 1
    if not first < behind < clause.end:
        return first
    before = said[first - 2 if said[first - 1] in _OWN else first - 1] if first else ""
    if sentence.stays[behind] and before not in _INVERTING:
        return first
    while behind < clause.end - 1 and not sentence.stays[behind] and said[behind] in _LEADING:
        behind += 1
    told = [at for at in range(behind, clause.end) if sentence.stays[at]]
    return behind if len(told) > 1 else first


def _without_place(sentence: _Sentence, first: int, last: int) -> int:
    """Where a phrase ends, before "on the Acme", which is so of all of them."""
    at = last
    while at > first and sentence.is_name(at):
        at -= 1
    if at == last:
        return last
    while at > first and sentence.said[at] in _LINKING:
        at -= 1
    if sentence.said[at] not in _PLACING:
        return last
    told = [one for one in range(first, at) if sentence.stays[one] and not sentence.is_name(one)]
    return told[-1] if len(told) > 1 else last


def _seen_from(sentence: _Sentence, clause: _Clause, first: int) -> int:
    """Where a phrase begins that says what somebody wants to see: "see where the driver is"."""
    at = first - 1
    while at > clause.begin and sentence.said[at] in _LINKING:
        at -= 1
    is_seen = at > clause.begin and sentence.said[at] in _WHERE
    return at - 1 if is_seen and sentence.said[at - 1] in _SEEING else first


def _closed(sentence: _Sentence, clause: _Clause, last: int) -> int:
    """Where a phrase ends, with the word that names or closes what the last ones are of."""
    said = sentence.said
    while last + 1 < clause.end and said[last] not in TURNING and said[last + 1] in _NAMING:
        last += 1
    return last + 1 if last + 1 < clause.end and said[last + 1] in _CLOSING else last


def _longer(sentence: _Sentence, clause: _Clause, first: int, last: int) -> tuple[int, int]:
    """From the word on to the end of the sentence or as far as a title goes, with what leads in.

    Stop words before it lead in, words of asking do not, but "bring back" stays whole.
    """
    said, begin = sentence.said, first
    while begin > clause.begin and not _is_of_asking(sentence, begin - 1):
        begin -= 1
    while begin < first and (
        said[begin] in _LINKING | _PLACING | _BEING or _dangles(sentence, begin)
    ):
        begin += 1
    if clause.begin < begin and said[begin] in _PARTICLES:
        begin -= 1
    end = len(said) if len(said) - begin <= LONGEST_WORDS else clause.end
    end = min(end, begin + LONGEST_WORDS) - 1
    while end > last and _dangles(sentence, end):
        end -= 1
    return begin, max(end, last)


def _is_of_asking(sentence: _Sentence, at: int) -> bool:
    return sentence.said[at] in sentence.asking or sentence.is_name(at)


def _dangles(sentence: _Sentence, at: int) -> bool:
    said = sentence.said[at]
    is_little = said in _DANGLING or (len(said) <= len("of") and said not in _CLOSING | {"is"})
    is_little = is_little or said in _WHERE
    return said in sentence.asking or (is_little and not sentence.stays[at])


@cache
def _words_of_asking(lang: str) -> frozenset[str]:
    return _WHO | frozenset(read_lexicon("request_frames").get(lang, "").split())
