"""appstore: what customers write about apps in the App Store, country by country."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mentions.collected import Reject
from mentions.errors import BadPost, SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.appstore_review import PLATFORM, changed_at, read_entries, review_mention
from spiders.feed import web_address
from spiders.harvest import Harvest
from spiders.mention_spider import MentionSpider
from spiders.seen import Seen
from spiders.source import Duration

LAST_PAGE = 10
"""The store shows ten pages of fifty reviews and answers an error for the eleventh."""
_APP = re.compile(r"(?:id)?(\d{1,20})")
_COUNTRY = re.compile(r"[a-z]{2}")
_NO_ENTRY = (
    "the store answers a feed without reviews: check that the app's id is right and the app is"
    " sold in this country; leave the country out if nobody has reviewed it there"
)
_ALL_SHOWN = "what the store still shows: the newest 500 reviews of a country at most"
_WENT_SILENT = "the store shows no reviews although it did before; the next pass asks again"


class AppStoreParams(BaseModel):
    """Which apps (the digits after `id` in an app's address) in which countries.

    `history` is how far back the first pass goes; the store shows the newest 500 reviews of a
    country at most. `max_pages` bounds each app and country in each pass, the next pass goes on.
    `form` is what to ask for; both hold the same reviews.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    apps: tuple[str, ...] = Field(min_length=1)
    countries: tuple[str, ...] = Field(("us",), min_length=1)
    server: str = "https://itunes.apple.com"
    form: Literal["json", "xml"] = "json"
    history: Duration = timedelta(days=30)
    max_pages: int = Field(LAST_PAGE, ge=5, le=100)
    last_page: int = Field(LAST_PAGE, ge=1, le=100)

    @field_validator("apps", mode="before")
    @classmethod
    def _are_ids(cls, apps: object) -> object:
        if not isinstance(apps, list | tuple):
            return apps
        found = [_APP.fullmatch(str(app)) for app in apps]
        for app, match in zip(apps, found, strict=True):
            if match is None:
                raise ValueError(f"{app!r} is no app; write the digits of its address, id284882215")
        return tuple(dict.fromkeys(match[1] for match in found if match))

    @field_validator("countries")
    @classmethod
    def _are_countries(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        said = tuple(dict.fromkeys(country.lower() for country in countries))
        for country in said:
            if _COUNTRY.fullmatch(country) is None:
                raise ValueError(f"{country!r} is no country; write two letters, such as us or de")
        return said

    @field_validator("server")
    @classmethod
    def _is_origin(cls, server: str) -> str:
        return web_address(server).rstrip("/")


def way_on(unread: int, page: int, *, has_news: bool) -> tuple[int, int]:
    """The page to read after `page`, and the first one that may hold something not read by then.

    `unread` is what was not read before this pass; 0 for either is none. New reviews move the
    others to later pages, so that what was read may lie further back, never the reverse; the page
    before `unread` is read again for the sake of reviews that were deleted since.
    """
    if has_news:
        return page + 1, page + 1
    if unread == 0:
        return 0, 0
    return max(page + 1, unread - 1), max(page + 1, unread)


class AppStoreSpider(MentionSpider):
    """Reads from the newest review on until it meets what it knows, and fills what is missing."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each app in each country in turn; one that fails does not stop the others."""
        self._params = AppStoreParams.model_validate(self.source.params)
        asked = (f"{app}/{land}" for app in self._params.apps for land in self._params.countries)
        for part in self.parts_to_read(asked):
            app, _, country = part.partition("/")
            try:
                async for harvest in self._collect(part, app, country):
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)

    async def _collect(self, part: str, app: str, country: str) -> AsyncIterator[Harvest]:
        known = self.cursor.get(part, {})
        seen = Seen(known.get("seen", {}))
        floor = known.get("floor") or self.since(self._params.history).isoformat()
        page = 1
        for _ in range(self._params.max_pages):
            entries = await self._entries(app, country, page)
            if page == 1 and not entries:
                raise SourceUnavailable(_WENT_SILENT) if known else SourceRefused(_NO_ENTRY)
            kept = [entry for entry in entries if not _is_before(entry, floor)]
            news = list(seen.news(self._mentions(kept, country, seen)))
            following, unread = way_on(known.get("unread", 1), page, has_news=bool(news))
            is_below = len(kept) < len(entries)
            if not kept or is_below or page >= self._params.last_page:
                following, unread = 0, 0
            short = "" if is_below else _ALL_SHOWN
            cursor = {"unread": unread, "floor": floor, "seen": seen.together}
            yield Harvest(part, news, partial(dict, cursor), is_last=following == 0, short=short)
            if following == 0:
                return
            page = min(following, self._params.last_page)

    async def _entries(self, app: str, country: str, page: int) -> list[Any]:
        place = f"id={app}/sortBy=mostRecent/page={page}/{self._params.form}"
        url = f"{self._params.server}/{country}/rss/customerreviews/{place}"
        return read_entries((await self.fetch(url)).body)

    def _mentions(self, entries: Sequence[Any], country: str, seen: Seen) -> list[Mention | Reject]:
        return [
            review_mention(
                entry,
                source=self.source.name,
                now=self.clock(),
                country=country,
                platform=self.source.platform or PLATFORM,
                first_published=seen.first_published,
            )
            for entry in entries
        ]


def _is_before(entry: object, floor: str) -> bool:
    """Whether a review is older than the first pass wanted; what says no time is kept."""
    try:
        changed = changed_at(entry)
    except BadPost:
        return False
    return changed is not None and changed < datetime.fromisoformat(floor)
