"""FTS5: conditions on words as one MATCH expression wherever they stand together.

FTS5 intersects posting lists far faster than SQLite compares row ids. Tokens hold no quote, so
that a quoted string of FTS5 is exactly the token.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mentions.fields import DEFAULT_TEXT_FIELDS
from mentions.query.pattern import literal_prefix
from mentions.query.tree import Near, TextCondition, Words

MAX_LEVELS = 20
"""Brackets inside one another; FTS5's parser overflows somewhere above 30."""


@dataclass(frozen=True, slots=True)
class Match:
    """The rows that an expression finds, or all others if `is_negative`."""

    expression: str
    is_negative: bool = False
    levels: int = 0


def match(node: TextCondition, *, is_negative: bool) -> Match | None:
    """The condition as a MATCH, or None if FTS5 has no expression for it."""
    if isinstance(node, Words):
        return Match(in_columns(node.fields) + _words(node), is_negative)
    if isinstance(node, Near):
        # It has no order; `mentions.query.sql` tests that among those that this finds
        return None if node.in_order else Match(near(node), is_negative)
    prefix = literal_prefix(node.pattern)
    if prefix and node.pattern == f"{prefix}*":
        return Match(f'{in_columns(node.fields)}"{prefix}"*', is_negative)
    return None


def near(node: Near) -> str:
    """The expression for both sides near each other, whatever the order."""
    sides = f'"{" ".join(node.left)}" "{" ".join(node.right)}"'
    return f"{in_columns(node.fields)}NEAR({sides}, {node.within})"


def in_columns(fields: Iterable[str]) -> str:
    """What confines the string behind it to these columns; nothing for text and title.

    No word of `raw` is ever one of a text or title (see `mentions.spelling`).
    """
    named = tuple(fields)
    return "" if set(named) == set(DEFAULT_TEXT_FIELDS) else f"{named[0]} : "


def _words(node: Words) -> str:
    if node.within is None or len(node.tokens) == 1:
        return f'"{" ".join(node.tokens)}"'
    # FTS5 counts the tokens between the first and the last; those of the query are among them
    between = node.within + len(node.tokens) - 2
    quoted = " ".join(f'"{token}"' for token in node.tokens)
    return f"NEAR({quoted}, {between})"


def joined(parts: Sequence[Match], *, is_and: bool) -> list[Match]:
    """AND or OR of the parts as one MATCH; as two where one would have to find what is absent."""
    found = [part for part in parts if not part.is_negative]
    absent = [part for part in parts if part.is_negative]
    if is_and and found and absent:
        return [_without(_row("AND", found), _row("OR", absent))]
    made = [_row("AND" if is_and else "OR", found)] if found else []
    if absent:  # not a and not b: none of them is there; not a or not b: not all of them are
        made.append(_row("OR" if is_and else "AND", absent))
    return made


def _without(found: Match, absent: Match) -> Match:
    levels = 1 + max(found.levels, absent.levels)
    return Match(f"({found.expression}) NOT ({absent.expression})", levels=levels)


def _row(operator: str, parts: Sequence[Match]) -> Match:
    if len(parts) == 1:
        return parts[0]
    inner = f" {operator} ".join(
        f"({part.expression})" if part.levels else part.expression for part in parts
    )
    return Match(inner, parts[0].is_negative, 1 + max(part.levels for part in parts))
