"""Why: which part of a condition decided that it holds for a mention, or does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mentions.fields import FIELDS, TEXT_FIELDS, FieldValue
from mentions.mention import Mention
from mentions.query.reading import Reading, holds
from mentions.query.saying import as_query
from mentions.query.tree import And, Everything, Exists, Flag, Node, Not, Or, Range, Value

MOST = 3
"""Parts that a sentence names; the rest are counted."""
MOST_CHARACTERS = 80
"""Of a value that the post has: an address or a name may be endless."""


@dataclass(frozen=True, slots=True)
class Why:
    """A condition, whether it holds, and the parts that decided it; a part without any is a leaf.

    `found` is what the post has there: '312', 'complaint, question', '' where it has nothing or
    where the condition is about words.
    """

    said: str
    holds: bool
    found: str = ""
    field: str = ""
    parts: tuple["Why", ...] = ()

    def leaves(self) -> Iterator["Why"]:
        """The single conditions that decided, in the order in which they are written."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def __str__(self) -> str:
        told = list(dict.fromkeys(leaf.sentence() for leaf in self.leaves()))
        rest = f"; and {len(told) - MOST} more" if len(told) > MOST else ""
        return "; ".join(told[:MOST]) + rest

    def sentence(self) -> str:
        """What a leaf says of the post: 'author.followers:>50000 is false: 312'."""
        if self.said == "*":
            return "takes every post"
        if not self.field:
            return f"{self.said} is {'' if self.holds else 'not '}in the post"
        return f"{self.said} is {str(self.holds).lower()}: {self.found or 'the post has none'}"


def explained(tree: Node, mention: Mention) -> Why:
    """Whether the condition holds for the mention, as the matcher says, with what decided."""
    return _why(tree, Reading(mention))


def _why(node: Node, reading: Reading) -> Why:
    match node:
        case And(parts) | Or(parts):
            found = [_why(part, reading) for part in parts]
            is_and = isinstance(node, And)
            is_met = all(one.holds for one in found) if is_and else any(one.holds for one in found)
            decided = tuple(one for one in found if one.holds == is_met)
            return Why(as_query(node), is_met, parts=decided)
        case Not(part):
            inner = _why(part, reading)
            return Why(as_query(node), not inner.holds, parts=(inner,))
        case Value(field) | Flag(field) | Range(field) | Exists(field) if field not in TEXT_FIELDS:
            values = FIELDS[field].read(reading.mention)
            told = ", ".join(_told(value) for value in values)
            return Why(as_query(node), holds(node, reading), told, field)
        case Everything():
            return Why("*", True)
    return Why(as_query(node), holds(node, reading))


def _told(value: FieldValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float | int):
        return f"{value:.15g}"
    return value if len(value) <= MOST_CHARACTERS else f"{value[:MOST_CHARACTERS]}…"
