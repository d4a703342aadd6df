"""Burst: a film that everybody sees at once. From nothing to its peak in a quarter of an hour."""

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

_PEAK_PER_HOUR = 85.0
_RISE_HOURS = 0.25
_LOUD_HOURS = 1.2
_FADE_HOURS = 1.5
_HOURS = 11.0


def burst(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """An old man is carried off a plane, and somebody films it."""

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - _LOUD_HOURS, 0) / _FADE_HOURS)
        return _PEAK_PER_HOUR * smoothstep((hour + 0.05) / _RISE_HOURS) * fading

    def phases(hour: float) -> Mapping[str, float]:
        return {
            "first": max(1.2 - hour, 0.05),
            "angry": smoothstep(hour / 0.8),
            "late": smoothstep((hour - 2) / 4),
            "other": 0.06,
        }

    yield from crowd(crisis, scribe, hours=_HOURS, rate=rate, phases=phases)
    yield event(crisis, scribe, hour=0.6, section="journalist", author=scribe.cast.journalist)
    for hour, author in zip((0.3, 1.0), scribe.rng.sample(scribe.cast.influencers, 2), strict=True):
        yield event(crisis, scribe, hour=hour, section="influencer", author=author)
    yield statement(crisis, scribe, hour=1.4)
    yield statement(crisis, scribe, hour=7, section="resolved")
    for nth, hour in enumerate((1.1, 5.5)):
        yield article(crisis, scribe, hour=hour, nth=nth)
    yield from forum_thread(crisis, scribe, hour=0.8, comments=9)
