"""The best answer that was given to those who ask what one post asks.

A digest groups all questions of a brand, and reading what 1,000 of them mean takes 10 s. Here only
answered ones count, and of these the ones that are most like the post in words are compared with it
by meaning, as many as a page has time for.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

from cases import desk
from mentions.brand import Brand
from mentions.mention import Mention
from mentions.query.matcher import matches
from mentions.query.tree import Flag
from nlp.clusters import cluster, same_words
from untagged.digests.about_brand import by_others, own_accounts
from untagged.digests.asking import mentions_by_id
from untagged.digests.question_asking import QUESTION, Window, is_asked_by_others, public_answers
from untagged.digests.question_groups import Answered, Cluster, Used, best_of, used_answers
from untagged.digests.question_words import asked_words
from untagged.explaining import ignored_tokens
from untagged.pipeline import Pipeline

MOST_READ = 200
"""Posts that were answered in cases, those of questions first, and questions that were in public:
the newest of the window."""
MOST_COMPARED = 20
"""Different wordings; what one means takes 4 ms."""


@dataclass(frozen=True, slots=True)
class BestAnswer:
    """The best answer, if one was given; whether more posts were answered than were looked at."""

    used: Used | None
    is_partial: bool


def best_answer(
    pipeline: Pipeline,
    brand: Brand,
    post: Mention,
    window: Window,
    *,
    grouping: Cluster = cluster,
) -> BestAnswer:
    """What is said most often to those who asked the same between `since` and `until`."""
    found, is_partial = _answered(pipeline, brand, window)
    posts = {one.id: one for one in found}
    with pipeline.read() as connection:
        settled = desk.settled_posts(connection, list(posts))
    answered = Answered(settled, public_answers(pipeline.store, brand, found))
    told = [one for one in found if used_answers([one], answered, now=window.now)]
    if not told:
        return BestAnswer(None, is_partial)
    ignoring = ignored_tokens(brand)
    near, is_cut = _nearest(post, told, ignoring)
    every = [post, *near]
    labels = grouping(
        [asked_words(one, ignoring) or one.text for one in every], langs=[one.lang for one in every]
    )
    same = [one for one, label in zip(near, labels[1:], strict=True) if label == labels[0]]
    return BestAnswer(best_of(used_answers(same, answered, now=window.now)), is_partial or is_cut)


def _answered(pipeline: Pipeline, brand: Brand, window: Window) -> tuple[list[Mention], bool]:
    """Questions by others that were answered, oldest first; whether there were more."""
    asked = by_others(brand, QUESTION)
    since, until = window.since, window.until
    with pipeline.read() as connection:
        ids = desk.answered_posts(
            connection,
            brand=brand.name,
            since=since,
            until=until,
            limit=MOST_READ + 1,
            first="question",
        )
    found = mentions_by_id(pipeline.store, ids[:MOST_READ])
    is_partial = len(ids) > MOST_READ
    if own_accounts(brand) is not None:
        public = by_others(brand, QUESTION, Flag("answered", value=True))
        page = pipeline.store.search(public, since=since, until=until, limit=MOST_READ)
        found |= {one.id: one for one in page.mentions}
        is_partial |= page.total > MOST_READ
    posts = [
        one for one in found.values() if matches(asked.tree, one) and is_asked_by_others(brand, one)
    ]
    return sorted(posts, key=lambda one: (one.published, one.id)), is_partial


def _nearest(
    post: Mention, posts: Sequence[Mention], ignoring: frozenset[str]
) -> tuple[list[Mention], bool]:
    """Those of the posts in the wordings that share most with the post; whether some are left."""
    said = {one.id: same_words(asked_words(one, ignoring)) for one in posts}
    wordings = list(dict.fromkeys(reversed(said.values())))  # the newest first
    if len(wordings) <= MOST_COMPARED:
        return list(posts), False
    asked = set(same_words(asked_words(post, ignoring)).split())
    held = Counter(word for wording in wordings for word in set(wording.split()))

    def shared(wording: str) -> float:
        """What the words in common tell, the rare ones more; long posts share some with any."""
        words = set(wording.split())
        telling = sum(log(len(wordings) / held[word]) for word in words & asked)
        return telling / sqrt(len(words)) if words else 0.0

    chosen = set(sorted(wordings, key=shared, reverse=True)[:MOST_COMPARED])
    return [one for one in posts if said[one.id] in chosen], True
