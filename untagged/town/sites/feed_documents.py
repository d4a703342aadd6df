"""Feed documents: posts written out as RSS 2.0, Atom and JSON Feed 1.1."""

import json
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from untagged.town.post import Post
from untagged.town.town import Town
from untagged.town.truth import iso

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_THREAD = "http://purl.org/syndication/thread/1.0"
for _prefix, _namespace in (("", _ATOM), ("dc", _DC), ("content", _CONTENT), ("thr", _THREAD)):
    register_namespace(_prefix, _namespace)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold (XML 1.0, 2.2)."""


def paragraphs(text: str) -> str:
    """The text as HTML: an empty line parts paragraphs, nothing of it is markup."""
    return "".join(
        f"<p>{escape(part, quote=False)}</p>".replace("\n", "<br>")
        for part in re.split(r"\n{2,}", text)
    )


def rss(town: Town, posts: list[Post], now: datetime) -> bytes:
    """The Saltmarsh Courier as RSS 2.0, with the whole text in content:encoded."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _add(channel, "title", "The Saltmarsh Courier")
    _add(channel, "link", f"{town.base_url}/news")
    _add(channel, "description", "News from a town that does not exist.")
    _add(channel, "language", "en")
    _add(channel, "lastBuildDate", format_datetime(town.changed("news", now), usegmt=True))
    for post in posts:
        text = post.text_at(now)
        item = SubElement(channel, "item")
        _add(item, "title", post.said.title)
        _add(item, "link", f"{town.base_url}{town.path(post)}")
        _add(item, "guid", town.native_id(post), isPermaLink="false")
        _add(item, "pubDate", format_datetime(post.published.astimezone(UTC), usegmt=True))
        _add(item, f"{{{_DC}}}creator", post.author.name)
        _add(item, "description", text.partition("\n")[0])
        _add(item, f"{{{_CONTENT}}}encoded", paragraphs(text))
    return _document(root)


def atom(town: Town, posts: list[Post], now: datetime) -> bytes:
    """The forum as Atom (RFC 4287); a comment points to its thread with RFC 4685."""
    root = Element(f"{{{_ATOM}}}feed")
    _add(root, "title", "Saltmarsh Forum", space=_ATOM)
    _add(root, "id", "tag:saltmarsh.example,2024:forum", space=_ATOM)
    _add(root, "updated", iso(town.changed("forum", now)), space=_ATOM)
    _add(root, "link", None, space=_ATOM, rel="self", href=f"{town.base_url}/forum/atom.xml")
    _add(root, "link", None, space=_ATOM, rel="alternate", href=f"{town.base_url}/forum")
    for post in posts:
        _entry(root, town, post, now)
    return _document(root)


def _entry(root: Element, town: Town, post: Post, now: datetime) -> None:
    entry = SubElement(root, f"{{{_ATOM}}}entry")
    _add(entry, "title", post.said.title, space=_ATOM, type="text")
    _add(entry, "id", town.native_id(post), space=_ATOM)
    _add(entry, "published", iso(post.published), space=_ATOM)
    _add(entry, "updated", iso(post.edited_at(now) or post.published), space=_ATOM)
    href = f"{town.base_url}{town.path(post)}"
    _add(entry, "link", None, space=_ATOM, rel="alternate", type="text/html", href=href)
    author = SubElement(entry, f"{{{_ATOM}}}author")
    _add(author, "name", post.author.name, space=_ATOM)
    _add(author, "uri", f"{town.base_url}/@{post.author.handle}", space=_ATOM)
    if post.reply_to is not None:
        opening = f"{town.base_url}/forum/t/{post.thread}"
        ref = town.native_id_of(post.site, post.reply_to)
        _add(entry, "in-reply-to", None, space=_THREAD, ref=ref, href=opening)
    _add(entry, "content", paragraphs(post.text_at(now)), space=_ATOM, type="html")


def json_feed(town: Town, posts: list[Post], now: datetime) -> bytes:
    """The blog as JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour Notes",
        "home_page_url": f"{town.base_url}/blog",
        "feed_url": f"{town.base_url}/blog/feed.json",
        "language": "en",
        "items": [
            {
                "id": town.native_id(post),
                "url": f"{town.base_url}{town.path(post)}",
                "title": post.said.title,
                "content_html": paragraphs(post.text_at(now)),
                "content_text": post.text_at(now),
                "date_published": iso(post.published),
                "date_modified": iso(post.edited_at(now) or post.published),
                "authors": [
                    {
                        "name": post.author.name,
                        "url": f"{town.base_url}/@{post.author.handle}",
                    }
                ],
                "language": post.said.lang,
            }
            for post in posts
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _add(
    parent: Element, tag: str, text: str | None, *, space: str = "", **attributes: str
) -> None:
    element = SubElement(parent, f"{{{space}}}{tag}" if space else tag, attributes)
    element.text = None if text is None else _NOT_XML.sub("", text)


def _document(root: Element) -> bytes:
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
