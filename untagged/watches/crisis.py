"""Watches for a crisis: many people who have something bad to say about a brand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from alerts.firing import Firing
from alerts.kinds.crisis import WIDE_PACE, CrisisRule, crisis_firing
from nlp.spikes import Bar, SpikeSettings
from untagged.detecting import signal_query
from untagged.doubt import doubts
from untagged.watches.scene import Found, Scene
from untagged.watches.storms import SIGNAL, Storms

EVIDENCE = 5
"""Posts that an alert points at: the widest."""


class CrisisWatch:
    """One alert for each brand in a crisis."""

    def __init__(self, rule: CrisisRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        asked = rule.figures
        ratio = max(1.0, WIDE_PACE * asked.times)
        bar = Bar(asked.score, asked.slow, ratio, tripled=asked.score)
        self._settings = SpikeSettings(sensitivity=bar, minimum=rule.minimum)
        self._storms = [
            Storms(brand, scene.store, scene.series_at, with_backfill=scene.is_replay)
            for brand in scene.brands(rule)
        ]

    def found(self, now: datetime) -> Iterator[Found]:
        """Crises in progress, each with its widest posts."""
        for storms in self._storms:
            for seen in storms.at(now, self._settings):
                ids = tuple(mention.id for mention in seen.posts[:EVIDENCE])
                firing = crisis_firing(self._rule, seen.storm, now, mention_ids=ids)
                if firing is not None:
                    yield Found(self._doubted(firing, now), seen.posts[:EVIDENCE])
                    break

    def _doubted(self, firing: Firing, now: datetime) -> Firing:
        """The firing, with a word on sources that are silent: it may be larger than it looks."""
        series = signal_query(firing.brand, SIGNAL)
        missing = doubts(self._scene.store, series, self._scene.sources_at(now), now=now)
        said = [firing.reason, *(f"counts are too low: {one}" for one in missing)]
        return replace(firing, reason="; ".join(said))
