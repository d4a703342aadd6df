"""Text in columns of a terminal or a plain mail: broken at 72, wide letters counted as two."""

import unicodedata
from collections.abc import Iterator, Sequence

WIDTH = 72
"""RFC 2822 asks for at most 78; a reply that quotes twice still fits."""


def columns_of(text: str) -> int:
    """How many columns the text takes; Chinese and emoji take two a letter, marks none."""
    return sum(_of(letter) for letter in text)


def _of(letter: str) -> int:
    if unicodedata.combining(letter) or letter in "\u200c\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def broken(text: str, *, first: str = "", rest: str = "") -> list[str]:
    """The text's lines: `first` before the first, `rest` before the others, no longer than WIDTH.

    A word that fits on no line is broken, as languages without spaces are; an address is not, since
    half of one leads nowhere.
    """
    lines, line, is_bare = [], first, True
    for word in text.split():
        for piece in _pieces(word, WIDTH - max(columns_of(first), columns_of(rest))):
            gap = "" if is_bare else " "
            if not is_bare and columns_of(line + gap + piece) > WIDTH:
                lines.append(line)
                line, gap = rest, ""
            line, is_bare = line + gap + piece, False
    return [*lines, line] if not is_bare or first.strip() else lines


def _pieces(word: str, room: int) -> Iterator[str]:
    if columns_of(word) <= room or word.startswith(("http://", "https://")):
        yield word
        return
    piece = ""
    for letter in word:
        if columns_of(piece + letter) > room:
            yield piece
            piece = ""
        piece += letter
    yield piece


def padded(cells: Sequence[str], widths: Sequence[int], *, rights: Sequence[bool]) -> str:
    """A row of a table: each cell as wide as its column, numbers to the right."""
    said = []
    for cell, width, is_right in zip(cells, widths, rights, strict=True):
        space = " " * (width - columns_of(cell))
        said.append(space + cell if is_right else cell + space)
    return "  ".join(said).rstrip()
