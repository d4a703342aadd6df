"""A page of a search: what may be asked, and how its hits become what the port promises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from mentions.cursors import Place
from mentions.facets import FACETS, MAX_FACET_VALUES
from mentions.mention import Mention
from mentions.query.matcher import spans
from mentions.query.tree import Node
from mentions.query.values import micros
from mentions.store import MAX_PAGE, SPLIT_FIELDS, Page, SortBy

MAX_SPLIT = 50
"""Lines that anybody tells apart in one picture, and then some."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A mention that matched, with the rank that its place in the order comes from."""

    mention: Mention
    rank: float


def check_search(*, sort: str, limit: int, facets: Iterable[str]) -> None:
    """Raise ValueError, saying what would do, unless a store can answer this search."""
    if sort not in get_args(SortBy):
        raise ValueError(f"cannot sort by {sort!r}; choose from {', '.join(get_args(SortBy))}")
    if not 0 <= limit <= MAX_PAGE:
        raise ValueError(f"a page holds 0 to {MAX_PAGE} mentions, not {limit}; use its cursor")
    for name in facets:
        if name not in FACETS:
            raise ValueError(f"there is no facet {name!r}; choose from {', '.join(FACETS)}")


def check_split(*, by: str, limit: int) -> None:
    """Raise ValueError, saying what would do, unless a series can be split like this."""
    if by not in SPLIT_FIELDS:
        raise ValueError(f"cannot split by {by!r}; choose from {', '.join(SPLIT_FIELDS)}")
    if not 1 <= limit <= MAX_SPLIT:
        raise ValueError(f"a series is split into 1 to {MAX_SPLIT}, not {limit}")


def check_voices(limit: int) -> None:
    """Raise ValueError, saying what would do, unless so many authors can be told."""
    if not 1 <= limit <= MAX_FACET_VALUES:
        raise ValueError(f"1 to {MAX_FACET_VALUES} authors are told, not {limit}")


def page_of(
    tree: Node,
    hits: Sequence[Hit],
    *,
    sort: SortBy,
    weights: tuple[int, ...],
    is_last: bool,
    total: int,
    facets: Mapping[str, Sequence[tuple[str, int]]],
) -> Page:
    """The page with the cursor of the next one and what to highlight."""
    return Page(
        mentions=tuple(hit.mention for hit in hits),
        total=total,
        cursor=None if is_last or not hits else _place(hits[-1], sort, weights).cursor(),
        facets=facets,
        highlights={
            hit.mention.id: found for hit in hits if (found := spans(tree, hit.mention.text))
        },
    )


def _place(hit: Hit, sort: SortBy, weights: tuple[int, ...]) -> Place:
    return Place(sort, hit.rank, micros(hit.mention.published), hit.mention.id, weights)
