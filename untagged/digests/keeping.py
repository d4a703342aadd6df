"""Keeping: a question of a digest becomes a known one, with the best answer that was given."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cases import desk
from mentions.brand import Brand
from mentions.errors import NotFound, UntaggedError
from mentions.mention import Mention
from nlp.clusters import cluster
from nlp.personal_places import kinds_of_personal_data
from untagged.digests.best_answer import MOST_COMPARED, best_answer
from untagged.digests.question_asking import Window
from untagged.digests.question_groups import Cluster, Used
from untagged.digests.question_words import asking_sentence
from untagged.pipeline import Pipeline

FIRST_LOOK = timedelta(days=14)
"""From the question on: a week's digest, and the answers of the week after it."""


@dataclass(frozen=True, slots=True)
class Keepable:
    """A question of a digest, and the best answer to those that ask the same, if one was given.

    `is_partial` is whether there were more answered questions than were looked at.
    """

    post: Mention
    brand: Brand
    question: str
    best: Used | None
    is_partial: bool = False


def named(pipeline: Pipeline, mention_id: str, *, brand: str | None = None) -> Keepable:
    """A question by its post, without a look at what answered it. Raises NotFound."""
    post = pipeline.store.get(mention_id)
    if post is None:
        raise NotFound(
            f"there is no post {mention_id!r}; a digest of questions shows the id of each"
        )
    return Keepable(post, _brand_of(pipeline, post, brand), asking_sentence(post), None)


def keepable(
    pipeline: Pipeline,
    mention_id: str,
    *,
    brand: str | None = None,
    now: datetime,
    grouping: Cluster = cluster,
) -> Keepable:
    """What can be kept of a question, with the best answer. Raises NotFound if its post is gone."""
    one = named(pipeline, mention_id, brand=brand)
    since = one.post.published
    until = max(min(now, since + FIRST_LOOK), since)
    window = Window(since, since, until, now)
    found = best_answer(pipeline, one.brand, one.post, window, grouping=grouping)
    return replace(one, best=found.used, is_partial=found.is_partial)


def keep(
    pipeline: Pipeline,
    one: Keepable,
    *,
    question: str = "",
    url: str = "",
    text: str = "",
    now: datetime,
    actor: str,
) -> desk.KeptQuestion:
    """Keep it with this answer, else with the best one; in these words, else in the post's.

    Raises UntaggedError where no answer was found, or the answer holds personal data.
    """
    if not url and not text:
        if one.best is None:
            looked = (
                f"none of the {MOST_COMPARED} answered questions most like this one asks the same"
                if one.is_partial
                else "nobody has answered this yet"
            )
            raise UntaggedError(f"{looked}; give --answer https://… or --text 'the words to say'")
        url, text = one.best.url, "" if one.best.url else one.best.text
    if kinds := kinds_of_personal_data(text):
        raise UntaggedError(
            f"the answer holds {' and '.join(kinds)}, and everybody who asks would get it; write "
            "it anew with --text"
        )
    with pipeline.begin() as connection:
        return desk.keep_question(
            connection,
            question or one.question,
            brand=one.brand.name,
            url=url,
            text=text,
            mention_id="" if question else one.post.id,
            now=now,
            actor=actor,
        )


def _brand_of(pipeline: Pipeline, post: Mention, asked: str | None) -> Brand:
    brands = {one.name: one for one in pipeline.settings.brands}
    named = [match.name for match in post.brands if match.name in brands]
    if asked is None and len(named) == 1:
        return brands[named[0]]
    if asked in named:
        return brands[asked]
    if asked is None and named:
        raise UntaggedError(f"the post names {' and '.join(named)}; say which by --brand")
    raise NotFound(
        f"the post does not name {asked!r}" if asked else "the post names no brand of the settings"
    )
