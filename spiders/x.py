"""x: posts that a search of X finds, new ones and those that were changed or taken back."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mentions.collected import Collected, Deletion
from mentions.errors import SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.credentials import check_encrypted, secret
from spiders.feed import web_address
from spiders.harvest import Harvest, Withheld
from spiders.json_answer import read_json
from spiders.kept import Kept
from spiders.mention_spider import MentionSpider
from spiders.source import Duration
from spiders.x_place import RECENT, Place, arrived, back, is_out_of_reach, lost, question
from spiders.x_post import PLATFORM, WEB, Answer, answer_items

API = "https://api.x.com"
LOOKED_UP_AT_ONCE = 100
"""The most ids of one look-up (https://docs.x.com/x-api/posts/get-posts-by-ids)."""
FEWEST = 10
"""The least that a search may be asked for."""
_DAY = timedelta(days=1)
_MONTH = "month"
_QUERY = "query:"
_FIELDS = {
    "tweet.fields": "article,attachments,author_id,conversation_id,created_at,"
    "edit_history_tweet_ids,entities,note_tweet,public_metrics,referenced_tweets,withheld",
    "user.fields": "name,protected,public_metrics,username,withheld",
    "expansions": "attachments.media_keys,attachments.poll_ids,author_id,edit_history_tweet_ids,"
    "referenced_tweets.id,referenced_tweets.id.author_id",
    "media.fields": "alt_text",
    "poll.fields": "options",
}


class XParams(BaseModel):
    """Which searches, what they may cost, and how long posts are looked after.

    `queries` are X's own (`"acme air" -is:retweet lang:en`). `archive` searches all years instead
    of seven days; the plan must have it. `max_pages` bounds each query in each pass, and
    `posts_per_month` all that is read; the next pass goes on. For `recheck` after it was
    published a post is asked for again `recheck_every` so often, so that it disappears here when
    it did there: at most the `recheck_kept` newest of each query, `recheck_requests` times 100 a
    pass. `countries` are those whose orders bind you: what is withheld there is not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    queries: tuple[str, ...] = Field(min_length=1)
    token_env: str = Field("X_BEARER_TOKEN", min_length=1)
    api: str = API
    web: str = WEB
    archive: bool = False
    history: Duration = _DAY
    max_pages: int = Field(10, ge=1, le=1_000)
    page_size: int = Field(100, ge=FEWEST, le=500)
    posts_per_month: int = Field(10_000, ge=FEWEST)
    recheck: Duration = RECENT
    recheck_every: Duration = timedelta(hours=20)
    recheck_kept: int = Field(2_000, ge=0, le=20_000)
    recheck_requests: int = Field(5, ge=0, le=100)
    countries: tuple[str, ...] = ()

    @field_validator("queries")
    @classmethod
    def _are_questions(cls, queries: tuple[str, ...]) -> tuple[str, ...]:
        if not all(query.strip() for query in queries):
            raise ValueError("holds an empty query; write what X should search for")
        return tuple(dict.fromkeys(query.strip() for query in queries))

    @field_validator("api", "web")
    @classmethod
    def _is_origin(cls, address: str) -> str:
        return web_address(address).rstrip("/")

    @field_validator("countries")
    @classmethod
    def _are_countries(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        for code in countries:
            if len(code) != 2 or not code.isalpha():
                raise ValueError(f"{code!r} is no country; write two letters, such as DE")
        return countries

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not self.archive and self.history > RECENT:
            raise ValueError(
                "history: recent search goes back 7d at most; write less, or archive: true where"
                " the plan has it"
            )
        if not self.archive and self.page_size > LOOKED_UP_AT_ONCE:
            raise ValueError("page_size: recent search gives 100 at most; write 100 or less")
        if self.recheck_every > _DAY:
            raise ValueError("recheck_every: X wants deletions followed within 24h; write 20h")
        return self

    def variables(self) -> tuple[str, ...]:
        """The environment variable with the bearer token."""
        return (self.token_env,)


class XSpider(MentionSpider):
    """Asks again for what it knows, then searches for what is new."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each query in turn; one that fails does not stop the others."""
        self._params = XParams.model_validate(self.source.params)
        self._requests_left = self._params.recheck_requests
        self._written: set[str] = set()
        self._read = self._read_before()
        try:
            token = secret(self._params.token_env)
            check_encrypted(self._params.api, self.source)
        except SourceRefused as error:
            self.problem("", error)
            return
        self._headers = {"Authorization": f"Bearer {token}"}
        queries = [f"{_QUERY}{query}" for query in self._params.queries]
        known = [part for part in self.cursor if part.startswith(_QUERY)]
        parts = list(dict.fromkeys((*known, *queries)))
        self._places = {part: Place.remembered(self.cursor.get(part, {})) for part in parts}
        self._kept = {
            part: Kept.remembered(self.cursor.get(part, {}).get("kept", {})) for part in parts
        }
        works: tuple[tuple[Callable[[str], AsyncIterator[Harvest]], list[str]], ...]
        works = ((self._recheck, parts), (self._collect, queries))
        if self.past:
            works = ((self._read_past, self.parts_to_read(queries)),)
        for work, its_parts in works:
            for part in its_parts:
                try:
                    async for harvest in work(part):
                        yield harvest
                except (SourceUnavailable, SourceRefused) as error:
                    self.problem(part, error)

    def _read_before(self) -> int:
        """How many posts this source has read since the month began."""
        said = self.cursor.get(_MONTH, {})
        return int(said.get("read", 0)) if said.get("month") == f"{self.clock():%Y-%m}" else 0

    async def _recheck(self, part: str) -> AsyncIterator[Harvest]:
        """Ask again for posts that were found before, and let go of those that are old."""
        now, params = self.clock(), self._params
        kept = self._kept[part].bounded(now=now, window=params.recheck, most=params.recheck_kept)
        self._kept[part] = kept
        due = kept.due(now=now, every=params.recheck_every)
        while due and self._requests_left > 0:
            ids, due = due[:LOOKED_UP_AT_ONCE], due[LOOKED_UP_AT_ONCE:]
            self._requests_left -= 1
            answer = await self._ask("/2/tweets", {"ids": ",".join(ids)})
            self._kept[part] = self._kept[part].asked(ids, now=now)
            yield self._spent()
            yield self._harvest(part, answer, answer.posts)
        if part.removeprefix(_QUERY) not in params.queries and not self._kept[part].seen:
            yield Harvest(part, (), lambda: None)

    async def _collect(self, part: str) -> AsyncIterator[Harvest]:
        """Search back from the newest to where the last pass was, or on from where it stopped."""
        now, params = self.clock(), self._params
        reach = None if params.archive else RECENT
        pages = iter(range(params.max_pages))
        for _ in range(2):  # what is left of an earlier walk, then what came since
            place = self._places[part]
            is_resumed = place.walk is not None
            place = place.walking(now=now, history=params.history)
            if said := lost(place, now=now, reach=reach):
                self.problem(part, SourceUnavailable(said))
            if is_out_of_reach(place, now=now, reach=reach):
                place = arrived(place)
            self._places[part] = place
            bounds = question(place, now=now, reach=reach)
            async for harvest in self._walk(part, bounds, pages):
                yield harvest
            if not is_resumed or self._places[part].walk is not None:
                return

    async def _read_past(self, part: str) -> AsyncIterator[Harvest]:
        """Search back through a backfill's window, as far as the plan reaches."""
        now, reach = self.clock(), None if self._params.archive else RECENT
        place = self._places[part]
        if place.walk is None and self.past:
            place = Place.in_past(self.past, now=now)
        self._places[part], short = place, lost(place, now=now, reach=reach)
        if is_out_of_reach(place, now=now, reach=reach):
            yield Harvest(part, (), dict, is_last=True, short=short)
            return
        bounds = question(place, now=now, reach=reach)
        async for harvest in self._walk(part, bounds, iter(range(self._params.max_pages))):
            is_last = harvest.part == part and self._places[part].walk is None
            yield replace(harvest, is_last=is_last, short=short)

    async def _walk(
        self, part: str, bounds: dict[str, str], pages: Iterator[int]
    ) -> AsyncIterator[Harvest]:
        token = ""
        while self._places[part].walk is not None and next(pages, None) is not None:
            asked = {
                "query": part.removeprefix(_QUERY),
                "max_results": str(min(self._params.page_size, max(self._left(), FEWEST))),
                **bounds,
                **({"next_token": token} if token else {}),
            }
            answer = await self._ask(f"/2/tweets/search/{self._index()}", asked)
            if answer.next_token and answer.next_token == token:
                raise SourceUnavailable("the server's pages do not advance")
            token = answer.next_token
            posts, self._places[part] = back(self._places[part], answer)
            yield self._spent()
            yield self._harvest(part, answer, posts)

    def _index(self) -> str:
        return "all" if self._params.archive else "recent"

    def _left(self) -> int:
        return self._params.posts_per_month - self._read

    async def _ask(self, path: str, asked: dict[str, str]) -> Answer:
        if self._left() < FEWEST:
            raise SourceRefused(
                f"the {self._params.posts_per_month} posts of this month are read; raise"
                " posts_per_month, or wait for the next month"
            )
        url = f"{self._params.api}{path}?{urlencode({**asked, **_FIELDS})}"
        try:
            answer = Answer.read(read_json(await self.fetch(url, self._headers)))
        except SourceRefused as error:
            if not self._params.archive:
                raise
            hint = "full-archive search needs a plan that has it; else write archive: false"
            raise SourceRefused(f"{error}; {hint}") from error
        self._read += answer.posts_read
        return answer

    def _spent(self) -> Harvest:
        spent = {"month": f"{self.clock():%Y-%m}", "read": self._read}
        return Harvest(_MONTH, (), partial(dict, spent))

    def _harvest(self, part: str, answer: Answer, posts: Sequence[Any]) -> Harvest:
        # The oldest first, so that a conversation is stored in the order it was held.
        now = self.clock()
        found = answer_items(
            answer.only(reversed(posts)),
            source=self.source.name,
            now=now,
            platform=self.source.platform or PLATFORM,
            web=self._params.web,
            countries=self._params.countries,
            kept=self._kept[part].seen,
        )
        items = [item for item in found if self._is_news(item)]
        self._kept[part] = self._told(part, items, now).bounded(
            now=now, window=self._params.recheck, most=self._params.recheck_kept
        )
        cursor = {**asdict(self._places[part]), "kept": dict(self._kept[part].seen)}
        return Harvest(part, items, lambda: cursor)

    def _is_news(self, item: Collected | Withheld) -> bool:
        """Whether this pass has not written it yet: many reposts are one post."""
        if not isinstance(item, Mention):
            return True
        is_news = item.id not in self._written
        self._written.add(item.id)
        return is_news

    def _told(self, part: str, items: list[Any], now: datetime) -> Kept:
        shown = {item.native_id: item.published for item in items if isinstance(item, Mention)}
        gone = [item.mention_id for item in items if isinstance(item, Deletion)]
        ids = (mention_id.removeprefix(f"{self.source.name}:") for mention_id in gone)
        return self._kept[part].told(shown, ids, now=now)
