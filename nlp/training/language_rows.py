"""The rows that the language model learns from: posts, translators' sentences, function words."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from nlp.language import own_words
from nlp.language_model import words_of
from nlp.lexicon.files import read_lexicon
from nlp.plain import plain
from nlp.training.data import Row, fold_of, rows_of, unlabelled_english, without_copies
from nlp.training.locales import sentences

_LANGUAGES = """
    af ar az be bg ca cs cy da de en es et eu fa fi fr ga gl gsw ha hi hr hu id ig is it kk ku lb lt
    lv mk mn mr ms ne nl no pcm pl ps pt ro ru sk sl so sq sr sv sw tl tr uk ur uz vi yo zu
"""
LANGUAGES = tuple(_LANGUAGES.split())
"""All but those that a script of their own gives away."""
FOLDS = 10
HELD_OUT = 0
"""Posts of this fold are never trained on: bench/languages.py measures on them."""
MOST_POSTS = 3_000
MOST_SENTENCES = 2_000
READ = 300

_ROMANISED = frozenset({"hi", "pcm"})

Example = tuple[str, list[str]]


def social_rows(data: Path) -> Iterator[Row]:
    """Posts with their `lang`, each text once, nothing that is near a row of XLM-T val."""
    names = ["xlmt-train", *sorted(f"more/{path.name[:-9]}" for path in _more(data))]
    rows = chain.from_iterable(rows_of(data, f"sentiment/{name}") for name in names)
    english = rows_of(data, "sentiment/semeval2017-en-train")[::5] + unlabelled_english(data)[::15]
    labelled = chain(rows, ({**row, "lang": "en"} for row in english))
    return without_copies(labelled, rows_of(data, "sentiment/xlmt-val"))


def _more(data: Path) -> Iterable[Path]:
    return (data / "sentiment" / "more").glob("*.jsonl.gz")


def examples(data: Path, locales: Path) -> list[Example]:
    """(language, words) to learn from; the same in every run."""
    own = own_words()
    posts = [
        (str(row["lang"]), words_of(plain(row["text"]).prose[:READ]))
        for row in social_rows(data)
        if row["lang"] in LANGUAGES and fold_of(row, FOLDS) != HELD_OUT
    ]
    posts = [(relabelled(lang, words, own), words) for lang, words in posts if words]
    said = [(lang, words_of(text[:READ])) for lang, text in sentences(locales) if lang in LANGUAGES]
    listed = [
        (lang, [word])
        for lang, words in read_lexicon("function_words").items()
        for word in words.split()
        if lang in LANGUAGES
    ]
    return _capped(posts, MOST_POSTS) + _capped(said, MOST_SENTENCES) + listed


def relabelled(lang: str, words: Sequence[str], own: Mapping[str, frozenset[str]]) -> str:
    """The language of a post, '' if its label cannot be trusted.

    Labels say where a post was collected: a third of those labelled Hindi are English. A model
    that learned them would let no English post through, or read Hindi by English rules.
    """
    if lang == "en":
        return lang
    english = sum(word in own["en"] for word in words)
    told = sum(word in own.get(lang, ()) for word in words)
    if lang in _ROMANISED and any("a" <= word[0] <= "z" for word in words):
        return lang if told >= 2 or (told == 1 and english == 0) else ""
    return "" if english >= 2 and english >= 0.2 * len(words) and english > told else lang


def _capped(rows: Iterable[Example], most: int) -> list[Example]:
    """At most so many rows a language, twice as many English ones, chosen by their hash."""
    kept: Counter[str] = Counter()
    chosen = []
    for lang, words in sorted(rows, key=_shuffled):
        if lang and words and kept[lang] < most * (2 if lang == "en" else 1):
            kept[lang] += 1
            chosen.append((lang, words))
    return chosen


def _shuffled(example: Example) -> bytes:
    return hashlib.blake2b(" ".join(example[1]).encode(), digest_size=8).digest()
