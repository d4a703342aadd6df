"""Sentiment shares: how many are glad or angry, from readings some of which are unsure.

- A sure reading counts for what it says. An unsure one counts half for that and a quarter for each
  of the others, since half of such readings are right (docs/reading.md).
- A post that no model could read counts for nothing; how many there are is told beside.
- Somebody who writes ten times, and a text that ten people copy, is one voice: the range is as wide
  as so many voices make it. It also holds the share of people, as one angry person who writes
  thirty times makes three mentions in five angry, and one author in twenty.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mentions.mention import SentimentLabel
from nlp.proportions import Difference, Proportion, difference, proportion

LABELS: tuple[SentimentLabel, ...] = ("positive", "neutral", "negative")
RIGHT_IF_UNSURE = 0.5
"""Of the labels that the reader calls unsure half are right (airline tweets and TweetEval val)."""
_ANOTHER = (1 - RIGHT_IF_UNSURE) / (len(LABELS) - 1)


@dataclass(frozen=True, slots=True)
class Readings:
    """How many posts were read as what, surely or not; how many could not be read at all.

    `voices` are the distinct authors, or the distinct stories if those are fewer; of all posts.
    `people` are the distinct authors of the posts with each label, where they were counted.
    """

    sure: Mapping[SentimentLabel, int] = field(default_factory=dict)
    unsure: Mapping[SentimentLabel, int] = field(default_factory=dict)
    unread: int = 0
    voices: int = 0
    people: Mapping[SentimentLabel, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Posts that a model or a person has read."""
        return sum(self.sure.values()) + sum(self.unsure.values())


@dataclass(frozen=True, slots=True)
class SentimentShares:
    """The share of each label, which sum to 1, each with its range.

    `net` is positive less negative. `of` posts were read, `unsure` of them with doubt, and
    `unread` were not.
    """

    positive: Proportion
    neutral: Proportion
    negative: Proportion
    net: Difference
    of: int
    unsure: int
    unread: int


def sentiment_shares(readings: Readings) -> SentimentShares | None:
    """The shares that such readings tell; None where nothing could be read."""
    posts = readings.read
    if not posts:
        return None
    whole = posts + readings.unread
    repeated = max(1.0, whole / readings.voices) if readings.voices else 1.0
    told = {label: _told(label, readings, posts, repeated) for label in LABELS}
    return SentimentShares(
        **told,
        net=_net(told["positive"], told["negative"]),
        of=posts,
        unsure=sum(readings.unsure.values()),
        unread=readings.unread,
    )


def _told(label: SentimentLabel, readings: Readings, posts: int, repeated: float) -> Proportion:
    same = readings.unsure.get(label, 0)
    others = sum(readings.unsure.values()) - same
    expected = readings.sure.get(label, 0) + RIGHT_IF_UNSURE * same + _ANOTHER * others
    share = min(1.0, expected / posts)
    # Each unsure reading is a coin of its own, whose scatter comes on top of that of who writes.
    coins = RIGHT_IF_UNSURE * (1 - RIGHT_IF_UNSURE) * same + _ANOTHER * (1 - _ANOTHER) * others
    scatter = posts * share * (1 - share)
    size = posts / repeated
    told = proportion(share, size * scatter / (scatter + coins) if scatter else size)
    return _with_people(told, label, readings.people)


def _with_people(
    told: Proportion, label: SentimentLabel, people: Mapping[SentimentLabel, int]
) -> Proportion:
    whole = sum(people.values())
    if not whole:
        return told
    of_people = proportion(people.get(label, 0) / whole, whole)
    return replace(told, low=min(told.low, of_people.low), high=max(told.high, of_people.high))


def _net(positive: Proportion, negative: Proportion) -> Difference:
    """Both are shares of the same posts: the more are glad, the fewer are angry."""
    apart = (1 - positive.share) * (1 - negative.share)
    together = -math.sqrt(positive.share * negative.share / apart) if apart > 0 else -1.0
    return difference(positive, negative, correlated=max(-1.0, together))
