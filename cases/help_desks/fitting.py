"""Fitting: a text as long as a help desk takes it, counted as that desk counts."""

from collections.abc import Callable

import regex  # type: ignore[import-untyped]  # typed by types-regex only

from cases.case import plain

SHORTENED = "\n… (shortened; the case shows the whole)"
_GRAPHEME = regex.compile(r"\X")
_REORDERING = regex.compile(r"[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of text around: what stands behind a post must stay readable."""

Size = Callable[[str], int]


def as_utf16(text: str) -> int:
    """Length as Java and JavaScript count, and so Salesforce and Jira: most emoji are two."""
    return len(text.encode("utf-16-le")) // 2


def as_bytes(text: str) -> int:
    """Length in UTF-8."""
    return len(text.encode())


def readable(text: str) -> str:
    """The text without control characters, half surrogates and signs that reorder lines."""
    return str(_REORDERING.sub("", plain(text)))


def marked(mark: str) -> str:
    """How a comment begins: closed on both sides, since post 5's mark is the start of post 51's."""
    return f"({mark})"


def fitted(text: str, most: int, size: Size, *, ending: str = SHORTENED) -> str:
    """The text if it fits, else its beginning and the ending; no sign of it is cut in two."""
    if size(text) <= most:
        return text
    room = most - size(ending)
    kept, used = [], 0
    for found in _GRAPHEME.finditer(text):
        sign = found[0]
        used += size(sign)
        if used > room:
            break
        kept.append(sign)
    return "".join(kept).rstrip() + ending
