"""Manners: what every request of ours obeys, as Scrapy settings and middlewares.

robots.txt and its Crawl-delay, a distance between requests to one host, waiting when asked to,
bounded answers, verified certificates, and no way into the network that we run in.
"""

from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Self, cast
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError

from mentions.errors import SourceUnavailable
from spiders.addresses import is_address, is_public
from spiders.clock import Clock
from spiders.source import Source
from spiders.waiting import MAX_WAIT_SECONDS, Turns, asked_seconds, body_seconds

MAX_ANSWER_BYTES = 10 * 2**20
"""Also after decompression. The largest feeds seen are about 2 MB."""
MAX_REDIRECTS = 5
RETRIES = 2

PASS_SETTINGS: MappingProxyType[str, Any] = MappingProxyType(
    {
        "AUTOTHROTTLE_MAX_DELAY": MAX_WAIT_SECONDS,
        "CONCURRENT_REQUESTS": 8,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "COOKIES_ENABLED": False,
        "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*"},
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "DOWNLOAD_MAXSIZE": MAX_ANSWER_BYTES,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "spiders.politeness.Patience": 550,
            # After the proxy is known: with one, names are resolved where it stands.
            "spiders.politeness.PrivateAddressGuard": 760,
            "spiders.politeness.HostTurns": 950,
        },
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        # The remote control would run any code that is sent to it; the telnet console likewise.
        "EXTENSIONS": {
            "scrapy.extensions.feedexport.FeedExporter": None,
            "scrapy.extensions.logstats.LogStats": None,
            "scrapy.extensions.memusage.MemoryUsage": None,
            "scrapy.extensions.remote_control.RemoteControl": None,
            "scrapy.extensions.telnet.TelnetConsole": None,
        },
        "HTTPERROR_ALLOW_ALL": True,
        "LOG_LEVEL": "ERROR",
        "LOG_VERSIONS": [],
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
        "REMOTE_CONTROL_ENABLED": False,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        "RETRY_TIMES": RETRIES,
        "STATS_DUMP": False,
        "TELNETCONSOLE_ENABLED": False,
        # The default may become one without a reactor, which the guard below depends on.
        "TWISTED_DNS_RESOLVER": "scrapy.resolver.CachingThreadedResolver",
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    }
)

_LOCK = "host_lock"
turns = Turns()
"""One for the whole process: sources on the same host share its patience."""


def settings_for(
    source: Source, user_agent: str, clock: Clock, answer_timeout: timedelta
) -> dict[str, Any]:
    """Scrapy's settings for one source."""
    return {
        **PASS_SETTINGS,
        "ALLOW_PRIVATE_ADDRESSES": source.allow_private,
        "AUTOTHROTTLE_ENABLED": source.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": source.delay_seconds,
        "CLOCK": clock,
        "DOWNLOAD_DELAY": source.delay_seconds,
        "DOWNLOAD_TIMEOUT": answer_timeout.total_seconds(),
        "ROBOTSTXT_OBEY": source.obey_robots,
        "ROBOTSTXT_USER_AGENT": user_agent.partition("/")[0].strip() or user_agent,
        "USER_AGENT": user_agent,
    }


class AddressRefused(IgnoreRequest):
    """The address lies inside the network that we run in."""


class Resting(IgnoreRequest):
    """The host asked to be left alone for longer than this pass can wait."""

    def __init__(self, error: SourceUnavailable) -> None:
        super().__init__(str(error))
        self.after_seconds = error.after_seconds


class PrivateAddressGuard:
    """Refuses private, loopback and link-local addresses, also behind a redirect or a name.

    A name is resolved by the resolver whose answer the download then takes from its cache, so
    that it cannot be one address for the check and another for the connection.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(allow_private=crawler.settings.getbool("ALLOW_PRIVATE_ADDRESSES"))

    async def process_request(self, request: Request) -> None:
        """Raise AddressRefused where the request would go inside."""
        host = urlsplit(request.url).hostname or ""
        if self._allow_private or (request.meta.get("proxy") and not is_address(host)):
            return
        address = host if is_address(host) else await _resolved(host)
        if not is_public(address):
            raise AddressRefused(
                f"{host} is the private address {address}; set allow_private: true if it is meant"
            )


async def _resolved(host: str) -> str:
    from twisted.internet import reactor  # noqa: PLC0415 - there is none before the process is up

    looking_up: Any = cast("Any", reactor).resolve(host)
    try:
        return str(await maybe_deferred_to_future(looking_up))
    except DNSLookupError as error:
        raise CannotResolveHostError(f"there is no host {host}") from error


class HostTurns:
    """One request at a time to each host, at its distance, and none while the host rests.

    It stands next to the downloader, so that it sees every answer. A distance of 0 is for servers
    of one's own: they rest when they ask for it, and answer several requests at a time.
    """

    def __init__(self, *, distance: float, user_agent: str, clock: Clock) -> None:
        self._distance = distance
        self._user_agent = user_agent
        self._clock = clock

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        made = cls(
            distance=crawler.settings.getfloat("DOWNLOAD_DELAY"),
            user_agent=crawler.settings["ROBOTSTXT_USER_AGENT"],
            clock=crawler.settings["CLOCK"],
        )
        crawler.signals.connect(made.robots_parsed, signal=signals.robots_parsed)
        return made

    def robots_parsed(self, robotparser: RobotParser) -> None:
        """Widen the distance to what robots.txt asks for, within reason."""
        asked = robotparser.crawl_delay(self._user_agent) or 0.0
        self._distance = max(self._distance, min(asked, MAX_WAIT_SECONDS))

    async def process_request(self, request: Request) -> None:
        """Wait for the request's turn at its host. Raises Resting."""
        host = urlsplit(request.url).netloc
        if self._distance > 0:
            lock = turns.lock(host)
            await lock.acquire()
            request.meta[_LOCK] = lock
        try:
            await turns.take(host, distance=self._distance)
        except SourceUnavailable as error:
            raise Resting(error) from error

    def process_response(self, request: Request, response: Response) -> Response:
        """Let the next one have its turn, after the rest that the answer asks for."""
        seconds = asked_by(response, now=self._clock())
        if seconds is not None:
            turns.rest(urlsplit(request.url).netloc, seconds)
        _release(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Let the next one have its turn, however this one ended."""
        del exception
        _release(request)


def _release(request: Request) -> None:
    lock = request.meta.pop(_LOCK, None)
    if lock is not None:
        lock.release()


class Patience(RetryMiddleware):
    """Tries failed requests again, more and more slowly, unless the host asked for a long rest."""

    _distance: float
    _clock: Clock

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        made = super().from_crawler(crawler)
        made._distance = crawler.settings.getfloat("DOWNLOAD_DELAY")
        made._clock = crawler.settings["CLOCK"]
        return made

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """The answer, or the request again."""
        del spider  # deprecated; our supertype still names it
        seconds = asked_by(response, now=self._clock())
        if seconds is not None and seconds > MAX_WAIT_SECONDS:
            return response
        if seconds is None and response.status in self.retry_http_codes:
            host = urlsplit(request.url).netloc
            turns.rest(host, self._distance * 2 ** request.meta.get("retry_times", 0))
        return super().process_response(request, response)


def asked_by(response: Response, *, now: datetime) -> float | None:
    """Seconds that an answer asks us to wait, in its headers or else in its body."""
    asked = asked_seconds(response.status, said_headers(response), now=now)
    return body_seconds(response.status, response.body) if asked is None else asked


def said_headers(response: Response) -> dict[str, str]:
    """The last value of each header, names in lower case."""
    said = {name: response.headers.get(name) or b"" for name in response.headers}
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in said.items()}
