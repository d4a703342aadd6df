"""hackernews: the search of Hacker News by date, and its own API for what vanished from there."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Literal, Self
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from scrapy.http import Response

from mentions.collected import Deletion, Reject
from mentions.errors import SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.feed import web_address
from spiders.feed_entry import count
from spiders.hackernews_mention import PLATFORM, WEB, item_mention, seconds_of
from spiders.harvest import Harvest
from spiders.json_answer import read_json
from spiders.mention_spider import MentionSpider
from spiders.source import Duration
from spiders.stretch import Stretch
from spiders.window import Window

SEARCH = "https://hn.algolia.com"
ITEMS = "https://hacker-news.firebaseio.com"
MOST_HITS = 1_000
"""The search shows no more of one question, on whatever pages."""


class HackernewsParams(BaseModel):
    """What is searched for: words and "phrases" in `search`, posts of accounts in `authors`.

    `look_in` are the fields whose words count; story_title adds every comment under a story with
    such a title. The first pass goes back `history`; each later one looks again at the last
    `reread`, where the search learns of posts late and people edit and delete. `max_pages` bounds
    each search in a pass, `max_checks` how often a pass asks what became of a post.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    search: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    kinds: tuple[Literal["story", "comment", "poll", "job"], ...] = ("story", "comment", "poll")
    look_in: tuple[Literal["title", "url", "story_text", "comment_text", "story_title"], ...] = (
        "title",
        "story_text",
        "comment_text",
    )
    history: Duration = timedelta(days=7)
    reread: Duration = timedelta(days=1)
    page_size: int = Field(200, ge=1, le=MOST_HITS)
    max_pages: int = Field(20, ge=1, le=10_000)
    max_checks: int = Field(20, ge=0, le=1_000)
    server: str = SEARCH
    items_server: str = ITEMS
    web: str = WEB

    @field_validator("server", "items_server", "web")
    @classmethod
    def _is_origin(cls, server: str) -> str:
        return web_address(server).rstrip("/")

    @field_validator("authors")
    @classmethod
    def _are_authors(cls, authors: tuple[str, ...]) -> tuple[str, ...]:
        for author in authors:
            if not author.replace("_", "").replace("-", "").isalnum() or not author.isascii():
                raise ValueError(f"{author!r} is no account of Hacker News; write acme, without @")
        return authors

    @field_validator("search", "kinds", "look_in")
    @classmethod
    def _say_something(cls, said: tuple[str, ...]) -> tuple[str, ...]:
        if any(not one.strip() for one in said):
            raise ValueError("holds an empty one, which would find everything; remove it")
        return said

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.search and not self.authors:
            raise ValueError("names neither search nor authors; write search: [acme]")
        if not self.kinds or not self.look_in:
            raise ValueError("kinds and look_in must name something; leave them out for all")
        return self


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the search."""

    hits: Sequence[object]
    has_more: bool

    @property
    def moments(self) -> list[int]:
        """When its posts were made, in seconds since 1970."""
        return [at for hit in self.hits if (at := seconds_of(hit)) is not None]


def read_page(response: Response) -> Page:
    """The hits of a search. Raises SourceUnavailable where there are none."""
    answer = read_json(response)
    hits = answer.get("hits") if isinstance(answer, dict) else None
    if not isinstance(hits, list):
        raise SourceUnavailable("the server answered JSON, but no list of hits")
    page, pages = count(answer.get("page")) or 0, count(answer.get("nbPages"))
    return Page(hits, has_more=bool(hits) and (pages is None or page + 1 < pages))


class HackernewsSpider(MentionSpider):
    """Reads each search back from now to where it was, and asks about what is no longer in it."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each search in turn; one that fails does not stop the others."""
        self._params = HackernewsParams.model_validate(self.source.params)
        self._checks_left = self._params.max_checks
        parts = [f"search:{words}" for words in self._params.search]
        parts += [f"author:{name}" for name in self._params.authors]
        for part in dict.fromkeys(parts):
            try:
                async for harvest in self._collect(part):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)

    async def _collect(self, part: str) -> AsyncIterator[Harvest]:
        known = self.cursor.get(part, {})
        stretch, window = Stretch(**known.get("stretch", {})), Window.remembered(known)
        goes_on, vanished = not stretch.is_whole, []
        for _ in range(self._params.max_pages):
            stretch = stretch.begin(
                self.clock(), history=self._params.history, reread=self._params.reread
            )
            floor, page = stretch.floor, await self._page(part, stretch)
            stretch = stretch.after(page.moments, has_more=page.has_more)
            # The oldest first, so that a conversation is stored in the order it was held.
            news = list(window.news(self._read(reversed(page.hits)), now=self.clock()))
            if stretch.is_whole:
                vanished = window.vanished(since=floor)
                window.moved(floor=stretch.until - int(self._params.reread.total_seconds()))
            yield _harvest(part, news, stretch, window)
            if stretch.is_whole:
                if not goes_on:
                    break
                goes_on = False  # that was the way back of an earlier pass; now what came since
        for native_id in vanished:
            if self._checks_left > 0:
                self._checks_left -= 1
                yield _harvest(part, await self._checked(native_id, window), stretch, window)

    async def _page(self, part: str, stretch: Stretch) -> Page:
        what, _, words = part.partition(":")
        bounds = [f"created_at_i>={stretch.floor}"]
        if stretch.at:
            bounds.append(f"created_at_i<={stretch.at}")
        tags = f"({','.join(self._params.kinds)})"
        query = {
            "query": words if what == "search" else "",
            "tags": tags if what == "search" else f"{tags},author_{words}",
            "numericFilters": ",".join(bounds),
            "hitsPerPage": self._params.page_size,
            "page": stretch.page,
            # Without these 'heron' finds 'heroin', and a comment counts for its story's title.
            "typoTolerance": "false",
            "advancedSyntax": "true",
            "restrictSearchableAttributes": ",".join(self._params.look_in),
        }
        url = f"{self._params.server}/api/v1/search_by_date?{urlencode(query)}"
        return read_page(await self.fetch(url))

    def _read(self, items: Iterator[object], thread: str = "") -> Iterator[Any]:
        for item in items:
            yield item_mention(
                item,
                source=self.source.name,
                now=self.clock(),
                platform=self.source.platform or PLATFORM,
                web=self._params.web,
                thread=thread,
            )

    async def _checked(self, native_id: str, window: Window) -> list[Mention | Deletion | Reject]:
        """What became of a post that the search no longer finds; nothing where it stands as it was.

        The item API says null of what it does not know, or not yet: that is asked again.
        """
        url = f"{self._params.items_server}/v0/item/{quote(native_id, safe='')}.json"
        answer = read_json(await self.fetch(url))
        window.asked(native_id)
        if not isinstance(answer, dict):
            return []
        (item,) = self._read(iter([answer]), thread=window.thread_of(native_id))
        if isinstance(item, Deletion):
            window.forget(native_id)
            return [item]
        if isinstance(item, Mention) and item.native_id == native_id and window.renew(item):
            return [item]
        return []


def _harvest(part: str, items: list[Any], stretch: Stretch, window: Window) -> Harvest:
    place = {"stretch": asdict(stretch), **window.to_json()}
    return Harvest(part, items, partial(dict, place))
