"""MentionSpider: what every spider shares. It asks, gets an answer or our own error, hands over."""

import json
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
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

from mentions.collected import Collected, Deletion
from mentions.errors import (
    PassEnded,
    PostGone,
    SourceBusy,
    SourceRefused,
    SourceResting,
    SourceUnavailable,
)
from mentions.times import said_duration
from spiders.clock import Clock
from spiders.following import PART, Round, as_held, digest_of_all
from spiders.harvest import Harvest, Withheld
from spiders.past import Past, is_whole
from spiders.plain_text import one_line
from spiders.politeness import (
    MAX_ANSWER_BYTES,
    AddressRefused,
    Resting,
    asked_by,
    said_headers,
)
from spiders.run import REST, Cursor
from spiders.sink import Sink
from spiders.source import Source
from spiders.waiting import MAX_WAIT_SECONDS, said_quota

_PAYMENT_REQUIRED = 402
_PAYMENT_REST_SECONDS = 3_600.0
"""Paying takes a person: until then nobody is asked over and over (X: 402 is not to be retried)."""
_LEMMY_TOO_MANY = "rate_limit_error"
"""Lemmy says so with status 400 (LemmyErrorType in its crate `utils`, up to 0.19)."""
Remembered = Callable[[], Mapping[str, Any] | None]
_NOTHING: tuple[Harvest, ...] = ()
_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (DownloadTimeoutError, "did not answer in time"),
    (DownloadConnectionRefusedError, "refused the connection"),
    (CannotResolveHostError, "has an address that cannot be found"),
    (ResponseDataLossError, "broke off in the middle of its answer"),
    (DownloadCancelledError, f"sent more than {MAX_ANSWER_BYTES // 2**20} MB"),
)
_CLOSED = ("does not show this to us", ": it is closed, or wants other credentials")
_NOTHING_THERE = ("has nothing at this address", "; check it")
_UNPAID = (
    "wants to be paid first",
    ": add credit there, or leave this source out; it is asked again in an hour",
)
_REFUSALS = MappingProxyType(
    {
        **dict.fromkeys((401, 403, 422), _CLOSED),
        **dict.fromkeys((404, 410), _NOTHING_THERE),
        _PAYMENT_REQUIRED: _UNPAID,
    }
)
"""What a status means that somebody must do something about first, and what."""


class MentionSpider(scrapy.Spider):
    """Collects one source. A spider of its own says `harvests`; the rest is here.

    `waiting` are the native ids of mentions that wait for an answer. A spider that can look at a
    `conversation` is asked for some of them in each pass; `turns` are those of this one, for a
    platform that can be asked about several at once. Where there is a `past`, the pass is one of
    its backfill: the spider reads that window, part by part, and says when it has it.
    """

    def __init__(
        self,
        *,
        source: Source,
        cursor: Cursor,
        clock: Clock,
        sink: Sink,
        time_limit: timedelta,
        waiting: Sequence[str] = (),
        past: Past | None = None,
    ) -> None:
        super().__init__(name=source.name)
        self.source = source
        self.cursor = cursor
        self.clock = clock
        self.sink = sink
        self.waiting = waiting
        self.turns: Sequence[str] = ()
        self.past = past
        self._is_shut = False
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

    async def conversation(self, native_id: str) -> Sequence[Collected | Withheld] | None:
        """The post first, and what followed it; None where there is no way, or not now.

        Raises PostGone where the post is no longer there.
        """
        del native_id
        return None

    def notes(self) -> Iterable[Harvest]:
        """What the cursor keeps beside the places that were read to, such as what was spent."""
        return ()

    async def start(self) -> AsyncIterator[Any]:
        """Hand each harvest to the sink, and remember which hosts want to be left alone."""
        for stream in (self.harvests(), self.followed()):
            async with aclosing(stream) as harvests:
                async for harvest in harvests:
                    self.sink.take(self.past.harvested(harvest) if self.past else harvest)
                    if self.sink.is_broken:
                        return
            if self._is_shut:
                break
            for note in self.notes():
                self.sink.take(note)
        for part in self.cursor:
            if part.startswith(REST) and self._resting_until(part.removeprefix(REST)) is None:
                self.sink.take(Harvest(part, (), lambda: None, is_answer=False))
        for host, until in self._rests.items():
            rest: Remembered = partial(dict, until=until.isoformat())
            self.sink.take(Harvest(f"{REST}{host}", (), rest, is_answer=False))
        # Scrapy wants an asynchronous generator. Nothing goes through its item pipelines: an item
        # that is yielded last keeps the engine (2.19) from noticing for 5 s that all is done.
        for nothing in _NOTHING:
            yield nothing

    async def followed(self) -> AsyncGenerator[Harvest, None]:
        """The conversations whose turn it is, each as far as it says something new."""
        place = Round.remembered(self.cursor.get(PART, {}))
        self.turns = place.turns(self.waiting)
        for native_id in self.turns:
            try:
                found = await self.conversation(native_id)
            except PostGone:
                found = [Deletion(f"{self.source.name}:{native_id}")]
            except SourceUnavailable as error:
                self.problem(f"conversation {native_id}", error)
                return
            except SourceRefused as error:
                self.problem(f"conversation {native_id}", error)
                # It had its turn: one that is closed to us must not keep the others waiting.
                place = place.after(native_id, place.seen.get(native_id, ""), self.waiting)
                yield Harvest(PART, (), place.to_cursor, is_answer=False)
                return
            if found is None:
                return
            found = as_held(found)
            digest = digest_of_all(found)
            is_news = place.seen.get(native_id) != digest
            place = place.after(native_id, digest, self.waiting)
            yield Harvest(PART, found if is_news else (), place.to_cursor)

    def parts_to_read(self, parts: Iterable[str]) -> list[str]:
        """Each part once; in a backfill those alone that were not read to their end."""
        every = list(dict.fromkeys(parts))
        if self.past is None:
            return every
        self.sink.parts = tuple(every)
        return [part for part in every if not is_whole(self.cursor, part)]

    def since(self, history: timedelta) -> datetime:
        """How far back a first pass goes: for its history, or to the beginning of the backfill."""
        return self.past.since if self.past else self.clock() - history

    def problem(self, part: str, error: Exception) -> None:
        """Note what went wrong with one part; the others go on. Without a part, it is them all."""
        self._is_shut = self._is_shut or not part
        self.sink.problem(part, error)

    async def fetch(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: bytes = b"",
        reads: Collection[int] = (),
    ) -> Response:
        """The answer, with a status of 2xx or 304, or one that the caller `reads` itself.

        Raises SourceUnavailable where a later try may do better, SourceRefused where somebody
        must change something first.
        """
        host = urlsplit(url).netloc
        self.check_time(host)
        request = scrapy.Request(
            url,
            method=method,
            body=body,
            headers=dict(headers or {}),
            # A redirect must not carry a body, which may hold a password, to another host.
            meta={} if method == "GET" else {"dont_redirect": True},
            callback=NO_CALLBACK,
            dont_filter=True,
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever one request ends in is a source's error
            translated = _translated(host, error)
        else:
            self.sink.quota = said_quota(said_headers(response)) or self.sink.quota
            if response.status in (304, *reads) or 200 <= response.status < 300:
                return response
            translated = self.refusal(response)
            if type(translated) is PostGone and not response.body.lstrip().startswith(b"{"):
                # A server that moved answers 404, too: that a post is gone, its API says in JSON.
                translated = SourceRefused(str(translated))
            if response.status == _PAYMENT_REQUIRED:
                self.remember_rest(host, _PAYMENT_REST_SECONDS)
        if isinstance(translated, SourceUnavailable):
            self.remember_rest(host, translated.after_seconds or 0.0)
        raise translated

    def refusal(self, response: Response) -> SourceUnavailable | SourceRefused:
        """What an answer that is none means, with the server's own reason."""
        asked = asked_by(response, now=self.clock())
        host = urlsplit(response.url).netloc
        return status_error(host, response.status, asked, said=error_said(response.body))

    def remember_rest(self, host: str, seconds: float) -> None:
        """Leave the host alone in later passes, too, where it asked for longer than one lasts."""
        if seconds > MAX_WAIT_SECONDS:
            self._rests[host] = self.clock() + timedelta(seconds=seconds)

    def time_left(self) -> timedelta:
        """How long this pass may still take."""
        return max(self._deadline - self.clock(), timedelta())

    def check_time(self, host: str) -> None:
        """Raise PassEnded where the pass has no time left, SourceResting where the host rests."""
        if self.clock() >= self._deadline:
            raise PassEnded(
                f"the pass has used up its {said_duration(self._time_limit)}; the next one goes on"
            )
        if until := self._resting_until(host):
            raise SourceResting(f"{host} asked to be left alone until {until:%Y-%m-%d %H:%M}Z")

    def _resting_until(self, host: str) -> datetime | None:
        said = self.cursor.get(f"{REST}{host}", {}).get("until")
        until = self._rests.get(host) or (datetime.fromisoformat(said) if said else None)
        return until if until and until > self.clock() else None

    def _failed(self, failure: Any) -> None:
        """An error in a spider is our own; it is told like any other."""
        self.sink.problem("", failure.value)

    def _closed(self, reason: str) -> None:
        if reason not in ("finished", "start_error"):
            said = f"it was stopped early ({reason}); the next pass goes on"
            self.sink.problem("", PassEnded(said))
        self.sink.finish()


def status_error(
    host: str, status: int, asked: float | None = None, *, said: str = ""
) -> SourceUnavailable | SourceRefused:
    """What an HTTP status means for a source, in words; `said` is the server's own reason."""
    reason = f", saying {said!r}" if said else ""
    if status == 429 or said == _LEMMY_TOO_MANY or (status == 400 and asked is not None):
        wait = f" and asked us to wait {asked:.0f} s" if asked is not None else ""
        return SourceBusy(
            f"{host} had too many requests ({status}{reason}){wait}", after_seconds=asked
        )
    if meaning := _REFUSALS.get(status):
        what, advice = meaning
        refused = PostGone if status in (404, 410) else SourceRefused
        return refused(f"{host} {what} ({status}{reason}){advice}")
    if 300 <= status < 400:
        return SourceUnavailable(f"{host} redirects to where we do not follow ({status})")
    if 400 <= status < 500:
        return SourceRefused(f"{host} refused the request ({status}{reason})")
    return SourceUnavailable(f"{host} is in trouble ({status}{reason})", after_seconds=asked)


def error_said(body: bytes) -> str:
    """The reason that an API gives in its JSON or in plain words, one short line.

    `error` and `message` are widespread; `errors` and `detail` are those of problem documents
    (RFC 9457).
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        words = one_line(body[:1_000].decode("utf-8", "replace"))
        return "" if words.startswith(("<", "{", "[")) else words[:200]
    for said in _reasons(answer if isinstance(answer, dict) else {}):
        if isinstance(said, str) and said.strip():
            return one_line(said)[:200]
    return ""


def _reasons(answer: dict[str, Any]) -> tuple[object, ...]:
    error = answer.get("error")
    if isinstance(error, dict):  # Google's: {"error": {"message", "errors": [{"reason"}]}}
        return (_joined(_first(error).get("reason"), error.get("message")),)
    inner, listed = _first(answer), answer.get("errors")
    plain = listed[0] if isinstance(listed, list) and listed else ""  # Discourse's are plain words
    said = _joined(error, answer.get("message"))
    nested = (plain, inner.get("message"), inner.get("detail"))
    return (said, *nested, *(answer.get(name) for name in ("error_message", "detail", "title")))


def _first(answer: dict[str, Any]) -> dict[str, Any]:
    several = answer.get("errors")
    first = several[0] if isinstance(several, list) and several else None
    return first if isinstance(first, dict) else {}


def _joined(*words: object) -> str:
    return ": ".join(word for word in words if isinstance(word, str) and word.strip())


def _translated(host: str, error: Exception) -> SourceUnavailable | SourceRefused:
    translated: SourceUnavailable | SourceRefused
    if isinstance(error, AddressRefused):
        translated = SourceRefused(str(error))
    elif isinstance(error, Resting):
        translated = SourceResting(str(error), after_seconds=error.after_seconds)
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
