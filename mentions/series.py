"""Series and Spike: counts of a brand's mentions per time bucket, and what stands out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

SIGNALS = MappingProxyType(
    {
        "all": "*",
        "negative": "sentiment:negative",
        "complaints": "intent:complaint",
        "incidents": "intent:incident",
        "authors": "*",
        "stories": "*",
    }
)
"""Signal -> the query that selects its mentions, within a brand. Each topic is one as well."""
DISTINCT = ("authors", "stories")
"""Signals that count whom the mentions come from, or what they tell, instead of mentions."""
_TOPIC = "topic:"


def is_signal(signal: str) -> bool:
    """Whether a series can be counted of it: a name of SIGNALS, or `topic:NAME`."""
    topic = signal.removeprefix(_TOPIC).strip()
    return signal in SIGNALS or (signal.startswith(_TOPIC) and bool(topic) and '"' not in topic)


def signal_condition(signal: str) -> str:
    """The query that selects a signal's mentions, within a brand.

    Raises ValueError, saying which there are, for what is no signal.
    """
    if not is_signal(signal):
        raise ValueError(
            f"{signal!r} is no signal; write one of {', '.join(SIGNALS)}, or topic:NAME"
        )
    topic = signal.removeprefix(_TOPIC).strip()
    return SIGNALS.get(signal) or f'topic:"{topic}"'


def signal_of_posts(signal: str) -> str:
    """The signal that counts the same mentions one by one: `all` for authors and stories."""
    return "all" if signal in DISTINCT else signal


@dataclass(frozen=True, slots=True)
class Series:
    """Counts per bucket. Bucket i covers [start + i*bucket, start + (i+1)*bucket).

    An author, or a story, counts in the first bucket of a clock hour that holds it.

    From `uncertain_since` on they are too low, as a source that feeds it is silent.
    """

    brand: str
    signal: str
    start: datetime
    bucket: timedelta
    counts: tuple[int, ...]
    authors: tuple[int, ...] = ()
    uncertain_since: datetime | None = None

    @property
    def end(self) -> datetime:
        """The first moment after the last bucket."""
        return self.start + self.bucket * len(self.counts)


@dataclass(frozen=True, slots=True)
class Spike:
    """A stretch of a series that its own history does not explain.

    `observed` and `expected` are mentions in the window that scored highest; `score` grows with
    surprise (-log10 of the probability under the expectation). `ended_at` is None while it lasts.
    `window` is that window. The `posts` in it and the `stories` they tell are None until a store
    was asked.
    """

    brand: str
    signal: str
    started_at: datetime
    ended_at: datetime | None
    observed: float
    expected: float
    score: float
    reason: str
    window: tuple[datetime, datetime] | None = None
    posts: int | None = None
    stories: int | None = None

    @property
    def amplification(self) -> float | None:
        """How many posts tell each story, on average: 1 where nobody repeats anybody."""
        if self.posts is None or not self.stories:
            return None
        return self.posts / self.stories
