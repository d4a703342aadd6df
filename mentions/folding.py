"""What two spellings of one word have in common.

Case, width and invisible characters in every script; accents in Latin and Greek; the marks that
only careful writers set in Arabic (harakat, tatweel) and Hebrew (niqqud).
"""

import re
import unicodedata
from functools import lru_cache

import regex  # type: ignore[import-untyped]  # typed by types-regex only

_CACHED_WORD_CHARACTERS = 40
"""Longer runs are spam or page dumps, seen once; keeping them would only fill the cache."""

_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Me}]+")
_ACCENTED = regex.compile(r"([\p{Latin}\p{Greek}\p{Hebrew}])\p{Mn}+")
"""й is a letter of its own and Devanagari vowels are marks: only these scripts lose theirs."""
_VOWELLED = regex.compile(
    r"[\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4"
    r"\u06e7\u06e8\u06ea-\u06ed]+"
)
"""Tatweel, harakat and the signs of the Quran; not the hamza, which makes another letter."""
_ALEF = regex.compile(r"\u0627[\u0653-\u0655]+")
_ARABIC = str.maketrans({"ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك"})
"""Letters that people and keyboards take for one another, as Lucene's Arabic and Persian analyzers
fold them."""
_ARABIC_RANGE = re.compile("[\u0600-\u06ff]")
_THAI_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_LAO_AM = re.compile("\u0ecd([\u0ec8-\u0ecb]?)\u0eb2")
"""Am taken apart, as NFKD does and some keyboards do, with the tone mark on either side."""
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

    NFKC and case folding; accents and vowel signs go as above, every digit becomes 0 to 9, and
    invisible characters go. May be empty, and may hold a space where NFKC spells out a ligature.
    """
    if word.isascii():
        return word.lower()
    return _cached(word) if len(word) <= _CACHED_WORD_CHARACTERS else _folded(word)


def _folded(word: str) -> str:
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKD", word))
    lower = unicodedata.normalize("NFKD", visible.casefold())
    if _ARABIC_RANGE.search(lower):
        lower = _ALEF.sub("ا", _VOWELLED.sub("", lower).translate(_ARABIC))
    bare = unicodedata.normalize("NFC", _ACCENTED.sub(r"\1", lower)).translate(_SAME_LETTER)
    if "\u0e4d" in bare or "\u0ecd" in bare:
        bare = _LAO_AM.sub("\\1\u0eb3", _THAI_AM.sub("\\1\u0e33", bare))
    plain: str = _OTHER_DIGIT.sub(_ascii_digit, bare)
    return plain


def _ascii_digit(found: re.Match[str]) -> str:
    # `regex` knows a newer Unicode than Python 3.11; a digit of last year's script stays as it is
    return str(unicodedata.decimal(found.group(), found.group()))


_cached = lru_cache(maxsize=65_536)(_folded)
