"""RSS 0.9x to 2.0, RDF and Atom, also where an XML parser gives up, through feedparser."""

import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.sax import SAXException

import feedparser  # type: ignore[import-untyped]  # ships no types

from mentions.errors import SourceUnavailable
from spiders.feed_entry import FeedEntry, ParsedFeed, count, person
from spiders.plain_text import html_text, one_line

_HTML_TYPES = ("text/html", "application/xhtml+xml")


def parse_xml_feed(body: bytes, *, content_type: str = "") -> ParsedFeed:
    """The feed's entries. Raises SourceUnavailable where the answer is no feed at all."""
    headers = {"content-type": content_type} if content_type else {}
    # A stream: feedparser opens a string that looks like a path or an address, and reads that.
    # Its sanitiser is left out because html_text keeps no markup, and it takes half of the time.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.entries and not parsed.get("version"):
        raise SourceUnavailable(f"the answer is no feed but {_what(body)}")
    entries = tuple(_entry(entry, parsed.feed) for entry in parsed.entries)
    return ParsedFeed(entries, not isinstance(parsed.get("bozo_exception"), SAXException))


def _what(body: bytes) -> str:
    start = body[:1000].lstrip().lower()
    if not start:
        return "empty"
    return "an HTML page" if b"<html" in start or b"<!doctype html" in start else "something else"


def _entry(entry: Any, feed: Any) -> FeedEntry:
    published, unreadable = _time(entry, "published")
    updated, also_unreadable = _time(entry, "updated")
    author, author_url = _author(entry, feed)
    link = entry.get("link", "")
    answered = _answered(entry)
    return FeedEntry(
        id=entry.get("id", ""),
        link=link,
        title=one_line(_text(entry.get("title_detail"))),
        text=next(filter(None, map(_text, _bodies(entry))), ""),
        author=author,
        author_url=author_url,
        published=published,
        updated=updated,
        unreadable_date=unreadable or ("" if published else also_unreadable),
        is_comment=answered is not None or _fragment(link).startswith("comment"),
        reply_to=answered or "",
        replies=count(entry.get("slash_comments", entry.get("thr_total"))),
        raw=json.dumps(entry, default=str, ensure_ascii=False),
    )


def _bodies(entry: Any) -> Iterator[Any]:
    """From the fullest text to the shortest."""
    yield from entry.get("content", ())
    yield entry.get("summary_detail")
    yield entry.get("subtitle_detail")


def _text(detail: Mapping[str, Any] | None) -> str:
    if not detail:
        return ""
    value = str(detail.get("value") or "")
    return html_text(value) if detail.get("type") in _HTML_TYPES else value.strip()


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
    detail = entry.get("author_detail") or {}
    # Not the detail's name: of desk@news.example feedparser (6.0.14) makes the name 'ple'.
    if name := person(entry.get("author")):
        return one_line(html_text(name)), detail.get("href") or ""
    source = entry.get("source") or {}
    for publication in (source.get("title"), feed.get("author"), feed.get("title")):
        if name := person(publication):
            return one_line(html_text(name)), ""
    return "", ""


def _answered(entry: Any) -> str | None:
    """The id in thr:in-reply-to (RFC 4685); None where the entry answers nothing."""
    said = entry.get("thr_in-reply-to")
    return None if said is None else str(said.get("ref") or "")


def _fragment(link: str) -> str:
    try:
        return urlsplit(link).fragment
    except ValueError:
        return ""
