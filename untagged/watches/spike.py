"""Watches a brand's signals for what their own past does not explain."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.kinds.spike import SpikeRule, spike_firing
from mentions.series import Series, Spike
from mentions.store import Page
from nlp.spike_reason import said_copies
from untagged.detecting import heard_spike, retold, signal_query, spike_settings
from untagged.doubt import Doubt, doubts
from untagged.watches.lull import Lull
from untagged.watches.scene import Found, Scene

HOUR = timedelta(hours=1)
EVIDENCE = 5
"""Posts that a spike's alert points at: the widest since the hour before it was told."""


class SpikeWatch:
    """One alert for each brand and signal that spikes."""

    def __init__(self, rule: SpikeRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._settings = spike_settings(rule)
        self._seen: dict[tuple[str, str], tuple[datetime, Spike | None]] = {}
        self._lulls: defaultdict[tuple[str, str], Lull] = defaultdict(Lull)

    def found(self, now: datetime) -> Iterator[Found]:
        """Spikes in progress, with the widest posts of each."""
        for brand in self._scene.brands(self._rule):
            for signal in self._rule.signals:
                spike = self._spike(self._scene.series_at(brand, signal, now), now)
                if spike is None:
                    continue
                seen = self._evidence(spike, now)
                ids = tuple(mention.id for mention in seen.mentions)
                told = retold(self._scene.store, spike, with_backfill=self._scene.is_replay)
                said = self._doubted(_explained(told, seen), now)
                firing = spike_firing(self._rule, said, now, mention_ids=ids)
                yield Found(firing, seen.mentions)

    def _spike(self, series: Series, now: datetime) -> Spike | None:
        if not self._scene.is_replay:
            boards, known = self._scene.boards, self._with_doubt(series, now)
            return heard_spike(self._scene.store, known, self._settings, boards)
        # A replay steps more often than a bucket ends, and no post comes late in it.
        of = series.brand, series.signal
        last = self._seen.get(of)
        if last is None or last[0] != series.end:
            last = self._seen[of] = series.end, self._replayed(series, self._lulls[of])
        return last[1]

    def _replayed(self, series: Series, lull: Lull) -> Spike | None:
        if lull.lasts(series, self._rule.minimum):
            return None
        spike = self._scene.boards.current(series, self._settings)
        lull.looked(series, spike)
        return spike

    def _with_doubt(self, series: Series, now: datetime) -> Series:
        """The series, uncertain from when a source that feeds it fell silent."""
        missing = self._missing(series.brand, series.signal, now)
        return replace(series, uncertain_since=min((one.since for one in missing), default=None))

    def _missing(self, brand: str, signal: str, now: datetime) -> list[Doubt]:
        series = signal_query(brand, signal)
        return doubts(self._scene.store, series, self._scene.sources_at(now), now=now)

    def _doubted(self, spike: Spike, now: datetime) -> Spike:
        """The spike, with a word on sources that are silent: it may be larger than it looks."""
        missing = self._missing(spike.brand, spike.signal, now)
        reason = "; ".join([spike.reason, *(f"counts are too low: {one}" for one in missing)])
        return replace(spike, reason=reason)

    def _evidence(self, spike: Spike, now: datetime) -> Page:
        """The widest posts, and how many there are of each story."""
        query = signal_query(spike.brand, spike.signal, with_backfill=self._scene.is_replay)
        since = spike.started_at - HOUR
        return self._scene.store.search(
            query, since=since, until=now, sort="reach", limit=EVIDENCE, facets=("cluster",)
        )


def _explained(spike: Spike, seen: Page) -> Spike:
    """The spike, its reason with how much of it is one story told over and over."""
    largest = max((count for _, count in seen.facets["cluster"]), default=0)
    copies = said_copies(largest, seen.total)
    return replace(spike, reason=f"{spike.reason}; {copies}") if copies else spike
