"""What changed: the page of one spike, its chart, and what an alert kept for other pages."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Request, Response

from alerts.book import Alert
from alerts.kinds.spike import SpikeRule
from alerts.spike_chart import SpikeChart, described
from alerts.spike_drawing import Theme, svg
from mentions.brand import Brand
from mentions.errors import NotFound
from mentions.mention import Mention
from mentions.series import SIGNALS, Spike, is_signal
from mentions.times import as_utc, floored, parse_moment
from nlp.spike_explanation import Explanation
from nlp.spikes import SpikeSettings
from untagged.charting import AFTER, BEFORE, spike_chart
from untagged.detecting import BUCKET, HISTORY, brand_series, signal_query
from untagged.doubt import doubts
from untagged.explaining import explain, posts_of
from untagged.languages import ENGLISH
from untagged.pipeline import Pipeline
from untagged.web import pictures
from untagged.web.doors import needs
from untagged.web.page import clock_now, pipeline_of, render
from untagged.web.reader import reader_of
from untagged.web.spoken import drawn_times
from untagged.web.words import word
from untagged.why import settings_of

router = APIRouter()
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Nobody was listened to before; the weeks before year 1 are outside the calendar."""
LONGEST = timedelta(days=3)
"""How long after its beginning a spike's end is looked for."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An explanation with those of its posts that are still there."""

    explanation: Explanation
    posts: dict[str, Mention]


def shown(pipeline: Pipeline, alert: Alert) -> Shown | None:
    """What changed when an alert was last told; None if it keeps nothing."""
    if alert.explanation is None:
        return None
    kept = Explanation.from_json(alert.explanation)
    return Shown(kept, {post.id: post for post in posts_of(pipeline.store, kept)})


@router.get("/brands/{name}/spike", dependencies=[needs("look")])
def spike(request: Request, name: str, signal: str, began: str) -> Response:
    """One spike, told or not: what changed, who carries it, and its numbers."""
    pipeline, now = pipeline_of(request), clock_now()
    asked = _asked(pipeline, name, signal, began, now)
    found = explain(
        pipeline.store,
        asked.brand,
        signal,
        began=asked.began,
        until=asked.ended or now,
        observed=asked.spike.observed if asked.spike else 0.0,
    )
    drawn = _chart(pipeline, asked, now)
    is_english = reader_of(request).language == ENGLISH
    return render(
        request,
        "spike.html",
        {
            "brand": asked.brand,
            "signal": signal,
            "began": asked.began,
            "ended": asked.ended,
            "spike": asked.spike,
            "shown": Shown(found.explanation, {post.id: post for post in found.posts}),
            "chart": drawn,
            "described": described(drawn) if is_english else "",
        },
    )


@router.get("/brands/{name}/spike.svg", dependencies=[needs("look")])
def picture(
    request: Request,
    name: str,
    *,
    signal: str,
    began: str,
    theme: Theme = "light",
    zone: str = "UTC",
) -> Response:
    """The chart of a spike; drawn anew at most once a minute."""
    pipeline, now = pipeline_of(request), floored(clock_now(), timedelta(minutes=1))
    reader = reader_of(request)
    drawn = _chart(pipeline, _asked(pipeline, name, signal, began, now), now)
    if reader.language != ENGLISH:
        unit = reader.gettext("posts in an hour: %(signal)s", signal=word(reader, signal))
        drawn = replace(drawn, unit=unit)
    said = svg(
        drawn,
        theme=theme,
        zone=known_zone(zone),
        said=partial(word, reader),
        times=drawn_times(reader.locale),
    )
    return pictures.picture(said)


def known_zone(name: str) -> str:
    """The time zone if there is such a one, else UTC: a browser may know another."""
    try:
        return ZoneInfo(name).key or "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The spike that an address names, and what the detector says of it now."""

    brand: Brand
    signal: str
    began: datetime
    ended: datetime | None
    spike: Spike | None
    settings: SpikeSettings


def _asked(pipeline: Pipeline, name: str, signal: str, said: str, now: datetime) -> _Asked:
    brand = next((one for one in pipeline.settings.brands if one.name == name), None)
    if brand is None:
        raise NotFound(f"there is no brand {name!r} in the settings")
    if not is_signal(signal):
        raise NotFound(
            f"there is no signal {signal!r}; there are {', '.join(SIGNALS)}, and topic:NAME"
        )
    try:
        began = min(as_utc(parse_moment(said)), now)
    except ValueError as error:
        raise NotFound(f"no spike began then: {error}") from error
    if began < EARLIEST:
        raise NotFound(f"no spike began then: {said} is before 1970")
    found = pipeline.spikes(brand=name, since=began, until=min(now, began + LONGEST))
    same = [one for one in found if (one.signal, one.started_at) == (signal, began)]
    one = same[0] if same else None
    ended = one.ended_at if one else None
    if one is None and now > began + AFTER:
        ended = began + AFTER  # the settings are others now; a quarter of a day shows its course
    return _Asked(brand, signal, began, ended, one, _settings(pipeline, name, signal))


def _settings(pipeline: Pipeline, name: str, signal: str) -> SpikeSettings:
    """Those of the first rule that watches it, else the usual ones."""
    rules = (rule for rule in pipeline.settings.rules if isinstance(rule, SpikeRule))
    watching = (
        rule for rule in rules if signal in rule.signals and name in (rule.brands or (name,))
    )
    return settings_of(next(watching, None))


def _chart(pipeline: Pipeline, asked: _Asked, now: datetime) -> SpikeChart:
    until = min(now, (asked.ended or now) + AFTER)
    since = asked.began - BEFORE - HISTORY
    series = brand_series(pipeline.store, asked.brand.name, asked.signal, since=since, until=until)
    counted = signal_query(asked.brand.name, asked.signal)
    missing = doubts(pipeline.store, counted, pipeline.sources(now=now), now=now)
    uncertain = min((doubt.since for doubt in missing), default=None)
    series = replace(series, uncertain_since=uncertain)
    began = floored(asked.began, BUCKET)
    return spike_chart(series, asked.settings, began=began, ended=asked.ended)
