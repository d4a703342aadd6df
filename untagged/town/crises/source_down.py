"""Source down: a crisis of which two fifths are on a site that fails from before until after."""

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

_PEAK_PER_HOUR = 60.0
_RISE_HOURS = 1.4
_LASTS_HOURS = 5.0
_FADE_HOURS = 2.0
_HOURS = 15.0
_ELSEWHERE = 0.4


def source_down(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """Phones lock their owners out, and so does one of the sites on which they would say it."""
    sites = {"mastodon": 1.0}
    if crisis.down:
        sites = {"mastodon": 1 - _ELSEWHERE, crisis.down.site: _ELSEWHERE}

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - _LASTS_HOURS, 0) / _FADE_HOURS)
        return _PEAK_PER_HOUR * smoothstep((hour + 0.1) / _RISE_HOURS) * fading

    def phases(hour: float) -> Mapping[str, float]:
        return {
            "first": max(1.3 - hour, 0.05),
            "stuck": smoothstep(hour / 1.2) * (1 if hour < _LASTS_HOURS else 0.25),
            "late": smoothstep((hour - 4) / 2),
            "other": 0.06,
        }

    yield from crowd(crisis, scribe, hours=_HOURS, rate=rate, phases=phases, sites=sites)
    reviewer = scribe.cast.by_handle["unboxotter"]
    yield event(crisis, scribe, hour=1.2, section="influencer", author=reviewer)
    yield event(crisis, scribe, hour=0.9, section="journalist", author=scribe.cast.journalist)
    yield statement(crisis, scribe, hour=1.8)
    yield statement(crisis, scribe, hour=_LASTS_HOURS + 0.3, section="resolved")
    yield article(crisis, scribe, hour=1.6, nth=0)
    yield from forum_thread(crisis, scribe, hour=0.6, comments=8)
