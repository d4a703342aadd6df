"""googleplay: what customers wrote about one's own apps in the last week, and the answers."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mentions.collected import Deletion, Reject
from mentions.errors import SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.credentials import check_encrypted
from spiders.feed import web_address
from spiders.google_account import service_account
from spiders.googleplay_review import PLATFORM, answer_id, review_mentions, reviews_of
from spiders.harvest import Harvest
from spiders.json_answer import object_of, read_json, text_of
from spiders.mention_spider import MentionSpider
from spiders.past import short_of
from spiders.seen import Seen
from spiders.source import Duration

PAGE_SIZE = 100
SCOPE = "https://www.googleapis.com/auth/androidpublisher"
_SHOWN = timedelta(days=7)
_ONE_WEEK = "the store shows the reviews of the last week"
_APP = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)+", re.ASCII)


class GooglePlayParams(BaseModel):
    """Which of your apps (package names) and the handle under which you answer.

    `account_env` names the environment variable with the service account's JSON key, or with the
    path of its file. `refresh` is how often the whole week is read again, for answers and edits.
    `max_pages` bounds each app in each pass; the next pass goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    apps: tuple[str, ...] = Field(min_length=1)
    account_env: str = Field(min_length=1)
    handle: str = ""
    max_pages: int = Field(20, ge=2, le=1_000)
    refresh: Duration = timedelta(hours=6)
    server: str = "https://androidpublisher.googleapis.com"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

    @field_validator("apps")
    @classmethod
    def _are_packages(cls, apps: tuple[str, ...]) -> tuple[str, ...]:
        for app in apps:
            if _APP.fullmatch(app) is None:
                raise ValueError(f"{app!r} is no package name; write it as in com.example.app")
        return tuple(dict.fromkeys(apps))

    @field_validator("server", "token_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        return web_address(url).rstrip("/")

    @field_validator("handle")
    @classmethod
    def _without_at(cls, handle: str) -> str:
        return handle.removeprefix("@")

    def variables(self) -> tuple[str, ...]:
        """The environment variables that it needs."""
        return (self.account_env,)


class GooglePlaySpider(MentionSpider):
    """Reads from the newest on until it meets what it knows, and now and then the whole week."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each app in turn; one that fails does not stop the others."""
        self._params = GooglePlayParams.model_validate(self.source.params)
        try:
            self._headers = await self._credentials()
        except (SourceRefused, SourceUnavailable) as error:
            self.problem("", error)
            return
        for app in self.parts_to_read(self._params.apps):
            try:
                async for harvest in self._collect(app):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(app, error)

    async def _credentials(self) -> dict[str, str]:
        """A token of this pass: it lasts an hour and is kept nowhere."""
        account = service_account(self._params.account_env)
        url = self._params.token_url
        for address in (url, self._params.server):
            check_encrypted(address, self.source)
        form = account.token_request(scope=SCOPE, token_url=url, now=self.clock())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = read_json(await self.fetch(url, headers, method="POST", body=form))
        token = text_of(object_of(answer).get("access_token"))
        if not token:
            raise SourceUnavailable("Google answered without a token; the next pass asks again")
        return {"Authorization": f"Bearer {token}"}

    async def _collect(self, app: str) -> AsyncIterator[Harvest]:
        """From the top to what is known, then on from where an earlier pass left something."""
        state: dict[str, Any] = self.cursor.get(app, {})
        seen, old, token = Seen(state.get("seen", {})), state.get("gap", ""), ""
        whole_at, now, at_top = state.get("whole_at", ""), self.clock(), True
        is_due = not old and whole_at <= (now - self._params.refresh).isoformat()
        for _ in range(self._params.max_pages):
            try:
                reviews, following = await self._page(app, token)
            except SourceRefused as error:
                if at_top or "(400" not in str(error):
                    raise
                # A page's token is not for ever; without it the whole week is read again.
                yield Harvest(app, (), partial(dict, seen=seen.together))
                raise SourceUnavailable("the store forgot the place; beginning anew") from error
            if following and following == token:
                raise SourceUnavailable("the pages of the store do not advance")
            news = list(seen.news(self._mentions(app, reviews, seen)))
            is_known = at_top and not news and bool(state) and not is_due
            gap = old if is_known else following
            if not following:
                gap, whole_at = "", now.isoformat()
            cursor = {"seen": seen.together, "gap": gap, "whole_at": whole_at}
            short = short_of(self.past, now - _SHOWN, _ONE_WEEK) if self.past else ""
            yield Harvest(app, news, partial(dict, cursor), is_last=not following, short=short)
            if not following or (is_known and not old):
                return
            token = following
            if is_known:
                at_top, token = False, old

    async def _page(self, app: str, token: str) -> tuple[list[Any], str]:
        query = {"maxResults": str(PAGE_SIZE), **({"token": token} if token else {})}
        path = f"/androidpublisher/v3/applications/{quote(app, safe='')}/reviews"
        url = f"{self._params.server}{path}?{urlencode(query)}"
        answer = read_json(await self.fetch(url, self._headers))
        following = object_of(object_of(answer).get("tokenPagination")).get("nextPageToken")
        return reviews_of(answer), text_of(following)

    def _mentions(
        self, app: str, reviews: Sequence[Any], seen: Seen
    ) -> list[Mention | Reject | Deletion]:
        items: list[Mention | Reject | Deletion] = []
        for review in reviews:
            read = list(
                review_mentions(
                    review,
                    source=self.source.name,
                    now=self.clock(),
                    app=app,
                    handle=self._params.handle,
                    first_published=seen.first_published,
                    platform=self.source.platform or PLATFORM,
                )
            )
            items += read
            answer = answer_id(text_of(object_of(review).get("reviewId")))
            if len(read) == 1 and seen.held(answer):  # it was taken back
                items.append(Deletion(f"{self.source.name}:{answer}"))
        return items
