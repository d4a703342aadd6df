"""bluesky: search with an app password, and the whole network's stream filtered by words."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mentions.collected import Deletion
from mentions.errors import SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.bluesky_mention import PLATFORM, WEB, Found, Reading, answer_items, thread_items
from spiders.bluesky_search import SearchPlace, Walk, stepped
from spiders.bluesky_session import Session
from spiders.credentials import secret
from spiders.feed import web_address
from spiders.harvest import Harvest
from spiders.json_answer import list_of, object_of
from spiders.mention_spider import MentionSpider
from spiders.seen import Seen
from spiders.source import Duration

PAGE_SIZE = 100
"""The most that searchPosts gives at once."""
THREAD_DEPTH = 10
_SEARCH, _THREAD = "app.bsky.feed.searchPosts", "app.bsky.feed.getPostThread"


class BlueskyParams(BaseModel):
    """What to search for.

    `search` are queries as people type them (words, "phrases", #tags, from:handle). They need
    `identifier`, an account's handle, and `password_env`, the name of an environment variable
    with an app password. `history` is how far back the first pass goes, `overlap` how much of
    what was read is read again for counts and for posts that came late. `max_pages` bounds each
    search in each pass, `threads` how many conversations under found posts are read in a pass;
    the next one goes on. `only_public: false` keeps posts of people who want to be shown only to
    who is signed in. `web` is where people read posts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    search: tuple[str, ...] = ()
    identifier: str | None = Field(None, min_length=1)
    password_env: str | None = Field(None, min_length=1)
    service: str = "https://bsky.social"
    web: str = WEB
    history: Duration = timedelta(days=1)
    overlap: Duration = timedelta(hours=1)
    max_pages: int = Field(50, ge=1, le=10_000)
    threads: int = Field(0, ge=0, le=1_000)
    only_public: bool = True

    @field_validator("service", "web")
    @classmethod
    def _is_origin(cls, server: str) -> str:
        return web_address(server).rstrip("/")

    @field_validator("search")
    @classmethod
    def _are_queries(cls, search: tuple[str, ...]) -> tuple[str, ...]:
        if not all(query.strip() for query in search):
            raise ValueError('holds an empty query; write search: ["nimbus air"]')
        return tuple(dict.fromkeys(query.strip() for query in search))

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.search:
            raise ValueError('names no search; write search: ["nimbus air"]')
        if self.search and not (self.identifier and self.password_env):
            raise ValueError(
                "search needs identifier (an account's handle) and password_env (the environment"
                " variable with its app password): without a session Bluesky answers 403"
            )
        return self

    def variables(self) -> tuple[str, ...]:
        """The environment variables that must be set."""
        return (self.password_env,) if self.password_env else ()


class BlueskySpider(MentionSpider):
    """Reads each search back to where it was."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each search in turn; one that fails does not stop the others."""
        self._params = BlueskyParams.model_validate(self.source.params)
        self._threads_left = self._params.threads
        async for harvest in self._searches():
            yield harvest

    async def _searches(self) -> AsyncIterator[Harvest]:
        if not self._params.search:
            return
        session = Session(
            self.source, service=self._params.service, fetch=self.fetch, refusal=self.refusal
        )
        try:
            password = secret(self._params.password_env or "")
            await session.open(self._params.identifier or "", password)
        except (SourceUnavailable, SourceRefused) as error:
            self.problem("session", error)
            return
        for query in self._params.search:
            part = f"search:{query}"
            try:
                async for harvest in self._search(session, part, query):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)

    async def _search(self, session: Session, part: str, query: str) -> AsyncIterator[Harvest]:
        place = SearchPlace.remembered(self.cursor.get(part, {})).walking(
            now=self.clock(), history=self._params.history, overlap=self._params.overlap
        )
        for _ in range(self._params.max_pages):
            walk = place.walk or Walk(since="")
            asked = {"q": query, "sort": "latest", "limit": str(PAGE_SIZE), "since": walk.since}
            asked |= {"until": walk.until} if walk.until else {}
            posts = read_posts(await session.get(_SEARCH, asked))
            seen = Seen(place.seen, begun=walk.seen)
            items = list(seen.news(answer_items(posts[::-1], self._reading())))
            items += seen.news(await self._conversations(session, items))
            place = _remembering(stepped(place, posts, full=PAGE_SIZE), seen)
            yield Harvest(part, items, partial(asdict, place))
            if place.walk is None:
                return

    async def _conversations(self, session: Session, items: Sequence[Any]) -> list[Found]:
        """What was answered to those that are new or have new answers, as far as we may ask."""
        found: list[Found] = []
        for post in items:
            if self._threads_left and isinstance(post, Mention) and post.engagement.replies:
                self._threads_left -= 1
                asked = {"uri": post.native_id, "depth": str(THREAD_DEPTH), "parentHeight": "0"}
                answer = await session.get(_THREAD, asked)
                # What is there already comes again with the same content, and is left out.
                gone = [Deletion(post.id)]
                found += gone if answer is None else thread_items(answer, self._reading())
        return found

    def _reading(self) -> Reading:
        return Reading(
            source=self.source.name,
            now=self.clock(),
            platform=self.source.platform or PLATFORM,
            web=self._params.web,
            only_public=self._params.only_public,
        )


def read_posts(answer: object) -> list[Any]:
    """The posts of a search. Raises SourceUnavailable where there are none to read."""
    posts = object_of(answer).get("posts")
    if not isinstance(posts, list):
        raise SourceUnavailable("the server answered JSON, but no list of posts")
    return list_of(posts)


def _remembering(place: SearchPlace, seen: Seen) -> SearchPlace:
    """The place with what its walk has held so far, or, at the end of it, for the next one."""
    if place.walk is None:
        return replace(place, seen=seen.memory)
    return replace(place, walk=replace(place.walk, seen=seen.memory))
