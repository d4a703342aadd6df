"""Places: where in a row of tokens a word, a phrase, a pattern or a near pair stands."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from mentions.query.pattern import as_regex
from mentions.query.tree import Near, TextCondition, WordPattern, Words

Index = Mapping[str, Sequence[int]]
"""Token -> its positions, ascending."""


def indexed(row: Sequence[str]) -> dict[str, list[int]]:
    """The positions of each token."""
    index: dict[str, list[int]] = {}
    for position, token in enumerate(row):
        index.setdefault(token, []).append(position)
    return index


def places(condition: TextCondition, index: Index) -> list[tuple[int, ...]]:
    """For each occurrence the positions of its tokens; empty if there is none.

    Of two phrases near each other, each is an occurrence.
    """
    if isinstance(condition, WordPattern):
        return [(at,) for token in _fitting(condition, index) for at in index[token]]
    if isinstance(condition, Near):
        return _near(condition, index)
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


def _near(condition: Near, index: Index) -> list[tuple[int, ...]]:
    """Each side that is close enough to the nearest of the other sides before or behind it."""
    lefts, rights = (
        places(Words(condition.fields, side), index) for side in (condition.left, condition.right)
    )
    found = set(_close(lefts, rights, condition.within))
    if not condition.in_order:
        found.update(_close(rights, lefts, condition.within))
    return sorted(found)


def _close(
    first: Sequence[tuple[int, ...]], second: Sequence[tuple[int, ...]], within: int
) -> Iterator[tuple[int, ...]]:
    """The runs of both of which one of `second` follows one of `first`."""
    ends = [run[-1] for run in first]
    starts = [run[0] for run in second]
    for run, end in zip(first, ends, strict=True):
        at = bisect_right(starts, end)
        if at < len(starts) and starts[at] - end - 1 <= within:
            yield run
    for run, start in zip(second, starts, strict=True):
        before = bisect_left(ends, start) - 1
        if before >= 0 and start - ends[before] - 1 <= within:
            yield run


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
