"""Lull: whether so little came since nothing stood out that nothing can stand out now.

A spike needs its minimum in an hour, or twice that in six. A replay looks at a series thousands of
times, and most of the time that much has not come; then the detector need not be asked.
"""

from collections.abc import Sequence
from datetime import datetime

from mentions.series import Series, Spike
from mentions.times import floored
from nlp.spike_bars import HOUR, LONG, LONG_MINIMUM


class Lull:
    """What was seen of one series, whose past does not change: in a replay, or within a moment."""

    def __init__(self) -> None:
        self._since: datetime | None = None

    def lasts(self, series: Series, minimum: int) -> bool:
        """Whether nothing stood out when it was last looked at, and nothing can since.

        `minimum` is the fewest mentions in an hour that count.
        """
        if self._since is None:
            return False
        unseen = -((self._since - series.end) // series.bucket)
        recent = series.counts[-(unseen + LONG // series.bucket) :]
        if is_loud(recent, series, minimum):
            return False
        self._since = floored(series.end, series.bucket)
        return True

    def looked(self, series: Series, spike: Spike | None) -> None:
        """Note what the detector said."""
        self._since = floored(series.end, series.bucket) if spike is None else None


def is_loud(counts: Sequence[int], series: Series, minimum: int) -> bool:
    """Whether any hour of the counts held the minimum, or any six hours twice as much."""
    an_hour, six = HOUR // series.bucket, LONG // series.bucket
    in_hour = in_long = 0
    for place, count in enumerate(counts):
        in_hour += count - (counts[place - an_hour] if place >= an_hour else 0)
        in_long += count - (counts[place - six] if place >= six else 0)
        if in_hour >= minimum or in_long >= LONG_MINIMUM * minimum:
            return True
    return False
