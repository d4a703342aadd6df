"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from datetime import datetime
from typing import Any

from mentions.errors import SourceUnavailable
from spiders.feed_entry import FeedEntry, ParsedFeed, moment, person
from spiders.feed_links import named_hub
from spiders.json_answer import list_of, object_of
from spiders.plain_text import html_text, one_line


def parse_json_feed(body: bytes) -> ParsedFeed:
    """The feed's items. Raises SourceUnavailable where the answer is no JSON Feed."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable(f"the answer breaks off or is no JSON: {error}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise SourceUnavailable("the answer is JSON, but no JSON Feed: it has no list of items")
    entries = tuple(_entry(item, feed) for item in items)
    hubs = [{"rel": "hub", "href": object_of(hub).get("url")} for hub in list_of(feed.get("hubs"))]
    return ParsedFeed(entries, is_whole=True, hub=named_hub(hubs))


def _entry(item: object, feed: dict[str, Any]) -> FeedEntry:
    said = item if isinstance(item, dict) else {}
    published, unreadable = _time(said.get("date_published"))
    updated, also_unreadable = _time(said.get("date_modified"))
    author = _author(said) or _author(feed) or {"name": feed.get("title")}
    html = _str(said.get("content_html"))
    text = _str(said.get("content_text")) or _str(said.get("summary"))
    return FeedEntry(
        id=_str(said.get("id")),
        link=_str(said.get("url")) or _str(said.get("external_url")),
        title=one_line(_str(said.get("title"))),
        text=html_text(html) or text.strip(),
        author=person(author.get("name")),
        author_url=_str(author.get("url")),
        published=published,
        updated=updated,
        unreadable_date=unreadable or ("" if published else also_unreadable),
        is_comment=False,
        reply_to="",
        replies=None,
        raw=json.dumps(item, ensure_ascii=False),
    )


def _author(said: dict[str, Any]) -> dict[str, Any] | None:
    """The first of `authors` (1.1), or `author` (1.0)."""
    authors = said.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else said.get("author")
    return first if isinstance(first, dict) and first.get("name") else None


def _str(value: object) -> str:
    """Ids are numbers in some feeds, against the specification, which asks readers to cope."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def _time(said: object) -> tuple[datetime | None, str]:
    try:
        return moment(said), ""
    except ValueError:
        return None, str(said)
