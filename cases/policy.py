"""SLA policy: how soon a case must be answered, answered again, and resolved."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from mentions.times import parse_duration

LONGEST = timedelta(days=366)
"""A promise over a year is a slip of the keyboard ('24d' for '24h' is still possible)."""


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _promisable(span: timedelta) -> timedelta:
    if not timedelta(0) < span <= LONGEST:
        raise ValueError("must be over 0s and at most 366d; write for example 60m or 24h")
    return span


Promise = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_promisable)]


class SlaPolicy(BaseModel):
    """What is promised, counted from the moment the post was published; None is no promise."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")

    name: str = Field(min_length=1, max_length=100)
    first_response: Promise
    next_response: Promise | None = None
    resolution: Promise | None = None

    def to_terms(self) -> dict[str, Any]:
        """JSON for the case: it keeps what was promised when it opened."""
        return self.model_dump(mode="json")

    @classmethod
    def from_terms(cls, terms: dict[str, Any]) -> "SlaPolicy":
        """The policy that `to_terms` wrote."""
        return cls.model_validate(terms)
