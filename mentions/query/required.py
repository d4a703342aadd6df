"""What a query cannot match without: the key under which the matcher files it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mentions.fields import RAW
from mentions.query.pattern import literal_prefix
from mentions.query.tree import And, Near, Node, Not, Or, WordPattern, Words
from mentions.spelling import plain_word

START_CHARACTERS = 2
_START_COST = 1_000
"""Two letters begin about one word in fifty; a word that a thousand queries name is as common."""


@dataclass(frozen=True, slots=True)
class Required:
    """One of `words` occurs, or a word that begins with one of `starts`."""

    words: frozenset[str]
    starts: frozenset[str] = frozenset()


def shared_words(trees: Iterable[Node]) -> Counter[str]:
    """How many queries name each word. What many name is a common word of the language."""
    return Counter(word for tree in trees for word in set(_named(tree)))


def required(tree: Node, shared: Mapping[str, int]) -> Required | None:
    """Words of which a match holds at least one; None if it may hold none of any.

    Where there is a choice, those that the fewest other queries share.
    """
    match tree:
        case Words() | Near():
            alone = (Required(frozenset({word})) for word in _folded(tree))
            return min(alone, key=lambda need: _cost(need, shared), default=None)
        case WordPattern(pattern=pattern):
            start = literal_prefix(pattern)[:START_CHARACTERS]
            is_known = len(start) == START_CHARACTERS
            return Required(frozenset(), frozenset({start})) if is_known else None
        case And(parts):
            needs = (need for part in parts if (need := required(part, shared)))
            return min(needs, key=lambda need: _cost(need, shared), default=None)
        case Or(parts):
            return _any_of(required(part, shared) for part in parts)
    return None


def _cost(need: Required, shared: Mapping[str, int]) -> tuple[int, int]:
    """Small where few posts hold any of it; among equals the longer word is the rarer."""
    shortest = min(map(len, need.words), default=START_CHARACTERS)
    words = sum(shared.get(word, 0) for word in need.words)
    return words + _START_COST * len(need.starts), -shortest


def _any_of(needs: Iterable[Required | None]) -> Required | None:
    words: set[str] = set()
    starts: set[str] = set()
    for need in needs:
        if need is None:
            return None
        words |= need.words
        starts |= need.starts
    return Required(frozenset(words), frozenset(starts))


def _folded(node: Words | Near) -> Sequence[str]:
    """Words that a text or title holds wherever the condition holds."""
    if RAW.name not in node.fields:
        return node.tokens
    return [word for token in node.tokens if (word := plain_word(token))]


def _named(node: Node) -> Iterator[str]:
    match node:
        case Words() | Near():
            yield from _folded(node)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _named(part)
        case Not(part):
            yield from _named(part)
