"""Cues: phrases found in a list of words, each with what it speaks for and how strongly.

A phrase is written as words, each of which may be

- alternatives: `delayed|cancelled`
- a beginning: `cancel*` (at least four letters)
- nothing: `a|-`, as one of the alternatives
- a number: `#`, any word that begins with a digit
- a gap: `..`, at most three words of any kind, not at either end

Every word of a post is looked up once and a phrase has at most eight words, so finding is linear
in the post. There is no regular expression to explode.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MAX_GAP_WORDS = 3
MAX_PHRASE_WORDS = 8
STEM_LETTERS = 4
GAP = ".."
NUMBER = "#"

_NEGATIONS = """
    not no never don't dont didn't didnt doesn't doesnt isn't isnt wasn't wasnt won't wont can't
    cant cannot aren't weren't haven't hasn't without nicht kein keine keinen nie nunca sin ne pas
    jamais sans não nao sem non mai senza
"""
NEGATIONS = frozenset(_NEGATIONS.split())
NEGATION_REACH = 2


@dataclass(frozen=True, slots=True)
class Cue:
    """One phrase: what it speaks for and how strongly."""

    words: tuple[str, ...]
    label: str
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found at words `start` to `end`, and the words it matched."""

    cue: Cue
    start: int
    end: int
    said: str


@dataclass(slots=True)
class _Node:
    """What may come next in a phrase, and the cues that are complete here."""

    words: dict[str, "_Node"] = field(default_factory=dict)
    stems: dict[str, dict[str, "_Node"]] = field(default_factory=dict)
    gap: "_Node | None" = None
    cues: list[Cue] = field(default_factory=list)

    def child(self, word: str) -> "_Node":
        if word == GAP:
            self.gap = self.gap or _Node()
            return self.gap
        if word.endswith("*"):
            stem = word[:-1]
            return self.stems.setdefault(stem[:STEM_LETTERS], {}).setdefault(stem, _Node())
        return self.words.setdefault(word, _Node())


class Cues:
    """Finds any number of phrases at once."""

    def __init__(self, phrases: Iterable[tuple[str, str, float]]) -> None:
        self._root = _Node()
        self._cues: list[Cue] = []
        for phrase, label, weight in phrases:
            for words in _spelled_out(phrase):
                self._add(Cue(words, label, weight))
        self._leads = self._words_that_only_lead()

    @classmethod
    def listed(
        cls, listed: Mapping[str, Mapping[float, str]], sets: Mapping[str, str] | None = None
    ) -> "Cues":
        """From a lexicon: label -> weight -> phrases between commas. `<name>` is one of `sets`."""
        return cls(cls.phrases_of(listed, sets))

    @staticmethod
    def phrases_of(
        listed: Mapping[str, Mapping[float, str]], sets: Mapping[str, str] | None = None
    ) -> Iterator[tuple[str, str, float]]:
        """(phrase, label, weight) of a lexicon, so that several can be joined."""
        for label, by_weight in listed.items():
            for weight, phrases in by_weight.items():
                for phrase in phrases.split(","):
                    yield _with_sets(phrase, sets or {}), label, float(weight)

    def _add(self, cue: Cue) -> None:
        node = self._root
        for word in cue.words:
            node = node.child(word)
        node.cues.append(cue)
        self._cues.append(cue)

    def __iter__(self) -> Iterator[Cue]:
        return iter(self._cues)

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Every phrase at every place, in order of place, each at its shortest."""
        return [
            Hit(cue, start, end, " ".join(words[start:end]))
            for start in self._starts(words)
            for cue, end in self._at(words, start).items()
        ]

    def _starts(self, words: Sequence[str]) -> Iterator[int]:
        """Where a phrase may begin. Nearly no word does, so this loop is what a post costs."""
        first, stems, numbers = self._root.words, self._root.stems, NUMBER in self._root.words
        leads, last = self._leads, len(words) - 1
        for start, word in enumerate(words):
            follow = leads.get(word)
            if follow is not None:
                if start < last and words[start + 1] in follow:
                    yield start
            elif word in first or word[:STEM_LETTERS] in stems or (numbers and word[:1].isdigit()):
                yield start

    def _words_that_only_lead(self) -> dict[str, Mapping[str, "_Node"]]:
        """First words that mean nothing without one of certain words right after, and those.

        'the', 'is' and 'can' begin phrases in three posts of four; a look at the next word leaves
        a quarter of these to follow up.
        """
        return {
            word: node.words
            for word, node in self._root.words.items()
            if not (node.cues or node.gap or node.stems or NUMBER in node.words)
            and word[:STEM_LETTERS] not in self._root.stems
            and not word[:1].isdigit()
        }

    def _at(self, words: Sequence[str], start: int) -> dict[Cue, int]:
        first = _next(self._root, words[start])
        if not first:
            return {}
        found: dict[Cue, int] = {}
        waiting = [(node, start + 1) for node in first]
        for node, at in waiting:
            for cue in node.cues:
                found[cue] = min(at, found.get(cue, at))
            if node.gap:
                last = min(at + MAX_GAP_WORDS + 1, len(words))
                waiting += [
                    (after, then + 1)
                    for then in range(at, last)
                    for after in _next(node.gap, words[then])
                ]
            if at < len(words):
                waiting += [(after, at + 1) for after in _next(node, words[at])]
        return found

    def find_unnegated(self, words: Sequence[str]) -> list[Hit]:
        """As `find`, without phrases that a word such as 'not' just before turns around."""
        return [
            hit
            for hit in self.find(words)
            if NEGATIONS.isdisjoint(words[max(0, hit.start - NEGATION_REACH) : hit.start])
        ]


def _next(node: _Node, word: str) -> list[_Node]:
    after = node.words.get(word)
    nodes = [after] if after else []
    if word[:1].isdigit() and NUMBER in node.words:
        nodes.append(node.words[NUMBER])
    if node.stems:
        stems = node.stems.get(word[:STEM_LETTERS], {})
        nodes += [then for stem, then in stems.items() if word.startswith(stem)]
    return nodes


def strongest(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """Per label the hits that do not overlap a stronger one of the same label, strongest first."""
    kept: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.cue.weight, hit.start - hit.end, hit.start)):
        others = kept.setdefault(hit.cue.label, [])
        is_new = hit.said not in {other.said for other in others}
        if is_new and all(hit.end <= other.start or other.end <= hit.start for other in others):
            others.append(hit)
    return kept


def together(weights: Iterable[float]) -> float:
    """How sure several cues are together, each being wrong on its own (noisy or)."""
    return 1 - math.prod(1 - weight for weight in weights)


def _with_sets(phrase: str, sets: Mapping[str, str]) -> str:
    for name, words in sets.items():
        phrase = phrase.replace(f"<{name}>", words)
    return phrase


def _spelled_out(phrase: str) -> list[tuple[str, ...]]:
    choices = [word.split("|") for word in phrase.split()]
    spelled = [
        tuple(word for word in words if word != "-") for words in itertools.product(*choices)
    ]
    for words in spelled:
        if not 1 <= len(words) <= MAX_PHRASE_WORDS:
            raise ValueError(f"cue {phrase!r}: 1 to {MAX_PHRASE_WORDS} words")
        if GAP in (words[0], words[-1]) or (GAP, GAP) in itertools.pairwise(words):
            raise ValueError(f"cue {phrase!r}: a gap stands between two words")
        if any(word.endswith("*") and len(word) <= STEM_LETTERS for word in words):
            raise ValueError(f"cue {phrase!r}: at least {STEM_LETTERS} letters before *")
    return spelled
