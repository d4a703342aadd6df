"""Spans: the characters of a text that a query's words matched."""

from collections.abc import Iterator, Sequence

from mentions.query.places import Index, indexed, places
from mentions.query.tree import And, Near, Node, Not, Or, TextCondition, WordPattern, Words
from mentions.tokens import Token


def spans_in(tree: Node, found: Sequence[Token]) -> list[tuple[int, int]]:
    """(start, end) of what the tree's positive words match in these tokens of a text."""
    index = indexed([token.text for token in found])
    stretches = sorted(
        (found[run[0]].start, found[run[-1]].end)
        for condition in _wanted(tree, is_wanted=True)
        for positions in _occurrences(condition, index)
        for run in positions
    )
    merged: list[tuple[int, int]] = []
    for start, end in stretches:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _occurrences(condition: TextCondition, index: Index) -> Iterator[list[tuple[int, ...]]]:
    """A phrase is one stretch, the words of a distance are one each."""
    is_apart = isinstance(condition, Words) and condition.within is not None
    for positions in places(condition, index):
        yield [(at,) for at in positions] if is_apart else [positions]


def _wanted(node: Node, *, is_wanted: bool) -> Iterator[TextCondition]:
    match node:
        case Words(fields) | Near(fields) | WordPattern(fields):
            if is_wanted and "text" in fields:
                yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part, is_wanted=is_wanted)
        case Not(part):
            yield from _wanted(part, is_wanted=not is_wanted)
