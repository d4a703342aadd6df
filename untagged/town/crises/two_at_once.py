"""Two at once: what they share fails both brands. Each has a crisis of its own at the same time."""

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

_PEAK_PER_HOUR = 44.0
_RISE_HOURS = 2.0
_LASTS_HOURS = 7.0
_FADE_HOURS = 3.0
_HOURS = 20.0


def two_at_once(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """One brand's half: the firm that takes its payments has lost the customers' data."""

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - _LASTS_HOURS, 0) / _FADE_HOURS)
        return _PEAK_PER_HOUR * smoothstep((hour + 0.1) / _RISE_HOURS) * fading

    def phases(hour: float) -> Mapping[str, float]:
        return {
            "first": max(1.8 - hour, 0.08),
            "angry": smoothstep(hour / 2) + 0.05,
            "late": smoothstep((hour - 5) / 3),
            "other": 0.06,
        }

    yield from crowd(crisis, scribe, hours=_HOURS, rate=rate, phases=phases)
    speaker = scribe.rng.choice(scribe.cast.influencers)
    yield event(crisis, scribe, hour=1.7, section="influencer", author=speaker)
    yield event(crisis, scribe, hour=1.2, section="journalist", author=scribe.cast.journalist)
    yield statement(crisis, scribe, hour=2.5)
    yield statement(crisis, scribe, hour=_LASTS_HOURS + 1, section="resolved")
    yield article(crisis, scribe, hour=2.1, nth=0)
    yield from forum_thread(crisis, scribe, hour=1.1, comments=8)
