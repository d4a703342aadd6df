"""Which posts ask for the same: what `nlp` measures, as values that a test can stand in for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Likeness:
    """How texts are put together.

    `nearest` says of each text which of the known groups of texts it goes on with, None for a new
    one; `title_of` finds the clearest words among texts that say the same; `precision_of` is the
    share of them that is expected to belong together, as it was measured.
    """

    cluster: Cluster
    nearest: Callable[[Sequence[str], Sequence[Sequence[str]]], list[int | None]]
    title_of: Callable[[Sequence[str]], str]
    precision_of: Callable[[Sequence[str]], float]
