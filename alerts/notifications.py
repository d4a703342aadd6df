"""How alerts are told, in Alertmanager's words: grouping, waits, repetition, inhibition."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from alerts.matchers import MATCHABLE, Labelled, label
from alerts.rule import SHORTEST_REPEAT, Duration
from alerts.rules import KINDS

Label = Literal["rule", "brand", "kind", "signal", "severity"]


def _listed(given: object) -> object:
    """One value is a list of one."""
    return given if isinstance(given, list | tuple) else (given,)


Values = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]


class InhibitRule(BaseModel):
    """While an alert like `source` is open, alerts like `target` are told to nobody.

    `equal` are labels in which both must be the same. A label of `source` and `target` may have
    one value or several, of which any is meant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    source: Mapping[Label, Values] = Field(min_length=1)
    target: Mapping[Label, Values] = Field(min_length=1)
    equal: tuple[Label, ...] = ("brand",)

    @field_validator("source", "target")
    @classmethod
    def _are_kinds(cls, wanted: Mapping[Label, Values]) -> Mapping[Label, Values]:
        for kind in wanted.get("kind", ()):
            if kind not in KINDS:  # it would inhibit nothing, unnoticed
                raise ValueError(f"{kind!r} is no kind of alert; known are {', '.join(KINDS)}")
        return wanted

    def is_source(self, of: Labelled) -> bool:
        """Whether the alert may mute others."""
        return _fits(self.source, of)

    def is_target(self, of: Labelled) -> bool:
        """Whether others may mute the alert."""
        return _fits(self.target, of)

    def are_equal(self, one: Labelled, other: Labelled) -> bool:
        """Whether both are about the same."""
        return all(label(one, name) == label(other, name) for name in self.equal)


def _fits(wanted: Mapping[Label, Values], of: Labelled) -> bool:
    return all(label(of, name) in values for name, values in wanted.items())


def _crisis_mutes_single_posts() -> tuple[InhibitRule, ...]:
    target: Any = {"kind": ("watchlist", "influencer", "unanswered")}
    return (InhibitRule(source={"kind": ("crisis",)}, target=target),)


class Notifications(BaseModel):
    """Alerts with the same `group_by` labels are told together, in one letter a channel.

    The first letter goes `group_wait` after the group's first alert, one about changes no sooner
    than `group_interval` after the last, and one that nothing changed after `repeat_interval`
    (or a rule's own `repeat`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group_by: tuple[Label, ...] = ("brand",)
    group_wait: Duration = timedelta(seconds=30)
    group_interval: Duration = timedelta(minutes=5)
    repeat_interval: Duration = timedelta(hours=4)
    send_resolved: bool = False
    inhibit: tuple[InhibitRule, ...] = Field(default_factory=_crisis_mutes_single_posts)

    @field_validator("repeat_interval")
    @classmethod
    def _is_not_a_flood(cls, repeat: timedelta) -> timedelta:
        if repeat < SHORTEST_REPEAT:
            raise ValueError("is shorter than a minute; write for example 30m or 4h")
        return repeat

    def labels(self, of: Labelled) -> dict[str, str]:
        """The labels of the group that an alert belongs to."""
        return {name: label(of, name) for name in MATCHABLE if name in self.group_by}
