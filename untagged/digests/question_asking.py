"""Asking: reads the questions about a brand, groups them, and looks up how they were answered."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from cases import desk
from mentions.brand import Brand
from mentions.facets import author_key
from mentions.mention import Mention
from mentions.query.tree import And, Node, Or, Query, Value
from mentions.store import MentionStore
from nlp.clusters import cluster
from untagged.digests.about_brand import by_others, own_accounts
from untagged.digests.measuring import heard_since, is_whole
from untagged.digests.question_groups import Answered, Cluster, QuestionGroup, Span, groups
from untagged.digests.question_words import asked_words, is_question
from untagged.explaining import ignored_tokens
from untagged.pipeline import Pipeline

MOST_QUESTIONS = 8_000
"""Of a brand, in the period and the one before, the oldest of them; grouping 1,000 takes 10 s."""
QUESTION: Node = Value("intent", "question")
AT_ONCE = 100
"""Ids in one question to the store."""


@dataclass(frozen=True, slots=True)
class Window:
    """[since, until), the period `before` it, and the moment that it is looked at."""

    before: datetime
    since: datetime
    until: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    """The groups of a brand; `left_out` questions were too many to be read.

    `questions_before` is None where the period before was not listened to, or too long to be read.
    """

    groups: tuple[QuestionGroup, ...]
    questions: int
    people: int
    questions_before: int | None
    left_out: int


def asking(
    pipeline: Pipeline,
    brand: Brand,
    window: Window,
    *,
    team: str | None = None,
    grouping: Cluster = cluster,
) -> Asking:
    """What is asked about the brand, the most asked first."""
    store = pipeline.store
    narrow = (QUESTION, *([Value("case.team", team.casefold())] if team else []))
    query = by_others(brand, *narrow)
    posts, left_out, is_read = _read(store, brand, query, window)
    asked = [post for post in posts if post.published >= window.since]
    first = heard_since(store, by_others(brand), until=window.until)
    is_comparable = first is None or is_whole(first, window.before, window.since)
    is_comparable &= is_read
    before = len(posts) - len(asked) if is_comparable else None
    span = Span(window.since, window.now, is_comparable)
    if not asked:
        return Asking((), 0, 0, before, 0)
    ignoring = ignored_tokens(brand)
    labels = grouping(
        [asked_words(post, ignoring) or post.text for post in posts],
        langs=[post.lang for post in posts],
    )
    with pipeline.read() as connection:
        settled = desk.settled_posts(connection, [post.id for post in posts])
        knowledge = desk.Knowledge(connection, brand=brand.name)
    answered = Answered(settled, public_answers(store, brand, posts))
    return Asking(
        tuple(groups(brand.name, posts, labels, answered, span, suggested=knowledge.suggested)),
        questions=len(asked) + left_out,
        people=len({author_key(post) for post in asked}),
        questions_before=before,
        left_out=left_out,
    )


def _read(
    store: MentionStore, brand: Brand, query: Query, window: Window
) -> tuple[list[Mention], int, bool]:
    """The period's questions with as many of the period before as there is room for beside them;
    how many of the period there was no room for, and whether all of the one before were read.
    """
    asking = _asking(store, brand, query, window.since, window.until)
    found = list(islice(asking, MOST_QUESTIONS))
    unread = sum(1 for _ in asking)
    earlier = _asking(store, brand, query, window.before, window.since)
    found += islice(earlier, MOST_QUESTIONS - len(found))
    is_read = next(earlier, None) is None
    return sorted(found, key=lambda post: (post.published, post.id)), unread, is_read


def _asking(
    store: MentionStore, brand: Brand, query: Query, since: datetime, until: datetime
) -> Iterator[Mention]:
    for one in store.iterate(query, since=since, until=until):
        if is_asked_by_others(brand, one):
            yield one


def is_asked_by_others(brand: Brand, one: Mention) -> bool:
    """Whether the post itself asks, and is not the brand's own."""
    return not brand.owns(one.author.handle, one.platform) and is_question(one)


def public_answers(
    store: MentionStore, brand: Brand, posts: Sequence[Mention]
) -> dict[str, list[Mention]]:
    """What the brand's own accounts answered below each post, where that was collected."""
    own = own_accounts(brand)
    found: dict[str, list[Mention]] = defaultdict(list)
    if own is None:
        return found
    ids = [post.id for post in posts if post.answered_at is not None]
    for some in _chunks(ids):
        below = Or(tuple(Value("reply_to", one.casefold()) for one in some))
        for reply in store.iterate(Query("own answers", And((own, below)))):
            if brand.owns(reply.author.handle, reply.platform):
                found[reply.reply_to].append(reply)
    return found


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
