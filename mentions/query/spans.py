"""Spans: the characters of a text that a query's words matched."""

from collections.abc import Iterable, Iterator, Sequence

from mentions.fields import RAW
from mentions.query.places import Index, indexed, places
from mentions.query.tree import And, Near, Node, Not, Or, TextCondition, WordPattern, Words
from mentions.spelling import raw_tokens
from mentions.tokens import Token


def has_words(tree: Node) -> bool:
    """Whether any word, phrase or pattern of the tree may have a span."""
    return any(True for _ in _wanted(tree, is_wanted=True))


def spans_in(tree: Node, text: str, found: Sequence[Token]) -> list[tuple[int, int]]:
    """(start, end) of what the tree's positive words match in a text, whose tokens are given."""
    wanted = list(_wanted(tree, is_wanted=True))
    raw = [condition for condition in wanted if RAW.name in condition.fields]
    plain = [condition for condition in wanted if "text" in condition.fields]
    stretches = _stretches(plain, found)
    if raw:
        stretches += _stretches(raw, raw_tokens(text))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _stretches(
    conditions: Iterable[TextCondition], found: Sequence[Token]
) -> list[tuple[int, int]]:
    index = indexed([token.text for token in found])
    return [
        (found[run[0]].start, found[run[-1]].end)
        for condition in conditions
        for positions in _occurrences(condition, index)
        for run in positions
    ]


def _occurrences(condition: TextCondition, index: Index) -> Iterator[list[tuple[int, ...]]]:
    """A phrase is one stretch, the words of a distance are one each."""
    is_apart = isinstance(condition, Words) and condition.within is not None
    for positions in places(condition, index):
        yield [(at,) for at in positions] if is_apart else [positions]


def _wanted(node: Node, *, is_wanted: bool) -> Iterator[TextCondition]:
    match node:
        case Words() | Near() | WordPattern():
            if is_wanted:
                yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part, is_wanted=is_wanted)
        case Not(part):
            yield from _wanted(part, is_wanted=not is_wanted)
