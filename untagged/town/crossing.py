"""Crossing: what the town knows of a crisis, above all when its anger became too much to be chance.

Everything here is counted from the truth about the posts, never from what anybody reads in them.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from untagged.town.crises.crisis import Crisis
from untagged.town.post import Post
from untagged.town.story import Story, ordinary_day
from untagged.town.truth import iso

CROSSES_AT = 3.0
"""Times what is usual at that time of day."""
FEWEST = 10
"""Posts in an hour below which no team wants to be woken."""
USUAL_DAYS = 28
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def crisis_truth(story: Story, crisis: Crisis) -> dict[str, Any]:
    """One JSON object about the crisis, its whole course included: the story knows its future.

    `crossed_at` is when the trailing hour first held `FEWEST` negative posts and `CROSSES_AT`
    times the usual number: those that mean the brand, are no firm's own and stood on a site
    that could be read. `usual_per_hour` is the usual number then, or at the beginning where it
    never crossed; `peak_per_hour` is the most that any trailing hour held.
    """
    course = sorted(story.course(crisis), key=lambda post: post.published)
    last = course[-1].published
    crossed_at, peak = _crossed(story, crisis, last)
    return {
        "id": crisis.id,
        "shape": crisis.shape,
        "brand": crisis.brand.name,
        "begins": iso(crisis.begins),
        "ends": iso(last),
        "real": crisis.is_real,
        "crossed_at": iso(crossed_at),
        "usual_per_hour": round(usual_per_hour(story, crisis, crossed_at or crisis.begins), 2),
        "peak_per_hour": peak,
        "posts": len(course),
        "negative": sum(_is_negative(post, crisis.brand.name) for post in course),
        "authors": len({post.author.handle for post in course}),
        "down": crisis.down
        and {
            "site": crisis.down.site,
            "since": iso(crisis.down.since),
            "until": iso(crisis.down.until),
        },
    }


def usual_per_hour(story: Story, crisis: Crisis, at: datetime) -> float:
    """Negative posts of the brand in an hour that ends at this time of day, outside any crisis.

    The mean over the 28 days before, of the hour itself and its two neighbours.
    """
    found = 0
    for days in range(1, USUAL_DAYS + 1):
        since, until = at - days * _DAY - 2 * _HOUR, at - days * _DAY + _HOUR
        # What begins on one day is answered and passed on until the next.
        for day in sorted({since.date() - _DAY, since.date(), until.date()}):
            moments = _negative_of_day(story.seed, day, crisis.brand.name)
            found += bisect_left(moments, until) - bisect_left(moments, since)
    return found / (3 * USUAL_DAYS)


@lru_cache(maxsize=512)
def _negative_of_day(seed: int, day: date, brand: str) -> list[datetime]:
    posts = ordinary_day(seed, day)
    return sorted(post.published for post in posts if _is_negative(post, brand))


def _crossed(story: Story, crisis: Crisis, last: datetime) -> tuple[datetime | None, int]:
    hour: list[datetime] = []
    crossed_at, peak = None, 0
    for post in _heard_negative(story, crisis, last):
        insort(hour, post.published)
        del hour[: bisect_left(hour, post.published - _HOUR)]
        if post.published < crisis.begins:
            continue
        peak = max(peak, len(hour))
        if crossed_at is None and len(hour) >= FEWEST:
            usual = usual_per_hour(story, crisis, post.published)
            crossed_at = post.published if len(hour) >= CROSSES_AT * usual else None
    return crossed_at, peak


def _heard_negative(story: Story, crisis: Crisis, last: datetime) -> Iterator[Post]:
    for post in story.posts(crisis.begins - _HOUR, last + timedelta(milliseconds=1)):
        if _is_negative(post, crisis.brand.name) and not is_down(post, crisis):
            yield post


def is_down(post: Post, crisis: Crisis) -> bool:
    """Whether the post's site could not be read when it was published."""
    down = crisis.down
    return bool(down and down.site == post.site and down.since <= post.published < down.until)


def _is_negative(post: Post, brand: str) -> bool:
    said = post.said
    return said.sentiment == "negative" and brand in said.brands and not post.author.brand
