"""lemmy: what is posted and commented on a Lemmy server, in communities, searches, by authors."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mentions.collected import Collected, Deletion, Reject
from mentions.errors import PostGone, SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.credentials import check_encrypted, secret
from spiders.feed import web_address
from spiders.harvest import Harvest, Withheld
from spiders.json_answer import list_of, object_of, read_json, text_of
from spiders.lemmy_mention import (
    PLATFORM,
    is_pinned,
    published_of,
    view_mention,
    worldwide_id,
)
from spiders.mention_spider import MentionSpider, error_said
from spiders.newest_first import Gap, Reach, Walk
from spiders.seen import Seen
from spiders.source import Duration

_KINDS = ("posts", "comments")
PAGE_SIZE = 50
"""The most comments that a list gives at once."""
CONVERSATION_PAGES = 6
"""The newest 300 comments are looked at again, as many as a server's own page shows."""
_GONE = frozenset({"couldnt_find_post", "couldnt_find_comment", "not_found"})
"""Said with status 404 or 400, depending on the version."""


class LemmyParams(BaseModel):
    """Which lists of a server.

    `listings` are "all" (what the server knows) and "local" (its own communities). `communities`
    are written "name" or "name@host", `authors` (your own accounts, for their answers) likewise.
    `search` finds words in posts and comments. `token_env` names an environment variable with a
    login token, for servers that are closed. `history` is how far back the first pass goes,
    `recheck` how much each pass reads again for late arrivals, edits, counts and deletions.
    `max_pages` bounds each list in each pass; the next pass goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: str
    listings: tuple[Literal["all", "local"], ...] = ()
    communities: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    token_env: str | None = None
    history: Duration = timedelta(days=1)
    recheck: Duration = timedelta(hours=1)
    max_pages: int = Field(50, ge=1, le=10_000)

    @field_validator("server")
    @classmethod
    def _is_origin(cls, server: str) -> str:
        return web_address(server).rstrip("/")

    @field_validator("communities", "authors")
    @classmethod
    def _are_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not name.lstrip("!@") or "/" in name:
                raise ValueError(f"{name!r} is no name; write airlines or airlines@lemmy.example")
        return tuple(name.lstrip("!@") for name in names)

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.lists:
            raise ValueError("names nothing to read; write listings: [all] or search: [acme]")
        return self

    @property
    def lists(self) -> tuple[str, ...]:
        """What is read, as 'search:acme'; each in its posts and in its comments."""
        named = {
            "listing": self.listings,
            "community": self.communities,
            "search": self.search,
            "author": self.authors,
        }
        found = (f"{kind}:{name}" for kind, names in named.items() for name in names)
        return tuple(dict.fromkeys(found))

    def variables(self) -> tuple[str, ...]:
        """The environment variables that must be set."""
        return (self.token_env,) if self.token_env else ()


def list_address(server: str, part: str, page: int, size: int) -> str:
    """Where a window of a part ('comments search:acme') is asked for."""
    kind, _, named = part.partition(" ")
    by, _, name = named.partition(":")
    query = {"sort": "New", "limit": str(size), "page": str(page)}
    if by == "search":
        path = "search"
        query |= {"q": name, "type_": kind.capitalize(), "listing_type": "All"}
    elif by == "author":
        path = "user"
        query |= {"username": name}
    else:
        path = "post/list" if kind == "posts" else "comment/list"
        where = {"type_": name.capitalize()} if by == "listing" else {"community_name": name}
        query |= {"type_": "All", **where}
    return f"{server}/api/v3/{path}?{urlencode(query)}"


def below_address(server: str, native_id: str, post_id: str, page: int) -> str:
    """Where the comments below a post or a comment are asked for, the newest first.

    Not as the tree that `max_depth` would give: a server cuts that off after 300 and knows no
    second page of it (github.com/LemmyNet/lemmy/issues/3585).
    """
    kind, _, number = native_id.partition("/")
    query = {"type_": "All", "sort": "New", "limit": str(PAGE_SIZE), "page": str(page)}
    query |= {"post_id": post_id, **({"parent_id": number} if kind == "comment" else {})}
    return f"{server}/api/v3/comment/list?{urlencode(query)}"


class LemmySpider(MentionSpider):
    """Reads each list from its top down to where it was, and then what an earlier pass left."""

    _headers: dict[str, str] | None = None
    """None where the settings ask for a token that is missing."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each list in turn; one that fails does not stop the others."""
        self._params = LemmyParams.model_validate(self.source.params)
        self._met: dict[str, str] = {}
        try:
            self._headers = self._credentials()
        except SourceRefused as error:
            self.problem("", error)
            return
        every = (f"{kind} {named}" for named in self._params.lists for kind in _KINDS)
        for part in self.parts_to_read(every):
            try:
                async for harvest in self._read_past(part) if self.past else self._collect(part):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)

    async def conversation(self, native_id: str) -> Sequence[Collected | Withheld] | None:
        """The post or comment as it is now, and the newest comments below it."""
        if self._headers is None:
            return None
        kind, _, number = native_id.partition("/")
        own = await self._view(kind, number)
        post_id = number if kind == "post" else text_of(object_of(own["comment"]).get("post_id"))
        below: dict[str, Any] = {}
        for page in range(1, CONVERSATION_PAGES + 1):
            address = below_address(self._params.server, native_id, post_id, page)
            views, known = await self._listed("comments", address), len(below)
            below |= dict(zip(_ids(views), views, strict=True))
            if len(views) < PAGE_SIZE or len(below) == known:
                break
        if kind == "comment":
            below.pop(number, None)  # the list of what is below a comment holds it, too
        return [self._read(view) for view in (own, *below.values())]

    async def _view(self, kind: str, number: str) -> dict[str, Any]:
        """One post or comment. Raises PostGone."""
        address = f"{self._params.server}/api/v3/{kind}?{urlencode({'id': number})}"
        response = await self.fetch(address, self._headers, reads=(400,))
        if response.status == 400:
            if (said := error_said(response.body)) in _GONE:
                raise PostGone(f"{self._params.server} no longer shows {kind}/{number} ({said})")
            raise self.refusal(response)
        view = object_of(object_of(read_json(response)).get(f"{kind}_view"))
        if kind not in view:
            raise SourceUnavailable(f"the server answered JSON, but no {kind}")
        return view

    def _credentials(self) -> dict[str, str]:
        if self._params.token_env is None:
            return {}
        token = secret(self._params.token_env)
        check_encrypted(self._params.server, self.source)
        return {"Authorization": f"Bearer {token}"}

    async def _collect(self, part: str) -> AsyncIterator[Harvest]:
        """From the top to the last pass's end, then through the gap that it left, if any."""
        cursor = self.cursor.get(part, {})
        before, seen = Reach.remembered(cursor), Seen(cursor.get("seen", {}))
        now, until = self.clock(), before.until
        floor = now - self._params.history
        if until:
            # What an earlier pass left comes before what was read already.
            again = timedelta() if before.gap else self._params.recheck
            floor = datetime.fromisoformat(until) - again
        walk, is_top, fresh = Walk(floor), True, 0
        for _ in range(self._params.max_pages):
            views = await self._window(part, walk)
            ids, times = _ids(views), _times(views)
            if not walk.meets(times):
                walk = walk.stepped_back()
                continue
            has_arrived = walk.has_arrived(ids, times)
            walk = walk.after(ids, times)
            if is_top:
                fresh += sum(1 for moment in times if moment.isoformat() > before.until)
                # A clock that runs ahead must not carry the next pass's floor with it.
                until = max([until, *(min(moment, now).isoformat() for moment in times)])
            lower = before.gap.pushed_down(fresh) if is_top and before.gap else None
            # Below the last pass's end there is nothing that must be read.
            is_enough = has_arrived or (before.gap is None and before.is_reached_by(walk))
            left = lower if is_enough else Gap.joined(walk.gap, lower)
            yield self._harvest(part, views, Reach(until, left), seen)
            if has_arrived and lower is None:
                return
            if has_arrived and lower is not None:
                walk, is_top = Walk.through(lower), False

    async def _read_past(self, part: str) -> AsyncIterator[Harvest]:
        """From the top, or on from where an earlier pass was, to where a backfill begins."""
        cursor = self.cursor.get(part, {})
        gap, seen = Reach.remembered(cursor).gap, Seen(cursor.get("seen", {}))
        walk = Walk.through(gap) if gap else Walk(self.since(self._params.history))
        for _ in range(self._params.max_pages):
            views = await self._window(part, walk)
            ids, times = _ids(views), _times(views)
            if not walk.meets(times):
                walk = walk.stepped_back()
                continue
            has_arrived = walk.has_arrived(ids, times)
            walk = walk.after(ids, times)
            harvest = self._harvest(part, views, Reach(gap=walk.gap), seen)
            yield replace(harvest, is_last=has_arrived)
            if has_arrived:
                return

    async def _window(self, part: str, walk: Walk) -> Sequence[Any]:
        address = list_address(self._params.server, part, *walk.window)
        try:
            return await self._listed(part.partition(" ")[0], address)
        except SourceRefused as error:
            if "private" in str(error) and not self._headers:
                raise SourceRefused(f"{error}; name token_env, a login of this server") from error
            raise

    async def _listed(self, kind: str, address: str) -> Sequence[Any]:
        answer = object_of(read_json(await self.fetch(address, self._headers)))
        if not isinstance(answer.get(kind), list):
            raise SourceUnavailable(f"the server answered JSON, but no list of {kind}")
        return list_of(answer[kind])

    def _harvest(self, part: str, views: Sequence[Any], reach: Reach, seen: Seen) -> Harvest:
        # The oldest first, so that a conversation is stored in the order it was held.
        found = (self._read(view) for view in reversed(views) if self._is_first(view, part))
        return Harvest(
            part, seen.news(found), lambda: {**reach.to_json(), "seen": dict(seen.memory)}
        )

    def _read(self, view: object) -> Mention | Reject | Deletion:
        return view_mention(
            view,
            source=self.source.name,
            now=self.clock(),
            host=urlsplit(self._params.server).netloc,
            platform=self.source.platform or PLATFORM,
        )

    def _is_first(self, view: object, part: str) -> bool:
        """Whether no other list has brought the post in this pass."""
        worldwide = worldwide_id(view)
        return not worldwide or self._met.setdefault(worldwide, part) == part


def _ids(views: Sequence[Any]) -> list[str]:
    """Ids, to tell pages apart."""
    said = (object_of(view) for view in views)
    contents = (object_of(view.get("comment") or view.get("post")) for view in said)
    return [text_of(content.get("id")) for content in contents]


def _times(views: Sequence[Any]) -> list[datetime]:
    """When they were written; what is pinned on top says nothing about the place in the list."""
    found = (published_of(view) for view in views if not is_pinned(view))
    return [moment for moment in found if moment is not None]
