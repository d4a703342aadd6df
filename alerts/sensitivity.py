"""Sensitivity: how sure a rule must be, in a word or in exact figures."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

Level = Literal["few", "balanced", "many"]


class Figures(BaseModel):
    """What a window must reach: `{score: 4.0, times: 2.0}`.

    `score` is how unlikely the last hour must be: 4 is 1 in 10,000, 3 is 1 in 1,000. `slow_score`
    is the same of six hours, for what rises slowly; six tenths of `score` unless it is given.
    `times` is how many times the expected there must be at least.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: float = Field(ge=0.5, le=100)
    times: float = Field(2.0, ge=1, le=1_000)
    slow_score: float | None = Field(None, ge=0.5, le=100)

    @property
    def slow(self) -> float:
        """The score that six hours must reach."""
        return self.score * 0.6 if self.slow_score is None else self.slow_score


def _written_as(given: object) -> str:
    return "figures" if isinstance(given, dict | Figures) else "word"


# The tags keep a slip in one from being told as two, of the other as well.
Sensitivity = Annotated[
    Annotated[Level, Tag("word")] | Annotated[Figures, Tag("figures")],
    Discriminator(_written_as),
]
"""Few, balanced or many alerts; or exact figures."""
