"""Mood: which share of what is said of a brand is negative, neutral or positive, over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from mentions.mention import SentimentLabel
from mentions.store import MentionStore
from mentions.times import floored
from untagged.detecting import signal_query

FEELINGS: tuple[str, ...] = get_args(SentimentLabel)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """One hour or day: its mentions of which the feeling is known, by feeling."""

    start: datetime
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Mentions of which the feeling is known."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Mood:
    """The moments from the first to the last, the last one perhaps cut short."""

    bucket: timedelta
    moments: Sequence[Moment]

    @property
    def per(self) -> str:
        """The length of a moment in a word."""
        return "day" if self.bucket >= DAY else "hour"

    @property
    def worst(self) -> Moment | None:
        """The moment with the highest share of negative ones, the first of several."""
        told = [one for one in self.moments if one.total]
        return max(told, key=lambda one: one.counts["negative"] / one.total, default=None)

    def sum_of(self, feeling: str) -> int:
        """Mentions with this feeling in all moments."""
        return sum(one.counts[feeling] for one in self.moments)

    @property
    def total(self) -> int:
        """Mentions of which the feeling is known in all moments."""
        return sum(one.total for one in self.moments)


def mood_of(store: MentionStore, brand: str, *, since: datetime, until: datetime) -> Mood:
    """By the hour for up to two days, else by the day (UTC); the first moment is whole."""
    bucket = HOUR if until - since <= 2 * DAY else DAY
    start = floored(since, bucket)
    said = signal_query(brand, "all")
    split = store.split_series(said, by="sentiment", since=start, until=until, bucket=bucket)
    length = -(-(until - start) // bucket)
    nothing = (0,) * length
    counts = {feeling: split.get(feeling, nothing) for feeling in FEELINGS}
    return Mood(
        bucket,
        [
            Moment(start + bucket * at, {name: counts[name][at] for name in FEELINGS})
            for at in range(length)
        ],
    )
