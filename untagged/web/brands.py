"""The brand page: how much is said, how much of it is angry, by whom, and what stands out."""

from dataclasses import replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response

from alerts.book import list_alerts
from alerts.spike_drawing import Theme
from cases import desk
from cases.case import LIVING
from mentions.brand import Brand
from mentions.errors import NotFound
from mentions.series import Series
from mentions.times import floored
from untagged.detecting import HISTORY, brand_series, signal_query
from untagged.doubt import doubts
from untagged.mood import mood_of
from untagged.pipeline import Pipeline
from untagged.share_of_voice import competitors_of, share_of_voice
from untagged.topic_moves import topic_moves
from untagged.web.charts import bucket_for, usual_per, volume_chart
from untagged.web.doors import needs
from untagged.web.mood_chart import mood_chart
from untagged.web.page import clock_now, pipeline_of, render
from untagged.web.pictures import picture
from untagged.web.reader import reader_of
from untagged.web.spikes import known_zone, shown
from untagged.web.visitor import scope_of

router = APIRouter()
DAYS = (1, 7, 28)
FACETS = ("sentiment", "intent", "lang", "source", "topic", "site")
LATEST = 8
VOICES = 8


@router.get("/brands/{name}", dependencies=[needs("look")])
def brand(request: Request, name: str, days: int = 7) -> Response:
    """One brand at a glance."""
    pipeline, now = pipeline_of(request), clock_now()
    known = _brand(pipeline, name)
    chosen = days if days in DAYS else 7
    since = now - timedelta(days=chosen)
    said = signal_query(known.name, "all")
    page = pipeline.store.search(said, since=since, until=now, limit=LATEST, facets=FACETS)
    earlier = since - (now - since)
    before = pipeline.store.search(said, since=earlier, until=since, limit=0, facets=("topic",))
    with pipeline.read() as connection:
        open_cases = desk.list_cases(
            connection, brand=known.name, status=LIVING, limit=LATEST, teams=scope_of(request).teams
        )
        fired = list_alerts(connection, brand=known.name, kinds=("spike",), limit=LATEST)
    return render(
        request,
        "brand.html",
        {
            "brand": known,
            "days": chosen,
            "day_choices": DAYS,
            "page": page,
            "negative": dict(page.facets["sentiment"]).get("negative", 0),
            "before": before.total,
            "mood": mood_of(pipeline.store, known.name, since=since, until=now),
            "topics": topic_moves(dict(page.facets["topic"]), dict(before.facets["topic"])),
            "voices": pipeline.store.voices(said, since=since, until=now, limit=VOICES),
            "voice": share_of_voice(
                pipeline.store, known.name, _rivals(request, known), since=since, until=now
            ),
            "spikes": pipeline.spikes(brand=known.name, since=since, until=now)[::-1],
            "cases": open_cases,
            "alerts": fired,
            "explained": {alert.id: shown(pipeline, alert) for alert in fired},
            "doubts": doubts(pipeline.store, said, pipeline.sources(now=now), now=now),
        },
    )


@router.get("/brands/{name}/volume.svg", dependencies=[needs("look")])
def volume(
    request: Request, name: str, days: int = 7, theme: Theme = "light", zone: str = "UTC"
) -> Response:
    """The brand's chart; drawn anew at most once a minute."""
    pipeline = pipeline_of(request)
    known = _brand(pipeline, name)
    span = timedelta(days=days if days in DAYS else 7)
    now = floored(clock_now(), timedelta(minutes=1))
    said = signal_query(known.name, "all")
    missing = doubts(pipeline.store, said, pipeline.sources(now=now), now=now)
    everything = replace(
        _series(pipeline, known.name, "all", since=now - span, until=now),
        uncertain_since=min((doubt.since for doubt in missing), default=None),
    )
    negative = _series(pipeline, known.name, "negative", since=now - span, until=now)
    spikes = pipeline.spikes(brand=known.name, since=now - span, until=now)
    title = reader_of(request).gettext(
        "%(all)s mentions of %(brand)s, %(negative)s negative",
        all=sum(everything.counts),
        brand=known.name,
        negative=sum(negative.counts),
    )
    history = brand_series(
        pipeline.store, known.name, "all", since=everything.start - HISTORY, until=now
    )
    drawn = volume_chart(
        everything,
        negative,
        spikes,
        theme=theme,
        title=title,
        zone=known_zone(zone),
        usual=usual_per(history, everything),
        reader=reader_of(request),
    )
    return picture(drawn)


@router.get("/brands/{name}/sentiment.svg", dependencies=[needs("look")])
def sentiment(
    request: Request, name: str, days: int = 7, theme: Theme = "light", zone: str = "UTC"
) -> Response:
    """The shares of each feeling over time; drawn anew at most once a minute."""
    pipeline = pipeline_of(request)
    known = _brand(pipeline, name)
    span = timedelta(days=days if days in DAYS else 7)
    now = floored(clock_now(), timedelta(minutes=1))
    mood = mood_of(pipeline.store, known.name, since=now - span, until=now)
    reader = reader_of(request)
    title = reader.gettext(
        "Shares of negative, neutral and positive mentions of %(brand)s", brand=known.name
    )
    drawn = mood_chart(mood, theme=theme, title=title, zone=known_zone(zone), reader=reader)
    return picture(drawn)


def _rivals(request: Request, brand: Brand) -> list[str]:
    """The brand's competitors, as far as whoever looks sees them."""
    scope = scope_of(request)
    known = competitors_of(brand, pipeline_of(request).settings.brands)
    return [name for name in known if scope.has_brand(name)]


def _series(
    pipeline: Pipeline, name: str, signal: str, *, since: datetime, until: datetime
) -> Series:
    bucket = bucket_for(until - since)
    start = floored(since, bucket)
    query = signal_query(name, signal)
    counts = pipeline.store.series(query, since=start, until=until, bucket=bucket, authors=False)
    return Series(name, signal, start, bucket, counts.posts)


def _brand(pipeline: Pipeline, name: str) -> Brand:
    for one in pipeline.settings.brands:
        if one.name == name:
            return one
    raise NotFound(f"there is no brand {name!r} in the settings")
