"""Campaign: a joyful day that everybody talks about. Loud, but good news."""

import math
from collections.abc import Iterator

from untagged.town.crises.crisis import Crisis, article, crowd, event, smoothstep, statement
from untagged.town.post import Post
from untagged.town.scribe import Scribe

_PEAK_PER_HOUR = 70.0
_RISE_HOURS = 1.5
_LASTS_HOURS = 7.0
_FADE_HOURS = 1.8
_HOURS = 14.0


def campaign(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """Old phones are repaired for nothing."""

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - _LASTS_HOURS, 0) / _FADE_HOURS)
        return _PEAK_PER_HOUR * smoothstep((hour + 0.1) / _RISE_HOURS) * fading

    yield from crowd(crisis, scribe, hours=_HOURS, rate=rate, phases=lambda _hour: {"joy": 1.0})
    pippa = scribe.cast.by_handle["pixelpippa"]
    yield event(crisis, scribe, hour=1.5, section="influencer", author=pippa)
    yield statement(crisis, scribe, hour=3)
    yield article(crisis, scribe, hour=4, nth=0)
