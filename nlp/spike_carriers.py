"""The posts that carry a spike: who said it first, whom most people saw, who says it for all."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mentions.mention import Mention
from nlp.spike_phrases import Gram
from nlp.spike_terms import SpikeTerm, weighed

MAIN_STORY = 0.2
"""A story that is a fifth of the posts is what the spike is about, whatever its words are."""
MAIN_STORY_POSTS = 3
TOGETHER = 2
"""Terms that together are as sure a sign as the surest alone."""
_SHORT = 8
"""Words by which every post counts as longer, so that two words are not the best summary."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A post, by its id alone, as it may be taken back; and why it is shown."""

    mention_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Story:
    """The story that most of the posts tell, by the id of its first post."""

    id: str
    posts: int


def largest_story(posts: Sequence[Mention]) -> Story | None:
    """The story with the most posts, the older one of equals; None if nobody repeats anything."""
    if not posts:
        return None
    counts = Counter(post.story for post in posts)
    most = max(counts.values())
    first = next(post.story for post in posts if counts[post.story] == most)
    return Story(first, most) if most > 1 else None


def carriers(
    posts: Sequence[Mention],
    found: Sequence[tuple[Gram, SpikeTerm]],
    named: Sequence[Gram],
    story: Story | None,
) -> list[Carrier]:
    """First, widest and most typical; one post may be two of them. `posts` are oldest first.

    `found` are all terms that stand out, `named` those that are shown, the surest first.
    """
    if not posts:
        return []
    weights, held = weighed(posts, found)
    reasons: dict[str, list[str]] = {}
    if first := _first(posts, held, named, story):
        reasons.setdefault(first[0].id, []).append(first[1])
    widest = max(
        [post for post in posts if held[post.id]] or posts,
        key=lambda post: (post.reach, -post.published.timestamp()),
    )
    if widest.reach > 1:
        said = f"the widest: {widest.reach:,} may have seen it"
        reasons.setdefault(widest.id, []).append(said)
    typical = _typical([post for post in posts if post.id not in reasons], held, weights)
    if typical is not None:
        reasons.setdefault(typical.id, []).append("the most typical")
    reasons = reasons or {posts[0].id: ["the first"]}
    return [Carrier(name, "; ".join(said)) for name, said in reasons.items()]


def _first(
    posts: Sequence[Mention],
    held: Mapping[str, set[Gram]],
    named: Sequence[Gram],
    story: Story | None,
) -> tuple[Mention, str] | None:
    """None where neither a story nor words tell what began it: who spoke first says nothing."""
    if story and story.posts >= max(MAIN_STORY_POSTS, MAIN_STORY * len(posts)):
        first = next(post for post in posts if post.story == story.id)
        return first, f"the first of the story that {story.posts} of {len(posts)} posts tell"
    for post in posts:
        its = [gram for gram in named if gram in held[post.id]]
        if named[:1] == its[:1] != [] or len(its) >= TOGETHER:
            return post, "the first to say it in these words"
    return None


def _typical(
    posts: Sequence[Mention], held: Mapping[str, set[Gram]], weights: Mapping[Gram, float]
) -> Mention | None:
    """The one nearest to the centroid of the terms, each story and its copies counted once."""

    def nearness(post: Mention) -> float:
        said = sum(weights[gram] for gram in held[post.id])
        return said / math.sqrt(_SHORT + len(post.text.split()))

    langs = Counter(post.lang for post in posts)
    # A post that few can read explains little to most.
    main = max(langs, key=lambda lang: (langs[lang], lang), default="")
    telling = [post for post in posts if not post.is_copy and held[post.id]]
    alone = [post for post in telling if post.lang == main] or telling
    return max(alone, key=lambda post: (nearness(post), post.reach), default=None)
