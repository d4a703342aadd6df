"""What of Reddit is read, and with which credentials."""

import re
from datetime import timedelta
from typing import Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from spiders.feed import web_address
from spiders.reddit_mention import SITE
from spiders.source import Duration

PAGE_SIZE = 100
"""The most that Reddit gives at once; a list ends after about ten such pages."""
_NAME = re.compile(r"[A-Za-z0-9_-]{2,50}")


class RedditParams(BaseModel):
    """Which lists, and who asks.

    `subreddits` are read in posts and comments, `search` in posts and the comments below them,
    `authors` are your own accounts, for their answers. `client_id_env` and `client_secret_env`
    name the environment variables of an app that Reddit has approved, `refresh_token_env` one
    for acting as a user; `account` is the Reddit user name that answers for the app. Without an
    app the public Atom feeds are read, of posts only, and Reddit throttles those hard.
    `history` is how far back the first pass goes, `recheck` how much each pass reads again,
    `watch` for how long posts are asked for again, every `watch_every`, for edits and deletions.
    `max_pages` bounds each list, `max_trees` the comment trees, in each pass.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subreddits: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    client_id_env: str | None = None
    client_secret_env: str | None = None
    refresh_token_env: str | None = None
    account: str = ""
    history: Duration = timedelta(days=1)
    recheck: Duration = timedelta(minutes=30)
    watch: Duration = timedelta(days=2)
    watch_every: Duration = timedelta(hours=1)
    max_pages: int = Field(10, ge=1, le=1_000)
    max_trees: int = Field(20, ge=0, le=1_000)
    api: str = "https://oauth.reddit.com"
    site: str = SITE

    @field_validator("api", "site")
    @classmethod
    def _are_origins(cls, address: str) -> str:
        return web_address(address).rstrip("/")

    @field_validator("subreddits", "authors")
    @classmethod
    def _are_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        bare = tuple(re.sub(r"^/?[ru]/", "", name) for name in names)
        for name in bare:
            if _NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no name; write airlines, without an address")
        return bare

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not (self.subreddits or self.search or self.authors):
            raise ValueError("names nothing to read; write subreddits: [airlines]")
        if bool(self.client_id_env) != bool(self.client_secret_env):
            raise ValueError("an app has both: write client_id_env and client_secret_env")
        if self.refresh_token_env and not self.client_id_env:
            raise ValueError("refresh_token_env needs client_id_env and client_secret_env")
        if self.client_id_env and not self.account:
            raise ValueError("Reddit wants to know who asks: write account: your user name there")
        return self

    @property
    def lists(self) -> dict[str, str]:
        """Path and query of each list, by its part."""
        found = {}
        for name in self.subreddits:
            found[f"posts r/{name}"] = f"/r/{name}/new?"
            found[f"comments r/{name}"] = f"/r/{name}/comments?"
        for words in self.search:
            query = {"q": words, "sort": "new", "type": "link", "t": "all"}
            found[f"search:{words}"] = f"/search?{urlencode(query)}&"
        for name in self.authors:
            found[f"author:{name}"] = f"/user/{name}/overview?sort=new&"
        return found

    @property
    def feeds(self) -> dict[str, str]:
        """Address of each Atom feed, by its part."""
        found = {}
        for name in self.subreddits:
            found[f"feed r/{name}"] = f"{self.site}/r/{name}/new/.rss?limit={PAGE_SIZE}"
        for words in self.search:
            query = urlencode({"q": words, "sort": "new", "type": "link", "limit": PAGE_SIZE})
            found[f"feed search:{words}"] = f"{self.site}/search.rss?{query}"
        for name in self.authors:
            found[f"feed author:{name}"] = f"{self.site}/user/{name}/.rss?limit={PAGE_SIZE}"
        return found

    def variables(self) -> tuple[str, ...]:
        """The environment variables that must be set."""
        named = (self.client_id_env, self.client_secret_env, self.refresh_token_env)
        return tuple(name for name in named if name)
