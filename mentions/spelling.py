"""Spelling: the words and signs of a post exactly as they are written, for `raw:`.

A word of `mentions.tokens` keeps its case, accents and apostrophes as written (but for NFC, as
nobody sees which way an é is encoded). Every other visible character is a word of its own: a sign,
each Han or kana character, the `'` and the `s` of "Nimbus's". Titles and texts share one row of
words with a `GAP` between.

What is stored is an encoding in lower-case ASCII letters, for SQLite's tokenizer folds A to Z and
splits at signs: a '.' first, so that no word of a text or title is ever the same; "'" before what
was a capital; ',' and two hexadecimal digits for a sign.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby

import regex  # type: ignore[import-untyped]  # typed by types-regex only

from mentions.tokens import ASCII_WORD, MAX_TOKEN_CHARACTERS, Token, tokens, words

GAP = "."
"""Stands between the title and the text; no query holds it, so that no phrase crosses it."""
MAX_RAW_CHARACTERS = 80
"""Longer words are cut. Encoded, a word is three times as long at most, and Elasticsearch's
whitespace analyzer would cut it at 255 UTF-16 units."""
_SHORT = min(MAX_RAW_CHARACTERS, MAX_TOKEN_CHARACTERS)

_MARK = "."
_LITERAL = "abcdefghijklmnopqrstuvwxyz0123456789#@_."
_ENCODED = {
    char: f"'{char.lower()}" if char.isalpha() else f",{ord(char):02x}"
    for char in map(chr, range(0x21, 0x7F))
    if char not in _LITERAL
}
_TO_ENCODE = re.compile(f"[{re.escape(''.join(_ENCODED))}]")
_ASCII = re.compile(rf"{ASCII_WORD}|[!-~]", re.VERBOSE)
_TWICE_JOINED = re.compile("'[sS]'")
"""Where `_ASCII` would join an 's that is no part of the word before it."""
_RUN = re.compile(r"\S+")
_ESCAPE = re.compile(r"'(.)|,(..)")
_VISIBLE = regex.compile(r"[^\s\p{C}\p{M}]")
_PAIRED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ーｰ]")


def raw_tokens(text: str) -> list[Token]:
    """The words and signs of a text in order, encoded, each with its place in the text."""
    places = _places(text, tokens(text))
    encoded = _encoded(text[start:end] for start, end in places).split()
    return [Token(word, *place) for word, place in zip(encoded, places, strict=True)]


def raw_words(title: str, text: str) -> list[str]:
    """The encoded words of a title and a text in a row, as both stores index them for `raw:`."""
    return in_a_row(cut(title)[1], cut(text)[1]).split()


def in_a_row(title: str, text: str) -> str:
    """The encoded words of a title and of a text, with the gap between."""
    return f"{title} {GAP} {text}" if title and text else title or text


def cut(text: str) -> tuple[str, str]:
    """`words` of a text and its encoded words, each with spaces between, cut once for both."""
    if text.isascii():
        return _cut_ascii(text)
    rows = [
        (_cut_ascii if is_ascii else _cut_slowly)(text[start:end])
        for is_ascii, start, end in _by_script(text)
    ]
    plain, encoded = zip(*rows, strict=True) if rows else ((), ())
    return " ".join(filter(None, plain)), " ".join(filter(None, encoded))


def _by_script(text: str) -> Iterator[tuple[bool, int, int]]:
    """Stretches of what stands between spaces, plain ASCII or not: no word crosses a space."""
    runs = _RUN.finditer(text)
    for is_ascii, group in groupby(runs, key=lambda run: run[0].isascii()):
        first, *others = group
        yield is_ascii, first.start(), (others or [first])[-1].end()


def _cut_ascii(text: str) -> tuple[str, str]:
    if _TWICE_JOINED.search(text):
        return _cut_slowly(text)
    found: list[str] = _ASCII.findall(text)
    if len(text) > _SHORT and max(map(len, found), default=0) > _SHORT:
        return _cut_slowly(text)
    if "'" in text:
        return " ".join(words(text)), _encoded(found)
    # Without an apostrophe, what is longer than a sign is a word of `mentions.tokens` as well.
    plain = " ".join([word for word in found if len(word) > 1 or word.isalnum()])
    return plain.lower(), _encoded(found)


def _cut_slowly(text: str) -> tuple[str, str]:
    found = tokens(text)
    encoded = _encoded([text[start:end] for start, end in _places(text, found)])
    return " ".join([token.text for token in found]), encoded


def plain_word(raw: str) -> str:
    """The word of `mentions.tokens` that every post with this encoded word holds; '' if unknown."""
    said = written(raw)
    return said.lower() if said.isascii() and 1 < len(said) < MAX_RAW_CHARACTERS else ""


def _encoded(found: Iterable[str]) -> str:
    """The words encoded, with spaces between; all at once, as a post holds many short ones."""
    row = unicodedata.normalize("NFC", " ".join(found))
    if not row:
        return ""
    return _MARK + _TO_ENCODE.sub(_sign_encoded, row).replace(" ", f" {_MARK}")


def _sign_encoded(found: re.Match[str]) -> str:
    return _ENCODED[found[0]]


def _places(text: str, found: Iterable[Token]) -> list[tuple[int, int]]:
    """Where each encoded word stands: those of a text with these tokens."""
    return [
        (at, min(at + MAX_RAW_CHARACTERS, end))
        for start, end in _stretches(text, found)
        for at in range(start, end, MAX_RAW_CHARACTERS)
    ]


def _stretches(text: str, found: Iterable[Token]) -> Iterator[tuple[int, int]]:
    """Where each word stands, and each visible character that is in none."""
    done = 0
    for _, start, end in found:
        # Pairs of Han and kana overlap; a long word or a spelled-out ligature is several at a place
        if start < done or _PAIRED.match(text, start):
            continue
        yield from _characters(text, done, start)
        yield start, end
        done = end
    yield from _characters(text, done, len(text))


def _characters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if end - start > 1 or not text[start:end].isspace():
        for visible in _VISIBLE.finditer(text, start, end):
            yield visible.span()


def written(raw: str) -> str:
    """The word or sign that an encoded one stands for."""
    return _ESCAPE.sub(_unescaped, raw.removeprefix(_MARK))


def _unescaped(escape: re.Match[str]) -> str:
    return escape[1].upper() if escape[1] else chr(int(escape[2], 16))
