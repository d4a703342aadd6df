"""Places: where in a row of tokens a word, a phrase, a pattern or a near pair stands."""

from collections.abc import Mapping, Sequence

from mentions.query.pattern import as_regex
from mentions.query.tree import WordPattern, Words

Index = Mapping[str, Sequence[int]]
"""Token -> its positions, ascending."""


def indexed(row: Sequence[str]) -> dict[str, list[int]]:
    """The positions of each token."""
    index: dict[str, list[int]] = {}
    for position, token in enumerate(row):
        index.setdefault(token, []).append(position)
    return index


def places(condition: Words | WordPattern, index: Index) -> list[tuple[int, ...]]:
    """For each occurrence the positions of its tokens; empty if there is none."""
    if isinstance(condition, WordPattern):
        return [(at,) for token in _fitting(condition, index) for at in index[token]]
    rows = [index.get(token) for token in condition.tokens]
    known = [row for row in rows if row]
    if len(known) < len(rows):
        return []
    if len(known) == 1:
        return [(at,) for at in known[0]]
    if condition.within is None:
        return _phrases(known)
    return _windows(known, len(known) + condition.within)


def _fitting(condition: WordPattern, index: Index) -> list[str]:
    fits = as_regex(condition.pattern).fullmatch
    return [token for token in index if fits(token)]


def _phrases(rows: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    others = [(offset, set(row)) for offset, row in enumerate(rows)][1:]
    return [
        tuple(range(first, first + len(rows)))
        for first in rows[0]
        if all(first + offset in row for offset, row in others)
    ]


def _windows(rows: Sequence[Sequence[int]], width: int) -> list[tuple[int, ...]]:
    """The closest stretches of at most `width` positions with one of each row."""
    merged = sorted((at, row) for row, positions in enumerate(rows) for at in positions)
    latest: dict[int, int] = {}
    found = []
    for at, row in merged:
        latest[row] = at
        if len(latest) == len(rows) and at - min(latest.values()) < width:
            found.append(tuple(sorted(latest.values())))
    return found
