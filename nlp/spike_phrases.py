"""The words and phrases of a post that may name what is going on, in any language."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice, pairwise

from mentions.folding import folded
from mentions.mention import Mention
from mentions.signature import compared_words
from mentions.tokens import Token, tokens, words
from nlp.key_phrases import stop_words

READ_WORDS = 300
"""Of a long article the beginning says what is new."""
_LONGEST_WORDS, _LONGEST_UNSPACED = 3, 5
_LOOKED_FOR = 200
"""Of more grams than that, it is faster to take all of a post."""
_SPELLINGS = 20
"""Posts that vote on how a phrase is written."""
_BETWEEN = frozenset((" ", "-", "\u2019", "'", "/", ""))
"""What may stand between the words of one phrase; anything else is shown as a space."""

# Folded, as the words are that they are compared with.
_NEGATIONS = frozenset((
    "not", "no", "never", "cannot", "can't", "won't", "doesn't", "don't", "isn't", "aren't",
    "didn't", "couldn't", "nobody", "nothing", "nicht", "kein", "keine", "keinen", "nie", "pas",
    "aucun", "aucune", "sin", "nunca", "nao", "sem", "non", "mai", "senza",
))  # fmt: skip
"""Stop words that a phrase may begin with: 'not working' is not 'working'."""
PARTICLES = frozenset(("in", "out", "on", "off", "up", "down", "back", "over", "through"))
"""Stop words that a phrase may begin or end with: 'on hold', 'check in', 'log out'."""
_OPENINGS = _NEGATIONS | PARTICLES
_TELLING = frozenset(("down", "call", "empty", "full", "serious"))
"""Stop words of spaCy that say much about a brand."""

Gram = tuple[str, ...]


def grams(post: Mention, *, ignoring: Collection[str]) -> set[Gram]:
    """The post's words, and phrases of up to three, between what is ignored."""
    found: set[Gram] = set()
    for run in _runs(compared_words(post)[:READ_WORDS], ignoring):
        # Each word is looked at once and not in every phrase that holds it: five times as fast.
        says = [_says_something(word, post.lang) for word in run]
        if any(map(_is_unspaced, run)):
            found.update(_mixed(run, says))
        else:
            found.update(_spaced(run, says))
    return found


def _spaced(run: Sequence[str], says: Sequence[bool]) -> set[Gram]:
    """The grams of a run in which spaces part the words; written out, as all words pass here."""
    begins = [its or word in _OPENINGS for word, its in zip(run, says, strict=True)]
    ends = [its or word in PARTICLES for word, its in zip(run, says, strict=True)]
    may_be = [its and _is_name(word) for word, its in zip(run, says, strict=True)]
    found: set[Gram] = {(word,) for word, its in zip(run, may_be, strict=True) if its}
    next_says, next_run = says[1:], run[1:]
    found |= {
        (one, two)
        for one, two, begin, end, its, next_ in zip(
            run, next_run, begins, ends[1:], says, next_says, strict=False
        )
        if begin and end and (its or next_)
    }
    found |= {
        (one, two, three)
        for one, two, three, begin, end, *its in zip(
            run, next_run, run[2:], begins, ends[2:], says, next_says, says[2:], strict=False
        )
        if begin and end and True in its
    }
    return found


def _mixed(run: Sequence[str], says: Sequence[bool]) -> Iterator[Gram]:
    """The grams of a run of which some is written without spaces."""
    for start, word in enumerate(run):
        longest = _LONGEST_UNSPACED if _is_unspaced(word) else _LONGEST_WORDS
        for end in range(start + 1, min(start + longest, len(run)) + 1):
            gram = tuple(run[start:end])
            if _is_term(gram, says[start:end], is_joined=any(map(_is_unspaced, gram))):
                yield gram


def grams_among(post: Mention, wanted: Collection[Gram]) -> set[Gram]:
    """Those of the grams that the post holds: what `grams` finds without looking at the others."""
    if len(wanted) > _LOOKED_FOR:
        return set(wanted) & grams(post, ignoring=())
    run = tuple(compared_words(post)[:READ_WORDS])
    there, stops = set(run), stops_of(post.lang)
    return {
        gram
        for gram in wanted
        if there.issuperset(gram)
        and within(gram, run)
        and _is_term(
            gram,
            [_is_content(word, stops) for word in gram],
            is_joined=any(map(_is_unspaced, gram)),
        )
    }


@cache
def stops_of(lang: str) -> frozenset[str]:
    """Words that say nothing by themselves, in the post's language and in English."""
    # Posts mix English in, and short ones are taken for another language.
    listed = stop_words(lang) | stop_words("en")
    return frozenset(map(folded, listed)) - _TELLING


def _runs(words: Sequence[str], ignoring: Collection[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for word in words:
        if word in ignoring:
            yield run
            run = []
        else:
            run.append(word)
    yield run


def _is_term(gram: Gram, says: Sequence[bool], *, is_joined: bool) -> bool:
    """Whether a word or phrase may name something; `says` is which of its words say something."""
    if len(gram) == 1:
        return says[0] and _is_name(gram[0])
    if is_joined:
        return all(_joins(one, other) for one, other in pairwise(gram))
    begins = says[0] or gram[0] in _OPENINGS
    ends = says[-1] or gram[-1] in PARTICLES
    return begins and ends and True in says


def _is_name(word: str) -> bool:
    return not word.isdecimal() or len(word) > 2


@lru_cache(maxsize=50_000)
def _says_something(word: str, lang: str) -> bool:
    """As `_is_content`; of the words of a thousand posts most were met before."""
    return _is_content(word, stops_of(lang))


def _is_content(word: str, stops: Collection[str]) -> bool:
    is_letter = len(word) == 1 and word.isascii()
    return not is_letter and word not in stops and not _is_contraction(word, stops)


def _is_contraction(word: str, stops: Collection[str]) -> bool:
    """'we've', "i'm", "don't": spaCy lists their halves."""
    stem, apostrophe, _ = word.partition("'")
    return bool(apostrophe) and (stem in stops or word in _NEGATIONS or len(stem) == 1)


def _is_unspaced(word: str) -> bool:
    """Han and kana, which are cut in pairs, and Thai."""
    first = word[0]
    return "\u0e00" <= first <= "\u0e7f" or "\u3040" <= first <= "\u9fff"


def _joins(one: str, other: str) -> bool:
    """Neighbouring pairs of one run of characters, or two Thai words."""
    if not (_is_unspaced(one) and _is_unspaced(other)):
        return False
    is_thai = "\u0e00" <= one[0] <= "\u0e7f" and "\u0e00" <= other[0] <= "\u0e7f"
    return is_thai or (len(one) > 1 and len(other) > 1 and one[-1] == other[0])


def spelt(gram: Gram) -> str:
    """As people write it: 'check in'; pairs of characters become the run that they came from."""
    if not _is_unspaced(gram[0]):
        return " ".join(gram)
    is_thai = "\u0e00" <= gram[0][0] <= "\u0e7f"
    return gram[0] + "".join(word if is_thai else word[1:] for word in gram[1:])


def written(gram: Gram, posts: Iterable[Mention]) -> str:
    """As most people write it, with its accents and hyphens: 'zurück', 'check-in'."""
    found = (form for post in posts if (form := _form(gram, post.text)))
    forms = Counter(islice(found, _SPELLINGS))
    return max(forms, key=lambda form: (forms[form], form), default=spelt(gram))


def _form(gram: Gram, text: str) -> str:
    """The first place where the phrase stands in the text, in lower case; '' if nowhere."""
    if not set(gram).issubset(words(text)):  # a tenth of the time that finding the place takes
        return ""
    found = tokens(text)
    size = len(gram)
    for at in range(len(found) - size + 1):
        if all(token.text == word for token, word in zip(found[at : at + size], gram, strict=True)):
            within = found[at : at + size]
            if all(_gap(one, other, text) in _BETWEEN for one, other in pairwise(within)):
                return text[within[0].start : within[-1].end].lower()
    return ""


def _gap(one: Token, other: Token, text: str) -> str:
    return text[one.end : other.start]


def within(inner: Gram, outer: Gram) -> bool:
    """Whether one phrase is a part of the other."""
    size = len(inner)
    return any(outer[at : at + size] == inner for at in range(len(outer) - size + 1))


def is_related(one: Gram, other: Gram) -> bool:
    """Whether two phrases share a word that says something."""
    weak = _OPENINGS | stops_of("en")
    return any(word in other and word not in weak for word in one)
