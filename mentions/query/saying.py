"""Saying: a condition as one would write it in a query."""

from datetime import datetime

from mentions.fields import DEFAULT_TEXT_FIELDS
from mentions.query.tree import (
    And,
    Everything,
    Exists,
    Flag,
    Near,
    Node,
    Not,
    Or,
    Range,
    Scalar,
    Value,
    WordPattern,
    Words,
)
from mentions.spelling import written


def as_query(node: Node) -> str:  # noqa: PLR0911  one line for each kind
    """The condition in the query language; what was written may have looked otherwise."""
    match node:
        case Everything():
            return "*"
        case Not(part):
            return f"NOT {as_query(part)}"
        case And(parts) | Or(parts):
            word = " AND " if isinstance(node, And) else " OR "
            return f"({word.join(as_query(part) for part in parts)})"
        case Words() | WordPattern() | Near():
            return _words(node)
        case Value(field, value):
            return f"{field}:{_quoted(value)}"
        case Flag(field, is_set):
            return f"{field}:{str(is_set).lower()}"
        case Exists(field):
            return f"{field}:*"
        case Range():
            return f"{node.field}:{_range(node)}"


def _words(node: Words | WordPattern | Near) -> str:
    field = "" if node.fields == DEFAULT_TEXT_FIELDS else f"{node.fields[0]}:"
    match node:
        case Words(fields, tokens, within):
            row = " ".join(written(token) if fields == ("raw",) else token for token in tokens)
            quoted = f'"{row}"' if len(tokens) > 1 else row
            return f"{field}{quoted}{'' if within is None else f'~{within}'}"
        case WordPattern(_, pattern):
            return f"{field}{pattern}"
        case Near(_, left, right, within, in_order):
            sides = [f'"{" ".join(side)}"' if len(side) > 1 else side[0] for side in (left, right)]
            return field + f" NEAR/{within}{'f' if in_order else ''} ".join(sides)


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def _range(node: Range) -> str:
    if node.low is None or node.high is None:
        if node.low is not None:
            return f"{'>=' if node.includes_low else '>'}{_scalar(node.low)}"
        sign = "<=" if node.includes_high else "<"
        return "*" if node.high is None else f"{sign}{_scalar(node.high)}"
    if node.low == node.high:
        return _scalar(node.low)
    opened, closed = "[" if node.includes_low else "{", "]" if node.includes_high else "}"
    return f"{opened}{_scalar(node.low)} TO {_scalar(node.high)}{closed}"


def _scalar(value: Scalar) -> str:
    return value.isoformat() if isinstance(value, datetime) else f"{value:.15g}"
