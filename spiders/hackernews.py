"""hackernews: the search of Hacker News by date, and its own API for what vanished from there."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import quote, urlencode

from pydantic import Field, field_validator, model_validator
from scrapy.http import Response

from mentions.collected import Deletion
from mentions.errors import PostGone, SourceUnavailable
from mentions.mention import Mention
from spiders.feed import web_address
from spiders.feed_entry import count
from spiders.hackernews_mention import PLATFORM, WEB, item_mention, items_of, seconds_of
from spiders.harvest import Harvest
from spiders.json_answer import object_of, read_json, text_of
from spiders.looking_back import Lookback, LookingBack
from spiders.stretch import Stretch
from spiders.window import Item, Window

SEARCH = "https://hn.algolia.com"
ITEMS = "https://hacker-news.firebaseio.com"
MOST_HITS = 1_000
"""The search shows no more of one question, on whatever pages."""


class HackernewsParams(Lookback):
    """What is searched for: words and "phrases" in `search`, posts of accounts in `authors`.

    `look_in` are the fields whose words count; story_title adds every comment under a story with
    such a title.
    """

    search: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    kinds: tuple[Literal["story", "comment", "poll", "job"], ...] = ("story", "comment", "poll")
    look_in: tuple[Literal["title", "url", "story_text", "comment_text", "story_title"], ...] = (
        "title",
        "story_text",
        "comment_text",
    )
    page_size: int = Field(200, ge=1, le=MOST_HITS)
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


class HackernewsSpider(LookingBack):
    """Reads each search back from now to where it was, and asks about what is no longer in it."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each search in turn; one that fails does not stop the others."""
        self._params = HackernewsParams.model_validate(self.source.params)
        parts = [f"search:{words}" for words in self._params.search]
        parts += [f"author:{name}" for name in self._params.authors]
        async with aclosing(self.look_back(parts, self._params)) as harvests:
            async for harvest in harvests:
                yield harvest

    async def read_back(self, part: str, stretch: Stretch) -> tuple[Iterable[Item], Stretch]:
        """One page of a search."""
        page = await self._page(part, stretch)
        # The oldest first, so that a conversation is stored in the order it was held.
        items = (self._read(hit) for hit in reversed(page.hits))
        return items, stretch.after(page.moments, has_more=page.has_more)

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

    async def conversation(self, native_id: str) -> Sequence[Item]:
        """The post and everything below it, as the search's own tree has it."""
        url = f"{self._params.server}/api/v1/items/{quote(native_id, safe='')}"
        try:
            post, *below = items_of(read_json(await self.fetch(url)))
        except PostGone:
            # The search forgets what it has not learnt yet, too; the item API knows.
            return [await self._alone(native_id)]
        below.sort(key=lambda item: seconds_of(item) or 0)
        story = text_of(object_of(post).get("story_id")) or native_id
        thread = f"{self.source.name}:{story}"
        return [self._read(item, thread=thread) for item in (post, *below)]

    async def _alone(self, native_id: str) -> Item:
        item = await self._item(native_id)
        if item is None:
            raise SourceUnavailable(
                "neither the search nor the item API knows the post, or not yet"
            )
        return self._read(item)

    async def _item(self, native_id: str) -> object:
        """What the item API says; None where it does not know the post, or not yet."""
        url = f"{self._params.items_server}/v0/item/{quote(native_id, safe='')}.json"
        return read_json(await self.fetch(url))

    async def ask_about(self, native_id: str, window: Window) -> list[Item]:
        """Its item says. What the item API does not know, or not yet, is asked again."""
        answer = await self._item(native_id)
        if answer is None:
            return []
        item = self._read(answer, thread=window.thread_of(native_id))
        if isinstance(item, Deletion):
            window.forget(native_id)
            return [item]
        if isinstance(item, Mention) and item.native_id == native_id and window.renew(item):
            return [item]
        return []

    def _read(self, item: object, thread: str = "") -> Item:
        return item_mention(
            item,
            source=self.source.name,
            now=self.clock(),
            platform=self.source.platform or PLATFORM,
            web=self._params.web,
            thread=thread,
        )
