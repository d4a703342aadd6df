"""Words of languages that are written without spaces, so that phrases can be found in them.

Thai is cut by a dictionary (`mentions.thai`). Every Han character and kana is a word of its own:
a phrase of several then matches wherever they stand in a row, whatever a dictionary would say.
Lists of phrases are cut by the same function as posts.
"""

import re

from mentions.thai import thai_stretches

_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
_SIGNS = "\u3005\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_UNSPACED = re.compile(f"[{_THAI}]+|[{_SIGNS}]")


def spaced(text: str) -> str:
    """The text with spaces between words where its script writes none. Linear in its length."""
    return _UNSPACED.sub(_apart, text)


def is_unspaced(word: str) -> bool:
    """Whether a word is of a script that writes no spaces, so that none belongs beside it."""
    return _UNSPACED.match(word) is not None


def _apart(match: re.Match[str]) -> str:
    run = match[0]
    if len(run) == 1:
        return f" {run} "
    return " " + " ".join(run[start:end] for start, end in thai_stretches(run)) + " "
