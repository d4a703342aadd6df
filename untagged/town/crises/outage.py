"""Outage: from nothing to ten times and more within two hours, for most of a day."""

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

_PEAK_PER_HOUR = 62.0
_RISE_HOURS = 1.6
_FADE_HOURS = 2.6
_AFTERMATH_HOURS = 14.0


def outage(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """Check-in and app fail; people strand; the brand is late to speak."""
    mended = scribe.rng.uniform(6.5, 8.5)

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - mended, 0) / _FADE_HOURS)
        return _PEAK_PER_HOUR * smoothstep((hour + 0.15) / _RISE_HOURS) * fading

    def phases(hour: float) -> Mapping[str, float]:
        return {
            "first": max(1.4 - hour, 0.04),
            "stuck": smoothstep(hour / 1.5) * (1 if hour < mended else 0.25),
            "late": smoothstep((hour - 1.8) / 4),
            "other": 0.06,
        }

    yield from crowd(crisis, scribe, hours=mended + _AFTERMATH_HOURS, rate=rate, phases=phases)
    cast = scribe.cast
    yield event(crisis, scribe, hour=0.7, section="journalist", author=cast.journalist)
    for hour, author in zip((1.1, 2.2), scribe.rng.sample(cast.influencers, 2), strict=True):
        yield event(crisis, scribe, hour=hour, section="influencer", author=author)
    for hour in (1.9, 4.3):
        yield statement(crisis, scribe, hour=hour)
    yield statement(crisis, scribe, hour=mended + 0.4, section="resolved")
    for nth, hour in enumerate((1.3, 4.6, 22.5)):
        yield article(crisis, scribe, hour=hour, nth=nth)
    yield from forum_thread(crisis, scribe, hour=0.5, comments=11)
