"""Brand health: everything that a digest says of one brand over a period, as figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.attention import Attention
from alerts.book import Alert
from alerts.incident import Incident
from nlp.growth import Growth
from nlp.proportions import Difference, Proportion, difference
from nlp.sentiment_shares import SentimentShares
from nlp.topic_shifts import Shift
from untagged.digests.measuring import Course, Heard
from untagged.digests.notable import Notable
from untagged.digests.silences import Silence
from untagged.digests.surges import Surge

SURE_SCORE = 2.0
"""One in a hundred periods is as unusual by chance."""
LEAST_TIMES = 1.25
"""A quarter more, or as much less, is the least change of the volume that is called one."""


@dataclass(frozen=True, slots=True)
class BrandHealth:
    """A brand over [since, until), beside the period before, as it was at `now`.

    `heard_since` is when it was first mentioned at all, and `is_comparable` whether that is early
    enough to count the period before. `growth` compares the mentions with what was expected, None
    where there is nothing to compare with.
    `voice` is the brand's share among the brands that are compared, None where it is alone.
    `reach` counts people who may have seen one of the thousand widest posts.
    """

    brand: str
    now: datetime
    heard: Heard
    before: Heard
    heard_since: datetime | None
    is_comparable: bool
    growth: Growth | None
    sentiment: SentimentShares | None
    sentiment_before: SentimentShares | None
    course: Course
    reach: int
    reach_before: int
    voice: Proportion | None = None
    voice_before: Proportion | None = None
    shifts: Sequence[Shift] = ()
    surges: Sequence[Surge] = ()
    alerts: Sequence[Alert] = ()
    attention: Attention = field(default_factory=lambda: Attention(0, (), (), 0, 0, None))
    incidents: Sequence[Incident] = ()
    silences: Sequence[Silence] = ()
    notable: Sequence[Notable] = ()
    regulator_posts: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there is anything to say of it."""
        return bool(self.heard.mentions or self.before.mentions or self.alerts or self.incidents)

    @property
    def rose(self) -> bool:
        """Whether it was surely mentioned more often than expected."""
        one = self.growth
        return one is not None and one.score >= SURE_SCORE and one.times >= LEAST_TIMES

    @property
    def fell(self) -> bool:
        """Whether it was surely mentioned less often than expected, with every source heard."""
        one = self.growth
        is_low = one is not None and one.fall >= SURE_SCORE and one.times <= 1 / LEAST_TIMES
        return is_low and not self.silences

    @property
    def negative_change(self) -> Difference | None:
        """How the share of negative mentions moved; None where there is nothing to compare."""
        return _moved(self.sentiment, self.sentiment_before, "negative")

    @property
    def positive_change(self) -> Difference | None:
        """How the share of positive mentions moved."""
        return _moved(self.sentiment, self.sentiment_before, "positive")

    @property
    def voice_change(self) -> Difference | None:
        """How the share of voice moved; None where it cannot be told, as a source was silent."""
        if self.voice is None or self.voice_before is None or self.silences:
            return None
        return difference(self.voice, self.voice_before)


def _moved(
    now: SentimentShares | None, before: SentimentShares | None, label: str
) -> Difference | None:
    if now is None or before is None:
        return None
    return difference(getattr(now, label), getattr(before, label))
