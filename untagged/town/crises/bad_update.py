"""Bad update: a slow rise over half a day that lasts for two, until a fix is out."""

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

_PEAK_PER_HOUR = 10.0
_RISE_HOURS = 9.0
_FADE_HOURS = 9.0


def bad_update(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """A new system version drains batteries; the fix comes a day later."""
    fixed = scribe.rng.uniform(20, 28)

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - fixed, 0) / _FADE_HOURS)
        return _PEAK_PER_HOUR * smoothstep(hour / _RISE_HOURS) * fading

    def phases(hour: float) -> Mapping[str, float]:
        return {
            "first": max(1.0 - hour / 10, 0.1),
            "stuck": smoothstep(hour / 6),
            "late": smoothstep((hour - 12) / 10),
            "other": 0.08,
        }

    yield from crowd(crisis, scribe, hours=fixed + 4 * _FADE_HOURS, rate=rate, phases=phases)
    cast = scribe.cast
    reviewer = cast.by_handle["unboxotter"]
    yield event(crisis, scribe, hour=5, section="influencer", author=reviewer)
    yield event(crisis, scribe, hour=8, section="journalist", author=cast.journalist)
    yield statement(crisis, scribe, hour=11)
    yield statement(crisis, scribe, hour=fixed, section="resolved")
    for nth, hour in enumerate((10.0, fixed + 2)):
        yield article(crisis, scribe, hour=hour, nth=nth)
    yield from forum_thread(crisis, scribe, hour=3, comments=9)
