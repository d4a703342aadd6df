"""mastodon: public and hashtag timelines, and search with a token, of one server."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from scrapy.http import Response

from mentions.collected import Collected, Reject
from mentions.errors import SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.credentials import check_encrypted, secret
from spiders.feed import web_address
from spiders.harvest import Harvest, Withheld
from spiders.json_answer import list_of, object_of, read_json
from spiders.mention_spider import MentionSpider
from spiders.paging import Page, Place, back, forward, ignored, page_of, skipped
from spiders.source import Duration
from spiders.status import PLATFORM, status_mention

PAGE_SIZE = 40
"""The most that a Mastodon server gives at once."""
INSTANCE_CHECK = timedelta(hours=1)
"""How long we believe what the server said about which timelines it shows."""
_TIMELINE = re.compile(r"public|local|tag:#?[^\s#/?]+")
_LINK = re.compile(r'<([^>]*)>\s*;[^,]*?rel="?(next|prev)"?')
_INSTANCE = "instance"
_ONLY_NEWEST = "only its newest posts: this server's search does not lead back"
_CLOSED = "the server keeps this timeline closed; use hashtags, a token, or another server"


class MastodonParams(BaseModel):
    """Which timelines and searches of a server.

    `timelines` are "public", "local" and "tag:NAME". `search` needs `token_env`, the name of an
    environment variable that holds a user token. `history` is how far back the first pass goes.
    `max_pages` bounds each timeline in each pass; the next pass goes on. `only_indexable: false`
    keeps posts of authors who have not agreed to be found by search: for a server of your own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: str
    timelines: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    token_env: str | None = None
    history: Duration = timedelta(days=1)
    max_pages: int = Field(50, ge=1, le=10_000)
    only_indexable: bool = True

    @field_validator("server")
    @classmethod
    def _is_origin(cls, server: str) -> str:
        return web_address(server).rstrip("/")

    @field_validator("timelines")
    @classmethod
    def _are_timelines(cls, timelines: tuple[str, ...]) -> tuple[str, ...]:
        for timeline in timelines:
            if _TIMELINE.fullmatch(timeline) is None:
                raise ValueError(f"{timeline!r} is no timeline; write public, local or tag:acme")
        return tuple(timeline.replace("tag:#", "tag:") for timeline in timelines)

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.timelines and not self.search:
            raise ValueError("names neither timelines nor search; write timelines: [tag:acme]")
        if self.search and not self.token_env:
            raise ValueError("search needs token_env, the environment variable with the token")
        return self

    def variables(self) -> tuple[str, ...]:
        """The environment variables that must be set."""
        return (self.token_env,) if self.token_env else ()


def read_page(response: Response) -> Page:
    """The statuses of a timeline or a search. Raises SourceUnavailable where there are none."""
    answer = read_json(response)
    statuses = answer.get("statuses") if isinstance(answer, dict) else answer
    if not isinstance(statuses, list):
        raise SourceUnavailable("the server answered JSON, but no list of statuses")
    header = (response.headers.get("Link") or b"").decode("latin-1")
    # Only the position is taken from the link: it must not send us to another host.
    links = {
        rel: parse_qs(urlsplit(url).query).get("min_id" if rel == "prev" else "max_id", [""])[0]
        for url, rel in _LINK.findall(header)
    }
    return page_of(statuses, links)


def closed_feeds(instance: object, *, has_token: bool) -> list[str]:
    """The timelines that a server's /api/v2/instance keeps from us, as 'live_feeds.local'."""
    access: Any = instance
    for name in ("configuration", "timelines_access"):
        access = access.get(name) if isinstance(access, dict) else None
    shut = {"disabled"} if has_token else {"disabled", "authenticated"}
    feeds = access.items() if isinstance(access, dict) else ()
    return [
        f"{feed}.{origin}"
        for feed, said in feeds
        for origin, value in (said.items() if isinstance(said, dict) else ())
        if value in shut
    ]


def is_closed(part: str, closed: Sequence[str]) -> bool:
    """Whether everything that the timeline could show is kept from us."""
    if part.startswith("search:"):
        return False
    feed = "hashtag_feeds" if part.startswith("tag:") else "live_feeds"
    needed = {f"{feed}.local"} if part == "local" else {f"{feed}.local", f"{feed}.remote"}
    return needed <= set(closed)


class MastodonSpider(MentionSpider):
    """Goes forward from where it was, and on the first pass back into the past."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each timeline and search in turn; one that fails does not stop the others."""
        self._params = MastodonParams.model_validate(self.source.params)
        self._domain = ""
        try:
            self._headers = self._credentials()
        except SourceRefused as error:
            self.problem("", error)
            return
        instance = await self._instance()
        self._domain = instance["domain"]
        yield Harvest(_INSTANCE, (), lambda: instance, is_answer=False)
        searches = [f"search:{query}" for query in self._params.search]
        for part in self.parts_to_read((*self._params.timelines, *searches)):
            try:
                async for harvest in self._collect(part, instance["closed"]):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)

    async def conversation(self, native_id: str) -> Sequence[Collected | Withheld]:
        """The status as it is now, and the answers to it."""
        url = f"{self._params.server}/api/v1/statuses/{quote(native_id, safe='')}"
        status = read_json(await self.fetch(url, self._headers))
        context = object_of(read_json(await self.fetch(f"{url}/context", self._headers)))
        return [self._read(each) for each in (status, *list_of(context.get("descendants")))]

    def _credentials(self) -> dict[str, str]:
        name = self._params.token_env
        if name is None:
            return {}
        token = secret(name)
        check_encrypted(self._params.server, self.source)
        return {"Authorization": f"Bearer {token}"}

    async def _instance(self) -> dict[str, Any]:
        """What the server says of itself, remembered for an hour."""
        known: dict[str, Any] = self.cursor.get(_INSTANCE, {})
        checked_at = known.get("checked_at")
        if checked_at and self.clock() - datetime.fromisoformat(checked_at) < INSTANCE_CHECK:
            return known
        try:
            url = f"{self._params.server}/api/v2/instance"
            said = read_json(await self.fetch(url, self._headers))
        except (SourceUnavailable, SourceRefused):
            said = {}  # an older server; what its timelines answer will tell
        domain = said.get("domain") if isinstance(said, dict) else None
        return {
            "checked_at": self.clock().isoformat(),
            "closed": closed_feeds(said, has_token=bool(self._headers)),
            "domain": domain if isinstance(domain, str) else "",
        }

    async def _collect(self, part: str, closed: Sequence[str]) -> AsyncIterator[Harvest]:
        if is_closed(part, closed):
            raise SourceRefused(_CLOSED)
        place = Place.remembered(self.cursor.get(part, {}))
        is_search = part.startswith("search:")
        if place.newest and not is_search and not self.past:
            for _ in range(self._params.max_pages):
                page = await self._page(part, min_id=place.newest)
                if not page.statuses:
                    break
                place = forward(place, page)
                yield self._harvest(part, page.statuses, place)
            if place.walk is None:
                return
        async for harvest in self._walk(part, place, is_search=is_search):
            yield harvest

    async def _walk(self, part: str, place: Place, *, is_search: bool) -> AsyncIterator[Harvest]:
        is_first = not place.newest and place.walk is None
        place = place.walking(floor=self.since(self._params.history))
        for _ in range(self._params.max_pages):
            page = await self._page(part, max_id=place.walk.max_id if place.walk else "")
            if is_first and not page.statuses and part in ("public", "local"):
                raise SourceRefused(_CLOSED)
            short = _ONLY_NEWEST if ignored(place, page) else ""
            kept, place = back(place, page, is_search=is_search)
            if is_first and self.past:
                place = skipped(place, page, until=self.past.until)
            is_first = False
            yield replace(self._harvest(part, kept, place), short=short)
            if place.walk is None:
                return

    async def _page(self, part: str, **position: str) -> Page:
        query = {"limit": str(PAGE_SIZE), **{name: at for name, at in position.items() if at}}
        kind, _, name = part.partition(":")
        if kind == "search":
            path = "/api/v2/search"
            query |= {"q": name, "type": "statuses", "resolve": "false"}
        elif kind == "tag":
            path = f"/api/v1/timelines/tag/{quote(name, safe='')}"
        else:
            path = "/api/v1/timelines/public"
            query |= {"local": "true"} if kind == "local" else {}
        url = f"{self._params.server}{path}?{urlencode(query)}"
        return read_page(await self.fetch(url, self._headers))

    def _harvest(self, part: str, statuses: Sequence[Any], place: Place) -> Harvest:
        # The oldest first, so that a conversation is stored in the order it was held.
        by_tag = part.startswith("tag:")
        found = (self._read(status, by_tag=by_tag) for status in reversed(statuses))
        return Harvest(part, found, lambda: asdict(place), is_last=place.walk is None)

    def _read(self, status: object, *, by_tag: bool = False) -> Mention | Reject | Withheld:
        return status_mention(
            status,
            source=self.source.name,
            now=self.clock(),
            domain=self._domain,
            platform=self.source.platform or PLATFORM,
            by_tag=by_tag,
            only_indexable=self._params.only_indexable,
        )
