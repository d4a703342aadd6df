"""stackexchange: questions that a search of Stack Exchange finds, and the answers to them."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

from pydantic import Field, field_validator, model_validator

from mentions.collected import Deletion
from mentions.errors import PostGone, SourceRefused, SourceUnavailable
from spiders.credentials import check_encrypted, secret
from spiders.feed import web_address
from spiders.feed_entry import count
from spiders.harvest import Harvest
from spiders.json_answer import object_of, read_json, text_of
from spiders.looking_back import Lookback, LookingBack
from spiders.past import Past
from spiders.politeness import turns
from spiders.run import Quota
from spiders.stackexchange_post import PLATFORM, activity_of, post_mention, posts_of
from spiders.stackexchange_talks import Talks
from spiders.stretch import Stretch
from spiders.window import Item, Window

SERVER = "https://api.stackexchange.com"
MOST_A_PAGE = 100
_QUOTA = "quota"
"""The part of the cursor that keeps what is left of the day's requests, and the last backoff."""


class StackexchangeParams(Lookback):
    """Which site of Stack Exchange, and what is searched for there.

    `search` are words, `tagged` are tags of questions. `key_env` names an environment variable
    with an application key, which allows 10,000 requests a day instead of 300. `answers: false`
    takes the questions alone, with half of the requests.
    """

    site: str = Field("stackoverflow", pattern=r"^[a-z0-9.]+$")
    search: tuple[str, ...] = ()
    tagged: tuple[str, ...] = ()
    answers: bool = True
    key_env: str | None = None
    page_size: int = Field(MOST_A_PAGE, ge=1, le=MOST_A_PAGE)
    server: str = SERVER

    @field_validator("server")
    @classmethod
    def _is_origin(cls, server: str) -> str:
        return web_address(server).rstrip("/")

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.search and not self.tagged:
            raise ValueError("names neither search nor tagged; write search: [acme]")
        if any(not words.strip() for words in (*self.search, *self.tagged)):
            raise ValueError("search and tagged must not hold an empty one; remove it")
        return self

    def variables(self) -> tuple[str, ...]:
        """The environment variables that must be set."""
        return (self.key_env,) if self.key_env else ()


def read_answer(answer: object) -> dict[str, Any]:
    """An answer with its items. Raises SourceUnavailable where it holds none."""
    if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
        raise SourceUnavailable("the server answered JSON, but no list of items")
    return answer


class StackexchangeSpider(LookingBack):
    """Reads questions by their last activity, so that new answers and edits bring them up again."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each search in turn, within what is left of the day's requests."""
        self._params = StackexchangeParams.model_validate(self.source.params)
        self._talks: Talks | None = None
        self._quota: dict[str, Any] = dict(self.cursor.get(_QUOTA, {}))
        try:
            self._key = self._secret()
        except SourceRefused as error:
            self.problem("", error)
            return
        if until := self._quota.get("backoff_until"):
            self._rest((datetime.fromisoformat(until) - self.clock()).total_seconds())
        parts = [f"search:{words}" for words in self._params.search]
        parts += [f"tagged:{tag}" for tag in self._params.tagged]
        async with aclosing(self.look_back(parts, self._params)) as harvests:
            async for harvest in harvests:
                yield harvest

    def notes(self) -> list[Harvest]:
        """What is left of the day's requests."""
        return [Harvest(_QUOTA, (), partial(dict, self._quota), is_answer=False)]

    def _secret(self) -> dict[str, str]:
        if self._params.key_env is None:
            return {}
        key = secret(self._params.key_env)
        check_encrypted(self._params.server, self.source)
        return {"key": key}

    def begun_in(self, past: Past, part: str) -> Stretch:
        """From the latest activity on: a question of the window may have been answered since."""
        return replace(super().begun_in(past, part), at=0)

    async def read_back(self, part: str, stretch: Stretch) -> tuple[Iterable[Item], Stretch]:
        """A page of questions, the least active first, each before its answers."""
        what, _, words = part.partition(":")
        bounds = {"min": stretch.floor, **({"max": stretch.at} if stretch.at else {})}
        if self.past:
            bounds["todate"] = int(self.past.until.timestamp())
        query = {"q" if what == "search" else "tagged": words, "order": "desc", "sort": "activity"}
        answer = await self._ask("search/advanced", {**query, **bounds, "page": stretch.page + 1})
        questions = answer["items"]
        moments = [at for one in questions if (at := activity_of(one)) is not None]
        after = stretch.after(moments, has_more=answer.get("has_more") is True)
        posts = list(posts_of(questions[::-1]))
        if self._params.answers:
            posts += await self._answers(questions)
        return map(self._read, posts), after

    async def _answers(self, questions: list[Any]) -> list[object]:
        answered = [one for one in map(object_of, questions) if count(one.get("answer_count"))]
        ids = [said for one in answered if (said := text_of(one.get("question_id"))).isdigit()]
        return await self._every("questions/{}/answers", ids)

    async def _every(self, method: str, ids: Iterable[str]) -> list[object]:
        """All posts that a method gives for these ids, the oldest first."""
        named = [one for one in dict.fromkeys(ids) if one.isdigit()]
        found: list[object] = []
        for at in range(0, len(named), MOST_A_PAGE):
            listed, page = ";".join(named[at : at + MOST_A_PAGE]), 1
            while True:
                query = {"order": "asc", "sort": "creation", "page": page}
                answer = await self._ask(method.format(listed), query)
                found += posts_of(answer)
                if answer.get("has_more") is not True or not answer["items"]:
                    break
                page += 1
        return found

    async def conversation(self, native_id: str) -> Sequence[Item] | None:
        """The post with the answers and comments after it; None while requests are scarce."""
        if self._talks is None:
            left, most = self._quota.get("remaining"), self._quota.get("max")
            if left is not None and most is not None and 2 * left < most:
                return None  # the other half is for the searches
            self._talks = await self._ask_for_talks(self.turns)
        if native_id not in self._talks.posts:
            raise PostGone("the site does not show it any more")
        return [self._read(post) for post in self._talks.below(native_id)]

    async def _ask_for_talks(self, native_ids: Sequence[str]) -> Talks:
        """Everything about several posts in five kinds of requests at most, one of each mostly."""
        asked = [one for one in native_ids if one.isdigit()]
        told = [one[1:] for one in native_ids if one.startswith("a")]
        said = [one[1:] for one in native_ids if one.startswith("c")]
        comments = await self._every("comments/{}", said)
        questions = await self._every("questions/{}", asked)
        # What a comment is on may be an answer, which alone says of which question.
        told += [text_of(object_of(one).get("post_id")) for one in comments]
        answers = await self._every("answers/{}", told)
        shown = [text_of(object_of(one).get("question_id")) for one in questions]
        answers += await self._every("questions/{}/answers", shown)
        named = [text_of(object_of(one).get("answer_id")) for one in answers]
        comments += await self._every("posts/{}/comments", [*shown, *told, *named])
        return Talks.of(questions, answers, comments)

    async def ask_about(self, native_id: str, window: Window) -> list[Item]:
        """A post that the site no longer gives is gone."""
        kind = "comments" if native_id.startswith("c") else "posts"
        answer = await self._ask(f"{kind}/{quote(native_id.lstrip('ac'), safe='')}", {})
        if answer["items"]:
            return []
        window.forget(native_id)
        return [Deletion(f"{self.source.name}:{native_id}")]

    async def _ask(self, method: str, query: dict[str, Any]) -> dict[str, Any]:
        """An answer of the API; what it says of quota and backoff is kept and obeyed."""
        if self._quota.get("remaining") == 0 and not self._is_a_new_day():
            raise SourceUnavailable(
                f"the day's quota of {self._quota.get('max')} requests is used up until midnight"
                " UTC; a key (key_env) allows 10,000"
            )
        shared = {"site": self._params.site, "pagesize": self._params.page_size}
        asked = urlencode({**query, **shared, "filter": "withbody", **self._key})
        url = f"{self._params.server}/2.3/{method}?{asked}"
        answer = read_answer(read_json(await self.fetch(url)))
        self._quota = {
            "remaining": count(answer.get("quota_remaining")),
            "max": count(answer.get("quota_max")),
            "at": self.clock().isoformat(),
        }
        if (left := self._quota["remaining"]) is not None:
            self.sink.quota = Quota(left, self._quota["max"])
        backoff = answer.get("backoff")
        if isinstance(backoff, int | float) and backoff > 0:
            until = self.clock() + timedelta(seconds=min(backoff, 86_400))
            self._quota["backoff_until"] = until.isoformat()
            self._rest(backoff)
        return answer

    def _is_a_new_day(self) -> bool:
        return datetime.fromisoformat(self._quota["at"]).date() < self.clock().date()

    def _rest(self, seconds: float) -> None:
        """The API asks it for one method; we ask nothing of the host in that time."""
        if seconds > 0:
            turns.rest(urlsplit(self._params.server).netloc, min(seconds, 86_400))

    def _read(self, post: object) -> Item:
        return post_mention(
            post,
            source=self.source.name,
            now=self.clock(),
            platform=self.source.platform or PLATFORM,
        )
