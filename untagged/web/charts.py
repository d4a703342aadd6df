"""Charts: Vega-Lite to SVG for pages and PNG for messages, drawn here, nothing fetched."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import vl_convert

from alerts.spike_drawing import VEGA_LITE, Theme
from mentions.series import Series, Spike
from nlp.spike_band import expected_band
from untagged.web.reader import ENGLISH_READER, Reader
from untagged.web.spoken import drawn_times

INK = {
    "light": {
        "text": "#3b4252", "grid": "#e6e9ef",
        "all": "#9aa7bd", "negative": "#c8323c", "usual": "#2b59c3",
    },
    "dark": {
        "text": "#c9d1dc", "grid": "#2c3543",
        "all": "#6f7f99", "negative": "#ff6b6b", "usual": "#8fb1ff",
    },
}  # fmt: skip
WIDTH, HEIGHT = 920, 220
HATCHES = 184
"""Strokes in a whole chart, if all of it is uncertain: one in five points of its width."""


@dataclass(frozen=True, slots=True)
class Usual:
    """A bucket's expectation and the range in which it usually lies."""

    start: datetime
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is drawn: for which ground, with whose clock and words, and what it is called."""

    theme: Theme
    zone: str
    title: str
    reader: Reader

    def stamp(self, moment: datetime) -> str:
        """The moment as the zone's clocks show it, written so that Vega takes it for UTC."""
        return moment.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%dT%H:%M:%SZ")


def volume_chart(
    everything: Series,
    negative: Series,
    spikes: Sequence[Spike],
    *,
    theme: Theme,
    title: str,
    zone: str = "UTC",
    usual: Sequence[Usual] = (),
    reader: Reader = ENGLISH_READER,
) -> str:
    """SVG of mentions per bucket, the negative ones within, what is usual, and the spikes."""
    look = Look(theme, zone, title, reader)
    spec = _volume_spec(everything, negative, spikes, look, usual)
    return drawn(spec, look)


def forecast_chart(
    hours: Sequence[Usual],
    *,
    theme: Theme,
    title: str,
    zone: str = "UTC",
    reader: Reader = ENGLISH_READER,
) -> str:
    """SVG of the cases expected in each hour to come, in the range that holds four of five."""
    look = Look(theme, zone, title, reader)
    spec = spec_of(_usual_layers(hours, look, of=reader.gettext("cases per hour")), look)
    return drawn(spec, look)


def usual_per(series: Series, buckets: Series) -> list[Usual]:
    """What is usual in each whole bucket of `buckets`, judged by the finer and longer `series`."""
    starts = [buckets.start + buckets.bucket * at for at in range(len(buckets.counts))]
    ends = {start: (start + buckets.bucket - series.start) // series.bucket - 1 for start in starts}
    places = {start: at for start, at in ends.items() if 0 <= at < len(series.counts)}
    band = expected_band(series, window=buckets.bucket, shown=list(places.values()))
    edges = zip(band.expected.tolist(), band.low.tolist(), band.high.tolist(), strict=True)
    return [Usual(start, *its) for start, its in zip(places, edges, strict=True)]


def bucket_for(span: timedelta) -> timedelta:
    """A bucket that gives a chart between 48 and 400 points."""
    if span <= timedelta(days=2):
        return timedelta(minutes=15)
    return timedelta(hours=1) if span <= timedelta(days=16) else timedelta(days=1)


def drawn(spec: dict[str, Any], look: Look) -> str:
    """The chart as SVG, its times in the reader's words."""
    return _svg(json.dumps(spec, sort_keys=True), look.reader.locale)


@lru_cache(maxsize=64)
def _svg(spec: str, locale: str) -> str:
    """Drawing takes a tenth of a second; the same picture is asked for again and again."""
    picture: str = vl_convert.vegalite_to_svg(
        spec,
        vl_version=VEGA_LITE,
        allowed_base_urls=[],
        time_format_locale=drawn_times(locale),
    )
    return picture


def _volume_spec(
    everything: Series,
    negative: Series,
    spikes: Sequence[Spike],
    look: Look,
    usual: Sequence[Usual],
) -> dict[str, Any]:
    layers = [
        *([_spike_layer(spikes, everything.end, look)] if spikes else []),
        *(_usual_layers(usual, look) if usual else []),
        _area(everything, "all", look),
        _area(negative, "negative", look),
        *_uncertain_layer(everything, look),
    ]
    return spec_of(layers, look)


def spec_of(layers: Sequence[dict[str, Any]], look: Look) -> dict[str, Any]:
    """A Vega-Lite chart of these layers in our look."""
    ink = INK[look.theme]
    words = {"labelColor": ink["text"], "titleColor": ink["text"]}
    fonts = {"labelFont": "sans-serif", "titleFont": "sans-serif"}
    lines = {"gridColor": ink["grid"], "domainColor": ink["grid"], "tickColor": ink["grid"]}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "background": "transparent",
        "description": look.title,
        "layer": list(layers),
        "config": {
            "axis": words | fonts | lines,
            "legend": words | fonts,
            "view": {"stroke": None},
        },
    }


def _area(series: Series, name: str, look: Look) -> dict[str, Any]:
    color = INK[look.theme][name]
    rows = [
        {"at": look.stamp(series.start + series.bucket * number), "mentions": count}
        for number, count in enumerate(series.counts)
    ]
    return {
        "data": {"values": rows},
        "mark": {
            "type": "area",
            "interpolate": "step-after",
            "color": color,
            "opacity": 0.45 if name == "all" else 0.9,
            "line": {"color": color, "strokeWidth": 1},
        },
        "encoding": {
            "x": time_axis(look),
            "y": {
                "field": "mentions",
                "type": "quantitative",
                "axis": {"title": _unit(series, look.reader), "tickMinStep": 1},
            },
        },
    }


def _unit(series: Series, reader: Reader) -> str:
    if series.bucket >= timedelta(days=1):
        return reader.gettext("mentions per day")
    if series.bucket >= timedelta(hours=1):
        return reader.gettext("mentions per hour")
    return reader.gettext("mentions per quarter of an hour")


def time_axis(look: Look) -> dict[str, Any]:
    """Time from left to right, by the clocks of the zone."""
    title = look.reader.gettext("time (%(zone)s)", zone=look.zone)
    axis = {"title": title, "format": "%a %d %H:%M", "tickCount": 9}
    return {"field": "at", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def _usual_layers(
    usual: Sequence[Usual], look: Look, *, of: str | None = None
) -> list[dict[str, Any]]:
    """The band, and the expectation as a dashed line, in steps as the counts are.

    `of` is what the axis says, where no counts give it its title.
    """
    rows = [
        {"at": look.stamp(one.start), "low": one.low, "high": one.high, "expected": one.expected}
        for one in usual
    ]
    color = INK[look.theme]["usual"]
    band = {"type": "area", "interpolate": "step-after", "color": color, "opacity": 0.22}
    line = {"type": "line", "interpolate": "step-after", "color": color, "strokeDash": [5, 4]}
    axis: dict[str, Any] = {"axis": {"title": of}} if of else {}
    low = {"field": "low", "type": "quantitative", **axis}
    expected = {"field": "expected", "type": "quantitative", **axis}
    x, values = time_axis(look), {"values": rows}
    return [
        {"data": values, "mark": band, "encoding": {"x": x, "y": low, "y2": {"field": "high"}}},
        {"data": values, "mark": line, "encoding": {"x": x, "y": expected}},
    ]


def _spike_layer(spikes: Sequence[Spike], end: datetime, look: Look) -> dict[str, Any]:
    color = INK[look.theme]["negative"]
    rows = [
        {"from": look.stamp(spike.started_at), "to": look.stamp(spike.ended_at or end)}
        for spike in spikes
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "rect", "color": color, "opacity": 0.14},
        "encoding": {
            "x": {"field": "from", "type": "temporal", "scale": {"type": "utc"}},
            "x2": {"field": "to"},
        },
    }


def _uncertain_layer(series: Series, look: Look) -> list[dict[str, Any]]:
    """Hatching over the time in which a source is silent; vertical strokes, as SVG has them."""
    if series.uncertain_since is None:
        return []
    since = max(series.uncertain_since, series.start)
    stroke = (series.end - series.start) / HATCHES
    count = int((series.end - since) / stroke) + 1
    color = INK[look.theme]["text"]
    rows = [{"at": look.stamp(since + stroke * number)} for number in range(count)]
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "color": color, "opacity": 0.35, "strokeWidth": 1},
            "encoding": {"x": time_axis(look)},
        }
    ]
