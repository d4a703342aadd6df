"""Brand health: a digest that management reads in a minute.

`lead` says what is worst and what changed most, a table compares the brands, and each brand has its
figures, its course, its topics, what stood out with the reason, who took the alerts on, and the
posts that one should have seen. Every share comes with the range in which it lies, and no change is
claimed that the ranges do not support.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.attention import attention, between
from alerts.book import list_alerts
from alerts.digests.digest import Digest
from alerts.incident import Incident
from alerts.incident_listing import list_incidents
from mentions.brand import Brand
from mentions.errors import NotFound, UntaggedError
from mentions.query.parser import parse_query
from nlp.proportions import Proportion, proportion
from nlp.sentiment_shares import sentiment_shares
from nlp.topic_shifts import topic_shifts
from untagged.digests.about_brand import by_others, narrowed
from untagged.digests.asked import Asked
from untagged.digests.brand_health import BrandHealth
from untagged.digests.health_lead import lead
from untagged.digests.health_sections import record, sections
from untagged.digests.measuring import course, expected, heard, heard_since, is_whole, reach, widest
from untagged.digests.notable import notable_posts
from untagged.digests.silences import Look, looks, silences
from untagged.digests.surges import surges
from untagged.digests.wording import said_period
from untagged.pipeline import Pipeline
from untagged.watches.regulators import names_regulator

MOST_BRANDS = 20
"""Brands of one digest, the most mentioned; ask for another by its name."""
MOST_INCIDENTS = 1_000


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is looked at: the period, the one before, and how the sources were doing."""

    pipeline: Pipeline
    before: datetime
    since: datetime
    until: datetime
    now: datetime
    looks: Sequence[Look]


def gather_health(pipeline: Pipeline, asked: Asked) -> Digest:
    """The health of a brand, or of the most mentioned ones; a period that is not over ends now.

    Raises NotFound for an unknown brand, UntaggedError where a team or no time is asked for.
    """
    if asked.team is not None:
        raise UntaggedError("brand health is of brands, not of a team; leave the team out")
    until = min(asked.until, asked.now)
    if until <= asked.since:
        raise UntaggedError("there is no time between since and until; ask for a period that began")
    scene = _Scene(
        pipeline,
        before=asked.since - (until - asked.since),
        since=asked.since,
        until=until,
        now=asked.now,
        looks=looks(lambda at: pipeline.sources(now=at), since=asked.since, until=until),
    )
    compared = _compared(scene, asked.brand)
    shown = [one for one in compared if asked.brand in (None, one.name)]
    brands = [_health(scene, one) for one in shown]
    brands = [one for one in _voiced(scene, compared, brands) if one.is_known]
    return Digest(
        kind="health",
        title=f"Brand health{f' of {asked.brand}' if asked.brand else ''}",
        since=asked.since,
        until=asked.until,
        lead=lead(brands) if brands else (_nothing(asked),),
        brand=asked.brand,
        sections=tuple(sections(brands)),
        records=tuple(record(one, since=asked.since, until=until) for one in brands),
    )


def _nothing(asked: Asked) -> str:
    of = f" of {asked.brand}" if asked.brand else ""
    return f"No mentions{of} in {said_period(asked.since, asked.until)}."


def _compared(scene: _Scene, asked: str | None) -> list[Brand]:
    """The most mentioned brands of the settings, with the one that is asked for."""
    brands = {one.name: one for one in scene.pipeline.settings.brands}
    if asked is not None and asked not in brands:
        raise NotFound(f"there is no brand {asked!r}; the settings have {', '.join(brands)}")
    page = scene.pipeline.store.search(
        parse_query("*"), since=scene.before, until=scene.until, limit=0, facets=("brand",)
    )
    counts = {name.casefold(): count for name, count in page.facets["brand"]}
    ranked = sorted(
        brands.values(), key=lambda one: (-counts.get(one.name.casefold(), 0), one.name)
    )
    chosen = ranked[:MOST_BRANDS]
    if asked is not None and brands[asked] not in chosen:
        chosen[-1] = brands[asked]
    return chosen


def _health(scene: _Scene, brand: Brand) -> BrandHealth:
    store, query = scene.pipeline.store, by_others(brand)
    period = {"since": scene.since, "until": scene.until}
    earlier = {"since": scene.before, "until": scene.since}
    now, before = heard(store, query, **period), heard(store, query, **earlier)
    first = heard_since(store, query, until=scene.until)
    found = scene.pipeline.spikes(brand=brand.name, **period)
    with scene.pipeline.read() as connection:
        told = list_alerts(connection, brand=brand.name, since=scene.since, limit=None)
        crises = list_incidents(connection, brand=brand.name, limit=MOST_INCIDENTS)
    alerts = between(told, **period)
    return BrandHealth(
        brand=brand.name,
        now=scene.now,
        heard=now,
        before=before,
        heard_since=first,
        is_comparable=is_whole(first, **earlier),
        growth=expected(store, query, now.mentions, first=first, **period),
        sentiment=sentiment_shares(now.readings),
        sentiment_before=sentiment_shares(before.readings),
        course=course(store, query, **period),
        reach=reach(widest(store, query, **period)),
        reach_before=reach(widest(store, query, **earlier)),
        shifts=topic_shifts(now.topics, before.topics, of=now.mentions, of_before=before.mentions),
        surges=surges(store, brand, found, until=scene.until),
        alerts=alerts,
        attention=attention(alerts, now=scene.now),
        incidents=_of_period(crises, scene),
        silences=silences(store, query, scene.looks),
        notable=notable_posts(store, brand, query, **period),
        regulator_posts=store.count(narrowed(query, names_regulator()), **period),
    )


def _of_period(crises: Sequence[Incident], scene: _Scene) -> list[Incident]:
    """Those that were open in the period, also if they began before it; the first one first."""
    found = [
        one
        for one in crises
        if one.opened_at < scene.until
        and (one.resolved_at is None or one.resolved_at >= scene.since)
        and one.status != "merged"
    ]
    return sorted(found, key=lambda one: (one.opened_at, one.id))


def _voiced(
    scene: _Scene, compared: Sequence[Brand], brands: Sequence[BrandHealth]
) -> list[BrandHealth]:
    """With the share of voice among the compared brands, before and after."""
    if len(compared) < 2:
        return list(brands)
    known = {one.brand: (one.heard.mentions, one.before.mentions) for one in brands}
    is_comparable = all(one.is_comparable for one in brands if one.heard_since)
    store = scene.pipeline.store
    for brand in compared:
        if brand.name not in known:
            query = by_others(brand)
            first = heard_since(store, query, until=scene.until)
            is_comparable &= first is None or is_whole(first, scene.before, scene.since)
            known[brand.name] = (
                store.count(query, since=scene.since, until=scene.until),
                store.count(query, since=scene.before, until=scene.since),
            )
    now, before = (sum(counts) for counts in zip(*known.values(), strict=True))
    if not is_comparable:
        before = 0  # a brand that was not listened to then would seem to have won all it has
    return [
        replace(
            one,
            voice=_voice(one.heard.mentions, now, one.heard.authors),
            voice_before=_voice(one.before.mentions, before, one.before.authors),
        )
        for one in brands
    ]


def _voice(mentions: int, whole: int, authors: int) -> Proportion | None:
    """The share of all mentions; who writes ten times is one voice."""
    if not whole:
        return None
    repeated = mentions / authors if authors else 1.0
    return proportion(mentions / whole, whole / repeated)
