"""Reviews: what people write about the firms' apps in a store, and where the firm may answer."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from untagged.town.brands import BRANDS
from untagged.town.dice import weighted
from untagged.town.people import ZONES
from untagged.town.phrasebook import say
from untagged.town.post import Post
from untagged.town.rhythm import EVENING, moments
from untagged.town.scribe import Scribe
from untagged.town.streams.forum import Stream, thread

_REVIEWS: Mapping[str, float] = MappingProxyType({"heron": 0.5, "pomelo": 0.7})
"""A day, and of which firm's app."""


def reviews(site: str, *, may_answer: bool) -> Stream:
    """The stream of a store. Without `may_answer` the store shows nothing that the firm says."""

    def written(scribe: Scribe, day: date) -> Iterator[Post]:
        """The day's reviews, each perhaps with an answer."""
        rng = scribe.rng
        for at in moments(rng, day, sum(_REVIEWS.values()), zone=ZONES["en"], hours=EVENING):
            key = weighted(rng, _REVIEWS)
            brand = BRANDS[key]
            template, lang = scribe.book.pick(rng, "forum", f"thread {key}", "en")
            said = say(rng, template, lang, brand=brand)
            review = scribe.write(said, scribe.cast.somebody(rng, "en"), at, site=site)
            if may_answer:
                yield from thread(scribe, review, brand, section=f"comment {key}", comments=0.0)
            else:
                yield review

    return written


def app_of(post: Post) -> str:
    """The key of the brand whose app is reviewed; a post by hand that names none is Heron Air's."""
    names = {brand.name: key for key, brand in BRANDS.items()}
    return next((names[name] for name in post.said.brands if name in names), "heron")


def stars(post: Post) -> int:
    """One to five, as the author feels."""
    few, many = {"negative": (1, 2), "positive": (4, 5)}.get(post.said.sentiment, (3, 4))
    return many if post.number % 3 else few
