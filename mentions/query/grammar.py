"""The grammar: luqum's, fed with our tokens, so that precedence is Lucene's.

A space between two conditions is AND and binds like it: `a b OR c` is `(a AND b) OR c`.
"""

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Any

from luqum.exceptions import ParseError  # type: ignore[import-untyped]  # luqum has no types
from luqum.head_tail import TokenValue  # type: ignore[import-untyped]  # nor here
from luqum.parser import parse  # type: ignore[import-untyped]  # nor here
from luqum.tree import Phrase, Word  # type: ignore[import-untyped]  # nor here

from mentions.errors import QueryError
from mentions.query.lexer import ENDS_OPERAND, STARTS_OPERAND, UNARY, Lexeme, lexemes
from mentions.query.nearness import NearLexeme, nearby

_ONE_AT_A_TIME = Lock()
"""PLY keeps a parser's stacks on the parser object, and luqum has one for the process."""
_BINARY = ("AND_OP", "OR_OP", "NEAR")


def parsed(query: str) -> Any:
    """luqum's tree of a query; each word, phrase and operator has its `pos` and `size`.

    Raises QueryError where operators, conditions and brackets do not fit together.
    """
    found = lexemes(query)
    _check_order(query, found)
    supply = map(_Token, _with_and(nearby(query, found)))
    try:
        with _ONE_AT_A_TIME:
            return parse(lexer=_NoLexer(), tokenfunc=lambda: next(supply, None))
    except ParseError as error:
        # The checks above leave nothing for the grammar to refuse; if they ever miss something
        raise QueryError(query, 0, "this query cannot be read", length=len(query)) from error


class NearWords(Word):  # type: ignore[misc]  # luqum has no types
    """`a NEAR/5 b`: a condition of its own, for luqum's grammar knows `"a b"~5` only."""

    def __init__(self, near: NearLexeme) -> None:
        super().__init__(near.text)
        self.near = near


class _NoLexer:
    """PLY takes its own lexer where it is given none."""


class _Token:
    """What PLY reads of a token."""

    def __init__(self, lexeme: Lexeme) -> None:
        self.type = lexeme.kind
        self.lexpos = lexeme.start
        self.lineno = 1
        self.value = _item(lexeme)
        self.value.pos = lexeme.start
        self.value.size = lexeme.end - lexeme.start


def _item(lexeme: Lexeme) -> Any:
    if isinstance(lexeme, NearLexeme):
        return NearWords(lexeme)
    if lexeme.kind == "TERM":
        return Word(lexeme.text)
    if lexeme.kind == "PHRASE":
        return Phrase(f'"{lexeme.text}"')
    return TokenValue(lexeme.text)


def _check_order(query: str, found: list[Lexeme]) -> None:
    if not found:
        raise QueryError(query, 0, "the query is empty", expected="words, or * for everything")
    before: Lexeme | None = None
    opened = []
    for lexeme in found:
        if not _has_left_side(before) and (lexeme.kind in _BINARY or lexeme.kind == "RPAREN"):
            raise _misplaced(query, before, lexeme)
        if before and before.kind in UNARY and lexeme.kind in UNARY:
            raise _refusal(query, lexeme, "this is negated twice", "one NOT, - or !, or none")
        if lexeme.kind == "LPAREN":
            opened.append(lexeme)
        elif lexeme.kind == "RPAREN":
            opened.pop()
        before = lexeme
    if not _has_left_side(before) and before:
        raise _refusal(query, before, f"nothing follows {before.text}", "a word behind it")
    if opened:
        place = opened[-1].start
        raise QueryError(
            query, place, "this bracket is never closed", expected="a ')'", is_open=True
        )


def _has_left_side(before: Lexeme | None) -> bool:
    return before is not None and before.kind in ENDS_OPERAND


def _misplaced(query: str, before: Lexeme | None, lexeme: Lexeme) -> QueryError:
    if lexeme.kind != "RPAREN":
        return _refusal(query, lexeme, f"nothing stands before {lexeme.text}", "a word before it")
    if before and before.kind == "LPAREN":
        return _refusal(query, lexeme, "these brackets are empty", "a word between them")
    said = before.text if before else ""
    return _refusal(query, before or lexeme, f"nothing follows {said}", "a word behind it")


def _refusal(query: str, lexeme: Lexeme, message: str, expected: str) -> QueryError:
    length = lexeme.end - lexeme.start
    return QueryError(query, lexeme.start, message, length=length, expected=expected)


def _with_and(found: Iterable[Lexeme]) -> Iterator[Lexeme]:
    """With the AND that a space stands for."""
    before = ""
    within_range = False
    for lexeme in found:
        if before in ENDS_OPERAND and lexeme.kind in STARTS_OPERAND and not within_range:
            yield Lexeme("AND_OP", "AND", lexeme.start, lexeme.start)
        within_range = (within_range and lexeme.kind != "RBRACKET") or lexeme.kind == "LBRACKET"
        yield lexeme
        before = lexeme.kind
