"""RSS 0.9x to 2.0, RDF and Atom, also where an XML parser gives up, through feedparser."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.sax import SAXException

import feedparser  # type: ignore[import-untyped]  # ships no types

from mentions.errors import SourceUnavailable
from spiders.feed_entry import FeedEntry, ParsedFeed, count, person
from spiders.feed_links import is_page, named_hub
from spiders.plain_text import html_text, one_line

_REFERENCE = re.compile(rb"(?:&#(?:x[0-9a-f]+|[0-9]+);)+", re.IGNORECASE)
_NUMBER = re.compile(rb"&#(x?)([0-9a-f]+);", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?encoding=[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_HIGH = range(0xD800, 0xDC00)
_LOW = range(0xDC00, 0xE000)
_HTML_TYPES = ("text/html", "application/xhtml+xml")


def parse_xml_feed(body: bytes, *, content_type: str = "") -> ParsedFeed:
    """The feed's entries. Raises SourceUnavailable where the answer is no feed at all."""
    body = _REFERENCE.sub(_mended, body)
    is_whole = True
    try:
        parsed = _parse(body, content_type)
    except Exception:  # noqa: BLE001 - feedparser (6.0.14) fails in a dozen ways on damaged feeds
        is_whole = False
        try:
            parsed = _parse(_readable(body), "")
        except Exception as error:
            raise SourceUnavailable(f"the feed is too damaged to be read: {error}") from error
    if not parsed.entries and not parsed.get("version"):
        raise SourceUnavailable(f"the answer is no feed but {_what(body)}")
    is_whole = is_whole and not isinstance(parsed.get("bozo_exception"), SAXException)
    entries = tuple(_entry(entry, parsed.feed) for entry in parsed.entries)
    return ParsedFeed(entries, is_whole, named_hub(parsed.feed.get("links", ())))


def _parse(body: bytes, content_type: str) -> Any:
    # A stream: feedparser opens a string that looks like a path or an address, and reads that.
    # Its sanitiser is left out because html_text keeps no markup, and it takes half of the time.
    return feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type} if content_type else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _mended(found: re.Match[bytes]) -> bytes:
    """Character references as browsers read them: halves of a pair as one, impossible ones as �.

    Some blogs write an emoji as its two surrogates, and that would cost us the whole feed.
    """
    codes: list[int] = []
    for is_hex, digits in _NUMBER.findall(found[0]):
        code = int(digits.lstrip(b"0")[:8] or b"0", 16 if is_hex else 10)
        if codes and codes[-1] in _HIGH and code in _LOW:
            code = 0x10000 + (codes.pop() - _HIGH.start) * 0x400 + code - _LOW.start
        codes.append(code)
    return b"".join(
        b"&#%d;" % (0xFFFD if code > 0x10FFFF or code in _HIGH or code in _LOW else code)
        for code in codes
    )


def _readable(body: bytes) -> bytes:
    """The same as UTF-8 without what breaks feedparser: odd bytes, NUL, its own declaration."""
    declared = _DECLARATION.match(body)
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    try:
        text = body.decode(encoding, "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    return _DECLARATION.sub(b"", text.replace("\x00", "\ufffd").encode("utf-8", "replace"))


def _what(body: bytes) -> str:
    start = body[:1000].lstrip().lower()
    if not start:
        return "empty"
    return "an HTML page that names no feed" if is_page(body) else "something else"


def _entry(entry: Any, feed: Any) -> FeedEntry:
    published, unreadable = _time(entry, "published")
    updated, also_unreadable = _time(entry, "updated")
    author, author_url = _author(entry, feed)
    link = _str(entry.get("link"))
    answered = entry.get("thr_in-reply-to")
    return FeedEntry(
        id=_str(entry.get("id")),
        link=link,
        title=one_line(_text(entry.get("title_detail"))),
        text=next(filter(None, map(_text, _bodies(entry))), ""),
        author=author,
        author_url=author_url,
        published=published,
        updated=updated,
        unreadable_date=unreadable or ("" if published else also_unreadable),
        # thr:in-reply-to is RFC 4685; WordPress gives comments a fragment.
        is_comment=answered is not None or _fragment(link).startswith("comment"),
        reply_to=_str(_dict(answered).get("ref")),
        replies=count(entry.get("slash_comments", entry.get("thr_total"))),
        raw=json.dumps(entry, default=str, ensure_ascii=False),
    )


def _bodies(entry: Any) -> Iterator[Any]:
    """From the fullest text to the shortest."""
    yield from entry.get("content", ())
    yield entry.get("summary_detail")
    yield entry.get("subtitle_detail")


def _text(detail: object) -> str:
    said = _dict(detail)
    value = _str(said.get("value"))
    return html_text(value) if said.get("type") in _HTML_TYPES else value.strip()


def _time(entry: Any, name: str) -> tuple[datetime | None, str]:
    """The time in UTC, and what stands there where it cannot be read."""
    # dict.get, because feedparser's own answers 'updated' with 'published' and a warning.
    said, parsed = dict.get(entry, name), dict.get(entry, f"{name}_parsed")
    if not said:
        return None, ""
    if parsed is None:
        return None, str(said)
    year, month, day, hour, minute, second = parsed[:6]
    try:
        # A leap second has no place in datetime; its last one before is close enough.
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC), ""
    except (ValueError, OverflowError):
        return None, str(said)


def _author(entry: Any, feed: Any) -> tuple[str, str]:
    """Who wrote it; without a byline the publication did."""
    # Not the detail's name: of desk@news.example feedparser (6.0.14) makes the name 'ple'.
    if name := person(entry.get("author")):
        return one_line(html_text(name)), _str(_dict(entry.get("author_detail")).get("href"))
    source = _dict(entry.get("source"))
    for publication in (source.get("title"), feed.get("author"), feed.get("title")):
        if name := person(publication):
            return one_line(html_text(name)), ""
    return "", ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _str(value: object) -> str:
    """Damaged feeds make bytes or records of what should be text."""
    return value if isinstance(value, str) else ""


def _fragment(link: str) -> str:
    try:
        return urlsplit(link).fragment
    except ValueError:
        return ""
