"""Pictures that a page shows: a browser keeps each for a minute, for the one who looks."""

from fastapi import Response

KEPT_SECONDS = 60
"""Drawing takes up to a quarter of a second, and what they show changes by the minute."""


def picture(svg: str) -> Response:
    """The SVG. Whoever logs in next in the same browser, or reads otherwise, is given another.

    A language that an account chooses is in no header: the page's address of the picture names
    it (`lang`). So do the theme and the zone.
    """
    headers = {
        "Cache-Control": f"private, max-age={KEPT_SECONDS}",
        "Vary": "Cookie, Accept-Language",
    }
    return Response(svg, media_type="image/svg+xml", headers=headers)
