"""Story: everything the town says in a stretch of time, the same for the same seed.

Ordinary posts depend on the seed and the calendar day alone, crises also on the anchor and the
schedule. The ordinary one has a crisis three hours before the anchor and others every few days.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType

from mentions.errors import SettingsError
from mentions.times import as_utc
from untagged.town import conversation
from untagged.town.crises.crisis import Crisis
from untagged.town.crises.schedule import SCHEDULES, SHAPES
from untagged.town.dice import dice
from untagged.town.people import cast_of
from untagged.town.post import Post
from untagged.town.scribe import Scribe
from untagged.town.streams.forum import Stream, board, untitled
from untagged.town.streams.press import blog, headlines, news
from untagged.town.streams.reviews import reviews
from untagged.town.streams.talk import brand_talk, hostile_talk, own_posts, small_talk

STREAMS: Mapping[str, Stream] = MappingProxyType(
    {
        "brand_talk": brand_talk,
        "small_talk": small_talk,
        "own_posts": own_posts,
        "hostile_talk": hostile_talk,
        "forum": board("forum"),
        "news": news,
        "blog": blog,
        "x": untitled(board("x", share=0.25)),
        "hackernews": board("hackernews", share=0.25),
        "gdelt": headlines("gdelt", share=0.4),
        "appstore": reviews("appstore", may_answer=False),
        "googleplay": reviews("googleplay", may_answer=True),
        "bluesky": board("bluesky", share=0.25),
        "lemmy": board("lemmy", share=0.25, answered=0.5),
        "discourse": board("discourse", share=0.25),
        "youtube": board("youtube", share=0.25),
        "stackexchange": board("stackexchange", share=0.25),
        "reddit": board("reddit", share=0.25, answered=0.5),
    }
)
_SPILL = conversation.LONGEST


class Story:
    """The posts of one seed. Ask for any window, in any order, and get the same posts."""

    def __init__(self, seed: int, *, anchor: datetime, schedule: str = "ordinary") -> None:
        if schedule not in SCHEDULES:
            raise SettingsError(
                f"there is no schedule {schedule!r}; the town has {', '.join(SCHEDULES)}"
            )
        self.seed = seed
        self.anchor = as_utc(anchor)
        self._schedule = SCHEDULES[schedule]

    def posts(self, since: datetime, until: datetime) -> list[Post]:
        """Posts published from `since` (included) to `until` (excluded), oldest first."""
        found = [
            post
            for chunk in self._chunks(as_utc(since), as_utc(until))
            for post in chunk
            if since <= post.published < until
        ]
        return sorted(found, key=lambda post: post.number)

    def crises(self, since: datetime, until: datetime) -> list[Crisis]:
        """Crises with posts in the window, oldest first."""
        return self._schedule(self.seed, self.anchor, as_utc(since), as_utc(until))

    def course(self, crisis: Crisis) -> tuple[Post, ...]:
        """All posts of a crisis, in any order."""
        return _course(self.seed, crisis)

    def _chunks(self, since: datetime, until: datetime) -> Iterator[tuple[Post, ...]]:
        if since >= until:
            return
        day = (since - _SPILL).date()
        while datetime.combine(day, time(), UTC) < until:
            yield ordinary_day(self.seed, day)
            day += timedelta(days=1)
        for crisis in self.crises(since, until):
            yield _course(self.seed, crisis)


def generate(seed: int, since: datetime, until: datetime, *, anchor: datetime) -> list[Post]:
    """The posts of a window as a pure function, oldest first."""
    return Story(seed, anchor=anchor).posts(since, until)


@lru_cache(maxsize=12)
def ordinary_day(seed: int, day: date) -> tuple[Post, ...]:
    """What begins on the UTC day and belongs to no crisis, with the replies that come later."""
    return tuple(
        post
        for name, stream in STREAMS.items()
        for post in stream(Scribe(dice(seed, day, name), cast_of(seed)), day)
    )


@lru_cache(maxsize=6)
def _course(seed: int, crisis: Crisis) -> tuple[Post, ...]:
    """All posts of a crisis."""
    return tuple(SHAPES[crisis.shape](crisis, Scribe(dice(crisis.seed), cast_of(seed))))
