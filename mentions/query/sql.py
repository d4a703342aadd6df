"""SQL: a query as a WHERE expression over the tables of `mentions.sqlite`.

Words become one FTS5 expression wherever they stand together, for FTS5 intersects posting lists
far faster than SQLite compares row ids. Values reach SQLite as parameters only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mentions.fields import DEFAULT_TEXT_FIELDS, FIELDS
from mentions.query.pattern import as_glob, literal_prefix
from mentions.query.tree import (
    And,
    Everything,
    Exists,
    Flag,
    Node,
    Not,
    Or,
    Range,
    Value,
    WordPattern,
    Words,
)
from mentions.query.values import stored_bound
from mentions.tokens import TOKEN_PUNCTUATION

MULTI_VALUED = frozenset({"brand", "author", "intent", "topic", "entity", "tag"})
"""Keyword fields kept in mention_values; every other field is a column of mentions."""
FTS5_TOKENIZE = "ascii tokenchars '{}'".format(TOKEN_PUNCTUATION.replace("'", "''"))
"""For CREATE VIRTUAL TABLE mention_words USING fts5(text, title, tokenize = "…"): FTS5 then
splits at spaces only, so that its tokens are ours."""
_MAX_MATCH_LEVELS = 20
"""FTS5's parser overflows somewhere above 30."""
_CHUNK = 100
"""SQLite refuses an expression deeper than 1,000, and a chain of OR is as deep as it is long."""


def column(field: str) -> str:
    """The column of `mentions` that holds a single-valued field."""
    return field.replace(".", "_")


def compile_sql(tree: Node) -> tuple[str, list[object]]:
    """The expression for `SELECT … FROM mentions WHERE <it>`, and its parameters.

    It is never NULL, so that NOT around it is the complement.
    """
    piece = _compiled(tree, negated=False)
    made = piece.as_sql() if isinstance(piece, _Match) else piece
    return made.expression, list(made.parameters)


@dataclass(frozen=True, slots=True)
class _Sql:
    expression: str
    parameters: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class _Match:
    """The rows that an FTS5 expression finds, or all others if `is_negative`."""

    expression: str
    is_negative: bool = False
    levels: int = 0

    def as_sql(self) -> _Sql:
        isin = "NOT IN" if self.is_negative else "IN"
        found = "SELECT rowid FROM mention_words WHERE mention_words MATCH ?"
        return _Sql(f"mentions.rowid {isin} ({found})", (self.expression,))


def _compiled(node: Node, *, negated: bool) -> _Sql | _Match:
    match node:
        case And(parts) | Or(parts):
            is_and = isinstance(node, And) is not negated
            return _joined(is_and, [_compiled(part, negated=negated) for part in parts])
        case Not(part):
            return _compiled(part, negated=not negated)
        case Words() | WordPattern() if found := _match(node):
            return _Match(found, negated)
    piece = _condition(node)
    # A comparison with a missing value is NULL, and so would be its negation
    return _Sql(f"({piece.expression}) IS NOT TRUE", piece.parameters) if negated else piece


def _joined(is_and: bool, parts: list[_Sql | _Match]) -> _Sql | _Match:
    """AND or OR of parts: those of FTS5 as one expression of FTS5."""
    matches = [part for part in parts if isinstance(part, _Match)]
    small = [part for part in matches if part.levels < _MAX_MATCH_LEVELS]
    others = [
        part.as_sql() if isinstance(part, _Match) else part for part in parts if part not in small
    ]
    merged = _merged(is_and, small)
    if not others and len(merged) == 1:
        return merged[0]
    pieces = [part.as_sql() for part in merged] + others
    return _chain(" AND " if is_and else " OR ", pieces)


def _merged(is_and: bool, parts: list[_Match]) -> list[_Match]:
    found = [part for part in parts if not part.is_negative]
    absent = [part for part in parts if part.is_negative]
    if is_and and found and absent:
        together, never = _row("AND", found), _row("OR", absent)
        return [
            _Match(
                f"({together.expression}) NOT ({never.expression})",
                False,
                2 + max(together.levels, never.levels),
            )
        ]
    merged = []
    if found:
        merged.append(_row("AND" if is_and else "OR", found))
    if absent:  # not a and not b is neither, not a or not b is not both
        merged.append(_row("OR" if is_and else "AND", absent))
    return merged


def _row(operator: str, parts: list[_Match]) -> _Match:
    if len(parts) == 1:
        return parts[0]
    inner = f" {operator} ".join(
        part.expression if part.levels == 0 else f"({part.expression})" for part in parts
    )
    return _Match(inner, parts[0].is_negative, 1 + max(part.levels for part in parts))


def _chain(operator: str, parts: list[_Sql]) -> _Sql:
    while len(parts) > _CHUNK:
        parts = [_chain(operator, parts[at : at + _CHUNK]) for at in range(0, len(parts), _CHUNK)]
    expression = operator.join(part.expression for part in parts)
    return _Sql(f"({expression})", tuple(value for part in parts for value in part.parameters))


def _match(node: Words | WordPattern) -> str | None:
    """The FTS5 expression, or None if FTS5 has none for it."""
    if isinstance(node, Words):
        return _columns(node.fields) + _words(node)
    prefix = literal_prefix(node.pattern)
    if prefix and node.pattern == f"{prefix}*":
        return f'{_columns(node.fields)}"{prefix}"*'
    return None


def _words(node: Words) -> str:
    if node.within is None or len(node.tokens) == 1:
        return f'"{" ".join(node.tokens)}"'
    # FTS5 counts the tokens between the first and the last; those of the query are among them
    between = node.within + len(node.tokens) - 2
    quoted = " ".join(f'"{token}"' for token in node.tokens)
    return f"NEAR({quoted}, {between})"


def _columns(fields: Iterable[str]) -> str:
    named = tuple(fields)
    return "" if set(named) == set(DEFAULT_TEXT_FIELDS) else f"{named[0]} : "


def _condition(node: Node) -> _Sql:
    match node:
        case Everything():
            return _Sql("1")
        case WordPattern():
            return _vocabulary(node)
        case Value():
            return _value(node)
        case Flag(field, value):
            return _Sql(f"mentions.{column(field)} = ?", (int(value),))
        case Range():
            return _range(node)
        case Exists(field):
            return _exists(field)
    raise AssertionError(f"{type(node).__name__} is no single condition")


def _vocabulary(node: WordPattern) -> _Sql:
    """A pattern with a wildcard inside, through the words that the index holds."""
    first = literal_prefix(node.pattern)
    after = f"{first}\U0010ffff"
    return _Sql(
        "mentions.rowid IN (SELECT mention_words.rowid"
        " FROM mention_vocabulary CROSS JOIN mention_words"
        " WHERE mention_vocabulary.term >= ? AND mention_vocabulary.term < ?"
        " AND mention_vocabulary.term GLOB ?"
        " AND mention_words MATCH ? || mention_vocabulary.term || ?)",
        (first, after, as_glob(node.pattern), f'{_columns(node.fields)}"', '"'),
    )


def _value(node: Value) -> _Sql:
    compare = "GLOB" if node.is_pattern else "="
    value = as_glob(node.value) if node.is_pattern else node.value
    if node.field not in MULTI_VALUED:
        return _Sql(f"mentions.{column(node.field)} {compare} ?", (value,))
    found = f"SELECT rowid_ref FROM mention_values WHERE field = ? AND value {compare} ?"  # noqa: S608  # two constants
    return _Sql(f"mentions.rowid IN ({found})", (node.field, value))


def _range(node: Range) -> _Sql:
    name = f"mentions.{column(node.field)}"
    sides = []
    values: list[object] = []
    if node.low is not None:
        sides.append(f"{name} {'>=' if node.includes_low else '>'} ?")
        values.append(stored_bound(node.low))
    if node.high is not None:
        sides.append(f"{name} {'<=' if node.includes_high else '<'} ?")
        values.append(stored_bound(node.high))
    return _Sql(f"({' AND '.join(sides)})", tuple(values))


def _exists(field: str) -> _Sql:
    if field in MULTI_VALUED:
        found = "SELECT rowid_ref FROM mention_values WHERE field = ?"
        return _Sql(f"mentions.rowid IN ({found})", (field,))
    if FIELDS[field].type == "text":
        found = f"SELECT rowid FROM mention_words WHERE {field} <> ''"  # noqa: S608  # a field of ours
        return _Sql(f"mentions.rowid IN ({found})")
    return _Sql(f"mentions.{column(field)} IS NOT NULL")
