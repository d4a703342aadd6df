"""Sitemaps: which pages a site has, and when each changed (https://www.sitemaps.org/protocol.html)."""

import zlib
from dataclasses import dataclass
from datetime import datetime

from lxml import etree  # type: ignore[import-untyped]  # typed by lxml-stubs only

from mentions.errors import SourceUnavailable
from spiders.article_page import Link
from spiders.feed_entry import moment
from spiders.plain_text import one_line

MAX_UNPACKED_BYTES = 50 * 2**20
"""What the protocol allows a sitemap at most."""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages that it names, or the further sitemaps, the newest first."""

    pages: tuple[Link, ...]
    sitemaps: tuple[Link, ...]


def parse_sitemap(body: bytes) -> Sitemap:
    """Read a sitemap or an index of them, packed or not. Raises SourceUnavailable for others."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(_unpacked(body) or b"<none/>", parser)
    kind = _name(root) if root is not None else ""
    if kind not in ("urlset", "sitemapindex"):
        raise SourceUnavailable("the server answered something that is no sitemap")
    links = [link for entry in root if (link := _link(entry))]
    links.sort(key=lambda link: link.published.timestamp() if link.published else 0, reverse=True)
    found = tuple(links)
    return Sitemap(found, ()) if kind == "urlset" else Sitemap((), found)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    try:
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        unpacked = unpacking.decompress(body, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise SourceUnavailable(f"the sitemap cannot be unpacked: {error}") from error
    if unpacking.unconsumed_tail:
        raise SourceUnavailable(f"the sitemap is over {MAX_UNPACKED_BYTES // 2**20} MB unpacked")
    return unpacked


def _link(entry: etree._Element) -> Link | None:
    said = {
        _name(one): (one.text or "").strip() for one in entry.iter() if isinstance(one.tag, str)
    }
    if not said.get("loc", "").startswith(("http://", "https://")):
        return None
    at = _moment(said.get("publication_date", "")) or _moment(said.get("lastmod", ""))
    return Link(said["loc"], at, title=one_line(said.get("title", "")))


def _moment(said: str) -> datetime | None:
    try:
        return moment(said)
    except ValueError:
        return None


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""
