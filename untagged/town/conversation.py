"""Conversation: what follows a post. Answers by the brand, the author's next word, others."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from untagged.town.brands import TownBrand
from untagged.town.people import ZONES
from untagged.town.phrasebook import say
from untagged.town.post import Post, Said
from untagged.town.rhythm import in_service
from untagged.town.scribe import Scribe

LONGEST = timedelta(days=3)
"""No conversation goes on for longer; a story looks back that far for what spills over."""
_LONGEST_WAIT_MINUTES = 20 * 60
_TAGGED_ANSWERED = {
    "complaint": 0.72,
    "question": 0.84,
    "bug_report": 0.74,
    "churn_risk": 0.7,
    "incident": 0.6,
    "feature_request": 0.5,
    "praise": 0.4,
    "purchase_intent": 0.5,
}
_UNTAGGED_ANSWERED = {"complaint": 0.06, "question": 0.06, "bug_report": 0.04, "praise": 0.02}
_ANSWERED_IN_CRISIS = {True: 0.25, False: 0.01}
_ANSWERS = ("complaint", "question", "bug_report", "praise", "feature_request")


@dataclass(frozen=True)
class Manners:
    """How a crowd behaves: chances that a post is joined by bystanders or passed on."""

    joined: float = 0.06
    passed_on: float = 0.015
    answer_minutes: float = 45


def conversation(
    scribe: Scribe, post: Post, brand: TownBrand, *, manners: Manners = Manners()
) -> list[Post]:
    """The post, with `answered_at` where the brand answers, and all that follows it."""
    if post.deleted_at or "spam" in post.said.intents:
        return [post]
    said: list[Post] = []
    answered_at = _answer_time(scribe.rng, post, manners)
    if answered_at:
        post = replace(post, answered_at=answered_at)
        answer = scribe.write(
            _answer(scribe, post, brand),
            scribe.cast.owned[brand.key],
            answered_at,
            reply_to=post,
            crisis=post.crisis,
        )
        said += [answer, *_next_word(scribe, post, answer, brand)]
    return [post, *said, *_bystanders(scribe, post, manners), *_passed_on(scribe, post, manners)]


def _answer_time(rng: random.Random, post: Post, manners: Manners) -> datetime | None:
    intent, tagged = post.said.intents[0], post.said.tagged
    if post.crisis:
        chance = _ANSWERED_IN_CRISIS[tagged]
    else:
        chance = (_TAGGED_ANSWERED if tagged else _UNTAGGED_ANSWERED).get(intent, 0.0)
    if rng.random() >= chance:
        return None
    minutes = min(4 + manners.answer_minutes * rng.lognormvariate(0, 1), _LONGEST_WAIT_MINUTES)
    at = post.published + timedelta(seconds=int(minutes * 60))
    return in_service(at, rng, zone=ZONES["en"])


def _answer(scribe: Scribe, post: Post, brand: TownBrand) -> Said:
    intent = next((label for label in post.said.intents if label in _ANSWERS), "other")
    section = f"{brand.key}.{'crisis' if post.crisis else intent}"
    template, lang = scribe.book.pick(scribe.rng, "answers", section, post.said.lang)
    return say(scribe.rng, template, lang, known={"to": f"@{post.author.handle}"})


def _next_word(scribe: Scribe, post: Post, answer: Post, brand: TownBrand) -> Iterator[Post]:
    """Some authors say whether the answer helped. They write to the brand, so it is tagged."""
    rng = scribe.rng
    if "praise" in post.said.intents or rng.random() > 0.3:
        return
    helped = rng.random() < 0.55 and not post.crisis
    section = "after.happy" if helped else "after.unhappy"
    template, lang = scribe.book.pick(rng, "answers", section, post.said.lang)
    said = say(rng, template, lang, known={"to": f"@{brand.handle}"})
    said = replace(
        said,
        brands=(brand.name,),
        tagged=True,
        intents=("praise",) if helped else ("complaint",),
        sentiment="positive" if helped else "negative",
    )
    at = answer.published + timedelta(seconds=rng.randrange(240, 6 * 3600))
    yield scribe.write(said, post.author, at, reply_to=answer, crisis=post.crisis)


def _bystanders(scribe: Scribe, post: Post, manners: Manners) -> Iterator[Post]:
    """Others join in; they name no brand, the thread does."""
    rng = scribe.rng
    while rng.random() < manners.joined:
        section = f"bystander.{post.said.sentiment}"
        template, lang = scribe.book.pick(rng, "answers", section, post.said.lang)
        said = say(rng, template, lang, known={"to": f"@{post.author.handle}"})
        at = post.published + timedelta(seconds=int(60 + 3_000 * rng.expovariate(1)) % 86_000)
        author = scribe.cast.somebody(rng, post.said.lang)
        if author is not post.author:
            said = replace(said, sentiment=post.said.sentiment)
            yield scribe.write(said, author, at, reply_to=post, crisis=post.crisis)


def _passed_on(scribe: Scribe, post: Post, manners: Manners) -> Iterator[Post]:
    """Copies by hand. Mastodon's own boosts never show on its public timelines."""
    rng = scribe.rng
    while rng.random() < manners.passed_on and len(post.said.text) < 400:
        template, _ = scribe.book.pick(rng, "answers", "repost", post.said.lang)
        known = {"to": f"@{post.author.handle}", "quoted": post.said.text}
        copy = replace(post.said, text=say(rng, template, post.said.lang, known=known).text)
        at = post.published + timedelta(seconds=int(120 + 4_000 * rng.expovariate(1)) % 86_000)
        author = scribe.cast.somebody(rng, post.said.lang)
        if author is not post.author:
            yield scribe.write(copy, author, at, crisis=post.crisis)
