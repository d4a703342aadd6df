"""Shape: a tree in which NOT stands before single conditions only and no AND holds an AND.

The compilers need no other case then, and how deep an expression nests is known beforehand
(SQLite's parser and Elasticsearch both have a limit; see MAX_LEVELS).
"""

from collections.abc import Iterable

from mentions.query.tree import And, Near, Node, Not, Or, Words

MAX_CONDITIONS = 1_000
"""SQLite and Elasticsearch bound the size of an expression; both take this many words."""
MAX_LEVELS = 20
"""Alternations of AND and OR. SQLite's parser overflows at about 25, Elasticsearch refuses 30."""


def shaped(node: Node, *, negated: bool = False) -> Node:
    """The same condition: flat, without repetition, NOT before single conditions only."""
    match node:
        case Not(part):
            return shaped(part, negated=not negated)
        case And(parts) | Or(parts):
            joins: type[And | Or] = And if isinstance(node, And) is not negated else Or
            return _joined(joins, [shaped(part, negated=negated) for part in parts])
    return Not(node) if negated else node


def _joined(joins: type[And | Or], parts: Iterable[Node]) -> Node:
    flat: dict[Node, None] = {}
    for part in parts:
        for inner in part.parts if isinstance(part, joins) else (part,):
            flat[inner] = None
    return joins(tuple(flat)) if len(flat) > 1 else next(iter(flat))


def levels(node: Node) -> int:
    """How many ANDs and ORs stand inside one another."""
    match node:
        case And(parts) | Or(parts):
            return 1 + max(map(levels, parts))
        case Not(part):
            return levels(part)
    return 0


def conditions(node: Node) -> int:
    """How many words, values and ranges a store compares."""
    match node:
        case And(parts) | Or(parts):
            return sum(map(conditions, parts))
        case Not(part):
            return conditions(part)
        case Words() | Near():
            return len(node.tokens)
    return 1
