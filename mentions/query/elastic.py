"""Elasticsearch: a query as a clause of the query DSL, core queries only.

No scripts, no analysis but the whitespace analyzer on `text` and `title`: a node without modules
answers it, and the tokens are ours.
"""

from mentions.query.pattern import literal_prefix, pieces
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

Clause = dict[str, object]
_MANY_WORDS = 16
"""From here on OR of words is one `terms` query: a node counts and bounds the clauses."""


def property_of(field: str) -> str:
    """The property of the index that holds a field."""
    return field.replace(".", "_")


def compile_elastic(tree: Node) -> Clause:
    """The clause for `{"query": <it>}`."""
    match tree:
        case And(parts):
            return _all(parts)
        case Or(parts):
            return _any(parts)
        case Not(part):
            return {"bool": {"must_not": [compile_elastic(part)]}}
        case Words() | Near():
            return _words(tree)
        case WordPattern(fields, pattern):
            return _either([_pattern(field, pattern) for field in fields])
    return _condition(tree)


def _all(parts: tuple[Node, ...]) -> Clause:
    """Words score, everything else only filters."""
    sides: dict[str, list[Clause]] = {"must": [], "filter": [], "must_not": []}
    for part in parts:
        if isinstance(part, Not):
            sides["must_not"].append(compile_elastic(part.part))
        elif isinstance(part, Words | Near | WordPattern | And | Or):
            sides["must"].append(compile_elastic(part))
        else:
            sides["filter"].append(compile_elastic(part))
    return {"bool": {side: clauses for side, clauses in sides.items() if clauses}}


def _any(parts: tuple[Node, ...]) -> Clause:
    clauses: list[Clause] = []
    plain: dict[tuple[str, ...], list[str]] = {}
    equal: dict[str, list[str]] = {}
    for part in parts:
        match part:
            case Words(fields, (token,)):
                plain.setdefault(fields, []).append(token)
            case Value(field, value, False):
                equal.setdefault(field, []).append(value)
            case _:
                clauses.append(compile_elastic(part))
    for fields, found in plain.items():
        if len(found) >= _MANY_WORDS:
            clauses += [{"terms": {property_of(field): found}} for field in fields]
        else:
            clauses += [_words(Words(fields, (token,))) for token in found]
    clauses += [{"terms": {property_of(field): found}} for field, found in equal.items()]
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _condition(node: Node) -> Clause:
    match node:
        case Everything():
            return {"match_all": {}}
        case Value(field, value, is_pattern):
            name = property_of(field)
            return _pattern(name, value) if is_pattern else {"term": {name: {"value": value}}}
        case Flag(field, value):
            return {"term": {property_of(field): {"value": value}}}
        case Range():
            return _range(node)
        case Exists(field):
            return {"exists": {"field": property_of(field)}}
    raise AssertionError(f"{type(node).__name__} is no single condition")


def _either(clauses: list[Clause]) -> Clause:
    """The same words in several fields: the best of them scores."""
    return clauses[0] if len(clauses) == 1 else {"dis_max": {"queries": clauses}}


def _words(node: Words | Near) -> Clause:
    return _either([_words_in(field, node) for field in node.fields])


def _words_in(field: str, node: Words | Near) -> Clause:
    if isinstance(node, Near):
        sides = [_phrase(field, side) for side in (node.left, node.right)]
        return {"span_near": {"clauses": sides, "slop": node.within, "in_order": node.in_order}}
    if len(node.tokens) == 1:
        return {"term": {field: {"value": node.tokens[0]}}}
    if node.within is None:
        return _phrase(field, node.tokens)
    clauses = [_phrase(field, (token,)) for token in node.tokens]
    return {"span_near": {"clauses": clauses, "slop": node.within, "in_order": False}}


def _phrase(field: str, row: tuple[str, ...]) -> Clause:
    """Token by token, for the analyzer of a phrase would have to be ours."""
    clauses: list[Clause] = [{"span_term": {field: {"value": token}}} for token in row]
    if len(clauses) == 1:
        return clauses[0]
    return {"span_near": {"clauses": clauses, "slop": 0, "in_order": True}}


def _pattern(name: str, pattern: str) -> Clause:
    prefix = literal_prefix(pattern)
    if pattern == f"{prefix}*" and "\\" not in pattern:
        return {"prefix": {name: {"value": prefix}}}
    return {"wildcard": {name: {"value": _as_wildcard(pattern)}}}


def _as_wildcard(pattern: str) -> str:
    return "".join(
        char if is_wild or char not in "*?\\" else f"\\{char}" for is_wild, char in pieces(pattern)
    )


def _range(node: Range) -> Clause:
    bounds: dict[str, float | int] = {}
    if node.low is not None:
        bounds["gte" if node.includes_low else "gt"] = stored_bound(node.low)
    if node.high is not None:
        bounds["lte" if node.includes_high else "lt"] = stored_bound(node.high)
    return {"range": {property_of(node.field): bounds}}
