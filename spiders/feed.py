"""feed: RSS, RDF, Atom and JSON Feed, asked for only when they changed."""

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator
from scrapy.http import Response

from mentions.collected import Reject
from mentions.errors import BadPost, SourceRefused, SourceUnavailable
from mentions.mention import Added, Kind, Mention
from spiders.conditional import NOT_MODIFIED, conditions, header, validators
from spiders.feed_entry import FeedEntry, ParsedFeed
from spiders.feed_links import is_page, named_feed, named_hub
from spiders.harvest import Harvest
from spiders.json_feed import parse_json_feed
from spiders.mention_spider import MentionSpider
from spiders.past import short_of
from spiders.quarantine import rejected
from spiders.seen import Seen
from spiders.xml_feed import parse_xml_feed

PLATFORM = "feed"
_NEWEST_ONLY = "a feed holds its newest entries only"
MAX_FEEDS_AT_ONCE = 8
MAX_NATIVE_ID_BYTES = 400
_WORLDWIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S")
"""A URL, tag:, urn: or yt:video: is one thing everywhere; '4711' is so only on its site."""


class FeedParams(BaseModel):
    """Which feeds, or pages that name theirs.

    `kind` is what their entries are; auto tells comments from articles.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[str, ...] = Field(min_length=1)
    kind: Kind | Literal["auto"] = "auto"

    @field_validator("urls")
    @classmethod
    def _are_addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(web_address(url) for url in dict.fromkeys(urls))


def web_address(url: str) -> str:
    """The address, if it is one of the web without credentials. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address; write http://… or https://…")
    if parts.username or parts.password:
        raise ValueError("holds a user name or password, which would be shown in logs; remove it")
    return url


def parse_feed(body: bytes, *, content_type: str = "") -> ParsedFeed:
    """The entries of any kind of feed. Raises SourceUnavailable where the answer is none."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return parse_json_feed(body)
    return parse_xml_feed(body, content_type=content_type)


def feed_mentions(
    body: bytes,
    *,
    url: str,
    source: str,
    now: datetime,
    platform: str = PLATFORM,
    kind: Kind | Literal["auto"] = "auto",
    content_type: str = "",
    added: Added = "live",
) -> Iterator[Mention | Reject]:
    """Read a feed. No network, no clock: a saved page is a test.

    Raises SourceUnavailable where the answer is no feed.
    """
    parsed = parse_feed(body, content_type=content_type)
    shared = {"source": source, "platform": platform, "added": added}
    return entry_mentions(parsed.entries, url=url, now=now, kind=kind, shared=shared)


def entry_mentions(
    entries: Iterable[FeedEntry],
    *,
    url: str,
    now: datetime,
    kind: Kind | Literal["auto"],
    shared: dict[str, Any],
    first_published: Callable[[str], datetime | None] | None = None,
) -> Iterator[Mention | Reject]:
    """A mention of each entry, or why there is none.

    `first_published` remembers, for a native id, the time it was given when it was first seen.
    """
    entries = tuple(entries)
    host = urlsplit(url).netloc
    worn_out = _ids_of_several_posts(entries)
    for entry in entries:
        native_id = _own_id(entry) if entry.id in worn_out else _native_id(entry, host)
        record: dict[str, Any] = {
            **shared,
            "native_id": native_id,
            "kind": ("comment" if entry.is_comment else "article") if kind == "auto" else kind,
            "url": entry.link if entry.link.startswith(("http://", "https://")) else "",
            "title": entry.title,
            "text": entry.text,
            "author": {"name": entry.author, "url": entry.author_url},
            "engagement": {"replies": entry.replies},
            "collected": now,
        }
        if entry.reply_to:
            record["reply_to"] = f"{shared['source']}:{_worldwide(entry.reply_to, host)}"
        try:
            first = first_published(native_id) if first_published else None
            yield Mention.from_json(record | _times(entry, first, now))
        except BadPost as error:
            yield rejected(shared["source"], str(error), entry.raw)


def _times(entry: FeedEntry, first: datetime | None, now: datetime) -> dict[str, Any]:
    """When it was published and edited; where the feed does not say, how that was decided."""
    if entry.unreadable_date:
        raise BadPost(f"published {entry.unreadable_date!r} is no date that can be read")
    changed = entry.updated
    if entry.published is not None:
        is_edited = changed is not None and changed > entry.published
        return {"published": entry.published, "edited": changed if is_edited else None}
    if changed is not None:
        reason = "the only time that the feed gives; a later change does not move it"
        edited = changed if first is not None and changed > first else None
        return {
            "published": first or changed,
            "edited": edited,
            "reasons": {"published": reason},
        }
    return {
        "published": first or now,
        "reasons": {"published": "the feed gives no time; this is when it was first seen"},
    }


def _ids_of_several_posts(entries: Iterable[FeedEntry]) -> set[str]:
    """Ids that a broken feed gives to entries with different links."""
    links: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.id:
            links[entry.id].add(entry.link)
    return {said for said, found in links.items() if len(found) > 1}


def _native_id(entry: FeedEntry, host: str) -> str:
    if entry.id:
        return bounded_id(_worldwide(entry.id, host))
    return bounded_id(entry.link) if entry.link else _own_id(entry)


def _worldwide(said: str, host: str) -> str:
    return said if _WORLDWIDE.match(said) else f"{host}/{said}"


def _own_id(entry: FeedEntry) -> str:
    return _hashed("\n".join((entry.id, entry.link, entry.title, "" if entry.link else entry.text)))


def bounded_id(said: str) -> str:
    """The id, or a hash of one that would be too long for a store."""
    return said if len(said.encode("utf-8", "replace")) <= MAX_NATIVE_ID_BYTES else _hashed(said)


def _hashed(said: str) -> str:
    return "sha256:" + hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:32]


class FeedSpider(MentionSpider):
    """Asks for each feed with what the server said about it last time."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """One harvest for each feed that answered with something new."""
        params = FeedParams.model_validate(self.source.params)
        # A permit is given back once the answer is dealt with: few answers are held at a time.
        permits = asyncio.Semaphore(MAX_FEEDS_AT_ONCE)
        asked = [
            asyncio.ensure_future(self._ask(url, permits))
            for url in self.parts_to_read(params.urls)
        ]
        try:
            for answer in asyncio.as_completed(asked):
                url, feed, response = await answer
                try:
                    if response is not None and response.status != NOT_MODIFIED:
                        yield self._harvest(url, feed, response, params.kind)
                except SourceUnavailable as error:
                    self.problem(url, error)
                finally:
                    permits.release()
        finally:
            for task in asked:
                task.cancel()

    async def _ask(self, url: str, permits: asyncio.Semaphore) -> tuple[str, str, Response | None]:
        """The address of the settings, the feed that it led to, and its answer."""
        await permits.acquire()
        try:
            return (url, *await self._answer(url))
        except (SourceUnavailable, SourceRefused) as error:
            self.problem(url, error)
            return url, url, None

    async def _answer(self, url: str) -> tuple[str, Response]:
        """What the feed says; of a page, the feed that it names, which is remembered."""
        known = self.cursor.get(url, {})
        if feed := known.get("feed"):
            try:
                return feed, await self.fetch(feed, conditions(known, now=self.clock()))
            except SourceRefused:
                known = {}  # it moved; perhaps the page knows where to
        response = await self.fetch(url, conditions(known, now=self.clock()))
        if is_page(response.body) and (feed := named_feed(response.body, response.url)):
            return feed, await self.fetch(feed)
        return url, response

    def _harvest(
        self, url: str, feed: str, response: Response, kind: Kind | Literal["auto"]
    ) -> Harvest:
        content_type = header(response, "Content-Type")
        parsed = parse_feed(response.body, content_type=content_type)
        hub_said = named_hub((), header(response, "Link"))
        seen = Seen(self.cursor.get(url, {}).get("seen", {}))
        shared = {
            "source": self.source.name,
            "platform": self.source.platform or PLATFORM,
        }
        found = entry_mentions(
            parsed.entries,
            url=feed,
            now=self.clock(),
            kind=kind,
            shared=shared,
            first_published=seen.first_published,
        )

        def cursor() -> dict[str, Any]:
            # After a feed that broke off, the whole one must come even if it did not change.
            kept = validators(response, now=self.clock()) if parsed.is_whole else {}
            noted = {"feed": feed if feed != url else "", "hub": parsed.hub or hub_said}
            return {**kept, "seen": seen.memory, **{name: at for name, at in noted.items() if at}}

        times = [entry.published or entry.updated for entry in parsed.entries]
        oldest = min(filter(None, times), default=None)
        short = short_of(self.past, oldest, _NEWEST_ONLY) if self.past else ""
        return Harvest(url, seen.news(found), cursor, is_last=True, short=short)
