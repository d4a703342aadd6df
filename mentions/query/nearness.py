"""Nearness: `a NEAR/5 b` among the lexemes of a query, as one lexeme with what it joins.

Each side is a word, a phrase, or several of them with OR between in brackets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mentions.errors import QueryError
from mentions.query.lexer import Lexeme

_ONE = frozenset({"TERM", "PHRASE"})
_EXPECTED = "a word, a phrase, or (this OR that) on each side"


@dataclass(frozen=True, slots=True)
class NearLexeme(Lexeme):
    """Stands for all that it joins; to the grammar it is a TERM."""

    left: tuple[Lexeme, ...]
    right: tuple[Lexeme, ...]
    within: int
    in_order: bool


def nearby(query: str, found: Sequence[Lexeme]) -> list[Lexeme]:
    """The lexemes with one in place of each NEAR and its sides.

    Raises QueryError where a side is none. Brackets must be closed and no operator stand alone.
    """
    made: list[Lexeme] = []
    place = 0
    while place < len(found):
        lexeme = found[place]
        place += 1
        if lexeme.kind != "NEAR":
            made.append(lexeme)
            continue
        left = _last_side(made)
        right = _first_side(found[place:])
        behind = found[place + len(right)].kind if place + len(right) < len(found) else ""
        before = made[-len(left) - 1].kind if len(made) > len(left) else ""
        if not left or not right or behind in ("COLUMN", "APPROX", "NEAR"):
            raise _refusal(query, lexeme)
        if before in ("LESSTHAN", "GREATERTHAN"):
            raise _refusal(query, lexeme)
        place += len(right)
        del made[-len(left) :]
        made.append(_joined(query, left, lexeme, right))
    return made


def _last_side(made: Sequence[Lexeme]) -> list[Lexeme]:
    """The side that ends here; nothing if none does."""
    if not made or isinstance(made[-1], NearLexeme):
        return []
    if made[-1].kind != "RPAREN":
        return [made[-1]] if made[-1].kind in _ONE else []
    opened = max(place for place, lexeme in enumerate(made) if lexeme.kind == "LPAREN")
    return _alternatives(made[opened:])


def _first_side(behind: Sequence[Lexeme]) -> list[Lexeme]:
    """The side that begins here; nothing if none does."""
    if behind[0].kind != "LPAREN":
        return [behind[0]] if behind[0].kind in _ONE else []
    closed = next(place for place, lexeme in enumerate(behind) if lexeme.kind == "RPAREN")
    return _alternatives(behind[: closed + 1])


def _alternatives(group: Sequence[Lexeme]) -> list[Lexeme]:
    """The group if it holds words and phrases with OR between; else nothing."""
    inner = group[1:-1]
    fits = len(inner) % 2 and all(
        lexeme.kind == "OR_OP" if place % 2 else _is_plain(lexeme)
        for place, lexeme in enumerate(inner)
    )
    return list(group) if fits else []


def _is_plain(lexeme: Lexeme) -> bool:
    return lexeme.kind in _ONE and not isinstance(lexeme, NearLexeme)


def _joined(
    query: str, left: Sequence[Lexeme], near: Lexeme, right: Sequence[Lexeme]
) -> NearLexeme:
    start, end = left[0].start, right[-1].end
    return NearLexeme(
        kind="TERM",
        text=query[start:end],
        start=start,
        end=end,
        left=tuple(filter(_is_plain, left)),
        right=tuple(filter(_is_plain, right)),
        within=int(near.text.removesuffix("f")),
        in_order=near.text.endswith("f"),
    )


def _refusal(query: str, near: Lexeme) -> QueryError:
    said = query[near.start : near.end]
    return QueryError(
        query,
        near.start,
        f"{said} joins words and phrases only",
        length=len(said),
        expected=_EXPECTED,
    )
