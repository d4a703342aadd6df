"""The chart of a brand's health: mentions by day with the negative ones, and what was expected."""

from datetime import UTC, datetime
from typing import Any

from alerts.digests.digest import Chart
from untagged.digests.brand_health import BrandHealth
from untagged.digests.wording import said_moment

WIDTH, HEIGHT = 620, 180
COLOURS = {"negative": "#c8323c", "other": "#9aa7bd"}
USUAL = "#2b59c3"


def course_chart(brand: BrandHealth) -> Chart:
    """Stacked bars, the negative mentions below, and a dashed line where each bar was expected."""
    course = brand.course
    rows = []
    for number, count in enumerate(course.mentions):
        at = _stamp(course.start + course.bucket * number)
        angry = course.negative[number]
        rows.append({"at": at, "mentions": angry, "are": "negative"})
        rows.append({"at": at, "mentions": count - angry, "are": "other"})
    spec: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "description": _words(brand),
        "layer": [_bars(brand, rows), *_usual(brand)],
    }
    return Chart(spec, _words(brand))


def _bars(brand: BrandHealth, rows: list[dict[str, Any]]) -> dict[str, Any]:
    unit = brand.course.unit
    dashed = " (dashed: expected)" if brand.growth else ""
    shape = "%d %b %H:%M" if unit == "hour" else "%d %b"
    # Left to itself Vega would draw two bars a pixel wide where there are two days.
    width = max(2.0, 0.8 * WIDTH / len(brand.course.mentions))
    return {
        "data": {"values": rows},
        "mark": {"type": "bar", "size": round(width, 1)},
        "encoding": {
            "x": {
                "field": "at",
                "type": "temporal",
                # Half a bar at each end, or the first one stands on the axis and its numbers.
                "scale": {"type": "utc", "padding": round(width / 2 + 2)},
                "axis": {"title": None, "format": shape, "tickCount": 8, "grid": False},
            },
            "y": {
                "field": "mentions",
                "type": "quantitative",
                "stack": "zero",
                "axis": {"title": f"mentions per {unit}{dashed}", "tickMinStep": 1},
            },
            "order": {"field": "are", "sort": "ascending"},
            "color": {
                "field": "are",
                "type": "nominal",
                "scale": {"domain": list(COLOURS), "range": list(COLOURS.values())},
                "legend": {"title": None, "orient": "top"},
            },
        },
    }


def _usual(brand: BrandHealth) -> list[dict[str, Any]]:
    if brand.growth is None:
        return []
    each = brand.growth.expected * (brand.course.bucket / brand.course.span)
    mark = {"type": "rule", "color": USUAL, "strokeDash": [5, 4]}
    y = {"field": "expected", "type": "quantitative"}
    return [
        {"data": {"values": [{"expected": round(each, 1)}]}, "mark": mark, "encoding": {"y": y}}
    ]


def _words(brand: BrandHealth) -> str:
    course = brand.course
    place = course.fullest
    at = course.start + course.bucket * place
    when = f"{said_moment(at)} UTC" if course.unit == "hour" else f"{at.day} {at:%b}"
    is_partly = course.is_partial and course.unit == "day"
    partly = "; the first and the last day are not whole" if is_partly else ""
    return (
        f"Mentions of {brand.brand} per {course.unit}: {min(course.mentions):,} to "
        f"{max(course.mentions):,}, most on {when}, {course.negative[place]:,} of them "
        f"negative{partly}."
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
