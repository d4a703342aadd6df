"""Wording: words, phrases and distances as conditions on tokens."""

import re
from itertools import product

from mentions.fields import DEFAULT_TEXT_FIELDS, RAW, QueryField
from mentions.query.lexer import Lexeme
from mentions.query.nearness import NearLexeme
from mentions.query.pattern import excess, has_wildcard, pieces, unescaped
from mentions.query.tree import Near, Node, Or, WordPattern, Words
from mentions.query.values import BadValue
from mentions.spelling import raw_tokens
from mentions.tokens import pairs_with, tokens, words

MIN_LITERALS = 2
"""With fewer letters a wildcard stands for half of all words."""
_WILD_IN_PHRASE = re.compile(r"(?<!\\)\*(?=\w)|(?<=\w)\*")
"""'flight*' in quotes was meant as a wildcard; '?' is a question or part of an address."""


def _fields(field: QueryField | None) -> tuple[str, ...]:
    return (field.name,) if field else DEFAULT_TEXT_FIELDS


def in_word(written: str, field: QueryField | None) -> Node:
    """A bare word: one token, or those it is cut into as a phrase ('e-mail'), or a pattern."""
    if has_wildcard(written):
        _refuse_raw(field, "a wildcard")
        return WordPattern(_fields(field), _pattern(written))
    return _row(unescaped(written), field)


def in_phrase(written: str, field: QueryField | None) -> Node:
    """What stands in quotes: its tokens in a row in one field."""
    if field is not RAW and _WILD_IN_PHRASE.search(written):
        raise BadValue(
            "'*' does not work inside quotes", "the word without quotes, or '\\*' for the sign"
        )
    return _row(unescaped(written), field)


def near(written: str, field: QueryField | None, distance: int) -> Node:
    """`"a b"~5`: the tokens in any order, close together."""
    _refuse_raw(field, "a distance")
    if has_wildcard(written):
        raise BadValue("wildcards do not work with a distance", "whole words")
    found = tuple(dict.fromkeys(words(unescaped(written))))
    if len(found) < 2:
        raise BadValue("a distance needs two different words", 'for example "late flight"~5')
    return Words(_fields(field), found, distance)


def nearby(said: NearLexeme, field: QueryField | None) -> Node:
    """`a NEAR/5 b`: each alternative of one side close to one of the other."""
    _refuse_raw(field, "a distance")
    sides = [[_near_words(each) for each in side] for side in (said.left, said.right)]
    pairs = (_pair(left, right, said, _fields(field)) for left, right in product(*sides))
    return Or(tuple(pairs))


def _near_words(side: Lexeme) -> tuple[str, ...]:
    is_phrase = side.kind == "PHRASE"
    wild = _WILD_IN_PHRASE.search(side.text) if is_phrase else has_wildcard(side.text)
    if wild:
        raise BadValue("wildcards do not work with a distance", "whole words")
    return _words(unescaped(side.text))


def _pair(
    left: tuple[str, ...], right: tuple[str, ...], said: NearLexeme, fields: tuple[str, ...]
) -> Node:
    if set(left) & set(right):
        raise BadValue("a distance needs two different words", "for example late NEAR/5 flight")
    if len(left) == len(right) == 1 and not said.in_order:
        return Words(fields, left + right, said.within)
    return Near(fields, left, right, said.within, said.in_order)


def _refuse_raw(field: QueryField | None, what: str) -> None:
    if field is RAW:
        raise BadValue(
            f"{what} does not work with raw:, which takes words and signs as they are written",
            "quotes around the whole to search for its signs",
        )


def _words(said: str) -> tuple[str, ...]:
    if found := tuple(words(said)):
        return found
    raise BadValue(f"'{said}' holds nothing to search for", "a letter, a digit or an emoji")


def _raw_row(said: str) -> Words:
    found = tuple(token.text for token in raw_tokens(said))
    if not found:
        raise BadValue(f"'{said}' holds nothing to search for", "a character that can be seen")
    return Words((RAW.name,), found)


def _row(said: str, field: QueryField | None) -> Node:
    if field is RAW:
        return _raw_row(said)
    found = _words(said)
    row = Words(_fields(field), found)
    pairs = pairs_with(found[0]) if len(found) == 1 else ()
    return Or((row, *(WordPattern(row.fields, pair) for pair in pairs))) if pairs else row


def _pattern(written: str) -> str:
    """The pattern over tokens. Its literal stretches are folded as tokens are."""
    if limit := excess(written):
        raise BadValue("this pattern is too large", limit)
    parts = pieces(written)
    sign = parts[0][1] if parts[0][1] in "#@" else ""
    folded = "".join(run if is_wild else _stretch(run, sign) for is_wild, run in _stretches(parts))
    if sum(map(str.isalnum, folded)) < MIN_LITERALS:
        raise BadValue(
            f"'{written}' stands for too many words", f"at least {MIN_LITERALS} letters beside it"
        )
    return folded


def _stretches(parts: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Wild and literal runs in turn."""
    runs: list[tuple[bool, str]] = []
    for is_wild, char in parts:
        if runs and runs[-1][0] is is_wild:
            runs[-1] = (is_wild, runs[-1][1] + char)
        else:
            runs.append((is_wild, char))
    return runs


def _stretch(written: str, sign: str) -> str:
    """A literal stretch, folded; refused where a token would end inside it."""
    led = sign and not written.startswith(sign)
    tried = f"{sign}a{written}" if led else written
    found = tokens(tried)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(tried)):
        raise BadValue(
            f"a wildcard works within one word, which '{written}' is not",
            "one word, or quotes around the whole",
        )
    return found[0].text[len(sign) + 1 :] if led else found[0].text
