"""A digest as HTML, of one template for every kind: mail, and files that need nothing else.

Styles are inline, as mail programs want them; what stays in the head turns it dark where the
reader's screen is.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts.digests import drawing
from alerts.digests.around import Around, byline, period
from alerts.digests.digest import Digest, Table
from alerts.digests.text import cell_text, numeric
from alerts.messages import filled
from alerts.quoting import Live

TEMPLATE = "digest_document.html.j2"
CHARSET = '<meta charset="utf-8">'


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart drawn for a letter, and the name under which its HTML finds it."""

    name: str
    png: bytes

    @property
    def cid(self) -> str:
        """Its address within the letter (RFC 2392)."""
        return f"cid:{self.name}"

    @property
    def data(self) -> str:
        """Itself as an address (RFC 2397)."""
        return f"data:image/png;base64,{b64encode(self.png).decode()}"


def pictures(digest: Digest) -> list[Picture | None]:
    """A picture for each chart; None for one that cannot be drawn, whose words stand for it."""
    drawn = [drawing.png(chart) for chart in drawing.charts(digest)]
    return [Picture(f"chart-{at}.png", one) if one else None for at, one in enumerate(drawn, 1)]


def html_document(
    digest: Digest,
    around: Around | None = None,
    *,
    sources: Sequence[str] | None = None,
    folders: Sequence[Path] = (),
) -> str:
    """The whole digest. `sources` are where it finds its pictures; else they are in it.

    A template of the same name in `folders` comes before ours, unless it does not fit.
    """
    if sources is None:
        sources = [one.data if one else "" for one in pictures(digest)]
    context = _context(digest, around or Around(), sources)
    return _inlined(filled(TEMPLATE, context, tuple(folders)))


def _context(digest: Digest, around: Around, sources: Sequence[str]) -> dict[str, Any]:
    waiting = iter(sources)
    shown = [
        (section, Live(next(waiting, "") if section.chart else "")) for section in digest.sections
    ]
    return {
        "digest": digest,
        "period": period(digest),
        "sections": shown,
        "around": around,
        "page": Live(around.page),
        "stop": Live(around.stop),
        "byline": byline,
        "cell_text": cell_text,
        "sides_of": _sides,
    }


def _sides(table: Table) -> list[str]:
    """Of each column, where its cells stand: numbers one below the other."""
    return ["right" if is_right else "left" for is_right in numeric(table)]


def _inlined(page: str) -> str:
    import css_inline  # noqa: PLC0415 - a library of its own that few commands need

    inliner = css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
    )
    # What stays of the style comes first, and browsers look for the charset in 1,024 bytes.
    return inliner.inline(page).replace("<head>", f"<head>{CHARSET}", 1)
