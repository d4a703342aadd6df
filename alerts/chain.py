"""Chain: whom an alert reaches one after another while nobody takes it on.

Pure: which step comes when. Runs of a chain, and their letters, are in alerts.escalation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerts.hours import StepHours
from alerts.rule import Duration, Name

MOST_STEPS = 20
MOST_REPEATS = 5
SHORTEST_ROUND = timedelta(minutes=1)

Kind = Literal["channel", "team", "agent", "on_call"]


class Target(BaseModel):
    """Who a step tells: exactly one of a channel, a team, an agent, or who is on call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Name | None = None
    team: Name | None = None
    agent: Name | None = None
    on_call: Name | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "Target":
        if len(self.model_fields_set) != 1 or not any(self._named()):
            raise ValueError("name one of channel, team, agent or on_call, such as {team: crisis}")
        return self

    def _named(self) -> tuple[str | None, ...]:
        return (self.channel, self.team, self.agent, self.on_call)

    @property
    def kind(self) -> Kind:
        """Which of the four."""
        kinds: tuple[Kind, ...] = ("channel", "team", "agent", "on_call")
        return next(kind for kind, name in zip(kinds, self._named(), strict=True) if name)

    @property
    def name(self) -> str:
        """Its name."""
        return next(name for name in self._named() if name)

    def __str__(self) -> str:
        return f"{self.kind.replace('_', '-')} {self.name}"


class Burst(BaseModel):
    """More than `alerts` alerts of the same brand began `within` that time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alerts: int = Field(ge=1, le=1_000)
    within: Duration

    @model_validator(mode="after")
    def _looks_back(self) -> "Burst":
        if not self.within:
            raise ValueError("within is nothing; write for example 10m")
        return self


class Step(BaseModel):
    """After `wait` since the step before, tell `notify`.

    A step whose `if_more_than` does not hold is passed over, and so is one outside its `only`
    hours, unless they say `outside: wait`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wait: Duration = timedelta(0)
    notify: Target
    only: StepHours | None = None
    if_more_than: Burst | None = None


class Chain(BaseModel):
    """Steps in order, and `repeat` times more from the first, until somebody acknowledges."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)
    repeat: int = Field(0, ge=0, le=MOST_REPEATS)

    @model_validator(mode="after")
    def _is_not_a_flood(self) -> "Chain":
        if self.repeat and self.round_length < SHORTEST_ROUND:
            raise ValueError(
                "all rounds would come at once; give a step a wait of a minute or more, or leave "
                "repeat out"
            )
        return self

    @property
    def round_length(self) -> timedelta:
        """The waits of one round."""
        return sum((step.wait for step in self.steps), timedelta(0))


@dataclass(frozen=True, slots=True)
class Position:
    """The step that comes next, counted from 0, in which round, counted from 0, and when."""

    round: int
    step: int
    due_at: datetime
    round_began_at: datetime


def first_position(chain: Chain, at: datetime) -> Position:
    """Where a chain begins."""
    return Position(0, 0, at + chain.steps[0].wait, at)


def next_position(
    chain: Chain, now: Position, at: datetime, *, at_once: bool = False
) -> Position | None:
    """What comes after the step that was taken, or passed over, at `at`; None after the last.

    `at_once` leaves out the next step's wait, as nobody could be told. No round begins before the
    waits of the one before it are over, however much of them was left out.
    """
    step = now.step + 1
    if step < len(chain.steps):
        wait = timedelta(0) if at_once else chain.steps[step].wait
        return Position(now.round, step, at + wait, now.round_began_at)
    if now.round >= chain.repeat:
        return None
    began = max(at, now.round_began_at + chain.round_length)
    return Position(now.round + 1, 0, began + chain.steps[0].wait, began)
