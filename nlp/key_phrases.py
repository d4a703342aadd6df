"""Key phrases: the few telling words of a post, found without a model in a few microseconds.

RAKE's candidates (Rose et al., "Automatic keyword extraction from individual documents", 2010):
runs of words between stop words and signs. Its scores count how words recur, which in a post of
fifteen words they do not; so a run scores by its letters, and more with a capital inside. YAKE
was tried on 400 airline tweets: 1,200 µs a post against 8, and most of its three phrases were the
handle or pieces of one another.
"""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

from mentions.mention import Entity
from nlp.lexicon.files import read_lexicon

KEY_PHRASE = "key_phrase"
MOST = 3
LONGEST_WORDS = 3
SHORTEST_LETTERS, LONGEST_LETTERS = 6, 40
READ_CHARACTERS = 2_000
"""Of a long article the beginning names what it is about."""
_ENDS = '.,;:!?…)]}"”»'
_BEGINS = '([{"“«'
_WITHIN = "'-’&"
_SIGNS = _BEGINS + _ENDS


def key_phrases(text: str, prose: str, lang: str) -> tuple[Entity, ...]:
    """At most three phrases of `text`, as long as they stand in it as in `prose`.

    `prose` is the text as a person reads it. A language without stop words in spaCy, or without
    spaces between words, has none.
    """
    stops = stop_words(lang)
    if not stops:
        return ()
    runs = _runs(prose[:READ_CHARACTERS], stops)
    found: list[Entity] = []
    for run in sorted(runs, key=lambda run: (-_score(run), run)) if len(runs) > 1 else runs:
        start = text.find(run)
        end = start + len(run)
        if start >= 0 and all(end <= other.start or other.end <= start for other in found):
            found.append(Entity(text=run, label=KEY_PHRASE, start=start, end=end))
            if len(found) == MOST:
                break
    return tuple(sorted(found, key=lambda entity: entity.start))


def _runs(prose: str, stops: frozenset[str]) -> set[str]:
    """Two or three words in a row without a stop word or a sign between them."""
    found: set[str] = set()
    run: list[str] = []
    for said in prose.split(" "):
        if said in stops:
            is_end, word = True, ""
        elif said.isalnum():
            is_end, word = False, said
        else:
            is_end, word = said[-1:] in _ENDS, said.strip(_SIGNS)
            if said[:1] in _BEGINS:
                _keep(run, found)
                run = []
        if word and word not in stops and _is_word(word):
            run.append(word)
            if not is_end:
                continue
        if run:
            _keep(run, found)
            run = []
    _keep(run, found)
    return found


def _is_word(word: str) -> bool:
    if word.isalnum():
        return not word.isdecimal()
    return word[-1].isalpha() and all(char.isalnum() or char in _WITHIN for char in word)


def _keep(run: Sequence[str], found: set[str]) -> None:
    """Add the last words of a run: what a noun phrase is about stands at its end in English."""
    if len(run) > 1:
        phrase = " ".join(run[-LONGEST_WORDS:])
        if SHORTEST_LETTERS <= len(phrase) <= LONGEST_LETTERS:
            found.add(phrase)


def _score(run: str) -> float:
    return len(run) * (1.5 if any(map(str.isupper, run[1:])) else 1)


@cache
def stop_words(lang: str) -> frozenset[str]:
    """spaCy's stop words of a language and ours, which are in no name of a thing, in any case."""
    folder = _languages() / lang
    if lang in _UNSPACED or not lang.isalpha() or not folder.is_dir():
        return frozenset()
    listed = _stop_words_in(folder / "stop_words.py")
    words = {*listed, *read_lexicon("no_nouns").get(lang, "").split()}
    return frozenset(form for word in words for form in (word, word.capitalize(), word.upper()))


def _stop_words_in(file: Path) -> set[str]:
    """spaCy's list, read alone: with its package comes the language's tokeniser, and compiling
    that of French takes five seconds.
    """
    if not file.is_file():
        return set()
    found: set[str] = run_path(str(file))["STOP_WORDS"]
    return found


@cache
def _languages() -> Path:
    """Where spaCy keeps its languages, found without loading it."""
    spec = find_spec("spacy")
    places = (spec.submodule_search_locations if spec else None) or [""]
    return Path(places[0]) / "lang"


_UNSPACED = frozenset({"zh", "ja", "th", "ko", "lo", "km", "my"})
