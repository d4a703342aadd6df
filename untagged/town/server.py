"""Server: the town on a loopback port, in the foreground or for the length of a test."""

import asyncio
import contextlib
import errno
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from types import MappingProxyType

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from mentions.errors import SettingsError, UntaggedError
from mentions.times import as_utc
from untagged.town.access import TOKEN
from untagged.town.chronicle import Chronicle, beside
from untagged.town.clock import Clock
from untagged.town.site import Site
from untagged.town.sites import (
    appstore,
    bluesky,
    control,
    discourse,
    feeds,
    gdelt,
    googleplay,
    hackernews,
    jetstream,
    lemmy,
    mastodon,
    pages,
    reddit,
    stackexchange,
    x,
    youtube,
)
from untagged.town.sites.limits import RateLimit
from untagged.town.sites.trouble import Trouble, Troubled
from untagged.town.story import Story
from untagged.town.town import Town

HOST = "127.0.0.1"
PORT = 8765
GENEROUS_LIMIT = 3_000
"""Ten times Mastodon's, so that a first pass over two weeks never waits."""
SITES: MappingProxyType[str, Site] = MappingProxyType(
    {
        site.name: site
        for site in (
            mastodon.SITE,
            feeds.NEWS,
            feeds.FORUM,
            feeds.BLOG,
            reddit.SITE,
            lemmy.SITE,
            bluesky.SITE,
            appstore.SITE,
            gdelt.SITE,
            hackernews.SITE,
            x.SITE,
            discourse.SITE,
            youtube.SITE,
            googleplay.SITE,
            stackexchange.SITE,
        )
    }
)
_START_SECONDS = 20
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TownSettings:
    """What town to build.

    `now` is the town's time at the beginning; the story covers the `days` before it, and a
    crisis began three hours before `anchor` (`now` if left out). With the `now` of an earlier run
    as `anchor` its story goes on. `schedule` names which crises there are: `ordinary` or
    `all-shapes`. `pace` 0 freezes the clock, 60 makes an hour a minute. `control` serves
    `/town/…`, for tests. `truth` is a file for the truth, with the crises in one beside it.
    """

    now: datetime
    seed: int = 1
    days: int = 14
    pace: float = 1.0
    anchor: datetime | None = None
    schedule: str = "ordinary"
    truth: Path | None = None
    control: bool = False
    token: str = TOKEN
    requests_per_5_minutes: int = GENEROUS_LIMIT


def create_app(town: Town, settings: TownSettings) -> Starlette:
    """The sites of a town as one ASGI application."""
    by_site = _routes_by_site(town, settings.token)
    routes = [*chain.from_iterable(by_site.values()), *pages.routes(town)]
    middleware = [Middleware(RateLimit, limit=settings.requests_per_5_minutes)]
    if settings.control:
        trouble = Trouble(by_site)
        routes = [*control.routes(town), *routes, *trouble.routes()]
        middleware.append(Middleware(Troubled, trouble=trouble))

    @contextlib.asynccontextmanager
    async def keeping_up(_app: Starlette) -> AsyncIterator[None]:
        """Publish what is due even while nobody asks, so that the truth file is up to date."""
        task = asyncio.create_task(_every_second(town))
        yield
        task.cancel()

    return Starlette(routes=routes, middleware=middleware, lifespan=keeping_up)


def _routes_by_site(town: Town, token: str) -> dict[str, list[BaseRoute]]:
    return {
        "mastodon": [*mastodon.routes(town, token=token)],
        "bluesky": [*bluesky.routes(town, password=token)],
        "lemmy": [*lemmy.routes(town, token=token)],
        "jetstream": [*jetstream.routes(town)],
        "reddit": [*reddit.routes(town, secret=token)],
        "feeds": [*feeds.routes(town)],
        "x": [*x.routes(town, token=token)],
        "gdelt": [*gdelt.routes(town)],
        "hackernews": [*hackernews.routes(town)],
        "appstore": [*appstore.routes(town)],
        "discourse": [*discourse.routes(town, token=token)],
        "googleplay": [*googleplay.routes(town, token=token)],
        "youtube": [*youtube.routes(town, key=token)],
        "stackexchange": [*stackexchange.routes(town, token=token)],
    }


@contextlib.contextmanager
def open_town(settings: TownSettings, *, base_url: str) -> Iterator[Town]:
    """A town and, for as long as it is open, its truth file."""
    now = as_utc(settings.now)
    story = Story(settings.seed, anchor=settings.anchor or now, schedule=settings.schedule)
    since = now - timedelta(days=settings.days)
    with contextlib.ExitStack() as stack:
        truth = chronicle = None
        if settings.truth:
            try:
                truth = stack.enter_context(settings.truth.open("w", encoding="utf-8"))
                crises = stack.enter_context(beside(settings.truth).open("w", encoding="utf-8"))
            except OSError as error:
                raise SettingsError(
                    f"cannot write the truth to {settings.truth}: {error.strerror}"
                ) from error
            chronicle = Chronicle(story, crises, since=since)
        yield Town(
            story,
            Clock(now, pace=settings.pace),
            since=since,
            sites=SITES,
            base_url=base_url,
            truth=truth,
            chronicle=chronicle,
        )


def serve(  # the options of `untagged town`, one by one
    *,
    now: datetime,
    seed: int = 1,
    days: int = 14,
    port: int = PORT,
    truth: Path | None = None,
    pace: float = 1.0,
    anchor: datetime | None = None,
    schedule: str = "ordinary",
    control: bool = False,
    token: str = TOKEN,
    requests_per_5_minutes: int = GENEROUS_LIMIT,
) -> None:
    """Serve the town on 127.0.0.1 until interrupted. Raises UntaggedError if the port is taken."""
    settings = TownSettings(
        now=now,
        seed=seed,
        days=days,
        pace=pace,
        anchor=anchor,
        schedule=schedule,
        truth=truth,
        control=control,
        token=token,
        requests_per_5_minutes=requests_per_5_minutes,
    )
    with _listening(port) as listener:
        url = _url(listener)
        with open_town(settings, base_url=url) as town:
            log.info("the town is at %s", url)
            with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it closed
                _server(create_app(town, settings)).run(sockets=[listener])


@contextlib.contextmanager
def running(settings: TownSettings, *, port: int = 0) -> Iterator[str]:
    """Serve the town from a thread and give its address; port 0 takes a free one."""
    with _listening(port) as listener:
        url = _url(listener)
        with open_town(settings, base_url=url) as town:
            server = _server(create_app(town, settings))
            thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
            thread.start()
            try:
                _wait_until_started(server, thread)
                yield url
            finally:
                server.should_exit = True
                thread.join()


def _server(app: Starlette) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        ws="websockets-sansio",  # the default one leans on a deprecated half of that library
    )
    return uvicorn.Server(config)


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OverflowError as error:
            raise UntaggedError(f"{port} is no port; give one from 1 to 65535") from error
        except OSError as error:
            raise UntaggedError(_why_not(port, error)) from error
        yield listener


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {HOST} is taken; stop what runs there or give the town another port"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; give a port above 1023"
    return f"cannot listen on {HOST}:{port}: {error.strerror}"


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise UntaggedError("the town did not start; see the log above")
        time.sleep(0.01)


async def _every_second(town: Town) -> None:
    while True:
        town.now()
        await asyncio.sleep(1)
