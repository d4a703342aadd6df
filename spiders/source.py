"""Source: one configured place to collect from."""

import os
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from mentions.errors import SettingsError
from mentions.mention import said_validation
from mentions.times import parse_duration

SOURCE_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""A source's name is part of every mention id and batch file name, for ever."""

SPIDERS = MappingProxyType(
    {
        # name: module, the model of its params, its spider (a file needs none)
        "appstore": ("spiders.appstore", "AppStoreParams", "AppStoreSpider"),
        "article": ("spiders.article", "ArticleParams", "ArticleSpider"),
        "bluesky": ("spiders.bluesky", "BlueskyParams", "BlueskySpider"),
        "discourse": ("spiders.discourse", "DiscourseParams", "DiscourseSpider"),
        "feed": ("spiders.feed", "FeedParams", "FeedSpider"),
        "file": ("spiders.file", "FileParams", ""),
        "gdelt": ("spiders.gdelt", "GdeltParams", "GdeltSpider"),
        "googleplay": ("spiders.googleplay", "GooglePlayParams", "GooglePlaySpider"),
        "hackernews": ("spiders.hackernews", "HackernewsParams", "HackernewsSpider"),
        "lemmy": ("spiders.lemmy", "LemmyParams", "LemmySpider"),
        "mastodon": ("spiders.mastodon", "MastodonParams", "MastodonSpider"),
        "reddit": ("spiders.reddit", "RedditParams", "RedditSpider"),
        "stackexchange": ("spiders.stackexchange", "StackexchangeParams", "StackexchangeSpider"),
        "x": ("spiders.x", "XParams", "XSpider"),
        "youtube": ("spiders.youtube", "YouTubeParams", "YouTubeSpider"),
    }
)
"""What a source's `spider` may be. A module is imported, and Scrapy with it, when it is needed."""

DELAYS = MappingProxyType({"gdelt": 6.0})
"""Seconds between two requests where a platform asks for more than usual and no header says so:
GDELT wants one request in five seconds, by its own clock."""

USUALLY_SLOWED = 4


def _read_duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _said_seconds(span: timedelta) -> str:
    return f"{int(span.total_seconds())}s"


def _is_spider(name: str) -> str:
    if name not in SPIDERS:
        raise ValueError(f"there is no spider {name!r}; choose from {', '.join(SPIDERS)}")
    return name


Duration = Annotated[timedelta, BeforeValidator(_read_duration), PlainSerializer(_said_seconds)]
"""Written '60s', '15m', '2h', '7d' in settings; whole seconds."""


class Source(BaseModel):
    """A spider with its parameters, its schedule and its manners.

    `platform` labels its mentions; without it the spider says. `allow_private` lets it reach
    addresses inside your own network. `delay_seconds` is the least time between two requests to
    one host, by default what the platform asks for; 0 also turns automatic throttling off, for
    servers that are your own. `every` is the usual interval; a source that brings nothing is asked
    more and more seldom, up to `every_at_most`, by default four times that. `follow` is for how
    long the conversation of a mention that waits for an answer is looked at again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=f"^{SOURCE_NAME}$")
    spider: Annotated[str, AfterValidator(_is_spider)]
    every: Duration = timedelta(minutes=5)
    every_at_most: Duration | None = None
    platform: str | None = Field(None, min_length=1, max_length=64)
    allow_private: bool = False
    obey_robots: bool = True
    delay_seconds: float = Field(1.0, ge=0, le=60)
    follow: Duration = timedelta(days=3)
    params: dict[str, Any] = {}

    @property
    def slowest(self) -> timedelta:
        """The longest interval of a source that works and brings nothing."""
        return max(self.every, self.every_at_most or self.every * USUALLY_SLOWED)

    @model_validator(mode="before")
    @classmethod
    def _keeps_its_distance(cls, said: Any) -> Any:
        delay = DELAYS.get(str(said.get("spider"))) if isinstance(said, dict) else None
        return {"delay_seconds": delay, **said} if delay else said


def checked_params(source: Source) -> BaseModel:
    """The source's params, read by its spider's own model. Raises SettingsError.

    Imports the spider, and with it Scrapy: half a second, once.
    """
    module, name, _ = SPIDERS[source.spider]
    model: type[BaseModel] = getattr(import_module(module), name)
    try:
        return model.model_validate(source.params)
    except ValidationError as error:
        raise SettingsError(f"source {source.name!r}: params: {said_validation(error)}") from error


def missing_variables(params: BaseModel) -> list[str]:
    """The environment variables that the params say they need and that are not set.

    A model that needs some has a method `variables` that names them.
    """
    named: Callable[[], tuple[str, ...]] = getattr(params, "variables", tuple)
    return [name for name in named() if not os.environ.get(name, "").strip()]


def past_refusal(params: BaseModel) -> str:
    """Why the source has no past that a backfill could read, and what to do; empty where it has.

    A model without one has a method `no_past` that says so.
    """
    said: Callable[[], str] = getattr(params, "no_past", str)
    return said()


def spider_of(source: Source) -> type[Any]:
    """The source's spider, which collects it."""
    module, _, name = SPIDERS[source.spider]
    spider: type[Any] = getattr(import_module(module), name)
    return spider
