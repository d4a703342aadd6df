"""The chart of a brand's mood: shares of each feeling per hour or day, stacked to a whole."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.spike_drawing import Theme
from untagged.mood import Moment, Mood
from untagged.web.charts import Look, drawn, spec_of
from untagged.web.reader import ENGLISH_READER, Reader
from untagged.web.words import word

FEELINGS = ("negative", "neutral", "positive")
"""From below: what one looks for stands on the axis."""
COLORS = {
    "light": {"negative": "#c8323c", "neutral": "#c3cad6", "positive": "#2f8f57"},
    "dark": {"negative": "#ff6b6b", "neutral": "#4a5568", "positive": "#5fc98a"},
}


def mood_chart(
    mood: Mood,
    *,
    theme: Theme,
    title: str,
    zone: str = "UTC",
    reader: Reader = ENGLISH_READER,
) -> str:
    """SVG of the shares; where of no mention the feeling is known there is a gap."""
    look = Look(theme, zone, title, reader)
    rows = [row for moment in mood.moments if moment.total for row in _rows(moment, mood, look)]
    colors = COLORS[theme]
    layer: dict[str, Any] = {
        "data": {"values": rows},
        "mark": {"type": "rect", "opacity": 0.9},
        "encoding": {
            "x": {
                "field": "at",
                "type": "temporal",
                "scale": {"type": "utc"},
                "axis": _axis(mood, look),
            },
            "x2": {"field": "to"},
            "y": {
                "field": "low",
                "type": "quantitative",
                "scale": {"domain": [0, 1]},
                "axis": {"title": _share_per(mood, reader), "format": ".0%", "tickCount": 5},
            },
            "y2": {"field": "high"},
            "color": {
                "field": "feeling",
                "type": "nominal",
                "scale": {
                    "domain": [word(reader, one) for one in FEELINGS],
                    "range": [colors[one] for one in FEELINGS],
                },
                "legend": {"title": None, "orient": "top"},
            },
        },
    }
    return drawn(spec_of([layer], look), look)


def _share_per(mood: Mood, reader: Reader) -> str:
    if mood.per == "day":
        return reader.gettext("share per day")
    return reader.gettext("share per hour")


def _axis(mood: Mood, look: Look) -> dict[str, Any]:
    if mood.per == "day":  # days are those of UTC, which begin at another hour elsewhere
        title = look.reader.gettext("day (UTC)")
        return {"title": title, "format": "%a %d %b", "tickCount": 9}
    title = look.reader.gettext("time (%(zone)s)", zone=look.zone)
    return {"title": title, "format": "%a %d %H:%M", "tickCount": 9}


def _rows(moment: Moment, mood: Mood, look: Look) -> list[dict[str, Any]]:
    """A box for each feeling, on top of those before it."""
    end = moment.start + mood.bucket
    at, to = (_stamp(one, mood, look) for one in (moment.start, end))
    rows, low = [], 0.0
    for feeling in FEELINGS:
        high = low + moment.counts[feeling] / moment.total
        said = word(look.reader, feeling)
        rows.append({"at": at, "to": to, "feeling": said, "low": low, "high": high})
        low = high
    return rows


def _stamp(moment: datetime, mood: Mood, look: Look) -> str:
    if mood.per == "day":
        return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")
    return look.stamp(moment)
