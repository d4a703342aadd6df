"""The parser: a query as people write it, as the tree that all three compilers read.

docs/query-language.md teaches the language. What is not understood is an error that points at
the place; nothing is ignored.
"""

from datetime import datetime
from typing import Any, NoReturn

from luqum import tree as luqum  # type: ignore[import-untyped]  # luqum has no types

from mentions.errors import QueryError
from mentions.fields import FIELDS, QueryField
from mentions.query import values
from mentions.query.grammar import NearWords, parsed
from mentions.query.pattern import has_wildcard, unescaped
from mentions.query.shape import MAX_CONDITIONS, MAX_LEVELS, conditions, levels, shaped
from mentions.query.tree import (
    And,
    Everything,
    Exists,
    Flag,
    Node,
    Not,
    Or,
    Query,
    Range,
    Value,
)
from mentions.query.wording import in_phrase, in_word, near, nearby


def parse_query(text: str, *, now: datetime | None = None) -> Query:
    """Read a query. Raises QueryError, which points at the place and says what was expected.

    Relative times such as now-7d need `now`.
    """
    tree = shaped(_Reader(text, now).node(parsed(text), None))
    if levels(tree) > MAX_LEVELS:
        raise QueryError(
            text, 0, "AND and OR are nested too deep", expected=f"at most {MAX_LEVELS} levels"
        )
    if (count := conditions(tree)) > MAX_CONDITIONS:
        raise QueryError(
            text, 0, f"the query has {count:,} words", expected=f"at most {MAX_CONDITIONS:,}"
        )
    return Query(text, tree)


class _Reader:
    """Turns luqum's items into nodes; `field` is the one whose value an item is, or None."""

    def __init__(self, text: str, now: datetime | None) -> None:
        self.text = text
        self.now = now

    def node(self, item: Any, field: QueryField | None) -> Node:
        match item:
            case luqum.AndOperation():
                return And(tuple(self.node(part, field) for part in item.operands))
            case luqum.OrOperation():
                return Or(tuple(self.alternative(part, field) for part in item.operands))
            case luqum.Not() | luqum.Prohibit():
                return Not(self.node(item.a, field))
            case luqum.Plus():
                return self.node(item.a, field)
            case luqum.BaseGroup() | luqum.SearchField():
                inner = FIELDS[item.name] if isinstance(item, luqum.SearchField) else field
                return self.node(item.expr, inner)
        return self.condition(item, field)

    def alternative(self, item: Any, field: QueryField | None) -> Node:
        if isinstance(item, luqum.Plus):
            self.refuse(item, "'+' has no meaning beside OR", "AND, or the word without '+'")
        return self.node(item, field)

    def condition(self, item: Any, field: QueryField | None) -> Node:
        try:
            match item:
                case NearWords():
                    return nearby(item.near, _of_words(field))
                case luqum.Word():
                    return self.word(item.value, field)
                case luqum.Phrase():
                    return self.phrase(item.value[1:-1], field)
                case luqum.Proximity():
                    return self.proximity(item, field)
                case luqum.Range():
                    low, high = (_bound(side) for side in (item.low, item.high))
                    return self.between(field, low, high, (item.include_low, item.include_high))
                case luqum.OpenRange():
                    return self.beyond(field, _plain(item.a), item)
        except values.BadValue as error:
            self.refuse(item, str(error), error.expected)
        raise AssertionError(f"the grammar made a {type(item).__name__}")

    def refuse(self, item: Any, message: str, expected: str) -> NoReturn:
        start, end = _place(item)
        raise QueryError(self.text, start, message, length=end - start, expected=expected)

    def word(self, written: str, field: QueryField | None) -> Node:
        if written.strip("*") == "":
            return Exists(field.name) if field else Everything()
        if field is None or field.type == "text":
            return in_word(written, field)
        if field.type == "keyword" and has_wildcard(written):
            return Value(field.name, values.keyword_pattern(field, written), is_pattern=True)
        return self.value(field, unescaped(written))

    def phrase(self, written: str, field: QueryField | None) -> Node:
        if field is None or field.type == "text":
            return in_phrase(written, field)
        return self.value(field, unescaped(written))

    def proximity(self, item: Any, field: QueryField | None) -> Node:
        return near(item.term.value[1:-1], _of_words(field), item.degree)

    def value(self, field: QueryField, said: str) -> Node:
        match field.type:
            case "number":
                same = values.number(field, said)
                return Range(field.name, same, same)
            case "date":
                start, end = values.moments(field, said, self.now)
                if values.is_relative(said):
                    raise values.BadValue(f"'{said}' is an instant", f"{field.name}:>{said}")
                return Range(field.name, start, end, includes_high=False)
            case "flag":
                return Flag(field.name, values.flag(field, said))
        return Value(field.name, values.keyword(field, said))

    def beyond(self, field: QueryField | None, bound: str, item: Any) -> Node:
        if isinstance(item, luqum.From):
            return self.between(field, bound, None, (item.include, True))
        return self.between(field, None, bound, (True, item.include))

    def between(
        self,
        field: QueryField | None,
        low: str | None,
        high: str | None,
        includes: tuple[bool, bool],
    ) -> Node:
        if field is None or field.type not in ("number", "date"):
            what = field.name if field else "a word"
            raise values.BadValue(
                f"{what} has no order", "a range of a number or date, such as published:>2026-02-21"
            )
        if low is None and high is None:
            return Exists(field.name)
        if field.type == "date":
            return self.dates(field, low, high, includes)
        least, most = (None if said is None else values.number(field, said) for said in (low, high))
        return Range(field.name, least, most, *includes)

    def dates(
        self,
        field: QueryField,
        low: str | None,
        high: str | None,
        includes: tuple[bool, bool],
    ) -> Node:
        """A day stands for all of it: after a day is from the next one on."""
        since = until = None
        if low is not None:
            first, behind = values.moments(field, low, self.now)
            since = first if includes[0] else behind
        if high is not None:
            first, behind = values.moments(field, high, self.now)
            until = behind if includes[1] else first
        return Range(field.name, since, until, includes_high=False)


def _of_words(field: QueryField | None) -> QueryField | None:
    if field is None or field.type == "text":
        return field
    raise values.BadValue(f"{field.name} holds no words", "a distance in text or title only")


def _plain(item: Any) -> str:
    said: str = item.value
    return unescaped(said[1:-1] if isinstance(item, luqum.Phrase) else said)


def _bound(item: Any) -> str | None:
    return None if item.value == "*" else _plain(item)


def _place(item: Any) -> tuple[int, int]:
    """Where an item is written; luqum's own sizes leave out the spaces inside a range."""
    start: int = item.pos
    last = item.high if isinstance(item, luqum.Range) else item
    last = item.a if isinstance(item, luqum.OpenRange) else last
    closing = 1 if isinstance(item, luqum.Range) else 0
    return start, last.pos + last.size + closing
