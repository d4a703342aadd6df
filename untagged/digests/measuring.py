"""Measuring: the figures of a brand over a period, counted by the store, never post by post."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

from mentions.facets import author_key
from mentions.mention import Mention, SentimentLabel
from mentions.query.tree import Flag, Query, Range, Value
from mentions.store import MAX_PAGE, MentionStore
from nlp.growth import Growth, growth
from nlp.sentiment_shares import Readings
from untagged.digests.about_brand import narrowed

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
EARLIER = 4
"""Periods before, of the same days of the week, that say what to expect: four weeks, as for
spikes."""
RESOLUTION = timedelta.resolution
HOURLY_UNTIL, DAILY_UNTIL = timedelta(days=2), timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Heard:
    """Mentions of a period: how many, by how many authors, how they were read, which topics."""

    mentions: int
    authors: int
    readings: Readings
    topics: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Course:
    """Mentions per bucket from `start` on, and how many of them are negative.

    Days are those of UTC, the first and the last of them as far as they are in the `span`.
    """

    start: datetime
    bucket: timedelta
    mentions: tuple[int, ...]
    negative: tuple[int, ...]
    span: timedelta

    @property
    def unit(self) -> str:
        """'hour', 'day' or 'week'."""
        return {HOUR: "hour", DAY: "day"}.get(self.bucket, "week")

    @property
    def is_partial(self) -> bool:
        """Whether the first or the last bucket is not whole."""
        return self.bucket * len(self.mentions) != self.span

    @property
    def fullest(self) -> int:
        """The number of the bucket with most mentions, the first of several."""
        return self.mentions.index(max(self.mentions))


def heard(store: MentionStore, query: Query, *, since: datetime, until: datetime) -> Heard:
    """What was heard in the window."""
    page = store.search(query, since=since, until=until, limit=0, facets=("sentiment", "topic"))
    if not page.total:
        return Heard(0, 0, Readings(), {})
    voices = store.series(query, since=since, until=until, bucket=until - since, stories=True)
    doubted = narrowed(query, Flag("sentiment.unsure", True))
    unsure = _labels(store, doubted, since, until)
    every = dict.fromkeys(get_args(SentimentLabel), 0) | dict(page.facets["sentiment"])
    # Where no model could read, the label is neutral and the score exactly zero (nlp/unread.py).
    not_read = narrowed(doubted, Range("sentiment.score", low=0.0, high=0.0))
    blank = store.count(narrowed(not_read, Value("sentiment", "neutral")), since=since, until=until)
    sure = {label: every[label] - unsure.get(label, 0) for label in get_args(SentimentLabel)}
    unsure["neutral"] = unsure.get("neutral", 0) - blank
    readings = Readings(
        sure=sure,
        unsure=unsure,
        unread=page.total - sum(every.values()) + blank,
        voices=min(voices.authors[0], voices.stories[0]),
        people=_people(store, query, since, until),
    )
    return Heard(page.total, voices.authors[0], readings, dict(page.facets["topic"]))


def _people(
    store: MentionStore, query: Query, since: datetime, until: datetime
) -> dict[SentimentLabel, int]:
    """Distinct authors of the posts with each label."""
    return {
        label: store.series(
            narrowed(query, Value("sentiment", label)),
            since=since,
            until=until,
            bucket=until - since,
        ).authors[0]
        for label in get_args(SentimentLabel)
    }


def _labels(
    store: MentionStore, query: Query, since: datetime, until: datetime
) -> dict[SentimentLabel, int]:
    page = store.search(query, since=since, until=until, limit=0, facets=("sentiment",))
    found = dict(page.facets["sentiment"])
    return {label: found.get(label, 0) for label in get_args(SentimentLabel)}


def heard_since(store: MentionStore, query: Query, *, until: datetime) -> datetime | None:
    """When the first mention was published: what lay before may only mean that nobody listened."""
    return next((mention.published for mention in store.iterate(query, until=until)), None)


def is_whole(first: datetime | None, since: datetime, until: datetime) -> bool:
    """Whether a period was listened to from its first tenth on, so that its count is one."""
    return first is not None and first <= since + (until - since) / 10


def expected(
    store: MentionStore,
    query: Query,
    observed: int,
    *,
    first: datetime | None,
    since: datetime,
    until: datetime,
) -> Growth | None:
    """How the mentions compare with the periods before, as far as those were listened to.

    A period shorter than a week is compared with the same days of the weeks before. None where
    there is nothing to compare with.
    """
    step = max(until - since, WEEK)
    backs = [step * number for number in range(EARLIER, 0, -1)]
    counts = [
        store.count(query, since=since - back, until=until - back)
        for back in backs
        if is_whole(first, since - back, until - back)
    ]
    return growth(observed, counts) if counts else None


def course(store: MentionStore, query: Query, *, since: datetime, until: datetime) -> Course:
    """How the mentions spread over the window, by hour, day or week."""
    span = until - since
    bucket = HOUR if span <= HOURLY_UNTIL else DAY if span <= DAILY_UNTIL else WEEK
    angry = narrowed(query, Value("sentiment", "negative"))
    if bucket is DAY:
        days, angry_days = (_by_day(store, one, since, until) for one in (query, angry))
        return Course(_midnight(since), DAY, days, angry_days, span)
    counts, angry_counts = (
        store.series(one, since=since, until=until, bucket=bucket, authors=False).posts
        for one in (query, angry)
    )
    return Course(since, bucket, counts, angry_counts, span)


def _by_day(store: MentionStore, query: Query, since: datetime, until: datetime) -> tuple[int, ...]:
    """Mentions of each day of UTC, the first and the last as far as they are in the window.

    What began at 19:42 told of a crisis on the 26th as one "on 25 Nov", as its day began then.
    """
    first, last = min(_midnight(since + DAY - RESOLUTION), until), _midnight(until)
    counts = [store.count(query, since=since, until=first)] if since < first else []
    if first < last:
        whole = store.series(query, since=first, until=last, bucket=DAY, authors=False)
        counts += whole.posts
    if max(first, last) < until:
        counts.append(store.count(query, since=max(first, last), until=until))
    return tuple(counts)


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def widest(
    store: MentionStore, query: Query, *, since: datetime, until: datetime
) -> tuple[Mention, ...]:
    """The posts that most people may have seen, at most a thousand, the widest first."""
    return store.search(query, since=since, until=until, sort="reach", limit=MAX_PAGE).mentions


def reach(posts: tuple[Mention, ...]) -> int:
    """People who may have seen one of the posts: each author's widest post, added up."""
    by_author: dict[str, int] = {}
    for post in posts:
        key = author_key(post)
        by_author[key] = max(post.reach, by_author.get(key, 0))
    return sum(by_author.values())
