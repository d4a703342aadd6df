"""Why: what an alert's message and page say beyond its reason, gathered when it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.firing import Firing
from alerts.kinds.crisis import CrisisRule
from alerts.kinds.spike import SpikeRule
from alerts.rules import Rule
from alerts.sensitivity import Figures
from alerts.spike_chart import SpikeChart
from mentions.brand import Brand
from mentions.mention import Mention
from mentions.series import is_signal
from nlp.spike_explanation import Explanation
from nlp.spikes import SpikeSettings
from untagged.charting import spike_chart
from untagged.detecting import spike_settings
from untagged.explaining import explain
from untagged.watches.scene import Scene

KINDS = frozenset({"spike", "crisis"})
"""Kinds of alerts that a rise of a signal makes."""


@dataclass(frozen=True, slots=True)
class Why:
    """What changed, the posts that carry it, and the numbers of the chart."""

    explanation: Explanation
    posts: tuple[Mention, ...]
    chart: SpikeChart

    def added(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload of the alert's message with it; its posts must be the first of these."""
        reasons = [carrier.reason for carrier in self.explanation.carriers]
        posts = [
            {**post, "why": reason}
            for post, reason in zip(payload["posts"], reasons, strict=False)  # three are quoted
        ]
        told = {**self.explanation.to_json(), "said": self.explanation.said()}
        return {**payload, "posts": posts, "explanation": told, "chart": self.chart.to_json()}

    def kept(self, firing: Firing) -> dict[str, Any]:
        """What is kept with the alert: the explanation, and how bad it was then."""
        return {**self.explanation.to_json(), "severity": firing.severity}


Kept = Mapping[str, Any]
"""An explanation as it is kept with its alert."""
Because = Callable[[Rule, Firing, Kept | None, datetime], Why | None]


class Explainer:
    """Explains the firings over a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def because(self, rule: Rule, firing: Firing, kept: Kept | None, now: datetime) -> Why | None:
        """Why it fires, if nobody has looked that up yet, it is worse now, or it is long ago.

        `kept` is kept with its alert. None too for kinds of rules that are not about a rise.
        """
        brand = self._brand(firing.brand)
        if firing.kind not in KINDS or not is_signal(firing.signal) or brand is None:
            return None
        if kept is not None and not self._is_outdated(rule, firing, kept, now):
            return None
        found = explain(
            self._scene.store,
            brand,
            firing.signal,
            began=firing.began,
            until=now,
            observed=firing.observed,
            with_backfill=self._scene.is_replay,
        )
        series = self._scene.series_at(brand.name, firing.signal, now)
        chart = spike_chart(series, settings_of(rule), began=firing.began)
        return Why(found.explanation, found.posts, chart)

    def _is_outdated(self, rule: Rule, firing: Firing, kept: Kept, now: datetime) -> bool:
        """Whether what is kept is of a milder alert, or of one that is due to be told again."""
        repeat = rule.repeat or self._scene.settings.notifications.repeat_interval
        since = Explanation.from_json(kept).until
        return firing.severity < kept["severity"] or now - since >= repeat

    def _brand(self, name: str) -> Brand | None:
        brands = self._scene.settings.brands
        return next((brand for brand in brands if brand.name == name), None)


def settings_of(rule: Rule | None) -> SpikeSettings:
    """What the detector is asked for by a rule, so that the band is the one that it fires at.

    A crisis is judged by more than a band: its chart shows that of a spike at its level.
    """
    if isinstance(rule, SpikeRule):
        return spike_settings(rule)
    if isinstance(rule, CrisisRule) and not isinstance(rule.sensitivity, Figures):
        return SpikeSettings(sensitivity=rule.sensitivity, minimum=rule.minimum)
    return SpikeSettings()
