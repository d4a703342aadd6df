"""gdelt: articles of the world's news sites that GDELT's full-text search finds."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mentions.collected import Reject
from mentions.errors import SourceBusy, SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.feed import web_address
from spiders.gdelt_article import PLATFORM, article_mentions, read_articles
from spiders.harvest import Harvest
from spiders.kept import Kept
from spiders.mention_spider import MentionSpider
from spiders.past import short_of
from spiders.seen import MAX_SEEN
from spiders.source import Duration

API = "https://api.gdeltproject.org"
NARROWEST = timedelta(minutes=15)
"""GDELT looks at the news every quarter of an hour, and dates articles by it."""
_REACH = timedelta(days=90)
_SHOWS = "GDELT searches the last 90 days"
_BULK = "; where it never answers, GDELT points to its bulk files, which are not read here"


class GdeltParams(BaseModel):
    """Which searches. `queries` are GDELT's own: words of three letters and more, "phrases", OR.

    `history` is how far back the first pass goes, 90d at most. `max_requests` bounds each query
    in each pass; the next pass goes on. `overlap` is read again each time, as GDELT lists
    articles late. `at_once` is the most that an answer holds: a fuller window is narrowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    queries: tuple[str, ...] = Field(min_length=1)
    api: str = API
    history: Duration = Field(timedelta(days=1), le=_REACH)
    overlap: Duration = Field(timedelta(hours=2), ge=timedelta(0), le=timedelta(days=1))
    max_requests: int = Field(10, ge=1, le=1_000)
    at_once: int = Field(250, ge=1, le=250)

    @field_validator("queries")
    @classmethod
    def _are_questions(cls, queries: tuple[str, ...]) -> tuple[str, ...]:
        if not all(len(query.strip()) > 2 for query in queries):
            raise ValueError('holds a query of under three letters; write for example "acme air"')
        return tuple(dict.fromkeys(query.strip() for query in queries))

    @field_validator("api")
    @classmethod
    def _is_origin(cls, api: str) -> str:
        return web_address(api).rstrip("/")


class GdeltSpider(MentionSpider):
    """Asks window by window from where it was until now; a window that is full is narrowed."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each query in turn; one that fails does not stop the others, unless GDELT is busy."""
        self._params = GdeltParams.model_validate(self.source.params)
        for query in self.parts_to_read(self._params.queries):
            try:
                async for harvest in self._collect(query):
                    yield harvest
            except SourceBusy as error:
                busy = SourceBusy(f"{error}{_BULK}", after_seconds=error.after_seconds)
                self.problem(query, busy)
                return
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(query, error)

    async def _collect(self, query: str) -> AsyncIterator[Harvest]:
        now = self._until().replace(microsecond=0)
        cursor = self.cursor.get(query, {})
        kept = Kept.remembered(cursor.get("seen", {}))
        said = cursor.get("since")
        since = datetime.fromisoformat(said) if said else self.since(self._params.history)
        # GDELT lists articles late: what is newer than this is read again by the live run.
        settled = max(now - self._params.overlap, since)
        short = ""
        if self.past:
            since, settled = max(since, self.clock() - _REACH), now
            short = short_of(self.past, self.clock() - _REACH, _SHOWS)
            if since >= now:
                yield Harvest(query, (), dict, is_last=True, short=short)
        width = timedelta(seconds=cursor.get("width_seconds", 0)) or now - since
        for _ in range(self._params.max_requests):
            if since >= now:
                return
            until = min(since + width, now)
            articles = await self._articles(query, since, until)
            is_full = len(articles) >= self._params.at_once
            if is_full and until - since > NARROWEST:
                width = max((until - since) // 2, NARROWEST)
                continue
            if is_full:
                said = f"{len(articles)} articles or more from {since:%Y-%m-%d %H:%M}Z to"
                advice = f"{until:%H:%M}Z, of which GDELT shows no more; narrow the query"
                self.problem(query, SourceUnavailable(f"{said} {advice}"))
            items, kept = self._news(articles, kept, now)
            window = self._params.overlap + NARROWEST
            kept = kept.bounded(now=until, window=window, most=MAX_SEEN)
            since, width = until, width if is_full else min(width * 2, _REACH)
            cursor = {
                "since": min(until, settled).isoformat(),
                "width_seconds": int(width.total_seconds()),
                "seen": dict(kept.seen),
            }
            yield Harvest(query, items, partial(dict, cursor), is_last=since >= now, short=short)

    def _until(self) -> datetime:
        """Where the last window ends."""
        return min(self.past.until, self.clock()) if self.past else self.clock()

    async def _articles(self, query: str, since: datetime, until: datetime) -> list[Any]:
        asked = {
            "query": query,
            "mode": "artlist",
            "format": "json",
            "sort": "dateasc",
            "maxrecords": str(self._params.at_once),
            "startdatetime": _stamp(since),
            "enddatetime": _stamp(until),
        }
        response = await self.fetch(f"{self._params.api}/api/v2/doc/doc?{urlencode(asked)}")
        return read_articles(response.body)

    def _news(
        self, articles: list[Any], kept: Kept, now: datetime
    ) -> tuple[list[Mention | Reject], Kept]:
        """What was not brought before, and what to remember."""
        found = article_mentions(
            articles,
            source=self.source.name,
            now=self.clock(),
            platform=self.source.platform or PLATFORM,
        )
        news: list[Mention | Reject] = []
        for item in found:
            key = _digest(item.native_id if isinstance(item, Mention) else repr(item))
            if key not in kept.seen:
                news.append(item)
                at = item.published if isinstance(item, Mention) else now
                kept = kept.told({key: at}, (), now=now)
        return news, kept


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}"


def _digest(text: str) -> str:
    said = text.encode("utf-8", "backslashreplace")
    return hashlib.blake2b(said, digest_size=8).hexdigest()
