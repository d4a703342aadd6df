"""Press: articles of the Saltmarsh Courier and posts of a blog, now and then about a brand."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from untagged.town.brands import BRANDS
from untagged.town.dice import weighted
from untagged.town.people import BLOGGER, NEWSROOM, ZONES
from untagged.town.phrasebook import say
from untagged.town.post import Post
from untagged.town.rhythm import EVENING, OFFICE, moments
from untagged.town.scribe import Scribe

_NEWS: Mapping[str, float] = MappingProxyType(
    {
        "noise": 2.6,
        "bird": 0.2,
        "fruit": 0.12,
        "heron other": 0.35,
        "heron complaint": 0.12,
        "pomelo other": 0.3,
        "pomelo praise": 0.1,
        "pomelo complaint": 0.1,
    }
)
_BLOG: Mapping[str, float] = MappingProxyType(
    {"noise": 0.3, "bird": 0.08, "fruit": 0.08, "heron": 0.25, "pomelo": 0.3}
)


def news(scribe: Scribe, day: date) -> Iterator[Post]:
    """Articles, from early morning to evening."""
    yield from _articles(scribe, day, "news", _NEWS, OFFICE)


def headlines(site: str, *, share: float) -> Callable[[Scribe, date], Iterator[Post]]:
    """Articles of which only the title is shown; `share` is their number beside the news."""
    rates = {section: rate * share for section, rate in _NEWS.items()}

    def titles(scribe: Scribe, day: date) -> Iterator[Post]:
        """The day's articles, without their text."""
        for post in _articles(scribe, day, "news", rates, OFFICE):
            said, title = post.said, post.said.title.casefold()
            named = tuple(name for name in said.brands if name.split()[0].casefold() in title)
            yield replace(post, site=site, said=replace(said, text="", brands=named))

    return titles


def blog(scribe: Scribe, day: date) -> Iterator[Post]:
    """About one post a day, written at night."""
    yield from _articles(scribe, day, "blog", _BLOG, EVENING)


def _articles(
    scribe: Scribe,
    day: date,
    page: str,
    rates: Mapping[str, float],
    hours: tuple[float, ...],
) -> Iterator[Post]:
    rng = scribe.rng
    author = scribe.cast.by_handle[NEWSROOM if page == "news" else BLOGGER]
    for at in moments(rng, day, sum(rates.values()), zone=ZONES["en"], hours=hours):
        section = weighted(rng, rates)
        template, lang = scribe.book.pick(rng, page, section, "en")
        said = say(rng, template, lang, brand=BRANDS.get(section.partition(" ")[0]))
        yield scribe.write(said, author, at, site=page)
