"""What a source of YouTube is told: searches, videos, channels, and what they may spend."""

import re
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from spiders.feed import web_address
from spiders.source import Duration

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class YouTubeParams(BaseModel):
    """What to search for, and whose comments to read.

    `key_env` names the environment variable with the API key. `search_every` keeps searches
    apart: each page of one costs 100 units, a page of comments 1. `follow` is how long comments
    are read again for edits, answers and deletions. `owned` gives, for the ids of your own
    channels, the handles under which brands name them. `max_pages` bounds each part in a pass.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_env: str = Field(min_length=1)
    search: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    owned: dict[str, str] = {}
    history: Duration = timedelta(days=7)
    follow: Duration = timedelta(days=2)
    search_every: Duration = timedelta(hours=2)
    daily_quota: int = Field(10_000, ge=1)
    max_pages: int = Field(5, ge=2, le=1_000)
    server: str = "https://www.googleapis.com"

    @field_validator("videos", "channels")
    @classmethod
    def _are_ids(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        for one in ids:
            if _ID.fullmatch(one) is None:
                raise ValueError(
                    f"{one!r} is no id; write dQw4w9WgXcQ of a video, UC… of a channel"
                )
        return tuple(dict.fromkeys(ids))

    @field_validator("server")
    @classmethod
    def _is_origin(cls, server: str) -> str:
        return web_address(server).rstrip("/")

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not (self.search or self.videos or self.channels):
            raise ValueError("names no search, videos or channels; write search: ['acme phone']")
        return self

    def variables(self) -> tuple[str, ...]:
        """The environment variables that it needs."""
        return (self.key_env,)
