"""bluesky: search with an app password, and the whole network's stream filtered by words."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import ClientConnection

from mentions.collected import Collected, Deletion
from mentions.errors import PostGone, SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.bluesky_mention import PLATFORM, POSTS, Found, Reading, answer_items, thread_items
from spiders.bluesky_params import BlueskyParams, StreamParams
from spiders.bluesky_search import SearchPlace, Walk, stepped
from spiders.bluesky_session import Session, Visitor
from spiders.credentials import secret
from spiders.feed_entry import count
from spiders.gathered import Authors, Gathered
from spiders.harvest import Harvest, Withheld
from spiders.jetstream import Bounds, CursorTooOld, Wanted, messages
from spiders.json_answer import list_of, object_of, read_json, text_of
from spiders.mention_spider import MentionSpider
from spiders.politeness import turns
from spiders.seen import Seen
from spiders.web_socket import MAX_MESSAGE_BYTES, opened

PAGE_SIZE = 100
"""The most that searchPosts gives at once."""
THREAD_DEPTH = 10
PROFILES_AT_ONCE = 25
"""The most that getProfiles takes."""
_NO_PAST = "what this search finds alone, for the stream keeps no past"
STREAM, AUTHORS = "stream", "authors"
_MICROSECOND = timedelta(microseconds=1)
_PROFILES = "app.bsky.actor.getProfiles"
_SEARCH, _THREAD = "app.bsky.feed.searchPosts", "app.bsky.feed.getPostThread"


class BlueskySpider(MentionSpider):
    """Reads each search back to where it was, and the stream on from where it was."""

    _people: dict[str, dict[str, Any]]
    _authors: Authors | None = None
    _asks: Session | Visitor | None = None

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each search in turn; one that fails does not stop the others."""
        self._params = BlueskyParams.model_validate(self.source.params)
        self._threads_left = self._params.threads
        self._people = {}
        ways: list[AsyncIterator[Harvest]] = [self._searches()]
        if (stream := self._params.stream) and not self.past:
            authors = Authors(self.cursor.get(AUTHORS), began_before=bool(self.cursor))
            # The stream first: of a post found by both, the search knows the counts and is right.
            ways.insert(0, self._stream(stream, authors))
            self._authors = authors
            if stream.profiles:
                self._asks = Visitor(stream.profiles, fetch=self.fetch, refusal=self.refusal)
        for way in ways:
            async for harvest in self._noted(way):
                yield harvest

    async def followed(self) -> AsyncGenerator[Harvest, None]:
        """The conversations whose turn it is; what their people delete concerns us, too."""
        async for harvest in self._noted(super().followed()):
            yield harvest

    async def _noted(self, way: AsyncIterable[Harvest]) -> AsyncIterator[Harvest]:
        """First whose posts these are: else a deletion could be missed after a crash."""
        async for harvest in way:
            if self._authors is not None:
                self._authors.note(harvest.items)
                if self._authors.is_changed:
                    yield Harvest(AUTHORS, (), partial(dict, self._authors.memory()))
            yield harvest

    async def conversation(self, native_id: str) -> Sequence[Collected | Withheld] | None:
        """The thread as our session sees it, else as it is shown to everybody."""
        if self._asks is None:
            return None
        asked = {"uri": native_id, "depth": str(THREAD_DEPTH), "parentHeight": "0"}
        answer = await self._asks.get(_THREAD, asked)
        if answer is None:
            raise PostGone(f"Bluesky no longer shows {native_id}")
        return await self._introduced(list(thread_items(answer, self._reading())))

    async def _introduced(self, found: Sequence[Found]) -> list[Found]:
        """With the followers that a stream's posts have, of which a thread says nothing."""
        stream = self._params.stream
        writers = {item.author.id: None for item in found if isinstance(item, Mention)}
        people = await self._profiles(list(writers), stream.profiles if stream else None)
        return [with_followers(item, people) for item in found]

    async def _searches(self) -> AsyncIterator[Harvest]:
        if not self._params.search:
            return
        session = Session(
            self.source, service=self._params.service, fetch=self.fetch, refusal=self.refusal
        )
        try:
            password = secret(self._params.password_env or "")
            await session.open(self._params.identifier or "", password)
            self._asks = session
        except (SourceUnavailable, SourceRefused) as error:
            self.problem("session", error)
            return
        for part in self.parts_to_read(f"search:{query}" for query in self._params.search):
            try:
                async for harvest in self._search(session, part, part.removeprefix("search:")):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)

    async def _search(self, session: Session, part: str, query: str) -> AsyncIterator[Harvest]:
        known = self.cursor.get(part, {})
        place = SearchPlace.remembered(known)
        if self.past and not known:
            place = SearchPlace.in_past(self.past)
        place = place.walking(
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
            is_last, short = place.walk is None, _NO_PAST if self._params.stream else ""
            yield Harvest(part, items, partial(asdict, place), is_last=is_last, short=short)
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

    async def _stream(self, asked: StreamParams, authors: Authors) -> AsyncIterator[Harvest]:
        """What was posted since the last pass; what was read before an error is kept."""
        now_us = int(self.clock().timestamp() * 1_000_000)
        known = self.cursor.get(STREAM, {})
        history_us, rewind_us = (span // _MICROSECOND for span in (asked.history, asked.rewind))
        start_us = known["time_us"] - rewind_us if known else now_us - history_us
        wanted = Wanted(asked.words, asked.accounts)
        gathered = Gathered(wanted, authors, known, rewind_us=rewind_us)
        ending: SourceUnavailable | SourceRefused | None = None
        try:
            async with self._opened(asked, start_us) as connection:
                async for message in messages(connection, self._bounds(asked)):
                    gathered.take(message)
                    if gathered.is_full:
                        yield await self._handed_over(gathered, asked)
                    if gathered.time_us >= now_us:
                        break
        except CursorTooOld as error:
            self.problem(STREAM, error)
            again_us = now_us - history_us
            restart = {"time_us": again_us if start_us < again_us else now_us}
            yield Harvest(STREAM, (), lambda: restart, is_answer=False)
            return
        except (SourceUnavailable, SourceRefused) as error:
            ending = error
        try:
            if gathered.has_moved:
                yield await self._handed_over(gathered, asked)
        except (SourceUnavailable, SourceRefused) as error:
            ending = ending or error
        if ending is not None:
            self.problem(STREAM, ending)

    @asynccontextmanager
    async def _opened(self, asked: StreamParams, start_us: int) -> AsyncIterator[ClientConnection]:
        query = {"wantedCollections": POSTS, "cursor": str(start_us)}
        query["maxMessageSizeBytes"] = str(MAX_MESSAGE_BYTES // 2)
        url = f"{asked.server}/subscribe?{urlencode(query)}"
        host = urlsplit(url).netloc
        self.check_time(host)
        await turns.take(host, distance=self.source.delay_seconds)
        settings = self.crawler.settings
        try:
            async with opened(
                url,
                allow_private=self.source.allow_private,
                user_agent=settings["USER_AGENT"],
                timeout_seconds=settings.getfloat("DOWNLOAD_TIMEOUT"),
                now=self.clock(),
                named={CursorTooOld.NAME: CursorTooOld},
            ) as connection:
                yield connection
        except SourceUnavailable as error:
            self.remember_rest(host, error.after_seconds or 0.0)
            raise

    def _bounds(self, asked: StreamParams) -> Bounds:
        return Bounds(
            min(asked.seconds, self.time_left()).total_seconds(),
            asked.quiet.total_seconds(),
            asked.max_messages,
        )

    async def _handed_over(self, gathered: Gathered, asked: StreamParams) -> Harvest:
        """What was gathered so far, with its authors' names. Raises before anything is given."""
        people = await self._profiles(gathered.writers(), asked.profiles)
        items = list(gathered.items(people, self._reading()))
        return Harvest(STREAM, items, partial(dict, gathered.taken()))

    async def _profiles(self, dids: Sequence[str], server: str | None) -> dict[str, dict[str, Any]]:
        """What people call themselves; who is gone by now is missing."""
        unknown = [did for did in dids if did not in self._people] if server else []
        for at in range(0, len(unknown), PROFILES_AT_ONCE):
            query = urlencode([("actors", did) for did in unknown[at : at + PROFILES_AT_ONCE]])
            answer = read_json(await self.fetch(f"{server}/xrpc/{_PROFILES}?{query}"))
            found = map(object_of, list_of(object_of(answer).get("profiles")))
            self._people |= {text_of(person.get("did")): person for person in found}
        return self._people

    def _reading(self) -> Reading:
        return Reading(
            source=self.source.name,
            now=self.clock(),
            platform=self.source.platform or PLATFORM,
            web=self._params.web,
            only_public=self._params.only_public,
        )


def with_followers(item: Found, people: Mapping[str, Mapping[str, Any]]) -> Found:
    """The item as it is, a mention with its author's followers where these are known."""
    known = people.get(item.author.id) if isinstance(item, Mention) else None
    if known is None or not isinstance(item, Mention):
        return item
    followers = {"followers": count(known.get("followersCount"))}
    return item.model_copy(update={"author": item.author.model_copy(update=followers)})


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
