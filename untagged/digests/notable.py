"""Notable posts: the few that somebody who leads should have seen, each with why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.kinds.noted import said_author
from mentions.brand import Brand
from mentions.mention import Mention
from mentions.query.tree import And, Flag, Node, Query, Range, Value
from mentions.store import MentionStore, SortBy
from untagged.digests.about_brand import narrowed
from untagged.digests.tallying import NEARLY_SAME, in_common
from untagged.watches.regulators import names_regulator, regulators_in, said_regulators

SHOWN = 8
LOOKED_AT = 25
"""Posts of each kind among which one that tells another story is looked for."""
VERY = 0.9
"""Of a score from -1 to 1: nine times as likely glad as angry, and more."""
WIDE_FROM = 1_000
"""People who may have seen a post before its reach is worth a word."""
REACTIONS_FROM = 10
NAMES = "names"
"""How the reason begins of a post that names a regulator."""


@dataclass(frozen=True, slots=True)
class Notable:
    """A post and why it is notable, the weightiest reason first."""

    mention: Mention
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One way to be notable: which posts are looked at, how many stories, and why, '' if not."""

    sort: SortBy
    most: int
    why: Callable[[Mention], str]
    asked: Node | None = None


def notable_posts(
    store: MentionStore, brand: Brand, query: Query, *, since: datetime, until: datetime
) -> list[Notable]:
    """At most eight posts of distinct stories: named regulators, danger, influence, reach,
    reactions, the sharpest complaint, the warmest praise.
    """
    found: dict[str, Notable] = {}
    for kind in _KINDS:
        asked = query if kind.asked is None else narrowed(query, kind.asked)
        page = store.search(asked, since=since, until=until, sort=kind.sort, limit=LOOKED_AT)
        others = [one for one in page.mentions if not brand.owns(one.author.handle, one.platform)]
        for post, why in _first_stories(others, kind):
            known = found.get(post.story, Notable(post, ()))
            found[post.story] = Notable(known.mention, tuple(dict.fromkeys((*known.why, why))))
    return list(found.values())[:SHOWN]


def _first_stories(posts: Sequence[Mention], kind: _Kind) -> Iterator[tuple[Mention, str]]:
    """The first few stories that have this reason, each with the first post that tells it.

    One that says it in nearly the same words ("Heron" for "Heron Air") is no other story.
    """
    told: list[Mention] = []
    for post in posts:
        why = kind.why(post)
        is_told = any(
            post.story == one.story or in_common(post.text, one.text) > NEARLY_SAME for one in told
        )
        if why and not is_told and len(told) < kind.most:
            told.append(post)
            yield post, why


def _regulator(post: Mention) -> str:
    named = said_regulators(regulators_in([post]))
    return f"{NAMES} {', '.join(named)}" if named else ""


def _danger(post: Mention) -> str:
    reason = post.reasons.get("severity", "")
    return f"severity 1: {reason}" if reason else "severity 1"


def _crowd(post: Mention) -> str:
    verified = ", verified" if post.author.verified else ""
    return f"a voice that many hear: {said_author(post)}{verified}"


def _wide(post: Mention) -> str:
    return f"seen by up to {post.reach:,}" if post.reach >= WIDE_FROM else ""


def _engaged(post: Mention) -> str:
    total = post.engagement.total
    return f"{total:,} reactions" if total >= REACTIONS_FROM else ""


def _angry(post: Mention) -> str:
    is_complaint = any(intent.label == "complaint" for intent in post.intents)
    return "the sharpest complaint" if is_complaint else "the angriest post"


def _glad(_: Mention) -> str:
    return "the warmest praise"


_KINDS = (
    _Kind("reach", 2, _regulator, names_regulator()),
    _Kind("reach", 2, _danger, Range("severity", high=1.0)),
    _Kind("reach", 2, _crowd, Value("influence", "high")),
    _Kind("reach", 2, _wide),
    _Kind("engagement", 2, _engaged),
    _Kind("reach", 1, _angry, Range("sentiment.score", high=-VERY)),
    _Kind("reach", 1, _glad, And((Range("sentiment.score", low=VERY), Flag("sarcastic", False)))),
)
