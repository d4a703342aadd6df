"""Which posts ask for the same: what `nlp` measures, as values that a test can stand in for."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol


class Cluster(Protocol):
    """One label a text, whatever the order of the texts; `together` and `apart` are index pairs."""

    def __call__(
        self,
        texts: Sequence[str],
        *,
        langs: Sequence[str] | None = None,
        together: Sequence[tuple[int, int]] = (),
        apart: Sequence[tuple[int, int]] = (),
    ) -> list[int]:
        """Labels from 0 on, in order of first appearance."""


class Nearest(Protocol):
    """Which known group of texts each found one goes on with; a language for each group."""

    def __call__(
        self,
        found: Sequence[Sequence[str]],
        known: Sequence[Sequence[str]],
        *,
        langs: Sequence[str] | None = None,
        known_langs: Sequence[str] | None = None,
    ) -> list[int | None]:
        """The place of the known one, None for what is new."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How texts are put together.

    `title_of` finds the clearest words among texts of a language that say the same, given the
    brand's names in lower case; `is_poor` is whether a title says too little for such texts;
    `precision_of` is the share of them that is expected to belong together, as it was measured.
    """

    cluster: Cluster
    nearest: Nearest
    title_of: Callable[[Sequence[str], str, Collection[str]], str]
    precision_of: Callable[[Sequence[str], str], float]
    is_poor: Callable[[str, Sequence[str], str, Collection[str]], bool]


@cache
def likeness_in_use() -> Likeness:
    """What `nlp` measures; its model loads when a digest is gathered, and not before."""
    from nlp import clusters, wish_titles  # noqa: PLC0415  their model loads here, see above

    return Likeness(
        cluster=clusters.cluster,
        nearest=clusters.nearest,
        title_of=wish_titles.title_of,
        precision_of=clusters.expected_precision,
        is_poor=wish_titles.is_poor,
    )
