"""discourse: all posts of a Discourse forum, or those that its search finds."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from pydantic import Field, field_validator, model_validator
from scrapy.http import Response

from mentions.collected import Deletion
from mentions.errors import SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.credentials import check_encrypted, secret
from spiders.discourse_post import PLATFORM, Said, name_of, post_mention, posts_of, seconds_of
from spiders.feed import web_address
from spiders.feed_entry import count
from spiders.harvest import Harvest
from spiders.json_answer import list_of, object_of, read_json, text_of
from spiders.looking_back import Lookback, LookingBack
from spiders.past import Past
from spiders.stretch import Stretch
from spiders.window import Item, Window

_EVERYTHING = "posts"
_IDS_A_PAGE = 50
"""/posts.json shows those of 50 ids that strangers may see; of some there are none."""
_POSTS_AT_ONCE = 20
"""A topic gives that many at a time, also of those asked for by id."""
_SEARCH_PAGES = 10
"""A search has no more; the rest is asked for by an earlier date."""
_GONE = (403, 404, 410)
_FOLLOWING = 100
"""Posts after one that waits which a look reads at most: six requests, mostly one."""


class DiscourseParams(Lookback):
    """Which forum, and what of it: everything (`posts`) or what `search` finds.

    `api_key_env` names an environment variable with an API key, for a forum that strangers may
    not read; `api_user` is whose it is.
    """

    server: str
    posts: bool = False
    search: tuple[str, ...] = ()
    api_key_env: str | None = None
    api_user: str = "system"
    max_pages: int = Field(50, ge=1, le=10_000)

    @field_validator("server")
    @classmethod
    def _is_address(cls, server: str) -> str:
        return web_address(server).rstrip("/")

    @field_validator("search")
    @classmethod
    def _say_something(cls, search: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(words.strip()) < 3 for words in search):
            raise ValueError("holds words of less than 3 letters, which a forum does not search")
        return search

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.posts and not self.search:
            raise ValueError("asks for nothing; write posts: true or search: [acme]")
        return self

    def variables(self) -> tuple[str, ...]:
        """The environment variables that must be set."""
        return (self.api_key_env,) if self.api_key_env else ()


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its posts, and whether there may be older ones."""

    posts: Sequence[Said]
    has_more: bool

    @property
    def moments(self) -> list[int]:
        """When its posts were made, in seconds since 1970."""
        return [at for said in self.posts if (at := seconds_of(said.post)) is not None]

    @property
    def ids(self) -> list[int]:
        """The forum's own ids, which grow."""
        said = (count(object_of(said.post).get("id")) for said in self.posts)
        return [number for number in said if number]


def read_page(response: Response) -> Page:
    """The posts of an answer. Raises SourceUnavailable where it holds no list of them."""
    answer = read_json(response)
    if not isinstance(answer, dict) or not {"latest_posts", "posts", "post_stream"} & set(answer):
        if isinstance(answer, dict) and "grouped_search_result" in answer:
            return Page((), has_more=False)  # a search without results leaves its posts out
        raise SourceUnavailable("the server answered JSON, but no list of posts")
    more = object_of(answer.get("grouped_search_result")).get("more_full_page_results")
    return Page(list(posts_of(answer)), has_more=bool(more))


def after_ids(stretch: Stretch, page: Page) -> Stretch:
    """Where /posts.json goes on. Raises SourceUnavailable where its pages do not advance.

    An imported post is old and has a new id, so only a page without anything new is the end.
    """
    ids, moments = page.ids, page.moments
    if stretch.at and ids and min(ids) > stretch.at:
        raise SourceUnavailable("the server's pages do not advance")
    before = min(ids) - 1 if ids else stretch.at - _IDS_A_PAGE
    if before <= 0 or (moments and max(moments) < stretch.floor):
        return stretch.ended()
    return replace(stretch, at=before)


def after_search(stretch: Stretch, page: Page) -> Stretch:
    """Where a search goes on. Raises SourceUnavailable where one day fills all its pages."""
    moments = page.moments
    if not page.has_more or not moments or min(moments) < stretch.floor:
        return stretch.ended()
    if stretch.page + 1 < _SEARCH_PAGES:
        return replace(stretch, page=stretch.page + 1)
    if stretch.at and _day(stretch.at) == _day(min(moments)):
        raise SourceUnavailable("the search does not show all of a day; use posts: true instead")
    return replace(stretch, at=min(moments), page=0)


def _number(said: Said) -> int:
    number = text_of(object_of(said.post).get("post_number"))
    return int(number) if number.isdecimal() else 0


def _ids_after(topic: object, shown: Sequence[Said]) -> list[int]:
    """Ids of a topic's posts that come after all those that it showed of them."""
    stream = list_of(object_of(object_of(topic).get("post_stream")).get("stream"))
    ids = [number for one in stream if (number := count(one))]
    last = max((ids.index(one) for one in Page(shown, False).ids if one in ids), default=-1)
    return ids[last + 1 :]


def _day(seconds: int, *, later: int = 0) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC) + timedelta(days=later):%Y-%m-%d}"


class DiscourseSpider(LookingBack):
    """Reads each part back from now to where it was, and asks about what is no longer there."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each part in turn; one that fails does not stop the others."""
        self._params = DiscourseParams.model_validate(self.source.params)
        try:
            self._headers = self._credentials()
        except SourceRefused as error:
            self.problem("", error)
            return
        parts = [_EVERYTHING] if self._params.posts else []
        parts += [f"search:{words}" for words in self._params.search]
        async with aclosing(self.look_back(parts, self._params)) as harvests:
            async for harvest in harvests:
                yield harvest

    def _credentials(self) -> dict[str, str]:
        if self._params.api_key_env is None:
            return {}
        key = secret(self._params.api_key_env)
        check_encrypted(self._params.server, self.source)
        return {"Api-Key": key, "Api-Username": self._params.api_user}

    def begun_in(self, past: Past, part: str) -> Stretch:
        """Everything is read by ids, of which nobody knows the times: from the newest on."""
        way = super().begun_in(past, part)
        return replace(way, at=0) if part == _EVERYTHING else way

    async def read_back(self, part: str, stretch: Stretch) -> tuple[Iterable[Item], Stretch]:
        """One page of everything, or of a search with the whole texts of what it found."""
        if part == _EVERYTHING:
            before = {"before": stretch.at} if stretch.at else {}
            page = read_page(await self._ask("/posts.json", before))
            posts, stretch = list(page.posts), after_ids(stretch, page)
        else:
            words = f"{part.partition(':')[2]} order:latest after:{_day(stretch.floor, later=-1)}"
            if stretch.at:
                words += f" before:{_day(stretch.at, later=1)}"
            found = await self._ask("/search.json", {"q": words, "page": stretch.page + 1})
            page = read_page(found)
            posts, stretch = await self._whole(page.posts), after_search(stretch, page)
        posts.sort(key=lambda said: seconds_of(said.post) or 0)
        return map(self._read, posts), stretch

    async def _whole(self, found: Sequence[Said]) -> list[Said]:
        """The posts that a search found, which shows only the beginning of each."""
        topics: dict[str, list[int]] = {}
        for said in found:
            post = object_of(said.post)
            topic, post_id = text_of(post.get("topic_id")), count(post.get("id"))
            if topic.isdigit() and post_id:
                topics.setdefault(topic, []).append(post_id)
        # Asked for by ids, posts come without their topic's title; the search has told it.
        known = {name_of(said.post): said.topic for said in found}
        whole = [said for topic, ids in topics.items() for said in await self._named(topic, ids)]
        return [Said(said.post, known.get(name_of(said.post), said.topic)) for said in whole]

    async def _named(self, topic: str, ids: Sequence[int]) -> list[Said]:
        """The posts of a topic that have these ids, without those that strangers may not see."""
        posts: list[Said] = []
        for at in range(0, len(ids), _POSTS_AT_ONCE):
            asked = {"post_ids[]": ids[at : at + _POSTS_AT_ONCE]}
            answer = await self._ask(f"/t/{topic}/posts.json", asked, reads=_GONE)
            if answer.status not in _GONE:
                posts += read_page(answer).posts
        return posts

    async def _ask(
        self, path: str, query: dict[str, Any], *, reads: tuple[int, ...] = ()
    ) -> Response:
        asked = f"?{urlencode(query, doseq=True)}" if query else ""
        return await self.fetch(f"{self._params.server}{path}{asked}", self._headers, reads=reads)

    def _read(self, said: Said) -> Item:
        return post_mention(
            said,
            source=self.source.name,
            server=self._params.server,
            now=self.clock(),
            platform=self.source.platform or PLATFORM,
        )

    async def conversation(self, native_id: str) -> Sequence[Item]:
        """The post as it is now, and what was written after it in its topic."""
        topic, _, number = native_id.partition("/")
        page = read_json(await self._ask(f"/t/{topic}/{number}.json", {}))
        shown = list(posts_of(page))
        # Near a post that is gone, a topic shows its neighbours; only the post itself can tell.
        own = next((said for said in shown if name_of(said.post) == native_id), None)
        if own is None:
            alone = read_json(await self._ask(f"/posts/by_number/{native_id}.json", {}))
            own = Said(alone, object_of(page))
        after = [said for said in shown if _number(said) > int(number)]
        after += await self._named(topic, _ids_after(page, shown)[: _FOLLOWING - len(after)])
        return [self._read(said) for said in (own, *sorted(after, key=_number))]

    async def ask_about(self, native_id: str, window: Window) -> list[Item]:
        """The post itself says."""
        answer = await self._ask(f"/posts/by_number/{native_id}.json", {}, reads=_GONE)
        if answer.status in _GONE:
            window.forget(native_id)
            return [Deletion(f"{self.source.name}:{native_id}")]
        for item in map(self._read, posts_of(read_json(answer))):
            if isinstance(item, Deletion):
                window.forget(native_id)
                return [item]
            # Asked alone, the first post of a topic may not say its title.
            if not isinstance(item, Mention) or (item.kind == "post" and not item.title):
                continue
            if item.native_id == native_id and window.renew(item):
                return [item]
        return []
