"""Shares that grew: where, in which language, by whom and about what, against the same hours."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mentions.mention import Mention
from nlp.spike_terms import author_of

What = Literal["platform", "lang", "topic", "intent", "negative", "author"]

NOTABLE_Z = 1.96
NOTABLE_POINTS = 0.1
"""Fewer percentage points than that change nobody's plan."""
NOTABLE_POSTS = 3
LEAST_BEFORE = 10
"""Fewer posts at these hours before have no usual share."""
LEAST_A_DAY = 5
"""Of fewer posts somebody always wrote a large share."""
LOUD_AUTHOR, LOUD_TIMES = 0.2, 2.0
"""One author's share is told from a fifth on, if that is twice what the loudest usually has."""
VERY_LOUD = 0.4
"""And from two fifths on whatever is usual: it is perhaps one person's spike."""
_NO_NEWS = frozenset({"other", "und", ""})

_OF: dict[What, Callable[[Mention], Iterable[str]]] = {
    "platform": lambda post: (post.platform,),
    "lang": lambda post: (post.lang,),
    "topic": lambda post: set(post.topics),
    "intent": lambda post: {intent.label for intent in post.intents},
}


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the posts is `value`, how much usually is, and in how many posts that is."""

    what: What
    value: str
    now: float
    usual: float
    posts: int


@dataclass(frozen=True, slots=True)
class Mood:
    """How many posts there are, and how many of them are negative."""

    posts: int
    negative: int

    @classmethod
    def of(cls, posts: Sequence[Mention]) -> "Mood":
        """Counted in the posts."""
        return cls(len(posts), sum(map(is_negative, posts)))


def grown_shares(
    now: Sequence[Mention], before: Sequence[Mention], *, besides: Iterable[tuple[str, str]] = ()
) -> list[Share]:
    """The shares that are notably larger than usual, the largest change of each kind first.

    `besides` are (what, value) that the question itself asks for.
    """
    if not now or len(before) < LEAST_BEFORE:
        return []
    left_out = set(besides)
    found = []
    for what, values_of in _OF.items():
        here, there = _counted(now, values_of), _counted(before, values_of)
        shares = [
            Share(what, value, count / len(now), there[value] / len(before), count)
            for value, count in here.items()
            if value not in _NO_NEWS and (what, value) not in left_out
        ]
        notable = [one for one in shares if is_notable(one, len(now), len(before))]
        found += sorted(notable, key=lambda one: (one.usual - one.now, one.value))
    return found


def negative_share(now: Mood, before: Sequence[Mood]) -> Share | None:
    """Of all posts about the brand; None where there is nothing to compare with."""
    usual = Mood(sum(day.posts for day in before), sum(day.negative for day in before))
    if not now.posts or usual.posts < LEAST_BEFORE:
        return None
    then = usual.negative / usual.posts
    return Share("negative", "negative", now.negative / now.posts, then, now.negative)


def is_negative(post: Mention) -> bool:
    """Whether its author is unhappy, as the signal `negative` counts it."""
    return post.sentiment is not None and post.sentiment.label == "negative"


def loudest_author(now: Sequence[Mention], before: Sequence[Sequence[Mention]]) -> Share | None:
    """The share of whoever wrote most; `before` day by day, whose loudest are what is usual."""
    if not now:
        return None
    usual = [_top(day) / len(day) for day in before if len(day) >= LEAST_A_DAY]
    top = _top(now)
    return Share("author", "", top / len(now), sum(usual) / len(usual) if usual else 0.0, top)


def is_loud(share: Share) -> bool:
    """Whether one author's share of the posts is news."""
    is_more = share.now >= min(LOUD_TIMES * share.usual, VERY_LOUD)
    return share.now >= LOUD_AUTHOR and is_more and share.posts >= NOTABLE_POSTS


def is_notable(share: Share, posts: int, before: int) -> bool:
    """Whether a share grew by enough to matter and by more than chance explains.

    Two proportions with the pooled variance; half a post is added, so that none before is no
    certainty.
    """
    pooled = (share.now * posts + share.usual * before + 0.5) / (posts + before + 1)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / posts + 1 / before))
    apart = share.now - share.usual
    is_sure = apart >= NOTABLE_Z * spread
    return is_sure and apart >= NOTABLE_POINTS and share.posts >= NOTABLE_POSTS


def _counted(
    posts: Iterable[Mention], values_of: Callable[[Mention], Iterable[str]]
) -> Counter[str]:
    return Counter(value for post in posts for value in values_of(post))


def _top(posts: Sequence[Mention]) -> int:
    return max(Counter(map(author_of, posts)).values(), default=0)
