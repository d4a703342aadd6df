"""Spike: a signal of a brand stands out of its own past."""

from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator

from alerts.firing import Firing, alert_key
from alerts.rule import Count, RuleBase
from alerts.sensitivity import Sensitivity
from mentions.series import Spike, signal_condition


class SpikeRule(RuleBase):
    """A signal of a brand stands out of its own past. At least `minimum` mentions in an hour.

    `sensitivity` is few, balanced or many alerts, or exact figures: `{score: 4.0, times: 2.0}`.
    """

    kind: Literal["spike"] = "spike"
    signals: tuple[str, ...] = Field(("negative",), min_length=1)
    sensitivity: Sensitivity = "balanced"
    minimum: Count = 10

    @field_validator("signals")
    @classmethod
    def _are_signals(cls, signals: tuple[str, ...]) -> tuple[str, ...]:
        for signal in signals:
            signal_condition(signal)
        return signals


def spike_firing(
    rule: SpikeRule, spike: Spike, at: datetime, *, mention_ids: tuple[str, ...] = ()
) -> Firing:
    """The firing of a spike that is in progress at `at`."""
    return Firing(
        key=alert_key("spike", rule.name, spike.brand, spike.signal),
        rule=rule.name,
        kind="spike",
        brand=spike.brand,
        signal=spike.signal,
        at=at,
        began=spike.started_at,
        severity=rule.severity,
        observed=spike.observed,
        expected=spike.expected,
        reason=spike.reason,
        mention_ids=mention_ids,
    )
