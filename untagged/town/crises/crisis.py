"""Crisis: one stretch of loud hours for a brand, and what every shape of crisis is made from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from untagged.town.brands import TownBrand
from untagged.town.conversation import Manners, conversation
from untagged.town.dice import poisson, weighted
from untagged.town.people import NEWSROOM, SHARES, ZONES, Person
from untagged.town.phrasebook import say
from untagged.town.post import Post
from untagged.town.rhythm import activity
from untagged.town.scribe import SHORT_FORM, Scribe
from untagged.town.streams.forum import thread

LONGEST = timedelta(days=4)
"""No crisis lasts longer; a story looks back that far for those under way."""
_STEP = timedelta(minutes=5)
_TAGGED = 0.2
_CROWD = Manners(joined=0.08, passed_on=0.06, answer_minutes=80)
_AWAKE_AT_LEAST = 0.55
"""A crisis keeps people up: its nights are quieter than its days, but not as quiet as others."""


@dataclass(frozen=True, slots=True)
class Down:
    """A site that cannot be read from `since` (included) to `until` (excluded)."""

    site: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Crisis:
    """`page` names its texts; `seed` decides its course.

    Not every one `is_real`: much talk may be good news, or one person's. `down` is the site that
    fails meanwhile.
    """

    shape: str
    page: str
    brand: TownBrand
    begins: datetime
    seed: str
    is_real: bool = True
    down: Down | None = None

    @property
    def id(self) -> str:
        """Says what, whom and since when."""
        return f"{self.shape}-{self.brand.key}-{self.begins:%Y-%m-%dT%H:%MZ}"


Shape = Callable[[Crisis, Scribe], Iterator[Post]]
"""Writes all posts of a crisis, in any order, none before it begins."""


def crowd(
    crisis: Crisis,
    scribe: Scribe,
    *,
    hours: float,
    rate: Callable[[float], float],
    phases: Callable[[float], Mapping[str, float]],
    sites: Mapping[str, float] | None = None,
) -> Iterator[Post]:
    """The public for `hours`: `rate(hour)` posts an hour, from the sections in `phases(hour)`.

    `sites` are where they write, and in which proportion: on Mastodon if left out.
    """
    at = crisis.begins
    while (hour := (at - crisis.begins) / timedelta(hours=1)) < hours:
        per_hour = rate(hour) * _awake(at)
        for _ in range(poisson(scribe.rng, per_hour * (_STEP / timedelta(hours=1)))):
            moment = at + timedelta(milliseconds=scribe.rng.randrange(300_000))
            site = weighted(scribe.rng, sites) if sites else SHORT_FORM
            yield from _voice(crisis, scribe, moment, phases(hour), site)
        at += _STEP


def event(crisis: Crisis, scribe: Scribe, *, hour: float, section: str, author: Person) -> Post:
    """One post at its hour: the journalist asks, the brand explains."""
    template, lang = scribe.book.pick(scribe.rng, crisis.page, section, "en")
    said = say(scribe.rng, template, lang, brand=crisis.brand)
    return scribe.write(said, author, _at(crisis, hour), crisis=crisis.id, calm=not crisis.is_real)


def statement(crisis: Crisis, scribe: Scribe, *, hour: float, section: str = "statement") -> Post:
    """The brand's own word."""
    author = scribe.cast.owned[crisis.brand.key]
    return event(crisis, scribe, hour=hour, section=section, author=author)


def article(crisis: Crisis, scribe: Scribe, *, hour: float, nth: int) -> Post:
    """The newspaper's `nth` article about it."""
    templates = scribe.book.sections(crisis.page, "en")["news"]
    said = say(scribe.rng, templates[nth], "en", brand=crisis.brand)
    author = scribe.cast.by_handle[NEWSROOM]
    return scribe.write(said, author, _at(crisis, hour), site="news", crisis=crisis.id)


def forum_thread(crisis: Crisis, scribe: Scribe, *, hour: float, comments: float) -> list[Post]:
    """A thread of the forum that collects cases."""
    template, lang = scribe.book.pick(scribe.rng, crisis.page, "forum", "en")
    opening = scribe.write(
        say(scribe.rng, template, lang, brand=crisis.brand),
        scribe.cast.somebody(scribe.rng, "en"),
        _at(crisis, hour),
        site="forum",
        crisis=crisis.id,
    )
    return thread(
        scribe,
        opening,
        crisis.brand,
        page=crisis.page,
        section="forumcomment",
        comments=comments,
    )


def smoothstep(share: float) -> float:
    """0 before 0, 1 after 1, an S between."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _voice(
    crisis: Crisis, scribe: Scribe, at: datetime, phases: Mapping[str, float], site: str
) -> Iterator[Post]:
    rng = scribe.rng
    stage, lang = weighted(rng, phases), weighted(rng, SHARES)
    template, lang = scribe.book.pick(rng, crisis.page, stage, lang)
    tagged = rng.random() < _TAGGED
    said = say(rng, template, lang, brand=crisis.brand, tagged=tagged)
    author, calm = scribe.cast.somebody(rng, lang), not crisis.is_real
    post = scribe.write(said, author, at, site=site, crisis=crisis.id, calm=calm)
    if calm or site != SHORT_FORM:  # conversations are Mastodon's, and the answers apologies
        yield post
    else:
        yield from conversation(scribe, post, crisis.brand, manners=_CROWD)


def _awake(at: datetime) -> float:
    share = activity(at, zone=ZONES["en"])
    return _AWAKE_AT_LEAST + (1 - _AWAKE_AT_LEAST) * min(share, 1.3)


def _at(crisis: Crisis, hour: float) -> datetime:
    return crisis.begins + timedelta(hours=hour)
