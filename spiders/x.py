"""x: posts that a search of X finds, new ones and those that were changed or taken back."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Container, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from mentions.collected import Collected, Deletion
from mentions.errors import PostGone, SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.credentials import check_encrypted, secret
from spiders.harvest import Harvest, Withheld
from spiders.json_answer import object_of, read_json, text_of
from spiders.kept import Kept
from spiders.mention_spider import MentionSpider
from spiders.x_params import FEWEST, LOOKED_UP_AT_ONCE, XParams
from spiders.x_place import MARGIN, RECENT, Place, arrived, back, is_out_of_reach, lost, question
from spiders.x_post import PLATFORM, Answer, answer_items, first_id, id_of, posted_at

_MONTH = "month"
_QUERY = "query:"
_FOLLOWED = "followed"
"""The part of the cursor that looks after what was found in conversations, as a query does."""
_FIELDS = {
    "tweet.fields": "article,attachments,author_id,conversation_id,created_at,"
    "edit_history_tweet_ids,entities,note_tweet,public_metrics,referenced_tweets,withheld",
    "user.fields": "name,protected,public_metrics,username,withheld",
    "expansions": "attachments.media_keys,attachments.poll_ids,author_id,edit_history_tweet_ids,"
    "referenced_tweets.id,referenced_tweets.id.author_id",
    "media.fields": "alt_text",
    "poll.fields": "options",
}


class XSpider(MentionSpider):
    """Asks again for what it knows, then searches for what is new."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each query in turn; one that fails does not stop the others."""
        self._params = XParams.model_validate(self.source.params)
        self._requests_left = self._params.recheck_requests
        self._written: set[str] = set()
        self._read = self._read_before()
        self._followed_at: str = self.cursor.get(_FOLLOWED, {}).get("at", "")
        self._looked_up: Answer | None = None
        try:
            token = secret(self._params.token_env)
            check_encrypted(self._params.api, self.source)
        except SourceRefused as error:
            self.problem("", error)
            return
        self._headers = {"Authorization": f"Bearer {token}"}
        queries = [f"{_QUERY}{query}" for query in self._params.queries]
        known = [part for part in self.cursor if part.startswith(_QUERY)]
        parts = list(dict.fromkeys((*known, *queries, _FOLLOWED)))
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

    def notes(self) -> list[Harvest]:
        """What was read this month, when conversations were, and what was found in them."""
        followed = {"at": self._followed_at, "kept": dict(self._kept[_FOLLOWED].seen)}
        return [self._spent(), Harvest(_FOLLOWED, (), partial(dict, followed), is_answer=False)]

    async def conversation(self, native_id: str) -> Sequence[Collected | Withheld] | None:
        """The post, and the newest answers in its conversation that are younger; None till due."""
        if self._looked_up is None:
            now, last = self.clock(), self._followed_at
            if last and now - datetime.fromisoformat(last) < self._params.follow_every:
                return None
            self._looked_up = await self._ask("/2/tweets", {"ids": ",".join(self.turns)})
            self._followed_at = now.isoformat()
        if native_id in self._looked_up.missing:
            raise PostGone("X says that the post is gone")
        own = [one for one in self._looked_up.posts if first_id(object_of(one)) == native_id]
        asked = replace(self._looked_up, missing=frozenset())  # that is told by the error
        items = self._items(asked, own, kept=(native_id,))
        if not own or not any(isinstance(item, Mention) for item in items):
            return items
        answers = await self._ask(f"/2/tweets/search/{self._index()}", self._below(own[0]))
        after = self._items(answers, _without(answers.posts, native_id))
        self._kept[_FOLLOWED] = self._told(_FOLLOWED, after, self.clock()).bounded(
            now=self.clock(), window=self._params.recheck, most=self._params.recheck_kept
        )
        return [*items, *after]

    def _below(self, post: Any) -> dict[str, str]:
        """What to search for; an id out of reach as a bound is answered with 400."""
        root = text_of(object_of(post).get("conversation_id")) or id_of(post)
        made, edge = posted_at(post), self.clock() - RECENT + MARGIN
        is_in_reach = self._params.archive or (made is not None and made > edge)
        return {
            "query": f"conversation_id:{root} is:reply",
            "max_results": self._page_size(),
            **({"since_id": first_id(post)} if is_in_reach else {}),
        }

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
            yield Harvest(part, (), lambda: None, is_answer=False)

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
                "max_results": self._page_size(),
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

    def _page_size(self) -> str:
        return str(min(self._params.page_size, max(self._left(), FEWEST)))

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
        return Harvest(_MONTH, (), partial(dict, spent), is_answer=False)

    def _harvest(self, part: str, answer: Answer, posts: Sequence[Any]) -> Harvest:
        now = self.clock()
        found = self._items(answer, posts, kept=self._kept[part].seen)
        items = [item for item in found if self._is_news(item)]
        self._kept[part] = self._told(part, items, now).bounded(
            now=now, window=self._params.recheck, most=self._params.recheck_kept
        )
        cursor = {**asdict(self._places[part]), "kept": dict(self._kept[part].seen)}
        return Harvest(part, items, lambda: cursor)

    def _items(
        self, answer: Answer, posts: Sequence[Any], *, kept: Container[str] = ()
    ) -> list[Collected | Withheld]:
        # The oldest first, so that a conversation is stored in the order it was held.
        found = answer_items(
            answer.only(reversed(posts)),
            source=self.source.name,
            now=self.clock(),
            platform=self.source.platform or PLATFORM,
            web=self._params.web,
            countries=self._params.countries,
            kept=kept,
        )
        return list(found)

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


def _without(posts: Sequence[Any], native_id: str) -> list[Any]:
    return [one for one in posts if first_id(object_of(one)) != native_id]
