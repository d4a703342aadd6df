"""Grouping: what is alike becomes one group, by average linkage, and what people said holds.

Two groups are joined while the mean likeness of their members is at least a threshold, the most
alike first (Sokal & Michener, "A Statistical Method for Evaluating Systematic Relationships",
1958). Nothing is random, and ties go to what stands first. Things are given as rows of length 1
whose product is their likeness.
"""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from nlp.network import Floats

Pair = tuple[int, int]
Labels = npt.NDArray[np.intp]

_NEVER = np.float32(-1e9)
_BLOCK = 512
"""Rows that are multiplied at once: 20 MB of likeness for 10,000 things."""


def unit(row: Floats) -> Floats:
    """A row made length 1, if it has any."""
    length = math.sqrt(float((row * row).sum()))
    made: Floats = row / np.float32(length) if length else row
    return made


def grouped(
    rows: Floats, threshold: float, together: Iterable[Pair] = (), apart: Iterable[Pair] = ()
) -> list[list[int]]:
    """The groups of n things, each in order, by their first.

    `together` pairs stand in one group whatever their likeness; `apart` pairs never do, unless
    `together` joins them.
    """
    joined = _joined(np.arange(len(rows)), together)
    # A mean reaches the threshold only where a pair does, so what no pair connects is never
    # joined: the parts are worked out each alone, and likeness of all with all is never held.
    parts = _joined(_connected(rows, threshold), together)
    forbidden = {(int(joined[one]), int(joined[other])) for one, other in apart}
    found: list[list[int]] = []
    for part in _members(parts):
        if len(part) == 1:
            found.append(part)
            continue
        place = {at: number for number, at in enumerate(part)}
        merging = _Merging(rows[part] @ rows[part].T)
        for kept in _members(joined[part]):
            merging.keep(kept, threshold)
        for one, other in sorted(forbidden):
            if one != other and one in place and other in place:
                merging.forbid(place[one], place[other])
        merging.merge(threshold)
        found += [[part[at] for at in group] for group in merging.groups()]
    return sorted(found)


def joined_groups(groups: list[list[int]], pairs: Iterable[Pair]) -> list[list[int]]:
    """The groups, those made one whose members a pair puts together."""
    group_of = {at: number for number, group in enumerate(groups) for at in group}
    labels = _joined(
        np.arange(len(groups)), ((group_of[one], group_of[other]) for one, other in pairs)
    )
    return [sorted(at for number in same for at in groups[number]) for same in _members(labels)]


def _connected(rows: Floats, threshold: float) -> Labels:
    """For each thing the first of those that it is connected with by pairs alike enough."""
    labels = np.arange(len(rows))
    telling = np.flatnonzero(rows.any(1))
    if len(telling) < len(rows):
        labels[telling] = telling[_connected(rows[telling], threshold)]
        return labels
    for start in range(0, len(rows), _BLOCK):
        later = labels[start:]  # a view: pairs with what stands before have been seen
        is_near = rows[start : start + _BLOCK] @ rows[start:].T >= threshold
        for at in np.flatnonzero(np.count_nonzero(is_near, axis=1) > 1).tolist():
            met = np.unique(later[is_near[at]])
            if len(met) > 1:
                labels[np.isin(labels, met)] = met[0]
    return labels


def _joined(labels: Labels, pairs: Iterable[Pair]) -> Labels:
    labels = labels.copy()
    for one, other in pairs:
        first, second = sorted((labels[one], labels[other]))
        if first != second:
            labels[labels == second] = first
    return labels


def _members(labels: Labels) -> list[list[int]]:
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order])) + 1
    return [part.tolist() for part in np.split(order, starts)] if len(labels) else []


class _Merging:
    """Groups under way; a group is known by the number of its first member."""

    def __init__(self, likeness: Floats) -> None:
        np.fill_diagonal(likeness, _NEVER)
        self._like = likeness
        self._sizes = np.ones(len(likeness), np.float32)
        self._group_of = np.arange(len(likeness))

    def groups(self) -> list[list[int]]:
        """The members of each group, by its first."""
        return _members(self._group_of)

    def forbid(self, one: int, other: int) -> None:
        """Keep two groups apart for good."""
        self._like[one, other] = self._like[other, one] = _NEVER

    def keep(self, kept: list[int], threshold: float) -> None:
        """Make one group of things that people put together.

        Those that are alike anyway are one face of it, and what comes near to any face is near to
        the group: else a group of two wordings would be far from whatever is like one of them.
        """
        if len(kept) == 1:
            return
        alone = _Merging(self._like[np.ix_(kept, kept)])
        alone.merge(threshold)
        faces = alone.groups()
        for face in faces:
            for at in face[1:]:
                self._join(kept[face[0]], kept[at])
        for face in faces[1:]:
            self._join(kept[0], kept[face[0]], by_nearest=True)

    def merge(self, threshold: float) -> None:
        """Join the two most alike until none are alike enough."""
        like = self._like
        best = like.argmax(1)
        best_like = like[np.arange(len(like)), best]
        while best_like.max() >= threshold:
            one = int(best_like.argmax())
            first, second = sorted((one, int(best[one])))
            self._join(first, second)
            # Rows whose best was one of the two look again; no other likeness has grown.
            stale = np.flatnonzero((best == first) | (best == second))
            stale = np.union1d(stale, (first, second))
            best[stale] = like[stale].argmax(1)
            best_like[stale] = like[stale, best[stale]]

    def _join(self, first: int, second: int, *, by_nearest: bool = False) -> None:
        like, mine, theirs = self._like, self._sizes[first], self._sizes[second]
        if by_nearest:
            now = np.maximum(like[first], like[second])
        else:
            now = (like[first] * mine + like[second] * theirs) / (mine + theirs)
        now[(like[first] == _NEVER) | (like[second] == _NEVER)] = _NEVER
        like[first] = like[:, first] = now
        like[second] = like[:, second] = _NEVER
        self._sizes[first] = mine + theirs
        self._group_of[self._group_of == second] = first
