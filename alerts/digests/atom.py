"""Issued digests as an Atom feed (RFC 4287), for whoever reads feeds rather than mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from lxml import etree, html  # type: ignore[import-untyped]  # typed by lxml-stubs only

from alerts.digests.around import Around, days
from alerts.digests.digest import Digest
from alerts.digests.html import html_document
from alerts.quoting import harmless

ATOM = "http://www.w3.org/2005/Atom"
MEDIA = "application/atom+xml; charset=utf-8"
TAG_YEAR = "2026"
"""Part of every id (RFC 4151), the year in which the first was made; it never changes."""


@dataclass(frozen=True, slots=True)
class Item:
    """A digest of the feed: when it was first made, when last, and its page in the cockpit."""

    digest: Digest
    made_at: datetime
    changed_at: datetime
    page: str


def feed(items: Sequence[Item], *, title: str, cockpit: str, path: str, now: datetime) -> str:
    """The feed, its items in the order given. Ids stay the same for the same period for ever.

    `path` is where it is found below the `cockpit`, without what lets readers in.
    """
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    authority = urlsplit(cockpit).hostname or "untagged.invalid"
    _add(root, "id", f"tag:{authority},{TAG_YEAR}:{quote(path.strip('/'))}")
    _add(root, "title", harmless(title))
    _add(root, "updated", _moment(max((one.changed_at for one in items), default=now)))
    _add(_add(root, "author"), "name", "Untagged")
    _add(root, "link", rel="alternate", type="text/html", href=f"{cockpit}/digests")
    for item in items:
        _entry(_add(root, "entry"), item, authority, cockpit)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return written.decode()


def _entry(entry: etree._Element, item: Item, authority: str, cockpit: str) -> None:
    digest = item.digest
    _add(entry, "id", f"tag:{authority},{TAG_YEAR}:{_key(digest)}")
    _add(entry, "title", f"{harmless(digest.title)}, {days(digest)}")
    _add(entry, "updated", _moment(item.changed_at))
    _add(entry, "published", _moment(item.made_at))
    _add(entry, "link", rel="alternate", type="text/html", href=item.page)
    _add(entry, "category", term=digest.kind)
    _add(entry, "summary", " ".join(harmless(sentence) for sentence in digest.lead))
    _add(entry, "content", _body(digest, Around(cockpit=cockpit, page=item.page)), type="html")


def _key(digest: Digest) -> str:
    about = (digest.kind, digest.brand or "", digest.team or "")
    moments = (_moment(digest.since), _moment(digest.until))
    return "digest/" + "/".join(quote(part, safe=":") for part in (*about, *moments))


def _body(digest: Digest, around: Around) -> str:
    """What is on the sheet of the letter; a reader lays its own around it, and charts are words."""
    page = html.document_fromstring(html_document(digest, around, sources=()))
    found = page.xpath('//*[@class="inner"]') or page.xpath("//body")
    inner = found[0]
    told = [html.tostring(child, encoding="unicode") for child in inner]
    return (inner.text or "").strip() + "".join(told)


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{ATOM}}}{name}", **attributes)
    child.text = text or None
    return child


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
