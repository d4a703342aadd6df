"""A customer review of the App Store as a mention, from the feed's JSON and from its XML.

The XML is brought into the shape of the JSON, so that one reader reads both.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from parsel import Selector

from mentions.collected import Reject
from mentions.errors import BadPost, SourceUnavailable
from mentions.mention import Added, Mention
from mentions.times import as_utc
from spiders.feed_entry import count
from spiders.json_answer import list_of, object_of, text_of
from spiders.plain_text import html_text, one_line
from spiders.quarantine import rejected

PLATFORM = "appstore"
CUPERTINO = ZoneInfo("America/Los_Angeles")
"""Where the feed's clock hangs: its times carry that offset, and those without one mean it."""
_AUTHOR_ID = re.compile(r"/id(\d+)")
_MARKUP = re.compile(r"</?(?:p|a|b|i|br|div|span|em|strong|font|table|img)\b[^<>]*>", re.IGNORECASE)
_ONLY_TIME = "the only time that the store gives; a later change of the review does not move it"
_NO_TIME = "the store gives no time; this is when it was first seen"


def read_entries(body: bytes) -> list[Any]:
    """The reviews of an answer, JSON or XML; empty where the feed has no entry.

    Raises SourceUnavailable where the answer is no such feed.
    """
    body = body.strip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith(b"<"):
        return [entry for entry in _xml_entries(body) if not _is_the_app(entry)]
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable(f"the store answered JSON that breaks off: {error}") from error
    return [entry for entry in _json_entries(answer) if not _is_the_app(entry)]


def review_mention(
    entry: object,
    *,
    source: str,
    now: datetime,
    country: str = "",
    platform: str = PLATFORM,
    first_published: Callable[[str], datetime | None] | None = None,
    added: Added = "live",
) -> Mention | Reject:
    """Read a review. No network, no clock: a saved answer is a test.

    `first_published` remembers, for a native id, the time it was given when it was first seen.
    """
    if not isinstance(entry, dict):
        return rejected(source, "a review is no JSON object", entry)
    try:
        native_id = _native_id(entry)
        first = first_published(native_id) if first_published else None
        return Mention.from_json(
            {
                "source": source,
                "native_id": native_id,
                "platform": platform,
                "kind": "review",
                "url": _address(entry.get("link")),
                "title": one_line(_plain(_label(entry.get("title")))),
                "text": _text(entry.get("content")),
                "author": _author(object_of(entry.get("author"))),
                "rating": _rating(entry),
                # How many found it helpful; voteCount is how many were asked.
                "engagement": {"likes": count(_label(entry.get("im:voteSum")))},
                "tags": _tags(entry, country),
                "collected": now,
                "added": added,
                **_times(entry, first, now),
            }
        )
    except BadPost as error:
        return rejected(source, str(error), entry)


def _native_id(entry: dict[str, Any]) -> str:
    said = one_line(_label(entry.get("id")))
    if not said:
        raise BadPost("has no id")
    return said


def changed_at(entry: object) -> datetime | None:
    """When the store says that a review was written or changed. Raises BadPost."""
    said = _label(object_of(entry).get("updated")).strip()
    if not said:
        return None
    try:
        read = datetime.fromisoformat(said)
        return as_utc(read if read.tzinfo else read.replace(tzinfo=CUPERTINO))
    except (ValueError, OverflowError) as error:
        raise BadPost(f"updated {said!r} is no date that can be read") from error


def _times(entry: dict[str, Any], first: datetime | None, now: datetime) -> dict[str, Any]:
    changed = changed_at(entry)
    if changed is None:
        return {"published": first or now, "reasons": {"published": _NO_TIME}}
    return {
        "published": first or changed,
        "edited": changed if first is not None and changed > first else None,
        "reasons": {"published": _ONLY_TIME},
    }


def _json_entries(answer: object) -> Iterator[Any]:
    """A feed with one review holds it bare, without a list; older files wrap several feeds."""
    if isinstance(answer, list):
        for one in answer:
            yield from _json_entries(one) if "feed" in object_of(one) else (one,)
        return
    said = object_of(answer)
    if "im:rating" in said:
        yield said
        return
    feed = said.get("feed", said)
    if not isinstance(feed, dict) or not ({"feed", "entry"} & said.keys()):
        raise SourceUnavailable("the store answered JSON, but no feed of reviews")
    entries = feed.get("entry")
    if isinstance(entries, dict):
        yield entries
    else:
        yield from list_of(entries)


def _xml_entries(body: bytes) -> Iterator[dict[str, Any]]:
    root = Selector(text=body.decode("utf-8", "replace"), type="xml")
    if root.root is None or root.root.tag.rpartition("}")[2] != "feed":
        raise SourceUnavailable("the store answered HTML where a feed was expected")
    if not body.endswith(b"</feed>"):
        raise SourceUnavailable("the store answered XML that breaks off")
    root.remove_namespaces()
    for entry in root.xpath("/feed/entry"):
        contents = {one.attrib.get("type", "text"): _words(one) for one in entry.xpath("content")}
        kind = "text" if "text" in contents else "html"
        yield {
            **{name: _words(entry.xpath(name)) for name in ("id", "title", "updated")},
            "content": {"label": contents.get(kind, ""), "attributes": {"type": kind}},
            "author": {name: _words(entry.xpath(f"author/{name}")) for name in ("name", "uri")},
            "link": [{"attributes": dict(one.attrib)} for one in entry.xpath("link")],
            # Without namespaces im:rating is rating.
            **{
                f"im:{name}": _words(entry.xpath(name))
                for name in ("rating", "version", "voteSum", "voteCount")
                if entry.xpath(name)
            },
            **({"im:name": _words(entry.xpath("name"))} if entry.xpath("name") else {}),
        }


def _words(found: Any) -> str:
    said = found.xpath("string(.)").get()
    return said if isinstance(said, str) else ""


def _is_the_app(entry: object) -> bool:
    """Old feeds begin with the app itself, which has a name and no rating."""
    return isinstance(entry, dict) and "im:name" in entry and "im:rating" not in entry


def _label(value: object) -> str:
    """The store wraps every text: {"label": "5"}."""
    return text_of(value.get("label") if isinstance(value, dict) else value)


def _text(content: object) -> str:
    for one in content if isinstance(content, list) else [content]:
        kind = object_of(object_of(one).get("attributes")).get("type")
        said = _label(one)
        if said:
            return html_text(said) if kind == "html" else _plain(said)
    return ""


def _plain(said: str) -> str:
    """What the author typed; some feeds escape it twice, some leave line breaks as tags."""
    return html_text(said) if _MARKUP.search(said) else unescape(said).strip()


def _author(author: dict[str, Any]) -> dict[str, Any]:
    url = _label(author.get("uri"))
    found = _AUTHOR_ID.search(url)
    name = one_line(_plain(_label(author.get("name"))))
    return {"id": found[1] if found else "", "name": name, "url": _web(url)}


def _address(link: object) -> str:
    for one in link if isinstance(link, list) else [link]:
        said = object_of(object_of(one).get("attributes")).get("href")
        if address := _web(text_of(said)):
            return address
    return ""


def _web(url: str) -> str:
    return url if url.startswith(("http://", "https://")) else ""


def _rating(entry: dict[str, Any]) -> float | None:
    stars = count(_label(entry.get("im:rating")))
    return float(stars) if stars is not None and 1 <= stars <= 5 else None


def _tags(entry: dict[str, Any], country: str) -> list[str]:
    version = one_line(_label(entry.get("im:version")))
    said = (("version", version), ("country", country))
    return [f"{name}:{value}" for name, value in said if value]
