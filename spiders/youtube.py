"""youtube: videos that a search finds, and the comments under videos and channels."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from mentions.collected import Collected, Deletion
from mentions.errors import PostGone, SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.credentials import check_encrypted, secret
from spiders.harvest import Harvest, Withheld
from spiders.json_answer import object_of, read_json, text_of
from spiders.mention_spider import MentionSpider
from spiders.politeness import RETRIES
from spiders.seen import Seen
from spiders.youtube_mention import (
    PLATFORM,
    Item,
    comments_in,
    item_mentions,
    items_of,
    published_at,
)
from spiders.youtube_params import YouTubeParams
from spiders.youtube_quota import LIST_UNITS, SEARCH_UNITS, Quota
from spiders.youtube_reading import Reading

PAGE_SIZE, SEARCH_PAGE_SIZE, IDS_AT_ONCE = 100, 50, 50
SEARCH_OVERLAP = timedelta(days=1)
"""A search finds a video some time after it was published."""
_QUOTA = "quota"
_COMMENTS_OFF = "commentsDisabled"
_SPENT = ("quotaExceeded", "dailyLimitExceeded")


class YouTubeSpider(MentionSpider):
    """Reads from the newest on until it meets what it knows, within the day's units."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Comments first: they are cheap. One part that fails does not stop the others."""
        self._params = params = YouTubeParams.model_validate(self.source.params)
        self._known: dict[str, dict[str, Any]] = {}
        self._quota = Quota(self.cursor.get(_QUOTA, {}), daily=params.daily_quota)
        try:
            # As a header, so that it stands in no address that is logged or told in an error.
            self._headers = {"X-Goog-Api-Key": secret(params.key_env)}
            check_encrypted(params.server, self.source)
        except SourceRefused as error:
            self.problem("", error)
            return
        parts = [f"video:{one}" for one in params.videos]
        parts += [f"channel:{one}" for one in params.channels]
        parts += [f"search:{one}" for one in params.search]
        for part in self.parts_to_read(parts):
            collect = self._search if part.startswith("search:") else self._threads
            try:
                async for harvest in collect(part):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)
            for note in self.notes():
                yield note

    def notes(self) -> list[Harvest]:
        """What was spent of the day's units."""
        self.sink.quota = self._quota.left
        return [Harvest(_QUOTA, (), partial(dict, self._quota.memory), is_answer=False)]

    async def conversation(self, native_id: str) -> Sequence[Item]:
        """A comment with the answers after it, or a video with the newest comments under it."""
        name = native_id.partition(".")[0]  # an answer's id begins with that of its thread
        if thread := (await self._named("commentThreads", "snippet,replies", name)):
            items = _oldest_first(await self._read([thread], Seen({})))
        elif video := (await self._named("videos", "snippet,statistics", name)):
            items = [*self._mentions([video]), *_oldest_first(await self._newest_under(name))]
        else:
            items = []
        ids = [item.native_id if isinstance(item, Mention) else "" for item in items]
        if native_id in ids:
            return items[ids.index(native_id) :]
        if await self._gone([native_id]):
            raise PostGone("YouTube does not show it any more")
        return items

    async def _named(self, method: str, part: str, name: str) -> Any:
        """A thread or a video, None where it is neither; all of this pass's turns at once."""
        known = self._known.setdefault(method, {})
        if name not in known:
            turns = (native_id.partition(".")[0] for native_id in (name, *self.turns))
            names = [one for one in dict.fromkeys(turns) if one not in known][:IDS_AT_ONCE]
            known |= dict.fromkeys(names) | await self._listed(method, part, names)
        return known[name]

    async def _listed(self, method: str, part: str, names: Sequence[str]) -> dict[str, Any]:
        try:
            answer = await self._ask(method, {"part": part, "id": ",".join(names)})
        except PostGone:  # YouTube may say so of all where one of them is gone
            if len(names) == 1:
                return {}
            alone = [await self._listed(method, part, [one]) for one in names]
            return dict(item for found in alone for item in found.items())
        return {text_of(object_of(one).get("id")): one for one in items_of(answer)}

    async def _newest_under(self, video: str) -> list[Item]:
        try:
            threads, _ = await self._page(f"video:{video}", "")
        except SourceRefused as error:
            if _COMMENTS_OFF not in str(error):
                raise
            return []
        return self._mentions(threads)

    async def _threads(self, part: str) -> AsyncIterator[Harvest]:
        """From the top down to what is known and no longer followed, then on from the old gap."""
        state: dict[str, Any] = self.cursor.get(part, {})
        reading = Reading(state, history=self.since(self._params.history))
        follow_from = self.clock() - self._params.follow
        token, old = "", state.get("gap", "")
        for left in reversed(range(self._params.max_pages)):
            try:
                threads, following = await self._page(part, token)
            except SourceRefused as error:
                if reading.at_top or "(400" not in str(error):
                    raise
                # A page's token is not for ever. From the top, everything to the floor is read.
                yield Harvest(part, (), partial(dict, reading.anew))
                raise SourceUnavailable(
                    "YouTube forgot the place; the next pass finds it"
                ) from error
            kept = [one for one in threads if not _is_before(one, reading.floor)]
            is_last = not following or len(kept) < len(threads)
            oldest = min(filter(None, map(published_at, threads)), default=None)
            news: list[Collected | Withheld] = [
                *reading.seen.news(await self._read(kept, reading.seen))
            ]
            is_known = reading.at_top and bool(state.get("begun")) and not news
            if reading.at_top:
                missing = reading.missing(_dated(kept), None if is_last else oldest)
                gone = await self._gone(missing)
                reading.forget(gone, follow_from)
                news += [Deletion(f"{self.source.name}:{one}") for one in gone]
            gap = "" if is_last else old if is_known else following
            yield Harvest(part, news, partial(dict, reading.cursor(gap)), is_last=is_last)
            has_arrived = is_known and (oldest is None or oldest < follow_from)
            if is_last or (has_arrived and not old):
                return
            token = following
            # The last page of a pass is for what an earlier one left.
            if old and is_known and (has_arrived or left == 1):
                reading.at_top, token = False, old

    async def _read(self, threads: Sequence[Any], seen: Seen) -> list[Item]:
        """Everything in the threads; the replies that did not come along are asked for."""
        items: list[Item] = []
        for thread in threads:
            came = list(comments_in(thread))
            items += self._mentions(came)
            first = object_of(came[0])
            said = first.get("replies")
            if isinstance(said, int) and said > len(came) - 1 and seen.is_news(items[-len(came)]):
                items += await self._replies(text_of(first.get("id")), text_of(first.get("video")))
        return items

    async def _replies(self, parent: str, video: str) -> list[Item]:
        token, replies = "", list[Any]()
        for _ in range(self._params.max_pages):
            query = {"part": "snippet", "parentId": parent, "maxResults": str(PAGE_SIZE)}
            answer = await self._ask("comments", query | ({"pageToken": token} if token else {}))
            replies += items_of(answer)
            token = text_of(answer.get("nextPageToken"))
            if not token:
                break
        return self._mentions(replies, video=video)

    async def _gone(self, missing: Sequence[str]) -> set[str]:
        """Those of the missing threads that YouTube does not know when asked for them either."""
        there: set[str] = set()
        for start in range(0, len(missing), IDS_AT_ONCE):
            ids = ",".join(missing[start : start + IDS_AT_ONCE])
            answer = await self._ask("comments", {"part": "id", "id": ids})
            there |= {text_of(object_of(one).get("id")) for one in items_of(answer)}
        return set(missing) - there

    async def _search(self, part: str) -> AsyncIterator[Harvest]:
        """What was published since the last search; one that was cut off goes on further back."""
        state: dict[str, Any] = self.cursor.get(part, {})
        now = self.clock()
        if self.past and not state:
            state = {"until": _stamp(self.past.until + timedelta(seconds=1))}
        until = state.get("until", "")
        began = state.get("began", "")
        if began and not until and now - datetime.fromisoformat(began) < self._params.search_every:
            return
        since = state.get("since") or _stamp(self.since(self._params.history))
        began = began if until and began else now.isoformat()
        seen = Seen(state.get("seen", {}))
        token = ""
        for _ in range(self._params.max_pages):
            query = {
                "part": "snippet",
                "type": "video",
                "order": "date",
                "q": part.partition(":")[2],
                "maxResults": str(SEARCH_PAGE_SIZE),
                "publishedAfter": since,
                **({"publishedBefore": state["until"]} if state.get("until") else {}),
                **({"pageToken": token} if token else {}),
            }
            answer = await self._ask("search", query, units=SEARCH_UNITS)
            items = items_of(answer)
            token = text_of(answer.get("nextPageToken"))
            oldest = min(filter(None, map(published_at, items)), default=None)
            goes_on = bool(token) and oldest is not None
            until = _stamp(oldest + timedelta(seconds=1)) if goes_on and oldest else ""
            following = since if goes_on else _stamp(datetime.fromisoformat(began) - SEARCH_OVERLAP)
            news = list(seen.news(self._mentions(items)))
            cursor = {"since": following, "until": until, "began": began, "seen": seen.together}
            yield Harvest(part, news, partial(dict, cursor), is_last=not goes_on)
            if not goes_on:
                return

    async def _page(self, part: str, token: str) -> tuple[list[Any], str]:
        kind, _, name = part.partition(":")
        query = {
            "part": "snippet,replies",
            "order": "time",
            "videoId" if kind == "video" else "allThreadsRelatedToChannelId": name,
            "maxResults": str(PAGE_SIZE),
            **({"pageToken": token} if token else {}),
        }
        answer = await self._ask("commentThreads", query)
        return items_of(answer), text_of(answer.get("nextPageToken"))

    async def _ask(
        self, method: str, query: dict[str, str], *, units: int = LIST_UNITS
    ) -> dict[str, Any]:
        self._quota.check(units, now=self.clock())
        url = f"{self._params.server}/youtube/v3/{method}?{urlencode(query)}"
        try:
            response = await self.fetch(url, self._headers)
        except SourceUnavailable:
            self._quota.spend(units * (1 + RETRIES))
            raise
        except SourceRefused as error:
            self._quota.spend(units)
            if any(reason in str(error) for reason in _SPENT):
                self._quota.exhaust()
                self._quota.check(units, now=self.clock())
            raise
        self._quota.spend(units)
        return object_of(read_json(response))

    def _mentions(self, items: Iterable[Any], *, video: str = "") -> list[Item]:
        return [
            mention
            for item in items
            for mention in item_mentions(
                item,
                source=self.source.name,
                now=self.clock(),
                platform=self.source.platform or PLATFORM,
                owned=self._params.owned,
                video=video,
            )
        ]


def _oldest_first(items: Iterable[Item]) -> list[Item]:
    """Each mention once, though a thread brings some answers along that its list holds, too."""
    once = {item.native_id: item for item in items if isinstance(item, Mention)}
    others = [item for item in items if not isinstance(item, Mention)]
    return [*sorted(once.values(), key=lambda mention: mention.published), *others]


def _is_before(thread: object, floor: str) -> bool:
    begun = published_at(thread)
    return begun is not None and begun < datetime.fromisoformat(floor)


def _dated(threads: Iterable[object]) -> dict[str, str]:
    """When each thread was begun, by the id of its first comment."""
    dates = ((next(comments_in(thread)), published_at(thread)) for thread in threads)
    named = ((text_of(object_of(first).get("id")), at) for first, at in dates)
    return {name: at.isoformat() for name, at in named if name and at}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
