"""Draws a digest's charts: SVG for pages, PNG for mail and files; nothing is fetched."""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from markupsafe import escape

from alerts.digests.digest import Chart, Digest
from alerts.spike_drawing import INK, PICTURE_SCALE, VEGA_LITE, Theme, compacted, look
from mentions.errors import UntaggedError

log = logging.getLogger(__name__)

WIDTH = 500
"""What a letter of 600 points leaves beside its margins, the axis and its words."""
HEIGHT = 220
_SINGLE = ("mark", "layer")
"""A specification with one of these is one picture, whose size may be set."""


def charts(digest: Digest) -> list[Chart]:
    """Its charts, in the order of its sections."""
    return [section.chart for section in digest.sections if section.chart]


def svg(chart: Chart, *, theme: Theme = "light") -> str:
    """The picture for a page, on a transparent ground, called by its words.

    Raises UntaggedError for a specification that cannot be drawn.
    """
    drawn = _svg(json.dumps(_dressed(chart.spec, theme, "transparent"), sort_keys=True))
    return drawn.replace(">", f' role="img"><title>{escape(chart.words)}</title>', 1)


def png(chart: Chart) -> bytes | None:
    """The picture for a letter, on white; None, and a line in the log, if it cannot be drawn.

    The chart's words still say what it shows.
    """
    try:
        return _png(json.dumps(_dressed(chart.spec, "light", "#ffffff"), sort_keys=True))
    except UntaggedError as problem:
        log.warning("a digest goes without a chart: %s", problem)
        return None


@lru_cache(maxsize=32)
def _svg(drawing: str) -> str:
    import vl_convert  # noqa: PLC0415 - it takes a tenth of a second that few commands need

    try:
        drawn: str = vl_convert.vegalite_to_svg(drawing, vl_version=VEGA_LITE, allowed_base_urls=[])
    except ValueError as error:
        raise UntaggedError(f"this chart cannot be drawn: {error}") from error
    return drawn


@lru_cache(maxsize=32)
def _png(drawing: str) -> bytes:
    import vl_convert  # noqa: PLC0415 - as above

    try:
        drawn: bytes = vl_convert.vegalite_to_png(
            drawing, vl_version=VEGA_LITE, scale=PICTURE_SCALE, allowed_base_urls=[]
        )
    except ValueError as error:
        raise UntaggedError(f"this chart cannot be drawn: {error}") from error
    return compacted(drawn)


def _dressed(spec: Mapping[str, Any], theme: Theme, ground: str) -> dict[str, Any]:
    """The specification in our colours and size, where it does not choose its own."""
    ink = INK[theme]
    colours = [ink["expected"], ink["spike"], ink["band"], ink["text"], ink["counted"]]
    ours: dict[str, Any] = {
        **look(ink),
        "mark": {"color": ink["expected"]},
        "range": {"category": colours},
        "font": "sans-serif",
    }
    size: dict[str, Any] = {"padding": 12}
    if any(part in spec for part in _SINGLE):
        size |= {"width": WIDTH, "height": HEIGHT}
    return {**size, **spec, "background": ground, "config": {**ours, **spec.get("config", {})}}
