"""Watches sources that fall silent, and brands that nobody mentions any more."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from alerts.firing import Firing
from alerts.kinds.flatline import FlatlineRule, flatline_firing, quiet_brand_firing
from mentions.series import Series
from nlp.spike_windows import quiet_window
from untagged.detecting import signal_query
from untagged.doubt import doubts
from untagged.watches.scene import Found, Scene

SPANS = tuple(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12, 24))
"""How long a brand must be quiet to be called so: the shortest that is unusual enough."""


class FlatlineWatch:
    """One alert for each source, or brand, that has been silent for long enough."""

    def __init__(self, rule: FlatlineRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene

    def found(self, now: datetime) -> Iterator[Found]:
        """Sources, or brands, in the order of the settings."""
        firings = self._brands(now) if self._rule.of == "brand" else self._sources(now)
        yield from (Found(firing) for firing in firings)

    def _sources(self, now: datetime) -> Iterator[Firing]:
        for one in self._scene.sources_at(now):
            if one.silent_since is None:
                continue
            firing = flatline_firing(
                self._rule,
                one.source.name,
                now,
                since=one.silent_since,
                expected=one.usual_in(now - one.silent_since),
                why=one.why,
            )
            if firing is not None:
                yield firing

    def _brands(self, now: datetime) -> Iterator[Firing]:
        for brand in self._scene.brands(self._rule):
            series = self._listened(self._scene.series_at(brand, "all", now), now)
            spans = [span for span in SPANS if span >= self._rule.after] or [self._rule.after]
            quiet = quiet_window(series, spans)
            if quiet is None:
                continue
            query = signal_query(brand, "all")
            missing = doubts(self._scene.store, query, self._scene.sources_at(now), now=now)
            firing = quiet_brand_firing(
                self._rule,
                brand,
                now,
                since=quiet.since,
                until=quiet.until,
                began=_heard_until(series, round(quiet.observed)),
                observed=round(quiet.observed),
                expected=quiet.expected,
                silent=[str(doubt) for doubt in missing],
            )
            if firing is not None:
                yield firing

    def _listened(self, series: Series, now: datetime) -> Series:
        """The series up to when all sources that work were last asked: later is not quiet yet."""
        asked = [
            one.health.last_worked_at
            for one in self._scene.sources_at(now)
            if one.silent_since is None and one.health and one.health.last_worked_at
        ]
        until = min([series.end, *asked])
        kept = max(0, (until - series.start) // series.bucket)
        return replace(series, counts=series.counts[:kept])


def _heard_until(series: Series, stray: int) -> datetime:
    """The end of the last bucket before the quiet; its few `stray` mentions do not break it."""
    counts = np.asarray(series.counts)
    later = np.cumsum(counts[::-1])[::-1]
    heard = np.flatnonzero((later > stray) & (counts > 0))
    return series.start + series.bucket * (int(heard[-1]) + 1 if len(heard) else 0)
