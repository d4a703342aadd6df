"""SLA policy: how soon a case must be answered, answered again, and resolved."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cases.calendar import Calendar, after
from cases.case import Priority
from mentions.times import parse_duration

LONGEST = timedelta(days=366)
"""A promise over a year is a slip of the keyboard ('24d' for '24h' is still possible)."""
LONGEST_WORK = timedelta(days=30)
"""Of working time: 720 hours are four months of a full week."""


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _promisable(span: timedelta) -> timedelta:
    if not timedelta(0) < span <= LONGEST:
        raise ValueError("must be over 0s and at most 366d; write for example 60m or 24h")
    return span


Promise = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_promisable)]
PROMISES = ("first_response", "next_response", "resolution")


class Thresholds(BaseModel):
    """What is promised to cases of one priority instead; None leaves the policy's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")

    first_response: Promise | None = None
    next_response: Promise | None = None
    resolution: Promise | None = None


class SlaPolicy(BaseModel):
    """What is promised, counted from the moment the post was published; None is no promise.

    With `hours: business` clocks run in working time only: that of `calendar`, by default the
    team's. `priorities` have thresholds of their own. `warn` is how long ahead of a due time the
    team is warned, `escalate` how long after a miss its `escalate_to` is told. A resolved case is
    opened again if its author writes within `reopen_within`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")

    name: str = Field(min_length=1, max_length=100)
    first_response: Promise
    next_response: Promise | None = None
    resolution: Promise | None = None
    hours: Literal["always", "business"] = "always"
    calendar: Calendar | None = None
    priorities: Mapping[Priority, Thresholds] = {}
    warn: Promise | None = None
    escalate: Promise | None = None
    reopen_within: Annotated[timedelta, BeforeValidator(_duration)] = Field(
        timedelta(days=7), ge=timedelta(0), le=LONGEST
    )

    @model_validator(mode="after")
    def _is_in_reach(self) -> "SlaPolicy":
        if self.hours == "always":
            return self
        for each in (self, *self.priorities.values()):
            for name in PROMISES:
                if (getattr(each, name) or LONGEST_WORK) > LONGEST_WORK:
                    raise ValueError(f"{name}: at most 30d of working time (720h) can be promised")
        return self

    def kept_by(self, calendar: Calendar | None) -> "SlaPolicy":
        """The policy as a team with this calendar promises it."""
        if self.hours == "always" or self.calendar is not None or calendar is None:
            return self
        return self.model_copy(update={"calendar": calendar})

    def promise(self, name: str, priority: Priority) -> timedelta | None:
        """How long `first_response`, `next_response` or `resolution` may take."""
        own: timedelta | None = getattr(self.priorities.get(priority), name, None)
        general: timedelta | None = getattr(self, name)
        return general if own is None else own

    def due(self, name: str, priority: Priority, since: datetime) -> datetime | None:
        """When the promise that counts from `since` is due; None if there is none."""
        span = self.promise(name, priority)
        return None if span is None else after(self.worked, since, span)

    @property
    def worked(self) -> Calendar | None:
        """The calendar in whose time the clocks run; None is day and night."""
        return self.calendar if self.hours == "business" else None

    def to_terms(self) -> dict[str, Any]:
        """JSON for the case: it keeps what was promised when it opened."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @classmethod
    def from_terms(cls, terms: dict[str, Any]) -> "SlaPolicy":
        """The policy that `to_terms` wrote."""
        return _from_terms(json.dumps(terms, sort_keys=True))


@lru_cache(maxsize=256)  # a calendar remembers the days it has worked out
def _from_terms(terms: str) -> SlaPolicy:
    return SlaPolicy.model_validate_json(terms)
