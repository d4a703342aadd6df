"""MentionSpider: what every spider shares. It asks, gets an answer or our own error, hands over."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self
from urllib.parse import urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from mentions.errors import SourceRefused, SourceUnavailable
from mentions.times import said_duration
from spiders.clock import Clock
from spiders.harvest import Harvest
from spiders.plain_text import one_line
from spiders.politeness import (
    MAX_ANSWER_BYTES,
    AddressRefused,
    Resting,
    said_headers,
)
from spiders.run import Cursor
from spiders.sink import Sink
from spiders.source import Source
from spiders.waiting import MAX_WAIT_SECONDS, asked_seconds

_REST = "rest "
"""The part of a cursor that remembers, per host, until when it asked to be left alone."""
_LEMMY_TOO_MANY = "rate_limit_error"
"""Lemmy says so with status 400 (LemmyErrorType in its crate `utils`, up to 0.19)."""
_NOTHING: tuple[Harvest, ...] = ()
_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (DownloadTimeoutError, "did not answer in time"),
    (DownloadConnectionRefusedError, "refused the connection"),
    (CannotResolveHostError, "has an address that cannot be found"),
    (ResponseDataLossError, "broke off in the middle of its answer"),
    (DownloadCancelledError, f"sent more than {MAX_ANSWER_BYTES // 2**20} MB"),
)


class MentionSpider(scrapy.Spider):
    """Collects one source. A spider of its own says `harvests`; the rest is here."""

    def __init__(
        self, *, source: Source, cursor: Cursor, clock: Clock, sink: Sink, time_limit: timedelta
    ) -> None:
        super().__init__(name=source.name)
        self.source = source
        self.cursor = cursor
        self.clock = clock
        self.sink = sink
        self._time_limit = time_limit
        self._deadline = clock() + time_limit
        self._rests: dict[str, datetime] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's way to make one."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._failed, signal=signals.spider_error)
        crawler.signals.connect(spider._closed, signal=signals.spider_closed)
        return spider

    def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Everything that is new, in an order that lets the cursor follow each harvest."""
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Any]:
        """Hand each harvest to the sink, and remember which hosts want to be left alone."""
        async with aclosing(self.harvests()) as harvests:
            async for harvest in harvests:
                self.sink.take(harvest)
                if self.sink.is_broken:
                    return
        for part in self.cursor:
            if part.startswith(_REST) and self._resting_until(part.removeprefix(_REST)) is None:
                self.sink.take(Harvest(part, (), lambda: None))
        for host, until in self._rests.items():
            self.sink.take(Harvest(f"{_REST}{host}", (), partial(dict, until=until.isoformat())))
        # Scrapy wants an asynchronous generator. Nothing goes through its item pipelines: an item
        # that is yielded last keeps the engine (2.19) from noticing for 5 s that all is done.
        for nothing in _NOTHING:
            yield nothing

    def problem(self, part: str, error: Exception) -> None:
        """Note what went wrong with one part; the others go on."""
        self.sink.problems.append(f"{part}: {error}" if part else str(error))

    async def fetch(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: bytes = b"",
    ) -> Response:
        """The answer, with a status of 2xx or 304.

        Raises SourceUnavailable where a later try may do better, SourceRefused where somebody
        must change something first.
        """
        host = urlsplit(url).netloc
        self._check_time(host)
        request = scrapy.Request(
            url,
            method=method,
            body=body,
            headers=dict(headers or {}),
            callback=NO_CALLBACK,
            dont_filter=True,
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever one request ends in is a source's error
            translated = _translated(host, error)
        else:
            if response.status == 304 or 200 <= response.status < 300:
                return response
            asked = asked_seconds(response.status, said_headers(response), now=self.clock())
            translated = status_error(host, response.status, asked, said=_error_said(response))
        if isinstance(translated, SourceUnavailable):
            self._remember_rest(host, translated.after_seconds or 0.0)
        raise translated

    def _remember_rest(self, host: str, seconds: float) -> None:
        if seconds > MAX_WAIT_SECONDS:
            self._rests[host] = self.clock() + timedelta(seconds=seconds)

    def _check_time(self, host: str) -> None:
        if self.clock() >= self._deadline:
            raise SourceUnavailable(
                f"the pass has used up its {said_duration(self._time_limit)}; the next one goes on"
            )
        if until := self._resting_until(host):
            raise SourceUnavailable(f"{host} asked to be left alone until {until:%Y-%m-%d %H:%M}Z")

    def _resting_until(self, host: str) -> datetime | None:
        said = self.cursor.get(f"{_REST}{host}", {}).get("until")
        until = datetime.fromisoformat(said) if said else None
        return until if until and until > self.clock() else None

    def _failed(self, failure: Any) -> None:
        """An error in a spider is our own; it is told like any other."""
        error = failure.value
        self.sink.problems.append(f"unforeseen {type(error).__name__}: {error}")

    def _closed(self, reason: str) -> None:
        if reason not in ("finished", "start_error"):
            self.sink.problems.append(f"it was stopped early ({reason}); the next pass goes on")
        self.sink.finish()


def status_error(
    host: str, status: int, asked: float | None = None, *, said: str = ""
) -> SourceUnavailable | SourceRefused:
    """What an HTTP status means for a source, in words; `said` is the server's own reason."""
    reason = f", saying {said!r}" if said else ""
    if status == 429 or said == _LEMMY_TOO_MANY:
        wait = f" and asked us to wait {asked:.0f} s" if asked is not None else ""
        return SourceUnavailable(
            f"{host} had too many requests ({status}){wait}", after_seconds=asked
        )
    if status in (401, 403, 422):
        return SourceRefused(
            f"{host} does not show this to us ({status}{reason}): it is closed, or wants other"
            " credentials"
        )
    if status in (404, 410):
        return SourceRefused(f"{host} has nothing at this address ({status}{reason}); check it")
    if 300 <= status < 400:
        return SourceUnavailable(f"{host} redirects to where we do not follow ({status})")
    if 400 <= status < 500:
        return SourceRefused(f"{host} refused the request ({status}{reason})")
    return SourceUnavailable(f"{host} is in trouble ({status}{reason})", after_seconds=asked)


def _error_said(response: Response) -> str:
    """The reason that an API gives in its JSON, one short line."""
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""
    said = answer.get("error") if isinstance(answer, dict) else None
    return one_line(said)[:200] if isinstance(said, str) else ""


def _translated(host: str, error: Exception) -> SourceUnavailable | SourceRefused:
    translated: SourceUnavailable | SourceRefused
    if isinstance(error, AddressRefused):
        translated = SourceRefused(str(error))
    elif isinstance(error, Resting):
        translated = SourceUnavailable(str(error), after_seconds=error.after_seconds)
    elif isinstance(error, IgnoreRequest):
        translated = _ignored(host, str(error))
    else:
        said = next((said for kind, said in _FAILURES if isinstance(error, kind)), None)
        translated = SourceUnavailable(
            f"{host} {said}" if said else f"{host}: {type(error).__name__}: {error}"
        )
    translated.__cause__ = error
    return translated


def _ignored(host: str, said: str) -> SourceUnavailable | SourceRefused:
    """Scrapy tells these apart by their message only (2.19)."""
    if "robots.txt" in said:
        return SourceRefused(f"the robots.txt of {host} forbids it; ask its owner for another way")
    if "max redirections" in said:
        return SourceUnavailable(f"{host} redirects without end")
    if "DOWNLOAD_MAXSIZE" in said:
        return SourceUnavailable(f"{host} sent more than {MAX_ANSWER_BYTES // 2**20} MB")
    return SourceUnavailable(f"{host}: {said}")
