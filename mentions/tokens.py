"""Tokens: the words of a post, as both stores index them and the matcher compares them.

Word boundaries follow UAX #29 (https://unicode.org/reports/tr29/) with what social posts need:

- '#tag' and '@handle' are one token with their sign ('#nimbus' is not found by 'nimbus'). A '#'
  before digits alone is no hashtag on any platform: '#123' is the word '123'.
- an emoji is a word, skin tones folded; a ZWJ sequence or a flag is one word
- an apostrophe joins ("don't"), a trailing 's is dropped ("nimbus's" is 'nimbus')
- '.' and ',' join digits only ('3.5'), '_' joins in tags and handles only; any other sign splits,
  so an address is the words of its host and path
- Han and kana have no spaces: every two neighbours are a token, a single one is itself
- Thai is cut into the words of a dictionary (`mentions.thai`); runs of Lao, Khmer and Burmese are
  one token
"""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

import regex  # type: ignore[import-untyped]  # typed by types-regex only

from mentions.folding import folded
from mentions.thai import thai_stretches

VERSION = 2
"""Rises whenever a text is cut or folded otherwise: stores that were written under another version
must index their posts again."""

TOKEN_PUNCTUATION = "#@_'.,"  # noqa: S105  # signs within words, no secret
"""The ASCII characters besides letters and digits that a token may hold."""
MAX_TOKEN_CHARACTERS = 100
"""A longer run is cut into tokens of this size: Elasticsearch's whitespace analyzer cuts at 255
UTF-16 units, and a cut of its own would shift every later position."""


class Token(NamedTuple):
    """A word as compared, and where it stands: `start` to `end` in the original text."""

    text: str
    start: int
    end: int


ASCII_WORD = r"""
      [A-Za-z0-9]++(?:(?:'(?![sS](?![A-Za-z0-9]))|(?<=[0-9])[.,](?=[0-9]))[A-Za-z0-9]+)*
    | (?<![A-Za-z0-9_&])\#(?=[0-9_]*[A-Za-z])[A-Za-z0-9_]+
    | (?<![A-Za-z0-9_])@(?=_*[A-Za-z0-9])[A-Za-z0-9_]+
"""
"""A pattern for a word in plain ASCII without a trailing 's; what is frequent stands first."""
_ASCII = re.compile(rf"({ASCII_WORD})(?:'[sS](?![A-Za-z0-9]))?", re.VERBOSE)
"""`_ANY` for the four posts in five that are plain ASCII; a test holds them equal."""
_TYPOGRAPHY = str.maketrans("’‘‛＇“”„«»–—…•·\u00a0", "'" * 4 + " " * 11)
"""What phones and word processors put into plain text: for finding words as good as ASCII."""

_APOSTROPHE = "['’‘‛ʼ＇]"
_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}ーｰ]"
_UNLIKE_EMOJI = "[©®™‼⁉ℹⓂ〰〽㊗㊙]"
"""Pictographs by Unicode, signs within or behind a word in practice ('Nimbus™')."""
_PICTURE = rf"[\p{{Extended_Pictographic}}--{_UNLIKE_EMOJI}]"
_JOINED = r"[\p{M}\p{Word_Break=Format}\u200c\u200d]"
"""Marks, and the invisible characters that do not end a word."""
_LETTER = rf"[[\p{{Alphabetic}}\p{{Nd}}]--{_CJK}--{_PICTURE}--\p{{M}}--ʼ]"
_BASE = r"[\p{Alphabetic}\p{M}\p{Nd}]"
_WORD_CHARACTER = rf"[{_BASE}_]"
_TAG_CHARACTER = rf"[[{_WORD_CHARACTER}{_JOINED}]--{_PICTURE}--ʼ]"
_ANY = regex.compile(
    rf"""
      (?P<emoji>
        \p{{Regional_Indicator}}{{1,2}}
      | {_PICTURE}(?:[\ufe0e\ufe0f\p{{EMod}}]|[\U000e0020-\U000e007f])*
        (?:\u200d{_PICTURE}[\ufe0e\ufe0f\p{{EMod}}]*)*
      )
    | (?P<sign>
        (?<!{_WORD_CHARACTER}|&)[\#＃](?={_TAG_CHARACTER}*?\p{{L}}){_TAG_CHARACTER}+
      | (?<!{_WORD_CHARACTER})[@＠](?={_TAG_CHARACTER}*?[\p{{L}}\p{{Nd}}]){_TAG_CHARACTER}+
      )(?:{_APOSTROPHE}[sS](?!{_BASE}))?
    | (?P<cjk>{_CJK}(?:{_CJK}|[\p{{M}}\uff9e\uff9f])*)
    | (?P<word>
        (?:{_LETTER}{_JOINED}*)+
        (?:
          (?:{_APOSTROPHE}(?![sS](?!{_BASE}))|(?<=\p{{Nd}})[.,](?=\p{{Nd}}))
          (?:{_LETTER}{_JOINED}*)+
        )*
      )(?:{_APOSTROPHE}[sS](?!{_BASE}))?
    """,
    regex.VERBOSE | regex.VERSION1,
)
_RUN = re.compile(r"\S+")
_THAI = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]")
_THAI_OR_NOT = re.compile(f"({_THAI.pattern}+)|[^{_THAI.pattern[1:]}+")
_EMOJI_STYLE = regex.compile(r"[\ufe0e\ufe0f\p{EMod}]")
_LONE_CJK = regex.compile(_CJK, regex.VERSION1)
_CJK_UNIT = regex.compile(r".[\p{M}\uff9e\uff9f]*", regex.VERSION1)


def tokens(text: str) -> list[Token]:
    """The tokens of a text in order. None is empty or holds a space or a control character."""
    found = _found(text)
    if len(text) <= MAX_TOKEN_CHARACTERS and text.isascii():
        return list(found)
    return [piece for token in found for piece in _pieces(token)]


def words(text: str) -> list[str]:
    """The texts of `tokens(text)`, faster."""
    plain = text if text.isascii() else text.translate(_TYPOGRAPHY)
    if not plain.isascii():
        return [token.text for token in tokens(text)]
    found: list[str] = _ASCII.findall(plain.lower())
    if len(text) <= MAX_TOKEN_CHARACTERS or max(map(len, found), default=0) <= MAX_TOKEN_CHARACTERS:
        return found
    return [token.text for token in tokens(text)]


def _found(text: str) -> Iterator[Token]:
    """The tokens; only stretches of words that hold more than ASCII go the slow way."""
    if text.isascii():
        yield from _ascii_tokens(text, 0)
        return
    runs = _RUN.finditer(text.translate(_TYPOGRAPHY))
    for is_ascii, group in groupby(runs, key=lambda run: run[0].isascii()):
        first, *others = group
        stretch = first.string[first.start() : (others or [first])[-1].end()]
        yield from (_ascii_tokens if is_ascii else _unicode_tokens)(stretch, first.start())


def _ascii_tokens(text: str, offset: int) -> Iterator[Token]:
    for match in _ASCII.finditer(text.lower()):
        yield Token(match[1], offset + match.start(1), offset + match.end(1))


def pairs_with(token: str) -> tuple[str, ...]:
    """Patterns of the pairs that hold a lone Han or kana character; none for any other token.

    A text with more of them in a row holds pairs only, so the character alone would not be found.
    """
    return (f"{token}?", f"?{token}") if _LONE_CJK.fullmatch(token) else ()


def _pieces(token: Token) -> Iterator[Token]:
    """The token, or its pieces in place of one too long."""
    if len(token.text) <= MAX_TOKEN_CHARACTERS:
        yield token
        return
    for start in range(0, len(token.text), MAX_TOKEN_CHARACTERS):
        yield token._replace(text=token.text[start : start + MAX_TOKEN_CHARACTERS])


def _unicode_tokens(text: str, offset: int) -> Iterator[Token]:
    for match in _ANY.finditer(text):
        kind = match.lastgroup
        start, end = offset + match.start(kind), offset + match.end(kind)
        written = match[kind]
        if kind == "emoji":
            yield Token(_EMOJI_STYLE.sub("", written), start, end)
        elif kind == "cjk":
            yield from _pairs(written, start)
        elif kind == "word" and _THAI.search(written):
            yield from _parts(written, start)
        else:
            yield from (Token(word, start, end) for word in _folded_words(written))


def _parts(written: str, offset: int) -> Iterator[Token]:
    """The Thai words of a run, and what else is written on to them."""
    for part in _THAI_OR_NOT.finditer(written):
        stretches = thai_stretches(part[0]) if part[1] else ((0, len(part[0])),)
        for start, end in stretches:
            place = offset + part.start() + start, offset + part.start() + end
            yield from (Token(word, *place) for word in _folded_words(part[0][start:end]))


def _folded_words(written: str) -> tuple[str, ...]:
    """One word, but for the few characters that NFKC spells out as several or as signs."""
    word = folded(written)
    if word.isalnum():
        return (word,)
    return tuple(found.group(found.lastgroup) for found in _ANY.finditer(word))


def _pairs(run: str, offset: int) -> Iterator[Token]:
    """Every two neighbours of a run of Han or kana; one that stands alone is itself."""
    units = [
        Token(char, offset + unit.start(), offset + unit.end())
        for unit in _CJK_UNIT.finditer(run)
        for char in folded(unit.group())
        if not char.isspace()
    ]
    if len(units) == 1:
        yield units[0]
    for first, second in pairwise(units):
        yield Token(first.text + second.text, first.start, second.end)
