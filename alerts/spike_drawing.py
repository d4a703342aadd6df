"""Draws a spike's chart: SVG for pages, PNG for messages, from one Vega-Lite specification.

Drawn here, nothing is fetched.
"""

import json
import struct
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from markupsafe import escape

from alerts.spike_chart import SpikeChart, described

Theme = Literal["light", "dark"]
VEGA_LITE = "5.20"
WIDTH, HEIGHT = 860, 230
PICTURE_SCALE = 1.5
"""Sharp enough on a phone."""
STROKES = 184
"""Hatching of a whole chart, if all of it is uncertain: one in five points of its width."""
INK: Mapping[Theme, Mapping[str, str]] = {
    "light": {
        "text": "#3b4252", "grid": "#e6e9ef", "ground": "#ffffff",
        "counted": "#1d2433", "expected": "#2b59c3", "band": "#8fb1ff", "spike": "#c8323c",
    },
    "dark": {
        "text": "#c9d1dc", "grid": "#2c3543", "ground": "#1a202a",
        "counted": "#e6eaf1", "expected": "#8fb1ff", "band": "#3d5a9e", "spike": "#ff6b6b",
    },
}  # fmt: skip
_DAY_SHAPE = "%a %d %H:%M"
COUNTED, EXPECTED, BAND = "counted", "expected", "usual range"


Said = Callable[[str], str]
"""The reader's words for those of the drawing."""


def svg(
    chart: SpikeChart,
    *,
    theme: Theme = "light",
    zone: str = "UTC",
    said: Said = str,
    times: Mapping[str, object] | None = None,
) -> str:
    """The picture for a page, with its times in the zone, on a transparent ground.

    `times` are names of days and months as d3-time-format takes them, English if none are given.
    """
    drawing = json.dumps(spec(chart, theme=theme, zone=zone, said=said), sort_keys=True)
    drawn = _svg(drawing, json.dumps(times) if times else "")
    # vl-convert leaves the description out of what it draws.
    return drawn.replace(">", f' role="img"><title>{escape(described(chart))}</title>', 1)


def png(chart: SpikeChart) -> bytes:
    """The picture for a message, on white, with its times in UTC and its title on it."""
    import vl_convert  # noqa: PLC0415 - it takes a tenth of a second that few commands need

    drawing = spec(chart, theme="light", zone="UTC")
    drawing |= {"title": chart.title, "background": INK["light"]["ground"], "padding": 12}
    # It brings fonts of its own, so a machine without any draws the words, too.
    drawn: bytes = vl_convert.vegalite_to_png(
        json.dumps(drawing), vl_version=VEGA_LITE, scale=PICTURE_SCALE, allowed_base_urls=[]
    )
    return compacted(drawn)


def compacted(picture: bytes) -> bytes:
    """The same PNG with its pixels packed as tightly as they go: a third of what is drawn.

    Chunks as in https://www.w3.org/TR/png-3/#5Chunk-layout: length, type, data, CRC.
    """
    at, chunks, pixels = 8, [], b""
    while at < len(picture):
        (size,) = struct.unpack(">I", picture[at : at + 4])
        kind, data = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        at += 12 + size
        if kind == b"IDAT":
            pixels += data
        else:
            chunks.append((kind, data))
    chunks.insert(-1, (b"IDAT", zlib.compress(zlib.decompress(pixels), 9)))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return picture[:8] + b"".join(packed)


@lru_cache(maxsize=64)
def _svg(drawing: str, times: str) -> str:
    """Drawing takes a tenth of a second; the same picture is asked for again and again."""
    import vl_convert  # noqa: PLC0415 - as above

    drawn: str = vl_convert.vegalite_to_svg(
        drawing,
        vl_version=VEGA_LITE,
        allowed_base_urls=[],
        time_format_locale=json.loads(times) if times else None,
    )
    return drawn


def spec(chart: SpikeChart, *, theme: Theme, zone: str, said: Said = str) -> dict[str, Any]:
    """The chart in Vega-Lite."""
    ink, clock = INK[theme], _Clock(zone, said)
    layers = [
        *_spike_layer(chart, ink, clock),
        _band_layer(chart, ink, clock),
        *_uncertain_layer(chart, ink, clock),
        _line_layer(chart, EXPECTED, ink, clock),
        _line_layer(chart, COUNTED, ink, clock),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "background": "transparent",
        "layer": layers,
        "config": look(ink),
    }


def look(ink: Mapping[str, str]) -> dict[str, Any]:
    """How our charts look in these colours, as Vega-Lite's `config`."""
    fonts = {"labelFont": "sans-serif", "titleFont": "sans-serif"}
    axis = {"labelColor": ink["text"], "titleColor": ink["text"], **fonts}
    axis |= {f"{part}Color": ink["grid"] for part in ("grid", "domain", "tick")}
    legend: dict[str, Any] = {"labelColor": ink["text"], "orient": "top", "title": None, **fonts}
    legend |= {"symbolType": "square", "symbolOpacity": 1}
    title = {"font": "sans-serif", "color": ink["text"], "anchor": "start"}
    return {"axis": axis, "legend": legend, "title": title, "view": {"stroke": None}}


class _Clock:
    """Moments as the reader's clock shows them, written so that Vega takes them for UTC."""

    def __init__(self, zone: str, said: Said) -> None:
        self.title, self.said, self._zone = f"{said('time')} ({zone})", said, ZoneInfo(zone)

    def stamp(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%dT%H:%M:%SZ")


def _x(field: str, clock: _Clock) -> dict[str, Any]:
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": clock.title, "format": _DAY_SHAPE, "tickCount": 8},
    }


def _y(field: str, chart: SpikeChart, said: Said) -> dict[str, Any]:
    axis = {"title": said(chart.unit), "tickMinStep": 1}
    return {"field": field, "type": "quantitative", "axis": axis}


def _color(name: str, ink: Mapping[str, str], said: Said) -> dict[str, Any]:
    """By name, so that the chart gets its legend."""
    inks = [ink["counted"], ink["expected"], ink["band"]]
    names = [said(one) for one in (COUNTED, EXPECTED, BAND)]
    return {"datum": said(name), "scale": {"domain": names, "range": inks}}


def _line_layer(
    chart: SpikeChart, name: str, ink: Mapping[str, str], clock: _Clock
) -> dict[str, Any]:
    values = chart.counted if name == COUNTED else chart.expected
    rows = [{"at": clock.stamp(chart.at(n)), "y": value} for n, value in enumerate(values)]
    mark = {"strokeWidth": 2} if name == COUNTED else {"strokeWidth": 1.5, "strokeDash": [5, 4]}
    return {
        "data": {"values": rows},
        "mark": {"type": "line", **mark},
        "encoding": {
            "x": _x("at", clock),
            "y": _y("y", chart, clock.said),
            "color": _color(name, ink, clock.said),
        },
    }


def _band_layer(chart: SpikeChart, ink: Mapping[str, str], clock: _Clock) -> dict[str, Any]:
    edges = zip(chart.low, chart.high, strict=True)
    rows = [
        {"at": clock.stamp(chart.at(n)), "low": low, "high": high}
        for n, (low, high) in enumerate(edges)
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "opacity": 1, "fillOpacity": 0.3},
        "encoding": {
            "x": _x("at", clock),
            "y": _y("low", chart, clock.said),
            "y2": {"field": "high"},
            "color": _color(BAND, ink, clock.said),
        },
    }


def _spike_layer(chart: SpikeChart, ink: Mapping[str, str], clock: _Clock) -> list[dict[str, Any]]:
    if chart.spike is None:
        return []
    began, ended = chart.spike
    row = {"from": clock.stamp(max(began, chart.start)), "to": clock.stamp(ended or chart.end)}
    return [
        {
            "data": {"values": [row]},
            "mark": {"type": "rect", "color": ink["spike"], "opacity": 0.14},
            "encoding": {"x": _x("from", clock), "x2": {"field": "to"}},
        }
    ]


def _uncertain_layer(
    chart: SpikeChart, ink: Mapping[str, str], clock: _Clock
) -> list[dict[str, Any]]:
    """Hatching over the time in which a source is silent; vertical strokes, as SVG has them."""
    if chart.uncertain_since is None or chart.uncertain_since >= chart.end:
        return []
    since = max(chart.uncertain_since, chart.start)
    stroke = (chart.end - chart.start) / STROKES
    count = int((chart.end - since) / stroke) + 1
    rows = [{"at": clock.stamp(since + stroke * number)} for number in range(count)]
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "color": ink["text"], "opacity": 0.35, "strokeWidth": 1},
            "encoding": {"x": _x("at", clock)},
        }
    ]
