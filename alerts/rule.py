"""What every rule has, whatever its kind, and the words its settings are written in."""

from datetime import timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
)

from alerts.quiet_hours import QuietHours, never_end
from mentions.errors import QueryError
from mentions.query.parser import parse_query
from mentions.times import parse_duration, written_duration

SHORTEST_REPEAT = timedelta(minutes=1)
LONGEST = timedelta(days=366)


def _duration(given: object) -> object:
    """'4h' as a timedelta; a bare number is refused, because nobody knows of what."""
    if not isinstance(given, str | timedelta):
        raise ValueError(f"{given!r} has no unit; write for example 90s, 15m, 4h or 2d")  # noqa: TRY004 - pydantic reports ValueError only
    try:
        span = parse_duration(given) if isinstance(given, str) else given
    except OverflowError as error:
        raise ValueError("is longer than a year; write for example 4h or 2d") from error
    if span > LONGEST:
        raise ValueError("is longer than a year; write for example 4h or 2d")
    return span


def _lasting(span: timedelta) -> timedelta:
    if not span:
        raise ValueError("is nothing; write for example 4h or 2d")
    return span


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(written_duration, when_used="json"),
    Field(ge=timedelta(0)),
]
Span = Annotated[Duration, AfterValidator(_lasting)]
"""A duration that is not nothing."""
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""So many mentions, people or followers; more are a slip, and more than a float holds."""
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _readable(query: str) -> str:
    try:
        parse_query(query)
    except QueryError as error:
        raise ValueError(f"{error}\n{error.pointed()}") from error
    return query


Condition = Annotated[str, AfterValidator(_readable)]
"""A query that can be read; a bad one is refused with the place in it."""


class RuleBase(BaseModel):
    """What every rule has. No `brands` means all; `severity` 1 is the worst.

    `repeat` is how long an alert that nobody acknowledged may go on before it is told again; left
    out, it is the `repeat_interval` of the notifications. In `quiet_hours` an alert is recorded,
    and told when they end. `escalate` names the chain that tells others meanwhile. `sla` and
    `playbook` are those of the case that an alert opens: the first policy and none if left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    brands: tuple[Name, ...] = ()
    severity: int = Field(2, ge=1, le=4)
    notify: tuple[Name, ...] = ()
    team: Name | None = None
    repeat: Duration | None = None
    opens_case: bool = False
    sla: Name | None = None
    playbook: Name | None = None
    quiet_hours: tuple[QuietHours, ...] = ()
    escalate: Name | None = None

    @field_validator("repeat")
    @classmethod
    def _is_not_a_flood(cls, repeat: timedelta | None) -> timedelta | None:
        if repeat is not None and repeat < SHORTEST_REPEAT:
            raise ValueError("is shorter than a minute; write for example 30m or 4h")
        return repeat

    @field_validator("quiet_hours")
    @classmethod
    def _end_some_time(cls, quiet: tuple[QuietHours, ...]) -> tuple[QuietHours, ...]:
        if never_end(quiet):
            raise ValueError("are the whole week, so nothing would be told; leave out an hour")
        return quiet

    def covers(self, brand: str) -> bool:
        """Whether the rule looks at this brand."""
        return not self.brands or brand in self.brands
