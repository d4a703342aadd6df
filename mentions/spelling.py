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

import regex  # type: ignore[import-untyped]  # typed by types-regex only

from mentions.tokens import ASCII_WORD, Token, tokens

GAP = "."
"""Stands between the title and the text; no query holds it, so that no phrase crosses it."""
MAX_RAW_CHARACTERS = 80
"""Longer words are cut. Encoded, a word is three times as long at most, and Elasticsearch's
whitespace analyzer would cut it at 255 UTF-16 units."""

_MARK = "."
_LITERAL = "abcdefghijklmnopqrstuvwxyz0123456789#@_."
_ENCODED = {
    ord(char): f"'{char.lower()}" if char.isalpha() else f",{ord(char):02x}"
    for char in map(chr, range(0x21, 0x7F))
    if char not in _LITERAL
}
_ASCII = re.compile(rf"{ASCII_WORD}|[!-~]", re.VERBOSE | re.IGNORECASE | re.ASCII)
_TWICE_JOINED = re.compile("'[sS]'")
"""Where `_ASCII` would join an 's that is no part of the word before it."""
_ESCAPE = re.compile(r"'(.)|,(..)")
_VISIBLE = regex.compile(r"[^\s\p{C}\p{M}]")
_PAIRED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ーｰ]")


def raw_tokens(text: str) -> list[Token]:
    """The words and signs of a text in order, encoded, each with its place in the text."""
    places = [
        (at, min(at + MAX_RAW_CHARACTERS, end))
        for start, end in _stretches(text)
        for at in range(start, end, MAX_RAW_CHARACTERS)
    ]
    encoded = _encoded(text[start:end] for start, end in places)
    return [Token(word, *place) for word, place in zip(encoded, places, strict=True)]


def raw_words(title: str, text: str) -> list[str]:
    """The encoded words of a title and a text in a row, as both stores index them for `raw:`."""
    if not title:
        return _words(text)
    rows = _words(title), _words(text)
    between = [GAP] if all(rows) else []
    return [*rows[0], *between, *rows[1]]


def plain_word(raw: str) -> str:
    """The word of `mentions.tokens` that every post with this encoded word holds; '' if unknown."""
    said = written(raw)
    return said.lower() if said.isascii() and 1 < len(said) < MAX_RAW_CHARACTERS else ""


def _words(text: str) -> list[str]:
    """The texts of `raw_tokens(text)`, faster for plain ASCII."""
    if text.isascii() and not _TWICE_JOINED.search(text):
        found: list[str] = _ASCII.findall(text)
        if len(max(found, key=len, default="")) <= MAX_RAW_CHARACTERS:
            return _encoded(found)
    return [token.text for token in raw_tokens(text)]


def _encoded(found: Iterable[str]) -> list[str]:
    """Each word encoded; all at once, as a post holds many short ones."""
    row = unicodedata.normalize("NFC", "\n".join(found))
    return [_MARK + word for word in row.translate(_ENCODED).split("\n")] if row else []


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Where each word stands, and each visible character that is in none."""
    done = 0
    for _, start, end in tokens(text):
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
