"""What pages and feeds name: the feeds of a page, and the hub of a feed.

A page names its feeds as browsers and readers find them (https://www.rssboard.org/rss-autodiscovery);
a feed names the hub that would push what is new (https://www.w3.org/TR/websub/#discovery).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin

from parsel import Selector

FEED_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
)
MAX_PAGE_BYTES = 2**20
"""A page names its feeds in its head."""
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)
_HUB = re.compile(r'<([^>]+)>\s*;[^,]*\brel\s*=\s*"?[^",;]*\bhub\b', re.IGNORECASE)


def is_page(body: bytes) -> bool:
    """Whether an answer is an HTML page and no feed."""
    start = body[:1000].lstrip().lower()
    return b"<html" in start or b"<!doctype html" in start


def named_feed(body: bytes, url: str) -> str:
    """The first feed that the page at `url` names; one of comments only where there is no other."""
    page = Selector(text=body[:MAX_PAGE_BYTES].decode("utf-8", "replace") or " ")
    base = urljoin(url, page.xpath("//base/@href").get("").strip())
    found = []
    for link in page.xpath("//link[@href]"):
        said: Mapping[str, str] = link.attrib
        if "alternate" in said.get("rel", "").lower().split() and _is_feed(said):
            address = urljoin(base, said["href"].strip())
            is_of_comments = bool(_COMMENTS.search(f"{said.get('title', '')} {said['href']}"))
            found.append((is_of_comments, address))
    web = [pair for pair in found if pair[1].startswith(("http://", "https://"))]
    return min(web, key=lambda pair: pair[0])[1] if web else ""


def named_hub(links: Iterable[Mapping[str, Any]], header: str = "") -> str:
    """The hub that a feed's links or its Link header name, or nothing."""
    hubs = [link.get("href") for link in links if link.get("rel") == "hub"]
    found = next((hub for hub in hubs if isinstance(hub, str)), "") or "".join(
        _HUB.findall(header)[:1]
    )
    return found if found.startswith(("http://", "https://")) else ""


def _is_feed(said: Mapping[str, str]) -> bool:
    return said.get("type", "").partition(";")[0].strip().lower() in FEED_TYPES
