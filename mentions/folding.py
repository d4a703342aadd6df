"""What two spellings of one word have in common: case, width, accents, invisible characters."""

import re
import unicodedata
from functools import lru_cache

import regex  # type: ignore[import-untyped]  # typed by types-regex only

_CACHED_WORD_CHARACTERS = 40
"""Longer runs are spam or page dumps, seen once; keeping them would only fill the cache."""

_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Me}]+")
_ACCENTED = regex.compile(r"([\p{Latin}\p{Greek}])\p{Mn}+")
"""й is a letter of its own and Devanagari vowels are marks: only Latin and Greek lose theirs."""
_OTHER_DIGIT = regex.compile(r"[^\P{Nd}0-9]")
_SAME_LETTER = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "þ": "th",
        "ŧ": "t",
        "ё": "е",  # Russians write е for it in nearly every post
        "’": "'",
        "‘": "'",
        "‛": "'",
        "ʼ": "'",
        "＇": "'",
    }
)
"""Letters without a decomposition that people without that keyboard write otherwise."""


def folded(word: str) -> str:
    """The form in which a word is stored and compared; folding it again changes nothing.

    NFKC and case folding; Latin and Greek lose their accents, every digit becomes 0 to 9, and
    invisible characters go. May be empty, and may hold a space where NFKC spells out a ligature.
    """
    if word.isascii():
        return word.lower()
    return _cached(word) if len(word) <= _CACHED_WORD_CHARACTERS else _folded(word)


def _folded(word: str) -> str:
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKD", word))
    lower = unicodedata.normalize("NFKD", visible.casefold())
    bare = unicodedata.normalize("NFC", _ACCENTED.sub(r"\1", lower)).translate(_SAME_LETTER)
    plain: str = _OTHER_DIGIT.sub(_ascii_digit, bare)
    return plain


def _ascii_digit(found: re.Match[str]) -> str:
    # `regex` knows a newer Unicode than Python 3.11; a digit of last year's script stays as it is
    return str(unicodedata.decimal(found.group(), found.group()))


_cached = lru_cache(maxsize=65_536)(_folded)
