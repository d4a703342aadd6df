"""Slow rise: what a maker rolls out in waves angers more people every hour of a working day."""

import math
from collections.abc import Iterator, Mapping

from untagged.town.crises.crisis import (
    Crisis,
    article,
    crowd,
    event,
    forum_thread,
    smoothstep,
    statement,
)
from untagged.town.post import Post
from untagged.town.scribe import Scribe

_PEAK_PER_HOUR = 36.0
_RISE_HOURS = 8.0
_LASTS_HOURS = 13.0
_FADE_HOURS = 3.0
_HOURS = 26.0


def slow_rise(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """Advertisements on the lock screen, until they are taken back at night."""

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - _LASTS_HOURS, 0) / _FADE_HOURS)
        return _PEAK_PER_HOUR * smoothstep(hour / _RISE_HOURS) * fading

    def phases(hour: float) -> Mapping[str, float]:
        return {
            "first": max(1.0 - hour / 8, 0.1),
            "spreads": smoothstep(hour / 5) + 0.05,
            "other": 0.08,
        }

    yield from crowd(crisis, scribe, hours=_HOURS, rate=rate, phases=phases)
    reviewer = scribe.cast.by_handle["unboxotter"]
    yield event(crisis, scribe, hour=4.5, section="influencer", author=reviewer)
    yield event(crisis, scribe, hour=5.5, section="journalist", author=scribe.cast.journalist)
    yield statement(crisis, scribe, hour=7)
    yield statement(crisis, scribe, hour=_LASTS_HOURS, section="resolved")
    for nth, hour in enumerate((6.5, 10.0)):
        yield article(crisis, scribe, hour=hour, nth=nth)
    yield from forum_thread(crisis, scribe, hour=2.5, comments=9)
