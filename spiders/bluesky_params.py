"""The settings of a bluesky source."""

import re
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from spiders.bluesky_mention import WEB
from spiders.feed import web_address
from spiders.source import Duration
from spiders.web_socket import socket_address

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]+")


class StreamParams(BaseModel):
    """What to pick out of everything that is posted.

    A post is kept that holds one of `words` (words, "two words", #tags, @handles, in any case),
    is by one of `accounts` (DIDs; your own, whose answers rarely name the brand), or answers or
    names one. The first pass begins `history` ago. A pass ends when it has caught up, after
    `seconds`, after `max_messages`, or when nothing comes for `quiet`; the next goes on where it
    was, `rewind` earlier. `profiles` tells names and followers of those whose posts are kept, and
    shows conversations where no search can; null asks nobody and leaves them out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: str = "wss://jetstream2.us-east.bsky.network"
    words: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    profiles: str | None = "https://public.api.bsky.app"
    history: Duration = timedelta(hours=1)
    rewind: Duration = timedelta(seconds=10)
    seconds: Duration = timedelta(seconds=60)
    quiet: Duration = timedelta(seconds=5)
    max_messages: int = Field(500_000, ge=1)

    @field_validator("server")
    @classmethod
    def _is_socket(cls, server: str) -> str:
        return socket_address(server).rstrip("/").removesuffix("/subscribe")

    @field_validator("profiles")
    @classmethod
    def _is_origin(cls, server: str | None) -> str | None:
        return server and web_address(server).rstrip("/")

    @field_validator("words")
    @classmethod
    def _are_words(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if not all(word.strip(" #@") for word in words):
            raise ValueError('holds an empty word; write words: ["nimbus air", "#nimbusair"]')
        return tuple(dict.fromkeys(" ".join(word.split()) for word in words))

    @field_validator("accounts")
    @classmethod
    def _are_dids(cls, accounts: tuple[str, ...]) -> tuple[str, ...]:
        for account in accounts:
            if _DID.fullmatch(account) is None:
                raise ValueError(f"{account!r} is no DID; write did:plc:…, which never changes")
        return accounts

    @model_validator(mode="after")
    def _listens_for_something(self) -> Self:
        if not self.words and not self.accounts:
            raise ValueError(
                "the stream is everything that is posted; say which posts are kept:"
                ' words: ["nimbus air", "#nimbusair"]'
            )
        return self


class BlueskyParams(BaseModel):
    """What to search for, and what to pick out of the stream; one of them is enough.

    `search` are queries as people type them (words, "phrases", #tags, from:handle). They need
    `identifier`, an account's handle, and `password_env`, the name of an environment variable
    with an app password. `history` is how far back the first pass goes, `overlap` how much of
    what was read is read again for counts and for posts that came late. `max_pages` bounds each
    search in each pass, `threads` how many conversations under found posts are read in a pass;
    the next one goes on. `only_public: false` keeps posts of people who want to be shown only to
    who is signed in. `web` is where people read posts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    search: tuple[str, ...] = ()
    identifier: str | None = Field(None, min_length=1)
    password_env: str | None = Field(None, min_length=1)
    service: str = "https://bsky.social"
    web: str = WEB
    history: Duration = timedelta(days=1)
    overlap: Duration = timedelta(hours=1)
    max_pages: int = Field(50, ge=1, le=10_000)
    threads: int = Field(0, ge=0, le=1_000)
    only_public: bool = True
    stream: StreamParams | None = None

    @field_validator("service", "web")
    @classmethod
    def _is_origin(cls, server: str) -> str:
        return web_address(server).rstrip("/")

    @field_validator("search")
    @classmethod
    def _are_queries(cls, search: tuple[str, ...]) -> tuple[str, ...]:
        if not all(query.strip() for query in search):
            raise ValueError('holds an empty query; write search: ["nimbus air"]')
        return tuple(dict.fromkeys(query.strip() for query in search))

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.search and self.stream is None:
            raise ValueError(
                'asks for nothing; write search: ["nimbus air"], or stream: {words: …}'
            )
        if self.search and not (self.identifier and self.password_env):
            raise ValueError(
                "search needs identifier (an account's handle) and password_env (the environment"
                " variable with its app password): without a session Bluesky answers 403"
            )
        return self

    def no_past(self) -> str:
        """Why a backfill is not possible, and what to do instead."""
        if self.search:
            return ""
        return "the stream keeps no past; give the source a search, with an app password"

    def variables(self) -> tuple[str, ...]:
        """The environment variables that must be set."""
        return (self.password_env,) if self.password_env else ()
