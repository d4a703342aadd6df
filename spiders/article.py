"""article: news and blog pages that feeds and sitemaps lead to, each read once and in full."""

import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from scrapy.http import Response

from mentions.collected import Collected
from mentions.errors import SourceRefused, SourceUnavailable
from spiders.article_page import PLATFORM, Link, article_mention, plain_address
from spiders.conditional import NOT_MODIFIED, conditions, header, validators
from spiders.feed import parse_feed, web_address
from spiders.harvest import Harvest
from spiders.mention_spider import MentionSpider
from spiders.past import short_of
from spiders.quarantine import rejected
from spiders.sitemap import parse_sitemap
from spiders.source import Duration

MAX_SITEMAPS = 10
"""Of an index, in a pass; the newest. Older ones hold what is old."""
TRIES = 3
"""Passes that try to read a page; after that it is in quarantine and left alone."""
MAX_REMEMBERED = 5_000
"""Pages of a list that are known to be read, about 25 bytes each. The newest are kept."""
_LIST_ENDS = "its list names nothing older"
_DONE = -1


class ArticleParams(BaseModel):
    """Lists of pages: feeds and sitemaps.

    With `words`, only pages whose address, title or summary in the list holds one of them are
    read. `history` is how old a page may be to be read; `max_pages` bounds a pass, the next one
    goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    history: Duration = timedelta(days=2)
    max_pages: int = Field(50, ge=1, le=5_000)

    @field_validator("feeds", "sitemaps")
    @classmethod
    def _are_addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(web_address(url) for url in dict.fromkeys(urls))

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.feeds and not self.sitemaps:
            raise ValueError("names neither feeds nor sitemaps; write feeds: [https://…/rss.xml]")
        return self


class Pages:
    """Which pages of a list were read, and how often the others were tried."""

    def __init__(self, memory: Mapping[str, int]) -> None:
        self._tries = dict(memory)

    def is_done(self, url: str) -> bool:
        """Whether it was read, or tried for long enough."""
        return self._tries.get(_digest(url), 0) == _DONE

    def read(self, url: str) -> None:
        """Note that it was read."""
        self._tries[_digest(url)] = _DONE

    def failed(self, url: str) -> bool:
        """Note a try that failed; whether it was the last."""
        tries = self._tries.get(_digest(url), 0) + 1
        self._tries[_digest(url)] = tries if tries < TRIES else _DONE
        return tries >= TRIES

    def memory(self, listed: tuple[Link, ...]) -> dict[str, int]:
        """What to remember, of the pages that the list still names."""
        there = [_digest(link.url) for link in listed[:MAX_REMEMBERED]]
        return {key: self._tries[key] for key in there if key in self._tries}


class Listed(NamedTuple):
    """What a list names; `is_whole` is False where it or a part of it broke off or failed."""

    links: tuple[Link, ...]
    is_whole: bool


class ArticleSpider(MentionSpider):
    """Asks each list for what is new, and reads those pages."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """One harvest for each page, so that the cursor never passes one that was not stored."""
        self._params = ArticleParams.model_validate(self.source.params)
        self._left = self._params.max_pages
        self._found: set[str] = set()
        self._wanted = re.compile("|".join(map(re.escape, self._params.words)), re.IGNORECASE)
        for url in self.parts_to_read((*self._params.feeds, *self._params.sitemaps)):
            try:
                async for harvest in self._collect(url):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(url, error)

    async def _collect(self, url: str) -> AsyncIterator[Harvest]:
        known = self.cursor.get(url, {})
        response = await self.fetch(url, conditions(known, now=self.clock()))
        if response.status == NOT_MODIFIED:
            return
        listed, is_whole = await self._listed(url, response)
        pages = Pages(known.get("read", {}))
        waiting = [link for link in listed if self._is_wanted(link) and not pages.is_done(link.url)]
        for link in waiting[: self._left]:
            self._left -= 1
            items = await self._read(link, pages)
            yield Harvest(url, items, partial(dict, read=pages.memory(listed)))
        # A list that did not change would hide the pages that are still to be read or were cut off.
        is_through = is_whole and all(pages.is_done(link.url) for link in waiting)
        said = validators(response, now=self.clock()) if is_through else {}
        short = short_of(self.past, _oldest(listed), _LIST_ENDS) if self.past else ""
        cursor = {**said, "read": pages.memory(listed)}
        yield Harvest(url, (), lambda: cursor, is_last=is_through, short=short)

    async def _read(self, link: Link, pages: Pages) -> list[Collected]:
        """The page's article; nothing where it is to be tried again."""
        if plain_address(link.url) in self._found:
            pages.read(link.url)
            return []
        try:
            response = await self.fetch(link.url)
        except SourceUnavailable as error:
            if not pages.failed(link.url):
                return []
            return [rejected(self.source.name, f"{link.url}: {error}")]
        except SourceRefused as error:
            pages.read(link.url)
            return [rejected(self.source.name, f"{link.url}: {error}")]
        pages.read(link.url)
        self._found.add(plain_address(link.url))
        platform = self.source.platform or PLATFORM
        source, now = self.source.name, self.clock()
        return [
            article_mention(response.body, link=link, source=source, now=now, platform=platform)
        ]

    async def _listed(self, url: str, response: Response) -> Listed:
        """What the list names, the newest first in a sitemap."""
        if url in self._params.feeds:
            return feed_links(response.body, header(response, "Content-Type"))
        found = parse_sitemap(response.body)
        pages, is_whole = list(found.pages), True
        for inner in found.sitemaps[:MAX_SITEMAPS]:
            try:
                pages += parse_sitemap((await self.fetch(inner.url)).body).pages
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(inner.url, error)
                is_whole = False
        return Listed(tuple(pages), is_whole)

    def _is_wanted(self, link: Link) -> bool:
        # The time may be that of a later change: an old page may be an article of the past.
        oldest = self.since(self._params.history)
        is_new = link.published is None or link.published >= oldest
        said = f"{link.url} {link.title} {link.summary}"
        return is_new and bool(not self._params.words or self._wanted.search(said))


def _oldest(listed: tuple[Link, ...]) -> datetime | None:
    return min((link.published for link in listed if link.published), default=None)


def feed_links(body: bytes, content_type: str = "") -> Listed:
    """The pages that a feed's entries lead to. Raises SourceUnavailable where it is no feed."""
    parsed = parse_feed(body, content_type=content_type)
    links = tuple(
        Link(entry.link, entry.published or entry.updated, entry.title, entry.text, entry.author)
        for entry in parsed.entries
        if entry.link.startswith(("http://", "https://"))
    )
    return Listed(links, parsed.is_whole)


def _digest(url: str) -> str:
    said = plain_address(url).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(said, digest_size=8).hexdigest()
