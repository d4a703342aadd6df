"""Forum: threads with comments, mostly in the evening, about brands and everything else."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from untagged.town.brands import BRANDS, TownBrand
from untagged.town.dice import poisson, weighted
from untagged.town.people import ZONES
from untagged.town.phrasebook import Section, Template, say
from untagged.town.post import Post, Said
from untagged.town.rhythm import EVENING, in_service, moments
from untagged.town.scribe import Scribe

Stream = Callable[[Scribe, date], Iterator[Post]]
_THREADS: Mapping[str, float] = MappingProxyType(
    {"heron": 1.5, "pomelo": 2.0, "noise": 0.5, "bird": 0.07, "fruit": 0.1}
)
_COMMENTS = 3.0
_ANSWERED = 0.2
_FOLLOWED_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "complaint": frozenset({"complaint", "question", "other"}),
        "question": frozenset({"other", "praise"}),
        "bug_report": frozenset({"bug_report", "question"}),
        "feature_request": frozenset({"feature_request"}),
        "praise": frozenset({"praise"}),
        "other": frozenset({"other"}),
    }
)
_ANSWERABLE = frozenset({"complaint", "question", "bug_report"})


def board(
    site: str, *, share: float = 1.0, comments: float = _COMMENTS, answered: float = _ANSWERED
) -> Stream:
    """The stream of a site where people open threads.

    `share` is its size beside the forum's, `answered` the part of what needs it that a brand
    answers.
    """

    def threads(scribe: Scribe, day: date) -> Iterator[Post]:
        """The day's new threads and what comes under them within two days."""
        rng = scribe.rng
        busy = sum(_THREADS.values()) * share
        for at in moments(rng, day, busy, zone=ZONES["en"], hours=EVENING):
            subject = weighted(rng, _THREADS)
            template, lang = scribe.book.pick(rng, "forum", f"thread {subject}", "en")
            said = say(rng, template, lang, brand=BRANDS.get(subject))
            opening = scribe.write(said, scribe.cast.somebody(rng, "en"), at, site=site)
            brand, section = BRANDS.get(subject), f"comment {subject}"
            yield from thread(
                scribe, opening, brand, section=section, comments=comments, answered=answered
            )

    return threads


def untitled(stream: Stream) -> Stream:
    """The stream where posts have no titles: an opening's is its first line."""

    def posts(scribe: Scribe, day: date) -> Iterator[Post]:
        """The same posts, without titles."""
        for post in stream(scribe, day):
            said = post.said
            text = said.text if post.reply_to else f"{said.title}\n\n{said.text}"
            # The firms' answers name themselves in the title only.
            brands = () if post.reply_to and post.author.brand else said.brands
            yield replace(post, said=replace(said, title="", text=text, brands=brands))

    return posts


def thread(
    scribe: Scribe,
    opening: Post,
    brand: TownBrand | None,
    *,
    page: str = "forum",
    section: str,
    comments: float = _COMMENTS,
    answered: float = _ANSWERED,
) -> list[Post]:
    """The opening post and its comments; the brand may answer, and takes its time."""
    if opening.deleted_at:
        return [opening]
    rng, at = scribe.rng, opening.published
    posts = [opening]
    lines = scribe.book.sections(page, "en")[section]
    for _ in range(min(poisson(rng, comments), 25)):
        at += timedelta(seconds=int(60 + rng.expovariate(1 / 5_400)) % 21_600)
        comment = _comment(scribe, opening, brand, lines=lines)
        author = scribe.cast.somebody(rng, "en")
        posts.append(
            scribe.write(
                comment, author, at, site=opening.site, reply_to=opening, crisis=opening.crisis
            )
        )
    answerable = brand and _ANSWERABLE.intersection(opening.said.intents)
    if brand and answerable and not opening.crisis and rng.random() < answered:
        answer = _answer(scribe, rng, opening, brand)
        posts[0] = replace(opening, answered_at=answer.published)
        posts.append(answer)
    return posts


def _comment(scribe: Scribe, opening: Post, brand: TownBrand | None, *, lines: Section) -> Said:
    fitting = [line for line in lines if _fits(line, opening.said)]
    said = say(scribe.rng, scribe.rng.choice(fitting or lines), "en", brand=brand)
    topic = opening.said.topic if "feature_request" in said.intents else said.topic
    return replace(said, title=f"Re: {opening.said.title}", topic=topic)


def _fits(line: Template, opening: Said) -> bool:
    """Whether a comment belongs under such a thread."""
    wanted = _FOLLOWED_BY.get(opening.intents[0], frozenset())
    return line.intents[0] in wanted and line.topic in ("", opening.topic)


def _answer(scribe: Scribe, rng: random.Random, opening: Post, brand: TownBrand) -> Post:
    intent = next(label for label in opening.said.intents if label in _ANSWERABLE)
    template, lang = scribe.book.pick(rng, "answers", f"{brand.key}.{intent}", "en")
    said = say(rng, template, lang, known={"to": opening.author.name.split()[0]})
    said = replace(said, title=f"Re: {opening.said.title}", brands=(brand.name,))
    at = opening.published + timedelta(seconds=int(1_200 + rng.expovariate(1 / 14_400)) % 80_000)
    at = in_service(at, rng, zone=ZONES["en"])
    owned = scribe.cast.owned[brand.key]
    return scribe.write(said, owned, at, site=opening.site, reply_to=opening)
