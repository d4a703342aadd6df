"""Charts: Vega-Lite to SVG for pages and PNG for messages, drawn here, nothing fetched."""

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import vl_convert

from mentions.series import Series, Spike

Theme = Literal["light", "dark"]
VEGA_LITE = "5.20"
INK = {
    "light": {"text": "#3b4252", "grid": "#e6e9ef", "all": "#9aa7bd", "negative": "#c8323c"},
    "dark": {"text": "#c9d1dc", "grid": "#2c3543", "all": "#6f7f99", "negative": "#ff6b6b"},
}
WIDTH, HEIGHT = 920, 220
HATCHES = 184
"""Strokes in a whole chart, if all of it is uncertain: one in five points of its width."""


def volume_chart(
    everything: Series, negative: Series, spikes: list[Spike], *, theme: Theme, title: str
) -> str:
    """SVG of mentions per bucket, the negative ones within, and spikes as shaded stretches."""
    spec = _volume_spec(everything, negative, spikes, theme=theme, title=title)
    return _svg(json.dumps(spec, sort_keys=True))


def bucket_for(span: timedelta) -> timedelta:
    """A bucket that gives a chart between 48 and 400 points."""
    if span <= timedelta(days=2):
        return timedelta(minutes=15)
    return timedelta(hours=1) if span <= timedelta(days=16) else timedelta(days=1)


@lru_cache(maxsize=64)
def _svg(spec: str) -> str:
    """Drawing takes a tenth of a second; the same picture is asked for again and again."""
    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    return drawn


def _volume_spec(
    everything: Series, negative: Series, spikes: list[Spike], *, theme: Theme, title: str
) -> dict[str, Any]:
    ink = INK[theme]
    layers = [
        *([_spike_layer(spikes, everything.end, ink["negative"])] if spikes else []),
        _area(everything, "all", ink["all"]),
        _area(negative, "negative", ink["negative"]),
        *_uncertain_layer(everything, ink["text"]),
    ]
    axis = {
        "labelColor": ink["text"],
        "titleColor": ink["text"],
        "gridColor": ink["grid"],
        "domainColor": ink["grid"],
        "tickColor": ink["grid"],
        "labelFont": "sans-serif",
        "titleFont": "sans-serif",
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "background": "transparent",
        "description": title,
        "layer": layers,
        "config": {"axis": axis, "view": {"stroke": None}},
    }


def _area(series: Series, name: str, color: str) -> dict[str, Any]:
    rows = [
        {"at": _stamp(series.start + series.bucket * number), "mentions": count}
        for number, count in enumerate(series.counts)
    ]
    per = "hour" if series.bucket >= timedelta(hours=1) else "quarter of an hour"
    per = "day" if series.bucket >= timedelta(days=1) else per
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
            "x": {
                "field": "at",
                "type": "temporal",
                "scale": {"type": "utc"},
                "axis": {"title": "time (UTC)", "format": "%a %d %H:%M", "tickCount": 9},
            },
            "y": {
                "field": "mentions",
                "type": "quantitative",
                "axis": {"title": f"mentions per {per}", "tickMinStep": 1},
            },
        },
    }


def _spike_layer(spikes: list[Spike], end: datetime, color: str) -> dict[str, Any]:
    rows = [
        {"from": _stamp(spike.started_at), "to": _stamp(spike.ended_at or end)} for spike in spikes
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "rect", "color": color, "opacity": 0.14},
        "encoding": {
            "x": {"field": "from", "type": "temporal", "scale": {"type": "utc"}},
            "x2": {"field": "to"},
        },
    }


def _uncertain_layer(series: Series, color: str) -> list[dict[str, Any]]:
    """Hatching over the time in which a source is silent; vertical strokes, as SVG has them."""
    if series.uncertain_since is None:
        return []
    since = max(series.uncertain_since, series.start)
    stroke = (series.end - series.start) / HATCHES
    count = int((series.end - since) / stroke) + 1
    rows = [{"at": _stamp(since + stroke * number)} for number in range(count)]
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "color": color, "opacity": 0.35, "strokeWidth": 1},
            "encoding": {"x": {"field": "at", "type": "temporal", "scale": {"type": "utc"}}},
        }
    ]


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
