"""An article's page as a mention: its main text without menus, adverts and comments (trafilatura).

https://trafilatura.readthedocs.io, compared with others in Barbaresi, "Trafilatura: A Web Scraping
Library and Command-Line Tool for Text Discovery and Extraction", ACL 2021.
"""

import json
from collections.abc import Iterator
from configparser import ConfigParser
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import trafilatura
from parsel import Selector
from trafilatura.settings import DEFAULT_CONFIG, Document

from mentions.collected import Reject
from mentions.errors import BadPost
from mentions.mention import MAX_TEXT_CHARACTERS, Mention
from spiders.feed_entry import moment, person
from spiders.json_answer import list_of, object_of, text_of
from spiders.plain_text import one_line
from spiders.quarantine import rejected

PLATFORM = "web"
MAX_PAGE_BYTES = 2 * 2**20
"""The text of an article is some kilobytes; what is larger is an application or a trap."""
SHORTEST_TEXT = 20
"""Characters. Less than a short sentence is a teaser or an error page."""
_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "igshid")
_DATES = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished' or @name='datePublished']/@content",
    "//*[@itemprop='datePublished']/@datetime",
    "//article//time[@pubdate]/@datetime",
)


def _settings() -> ConfigParser:
    """News in brief is a sentence or two: below the library's own 250 characters it would take
    menus and bylines for text.
    """
    settings = deepcopy(DEFAULT_CONFIG)
    for name in ("MIN_EXTRACTED_SIZE", "MIN_OUTPUT_SIZE"):
        settings.set("DEFAULT", name, str(SHORTEST_TEXT))
    return settings


_SETTINGS = _settings()


@dataclass(frozen=True, slots=True)
class Link:
    """Where an article is, and what the list that names it says of it, as far as it does."""

    url: str
    published: datetime | None = None
    title: str = ""
    summary: str = ""
    author: str = ""


def article_mention(
    page: bytes, *, link: Link, source: str, now: datetime, platform: str = PLATFORM
) -> Mention | Reject:
    """Read an article's page. No network, no clock: a saved page is a test."""
    try:
        return Mention.from_json(
            {
                "source": source,
                "platform": platform,
                "kind": "article",
                "collected": now,
                **_content(page, link, now),
            }
        )
    except BadPost as error:
        return rejected(source, f"{link.url}: {error}", page[:MAX_PAGE_BYTES])


def plain_address(url: str) -> str:
    """The address without its fragment and what only tells who sent the reader."""
    parts = urlsplit(url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not name.lower().startswith(_TRACKING)
    ]
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def _content(page: bytes, link: Link, now: datetime) -> dict[str, Any]:
    if len(page) > MAX_PAGE_BYTES:
        raise BadPost(f"the page is over {MAX_PAGE_BYTES // 2**20} MB, which is no article")
    found = trafilatura.bare_extraction(
        page,
        url=link.url,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        config=_SETTINGS,
    )
    said: dict[str, Any] = found.as_dict() if isinstance(found, Document) else {}
    root = Selector(body=page, type="html")
    title = one_line(link.title or text_of(said.get("title")))
    text = _without_heading(text_of(said.get("text")), title)
    if len(text) < max(SHORTEST_TEXT, len(link.summary)):
        text = link.summary
    if not text:
        raise BadPost("no article was found on the page")
    url = _canonical(root, link.url)
    author = link.author or person(text_of(said.get("author")))
    return {
        "native_id": url,
        "url": url,
        "title": title,
        "text": text[:MAX_TEXT_CHARACTERS],
        "author": {"name": one_line(author) or _site_name(root, url)},
        **_published(root, link, text_of(said.get("date")), now),
    }


def _without_heading(text: str, title: str) -> str:
    """The text without the heading that stands above it, which is the title already."""
    first, _, rest = text.strip().partition("\n")
    return rest.strip() if rest and one_line(first) == title else text.strip()


def _canonical(root: Selector, url: str) -> str:
    """The address that the page gives itself, if it is on the same host."""
    said = urljoin(url, root.xpath("//link[@rel='canonical']/@href").get("").strip())
    is_same_host = urlsplit(said).netloc.lower() == urlsplit(url).netloc.lower()
    return plain_address(said if is_same_host and urlsplit(said).path.strip("/") else url)


def _site_name(root: Selector, url: str) -> str:
    said = root.xpath("//meta[@property='og:site_name']/@content").get("")
    return one_line(said) or urlsplit(url).netloc


def _published(root: Selector, link: Link, day: str, now: datetime) -> dict[str, Any]:
    """To the minute where page or list says it; else the day that the page shows; else now."""
    for said in _said_times(root):
        try:
            if at := moment(said):
                return {"published": at}
        except ValueError:
            continue
    if link.published:
        return {"published": link.published}
    try:
        at = moment(day)
    except ValueError:
        at = None
    if at is not None and at <= now:
        return {"published": at, "reasons": {"published": "the page gives the day alone"}}
    reason = "the page gives no time; this is when it was first seen"
    return {"published": now, "reasons": {"published": reason}}


def _said_times(root: Selector) -> Iterator[str]:
    for path in _DATES:
        yield from (said.strip() for said in root.xpath(path).getall())
    for block in root.xpath("//script[@type='application/ld+json']/text()").getall():
        try:
            yield from _dates_published(json.loads(block))
        except (ValueError, RecursionError):
            continue


def _dates_published(said: Any) -> Iterator[str]:
    """`datePublished` of the things that a page describes in JSON-LD (schema.org/Article)."""
    things = said if isinstance(said, list) else [said]
    for thing in map(object_of, things):
        for each in (thing, *map(object_of, list_of(thing.get("@graph")))):
            if date := text_of(each.get("datePublished")):
                yield date
