"""Rules: what should raise an alert. Each is checked when it is read, and says what to mend."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, field_validator

from mentions.errors import QueryError
from mentions.query.parser import parse_query
from mentions.series import SIGNALS
from mentions.times import parse_duration

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


Duration = Annotated[timedelta, BeforeValidator(_duration), Field(ge=timedelta(0))]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Rule(BaseModel):
    """What every rule has. No `brands` means all; `severity` 1 is the worst.

    `repeat` is how long an alert that nobody acknowledged may go on before it is told again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    brands: tuple[Name, ...] = ()
    severity: int = Field(2, ge=1, le=4)
    notify: tuple[Name, ...] = ()
    team: Name | None = None
    repeat: Duration = timedelta(hours=4)
    opens_case: bool = False

    @field_validator("repeat")
    @classmethod
    def _is_not_a_flood(cls, repeat: timedelta) -> timedelta:
        if repeat < SHORTEST_REPEAT:
            raise ValueError("is shorter than a minute; write for example 30m or 4h")
        return repeat

    def covers(self, brand: str) -> bool:
        """Whether the rule looks at this brand."""
        return not self.brands or brand in self.brands


class SpikeRule(_Rule):
    """A signal of a brand stands out of its own past. At least `minimum` mentions in an hour."""

    kind: Literal["spike"] = "spike"
    signals: tuple[str, ...] = Field(("negative",), min_length=1)
    sensitivity: Literal["few", "balanced", "many"] = "balanced"
    minimum: int = Field(10, ge=1)

    @field_validator("signals")
    @classmethod
    def _are_signals(cls, signals: tuple[str, ...]) -> tuple[str, ...]:
        for signal in signals:
            if signal not in SIGNALS:
                raise ValueError(f"{signal!r} is no signal; write one of {', '.join(SIGNALS)}")
        return signals


class UnansweredRule(_Rule):
    """Mentions that match `query` and that no owned account answered within `after`.

    One alert a brand, or one a mention with `group_by: mention`. Mentions older than `lookback`
    are nobody's case any more.
    """

    kind: Literal["unanswered"] = "unanswered"
    query: str = "needs_reply:true"
    after: Duration = timedelta(0)
    lookback: Duration = timedelta(hours=48)
    group_by: Literal["brand", "mention"] = "brand"
    opens_case: bool = True

    @field_validator("query")
    @classmethod
    def _is_a_query(cls, query: str) -> str:
        try:
            parse_query(query)
        except QueryError as error:
            raise ValueError(f"{error}\n{error.pointed()}") from error
        return query

    @field_validator("lookback")
    @classmethod
    def _looks_back(cls, lookback: timedelta) -> timedelta:
        if not lookback:
            raise ValueError("is nothing; write how old a mention may be, for example 48h")
        return lookback


class FlatlineRule(_Rule):
    """A source that fails for longer than `after`, or brings nothing where posts are usual.

    No `sources` means all. A source is no brand's alone, so `brands` is not for this rule.
    """

    kind: Literal["flatline"] = "flatline"
    sources: tuple[Name, ...] = ()
    after: Duration = timedelta(hours=1)
    brands: tuple[Name, ...] = Field((), max_length=0)

    def hears(self, source: str) -> bool:
        """Whether the rule looks at this source."""
        return not self.sources or source in self.sources


KINDS = ("spike", "unanswered", "flatline")
Rule = Annotated[SpikeRule | UnansweredRule | FlatlineRule, Field(discriminator="kind")]
RULE: TypeAdapter[SpikeRule | UnansweredRule | FlatlineRule] = TypeAdapter(Rule)
