"""Bumps: evenings on which a brand is talked about more than usual, and nothing is wrong."""

from collections.abc import Iterator

from untagged.town.crises.crisis import Crisis, article, crowd, event, smoothstep, statement
from untagged.town.post import Post
from untagged.town.scribe import Scribe

_FOOTBALL_PER_HOUR, _FOOTBALL_HOURS = 26.0, 2.6
_LAUNCH_PER_HOUR, _LAUNCH_HOURS = 38.0, 4.0


def football(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """The brand's name is on the shirts and on the ground."""

    def rate(hour: float) -> float:
        ending = 1 - smoothstep((hour - 2) / 0.6)
        return _FOOTBALL_PER_HOUR * smoothstep((hour + 0.2) / 0.5) * ending

    game = {"game": 1.0}
    yield from crowd(crisis, scribe, hours=_FOOTBALL_HOURS, rate=rate, phases=lambda _hour: game)
    yield article(crisis, scribe, hour=3, nth=0)


def launch(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """A new phone is shown; people say what they see."""

    def rate(hour: float) -> float:
        ending = 1 - smoothstep((hour - 1.2) / 2.8)
        return _LAUNCH_PER_HOUR * smoothstep((hour + 0.2) / 0.5) * ending

    talk = {"talk": 1.0}
    yield from crowd(crisis, scribe, hours=_LAUNCH_HOURS, rate=rate, phases=lambda _hour: talk)
    reviewer = scribe.cast.by_handle["unboxotter"]
    yield event(crisis, scribe, hour=1.3, section="influencer", author=reviewer)
    yield statement(crisis, scribe, hour=0.4)
    yield article(crisis, scribe, hour=2, nth=0)
