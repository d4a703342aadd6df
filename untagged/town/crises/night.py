"""Night: few are awake, and those who are need help at once. No more than thirty posts an hour."""

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

_PEAK_PER_HOUR = 48.0
"""Half of it, as half of the people are asleep."""
_RISE_HOURS = 1.2
_LASTS_HOURS = 4.5
_FADE_HOURS = 1.6
_HOURS = 13.0


def night(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """Planes land in the wrong town, and nobody of the airline is there."""

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - _LASTS_HOURS, 0) / _FADE_HOURS)
        return _PEAK_PER_HOUR * smoothstep((hour + 0.1) / _RISE_HOURS) * fading

    def phases(hour: float) -> Mapping[str, float]:
        return {
            "first": max(1.3 - hour, 0.05),
            "stuck": smoothstep(hour / 1.2) * (1 if hour < _LASTS_HOURS + 1 else 0.3),
            "late": smoothstep((hour - 3.5) / 2),
            "other": 0.05,
        }

    yield from crowd(crisis, scribe, hours=_HOURS, rate=rate, phases=phases)
    yield event(crisis, scribe, hour=1.5, section="journalist", author=scribe.cast.journalist)
    yield statement(crisis, scribe, hour=2.2)
    yield statement(crisis, scribe, hour=9, section="resolved")
    yield article(crisis, scribe, hour=6, nth=0)
    yield from forum_thread(crisis, scribe, hour=1, comments=7)
