"""Watches sources that fall silent."""

from collections.abc import Iterator
from datetime import datetime

from alerts.kinds.flatline import FlatlineRule, flatline_firing
from untagged.watches.scene import Found, Scene


class FlatlineWatch:
    """One alert for each source that has been silent for long enough."""

    def __init__(self, rule: FlatlineRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene

    def found(self, now: datetime) -> Iterator[Found]:
        """Sources in the order of the settings."""
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
                yield Found(firing)
