"""Charts of the team's digest: cases by weekday and hour, and the week to come."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from alerts.digests.digest import Chart
from untagged.looking_ahead import Ahead

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_BLUE, _PALE = "#2b59c3", "#b9c8ec"


def rhythm_chart(arrived: Mapping[tuple[int, int], int], words: str) -> Chart:
    """How many cases came in each hour of the week: (weekday from 0, hour) -> cases."""
    values = [
        {"day": DAYS[day][:3], "hour": hour, "cases": arrived.get((day, hour), 0)}
        for day in range(7)
        for hour in range(24)
    ]
    encoding: dict[str, Any] = {
        "x": {"field": "hour", "type": "ordinal", "title": "hour", "axis": {"labelAngle": 0}},
        "y": {
            "field": "day",
            "type": "ordinal",
            "title": None,
            "sort": [name[:3] for name in DAYS],
        },
        "color": {
            "field": "cases",
            "type": "quantitative",
            "title": "cases",
            "scale": {"scheme": "blues"},
        },
    }
    spec = {
        "$schema": _SCHEMA,
        "width": 600,
        "height": 170,
        "data": {"values": values},
        "mark": {"type": "rect", "tooltip": True},
        "encoding": encoding,
    }
    return Chart(spec, words)


def ahead_chart(ahead: Ahead, words: str) -> Chart:
    """The cases expected in each hour of the next week, with the range that holds four of five."""
    wall = ZoneInfo(ahead.forecast.zone)
    values = [
        {
            "at": f"{hour.at.astimezone(wall):%Y-%m-%dT%H:%M:%SZ}",  # as the wall shows it
            "expected": round(hour.expected, 2),
            "low": hour.low,
            "high": hour.high,
        }
        for hour in ahead.forecast.hours
    ]
    x: dict[str, Any] = {"field": "at", "type": "temporal", "title": None, "scale": {"type": "utc"}}
    x |= {"axis": {"format": "%a %d %b", "tickCount": "day", "labelAngle": 0}}
    band = {
        "mark": {"type": "area", "interpolate": "step-after", "color": _PALE, "opacity": 0.7},
        "encoding": {
            "x": x,
            "y": {"field": "low", "type": "quantitative", "title": "cases an hour"},
            "y2": {"field": "high"},
        },
    }
    line = {
        "mark": {"type": "line", "interpolate": "step-after", "color": _BLUE, "strokeWidth": 1.5},
        "encoding": {"x": x, "y": {"field": "expected", "type": "quantitative"}},
    }
    spec = {
        "$schema": _SCHEMA,
        "width": 600,
        "height": 180,
        "data": {"values": values},
        "layer": [band, line],
    }
    return Chart(spec, words)
