"""Talk: the short posts of an ordinary day, about brands, birds, fruit and soup."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from untagged.town.brands import BRANDS, TownBrand
from untagged.town.conversation import conversation
from untagged.town.people import BIRDWATCHER, HOSTILE, SHARES, ZONES
from untagged.town.phrasebook import intents_in, say
from untagged.town.post import Post, Said
from untagged.town.rhythm import OFFICE, moments
from untagged.town.scribe import Scribe

PER_DAY: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "heron": MappingProxyType(
            {
                "complaint": 19,
                "complaint+question": 4.5,
                "question": 11,
                "praise": 12,
                "feature_request": 5.5,
                "bug_report": 4.5,
                "purchase_intent": 5,
                "churn_risk": 3,
                "incident": 0.6,
                "other": 8,
                "spam": 1.5,
            }
        ),
        "pomelo": MappingProxyType(
            {
                "complaint": 12,
                "complaint+question": 3,
                "question": 11,
                "praise": 13,
                "feature_request": 12,
                "bug_report": 11,
                "purchase_intent": 6.5,
                "churn_risk": 2.5,
                "other": 7.5,
                "spam": 1.5,
            }
        ),
    }
)
_TAGGED = MappingProxyType(
    {
        "complaint": 0.2,
        "complaint+question": 0.35,
        "question": 0.33,
        "praise": 0.24,
        "feature_request": 0.25,
        "bug_report": 0.28,
        "churn_risk": 0.2,
        "incident": 0.1,
        "purchase_intent": 0.08,
        "other": 0.05,
        "spam": 0.1,
    }
)
_BESIDES_PER_DAY = MappingProxyType({"bird": 14.0, "fruit": 14.0, "noise": 27.0})
_OWN_PER_DAY = 0.8
_KNOWN_AUTHOR = 0.012
"""Share of posts about brands that come from somebody with a large following."""


def brand_talk(scribe: Scribe, day: date) -> Iterator[Post]:
    """What people say about the brands, and the conversations that follow."""
    for key, rates in PER_DAY.items():
        brand = BRANDS[key]
        busy = sum(rates.values()) * brand.weekdays[day.weekday()]
        for lang, share in SHARES.items():
            for at in moments(scribe.rng, day, busy * share, zone=ZONES[lang]):
                said = _about(scribe, brand, rates, lang)
                author = scribe.cast.somebody(scribe.rng, said.lang)
                if said.lang == "en" and scribe.rng.random() < _KNOWN_AUTHOR:
                    author = scribe.rng.choice(scribe.cast.influencers)
                yield from conversation(scribe, scribe.write(said, author, at), brand)


def small_talk(scribe: Scribe, day: date) -> Iterator[Post]:
    """Birds, fruit and the rest of life. No brand is meant."""
    rng = scribe.rng
    for section, per_day in _BESIDES_PER_DAY.items():
        page = "noise" if section == "noise" else "other_meanings"
        for lang, share in SHARES.items():
            templates = scribe.book.sections(page, lang).get(section)
            if not templates:
                continue
            for at in moments(rng, day, per_day * share, zone=ZONES[lang]):
                author = scribe.cast.somebody(rng, lang)
                if section == "bird" and rng.random() < 0.15:
                    author = scribe.cast.by_handle[BIRDWATCHER]
                yield scribe.write(say(rng, rng.choice(templates), lang), author, at)


def own_posts(scribe: Scribe, day: date) -> Iterator[Post]:
    """What the brands say of their own accord, in office hours."""
    for key, brand in BRANDS.items():
        for at in moments(scribe.rng, day, _OWN_PER_DAY, zone=ZONES["en"], hours=OFFICE):
            template, lang = scribe.book.pick(scribe.rng, "own", key, "en")
            yield scribe.write(
                say(scribe.rng, template, lang, brand=brand), scribe.cast.owned[key], at
            )


def hostile_talk(scribe: Scribe, day: date) -> Iterator[Post]:
    """One post a day that tries to break whoever shows it, in a brand's name; all in turn."""
    rng = scribe.rng
    lines = [
        (section, line.text)
        for section, templates in scribe.book.sections("hostile", "").items()
        for line in templates
    ]
    section, text = lines[day.toordinal() % len(lines)]
    if section == "emoji":
        text += " " + "".join(rng.choices("😤🧳🛫🌀🔥🥲🍊", k=300))
    brand = BRANDS["pomelo" if section == "pomelo" else "heron"]
    at = datetime.combine(day, time(), UTC) + timedelta(milliseconds=rng.randrange(86_400_000))
    author = scribe.cast.by_handle[HOSTILE]
    yield scribe.write(Said(text, "en", brands=(brand.name,)), author, at)


def _about(scribe: Scribe, brand: TownBrand, rates: Mapping[str, float], lang: str) -> Said:
    rng = scribe.rng
    if "spam" in (intents := _drawn(rng, scribe, brand, rates, lang)):
        template, lang = scribe.book.pick(rng, "spam", brand.key, lang)
    else:
        template, lang = scribe.book.pick(rng, brand.key, intents, lang)
    tagged = rng.random() < _TAGGED[intents]
    return say(rng, template, lang, brand=brand, tagged=tagged)


def _drawn(
    rng: random.Random, scribe: Scribe, brand: TownBrand, rates: Mapping[str, float], lang: str
) -> str:
    """The intents of the next post, from those that the book has lines for in `lang`."""
    possible = {*intents_in(scribe.book.sections(brand.key, lang)), "spam"}
    names = [name for name in rates if name in possible]
    return rng.choices(names, weights=[rates[name] for name in names])[0]
