"""SQL: a query as a WHERE expression over the tables of `mentions.sqlite_schema`.

Values reach SQLite as parameters only.
"""

from dataclasses import dataclass

from mentions.fields import TEXT_FIELDS
from mentions.query import fts5
from mentions.query.fts5 import Match
from mentions.query.order import in_order
from mentions.query.pattern import as_glob, literal_prefix
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
_CHUNK = 100
"""SQLite refuses an expression deeper than 1,000, and a chain of OR is as deep as it is long."""


def column(field: str) -> str:
    """The column of `mentions` that holds a single-valued field."""
    return field.replace(".", "_")


def compile_sql(tree: Node) -> tuple[str, list[object]]:
    """The expression for `SELECT … FROM mentions WHERE <it>`, and its parameters.

    True for the mentions that match; false or NULL, which WHERE takes for false, for all others.
    """
    piece = _compiled(tree, negated=False)
    made = _sql(piece) if isinstance(piece, Match) else piece
    return made.expression, list(made.parameters)


def compile_match(tree: Node) -> Match | None:
    """The MATCH expression that answers the query alone, or None if it takes more."""
    piece = _compiled(tree, negated=False)
    return piece if isinstance(piece, Match) else None


@dataclass(frozen=True, slots=True)
class _Sql:
    expression: str
    parameters: tuple[object, ...] = ()


def _sql(piece: Match) -> _Sql:
    operator = "NOT IN" if piece.is_negative else "IN"
    found = "SELECT rowid FROM mention_words WHERE mention_words MATCH ?"
    return _Sql(f"mentions.rowid {operator} ({found})", (piece.expression,))


def _compiled(node: Node, *, negated: bool) -> _Sql | Match:
    match node:
        case Or(parts) if not negated:
            values, others = _equal_values(parts)
            return _joined([*values, *(_compiled(part, negated=False) for part in others)], " OR ")
        case And(parts) | Or(parts):
            operator = " AND " if isinstance(node, And) is not negated else " OR "
            return _joined([_compiled(part, negated=negated) for part in parts], operator)
        case Not(part):
            return _compiled(part, negated=not negated)
        case Words() | Near() | WordPattern() if found := fts5.match(node, is_negative=negated):
            return found
    piece = _Sql(*in_order(node)) if isinstance(node, Near) else _condition(node)
    # A comparison with a missing value is NULL, and so would be its negation
    return _Sql(f"({piece.expression}) IS NOT TRUE", piece.parameters) if negated else piece


def _joined(parts: list[_Sql | Match], operator: str) -> _Sql | Match:
    """The parts with the operator between; those of FTS5 as one expression of FTS5."""
    small: list[Match] = []
    pieces: list[_Sql] = []
    for part in parts:
        if isinstance(part, _Sql):
            pieces.append(part)
        elif part.levels < fts5.MAX_LEVELS:
            small.append(part)
        else:
            pieces.append(_sql(part))
    matches = fts5.joined(small, is_and=operator == " AND ")
    if len(matches) == 1 and not pieces:
        return matches[0]
    return _chain([*map(_sql, matches), *pieces], operator)


def _chain(parts: list[_Sql], operator: str) -> _Sql:
    while len(parts) > _CHUNK:
        parts = [_chain(parts[at : at + _CHUNK], operator) for at in range(0, len(parts), _CHUNK)]
    expression = operator.join(part.expression for part in parts)
    return _Sql(f"({expression})", tuple(value for part in parts for value in part.parameters))


def _equal_values(parts: tuple[Node, ...]) -> tuple[list[_Sql], list[Node]]:
    """Alternative values of a field as one look-up each field, and the other parts."""
    by_field: dict[str, list[str]] = {}
    others: list[Node] = []
    for part in parts:
        if isinstance(part, Value) and not part.is_pattern:
            by_field.setdefault(part.field, []).append(part.value)
        else:
            others.append(part)
    return [_one_of(field, values) for field, values in by_field.items()], others


def _one_of(field: str, values: list[str]) -> _Sql:
    marks = ", ".join("?" * len(values))
    return _value(field, f"IN ({marks})" if len(values) > 1 else "= ?", values)


def _value(field: str, comparison: str, values: list[str]) -> _Sql:
    if field == "cluster":  # the first by its id and the copies by theirs: a look-up each
        first = f"mentions.id {comparison} AND NOT mentions.copy"
        return _Sql(f"({first} OR mentions.copy AND mentions.cluster {comparison})", (*values,) * 2)
    if field not in MULTI_VALUED:
        return _Sql(f"mentions.{column(field)} {comparison}", tuple(values))
    found = f"SELECT rowid_ref FROM mention_values WHERE field = ? AND value {comparison}"  # noqa: S608  # a comparison of ours
    return _Sql(f"mentions.rowid IN ({found})", (field, *values))


def _condition(node: Node) -> _Sql:
    match node:
        case Everything():
            return _Sql("1")
        case WordPattern():
            return _vocabulary(node)
        case Value(field, value, is_pattern):
            return (
                _value(field, "GLOB ?", [as_glob(value)]) if is_pattern else _one_of(field, [value])
            )
        case Flag(field, value):
            return _Sql(f"mentions.{column(field)} = ?", (int(value),))
        case Range():
            return _range(node)
        case Exists(field):
            return _exists(field)
    raise AssertionError(f"{type(node).__name__} is no single condition")


def _vocabulary(node: WordPattern) -> _Sql:
    """A pattern with a wildcard inside, through the words that the index holds."""
    prefix = literal_prefix(node.pattern)
    return _Sql(
        "mentions.rowid IN (SELECT mention_words.rowid"
        " FROM mention_vocabulary CROSS JOIN mention_words"
        " WHERE mention_vocabulary.term >= ? AND mention_vocabulary.term < ?"
        " AND mention_vocabulary.term GLOB ?"
        " AND mention_words MATCH ? || mention_vocabulary.term || ?)",
        (
            prefix,
            f"{prefix}\U0010ffff",  # no token holds this character, the last there is
            as_glob(node.pattern),
            f'{{{" ".join(node.fields)}}} : "',  # the words of `raw` are in the vocabulary too
            '"',
        ),
    )


def _range(node: Range) -> _Sql:
    name = f"mentions.{column(node.field)}"
    sides = [f"{name} IS NOT NULL"]
    values: list[object] = []
    if node.low is not None:
        sides.append(f"{name} {'>=' if node.includes_low else '>'} ?")
        values.append(stored_bound(node.low))
    if node.high is not None:
        sides.append(f"{name} {'<=' if node.includes_high else '<'} ?")
        values.append(stored_bound(node.high))
    return _Sql(f"({' AND '.join(sides[1:] or sides)})", tuple(values))


def _exists(field: str) -> _Sql:
    if field in MULTI_VALUED:
        found = "SELECT rowid_ref FROM mention_values WHERE field = ?"
        return _Sql(f"mentions.rowid IN ({found})", (field,))
    if field in TEXT_FIELDS:
        found = f"SELECT rowid FROM mention_words WHERE {field} <> ''"  # noqa: S608  # a field of ours
        return _Sql(f"mentions.rowid IN ({found})")
    return _Sql(f"mentions.{column(field)} IS NOT NULL")
