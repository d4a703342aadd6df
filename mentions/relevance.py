"""Relevance: how many of the query's words a mention holds, the rare ones counting more.

Each positive word, phrase or pattern of the query that a mention holds adds its weight; held in
the title, it adds it once more. A weight is an inverse document frequency, computed on the first
page and carried in the cursor. Unlike BM25, whose scores move with every post that arrives, this
keeps pages stable, and both stores give the same order (ties: newest first).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from mentions.cursors import Place
from mentions.query.tree import And, Everything, Near, Node, Or, WordPattern, Words
from mentions.store import SortBy

MAX_RANKED_WORDS = 50
"""Words of a query that take part in ranking, the first ones; a brand query may list hundreds."""
_STEPS_PER_DOUBLING = 10


@dataclass(frozen=True, slots=True)
class Weighed:
    """A condition that adds `weight` to the relevance of the mentions it holds for."""

    condition: Words | WordPattern | Near
    weight: int


def wanted_words(tree: Node) -> tuple[Words | WordPattern | Near, ...]:
    """The distinct words and phrases that make a mention match, none below a NOT, in order."""
    return tuple(dict.fromkeys(_words(tree)))[:MAX_RANKED_WORDS]


@dataclass(frozen=True, slots=True)
class Ranking:
    """What relevance is made of; nothing for any other order."""

    conditions: tuple[Weighed, ...] = ()
    weights: tuple[int, ...] = ()


def ranking(
    tree: Node,
    *,
    sort: SortBy,
    after: Place | None,
    counts: Callable[[Sequence[Node]], list[int]],
) -> Ranking:
    """The ranking of a search, that of its first page on a later one.

    `counts` says how many mentions of the whole store each tree matches. Raises ValueError if the
    cursor belongs to another query.
    """
    if sort != "relevance":
        return Ranking()
    words = wanted_words(tree)
    if after is None:
        total, *holding = counts([Everything(), *words])
        weights = tuple(_weight(count, total) for count in holding)
    else:
        weights = after.weights
    if len(weights) != len(words):
        raise ValueError("this cursor goes on another search; start again without one")
    return Ranking(tuple(_weighed(words, weights)), weights)


def _weighed(
    words: Sequence[Words | WordPattern | Near], weights: Sequence[int]
) -> Iterator[Weighed]:
    for word, weight in zip(words, weights, strict=True):
        yield Weighed(word, weight)
        if "title" in word.fields and len(word.fields) > 1:
            yield Weighed(replace(word, fields=("title",)), weight)


def _weight(holding: int, total: int) -> int:
    return max(1, round(_STEPS_PER_DOUBLING * math.log2((total + 1) / (holding + 1)) + 1))


def _words(tree: Node) -> Iterator[Words | WordPattern | Near]:
    match tree:
        case Words() | WordPattern() | Near():
            yield tree
        case And(parts) | Or(parts):
            for part in parts:
                yield from _words(part)
        case _:
            return
