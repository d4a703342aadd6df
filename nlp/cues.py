"""Cues: phrases found in a list of words, each with what it speaks for and how strongly.

A phrase is written as words, each of which may be

- alternatives: `delayed|cancelled`
- a beginning: `cancel*` (at least four letters)
- nothing: `a|-`, as one of the alternatives
- a number: `#`, any word that begins with a digit
- a gap: `..`, at most three words of any kind, not at either end

Chinese, Japanese and Thai are written as they are, `退款` or `คืนเงิน`: phrases are cut as posts are
(`nlp.segments`), so a Han character or kana counts as a word, in gaps and in lengths too.

Where words lead in all phrases at once is worked out when they first come, and remembered: most
places of a post cost a look-up or two, a third of walking the tree of phrases each time. A
phrase has at most eight words and a few gaps, so finding is linear in the post. There is no regular
expression to explode.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nlp.segments import is_unspaced, spaced

MAX_GAP_WORDS = 3
MAX_PHRASE_WORDS = 8
STEM_LETTERS = 4
GAP = ".."
NUMBER = "#"
REMEMBERED_STEPS = 100_000
"""About 15 MB a list. What is found does not depend on what is remembered, its speed does."""

_NEGATIONS = """
    not no never don't dont didn't didnt doesn't doesnt isn't isnt wasn't wasnt won't wont can't
    cant cannot aren't weren't haven't hasn't without nicht kein keine keinen nie nunca sin ne pas
    jamais sans não nao sem non mai senza
"""
NEGATIONS = frozenset(_NEGATIONS.split())
NEGATION_REACH = 2


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """One phrase: what it speaks for and how strongly. Told apart by identity, which is cheap."""

    words: tuple[str, ...]
    label: str
    weight: float


class Hit(NamedTuple):
    """A cue found at words `start` to `end`, and the words it matched."""

    cue: Cue
    start: int
    end: int
    said: str


@dataclass(slots=True, eq=False)
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


class _State:
    """Where a row of words has come to in all phrases at once; what comes next is remembered."""

    __slots__ = ("after", "cues")

    def __init__(self, cues: Sequence[Cue], after: "_After | None") -> None:
        self.cues = cues
        """Those whose last word was the last."""
        self.after = after
        """Where words lead from here, None where no phrase goes on."""


class _After(dict[str, "_State | None"]):
    """Word -> the state behind it, None where no phrase goes on; worked out when first asked.

    `nodes` of the tree lead here, each with how many words of any kind may stand before its next.
    """

    __slots__ = ("_nodes", "_remembered", "any_word", "has_number", "stems", "words")

    def __init__(self, nodes: Mapping[_Node, int], remembered: "_Remembered") -> None:
        super().__init__()
        self._nodes = nodes
        self._remembered = remembered
        self.words = frozenset(word for node in nodes for word in node.words)
        self.stems = frozenset(stem for node in nodes for stem in node.stems)
        self.has_number = NUMBER in self.words
        after_any = {node: skips - 1 for node, skips in nodes.items() if skips}
        self.any_word = _State((), _After(after_any, remembered)) if after_any else None
        """Where words lead that no phrase names, which most are."""

    def is_named(self, word: str) -> bool:
        """Whether the word may lead elsewhere than any other does."""
        return (
            word in self.words
            or (bool(self.stems) and word[:STEM_LETTERS] in self.stems)
            or (self.has_number and word[:1].isdigit())
        )

    def __missing__(self, word: str) -> _State | None:
        self._remembered.one_more()
        state = self[word] = self._worked_out(word) if self.is_named(word) else self.any_word
        return state

    def _worked_out(self, word: str) -> _State | None:
        nodes: dict[_Node, int] = {}
        cues: dict[Cue, None] = {}
        for node, skips in self._nodes.items():
            if skips:
                nodes[node] = max(skips - 1, nodes.get(node, 0))
            for then in _next(node, word):
                if then.words or then.stems:
                    nodes.setdefault(then, 0)
                if then.gap:
                    nodes[then.gap] = MAX_GAP_WORDS
                cues |= dict.fromkeys(then.cues)
        if not (nodes or cues):
            return None
        return _State(tuple(cues), _After(nodes, self._remembered) if nodes else None)


class _Remembered:
    """Counts what is remembered, and lets all of it be forgotten where it is too much."""

    __slots__ = ("count", "first")

    def __init__(self, root: _Node) -> None:
        self.first = _After({root: 0}, self)
        self.count = 0

    def one_more(self) -> None:
        self.count += 1
        if self.count > REMEMBERED_STEPS:
            self.first.clear()
            self.count = 0


class Cues:
    """Finds any number of phrases at once."""

    def __init__(self, phrases: Iterable[tuple[str, str, float]]) -> None:
        self._root = _Node()
        self._cues: list[Cue] = []
        for phrase, label, weight in phrases:
            for words in _spelled_out(phrase):
                self._add(Cue(words, label, weight))
        self._first = _Remembered(self._root).first

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
        first, count = self._first, len(words)
        hits: list[Hit] = []
        for start, word in enumerate(words):
            state = first[word]
            if state is None:
                continue
            found: dict[Cue, int] = {}
            end = start + 1
            while True:
                if state.cues:
                    for cue in state.cues:
                        found.setdefault(cue, end)
                after = state.after
                if after is None or end == count:
                    break
                then = words[end]
                state = after[then] if after.is_named(then) else after.any_word
                if state is None:
                    break
                end += 1
            if found:
                hits += [Hit(cue, start, at, written(words[start:at])) for cue, at in found.items()]
        return hits

    def find_unnegated(self, words: Sequence[str]) -> list[Hit]:
        """As `find`, without phrases that a word such as 'not' just before turns around."""
        hits = self.find(words)
        return hits and [
            hit
            for hit in hits
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
    hits = list(hits)
    if len(hits) < 2:
        return {hit.cue.label: [hit] for hit in hits}
    kept: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.cue.weight, hit.start - hit.end, hit.start)):
        others = kept.setdefault(hit.cue.label, [])
        is_new = hit.said not in {other.said for other in others}
        if is_new and all(hit.end <= other.start or other.end <= hit.start for other in others):
            others.append(hit)
    return kept


def written(words: Sequence[str]) -> str:
    """Words as a person writes them: no space beside a word of Thai, Chinese or Japanese."""
    if len(words) == 1:
        return words[0]
    with_spaces = " ".join(words)
    if with_spaces.isascii():
        return with_spaces
    said = ""
    for before, word in itertools.pairwise(("", *words)):
        apart = said and not is_unspaced(before) and not is_unspaced(word)
        said += f" {word}" if apart else word
    return said


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
        tuple(part for word in words if word != "-" for part in spaced(word).split())
        for words in itertools.product(*choices)
    ]
    for words in spelled:
        if not 1 <= len(words) <= MAX_PHRASE_WORDS:
            raise ValueError(f"cue {phrase!r}: 1 to {MAX_PHRASE_WORDS} words")
        if GAP in (words[0], words[-1]) or (GAP, GAP) in itertools.pairwise(words):
            raise ValueError(f"cue {phrase!r}: a gap stands between two words")
        if any(word.endswith("*") and len(word) <= STEM_LETTERS for word in words):
            raise ValueError(f"cue {phrase!r}: at least {STEM_LETTERS} letters before *")
    return spelled
