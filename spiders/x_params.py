"""What a source of X is told: its searches, what they may cost, what is looked after."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from spiders.feed import web_address
from spiders.source import Duration
from spiders.x_place import RECENT
from spiders.x_post import WEB

API = "https://api.x.com"
LOOKED_UP_AT_ONCE = 100
"""The most ids of one look-up (https://docs.x.com/x-api/posts/get-posts-by-ids)."""
FEWEST = 10
"""The least that a search may be asked for."""
_DAY = timedelta(days=1)


class XParams(BaseModel):
    """Which searches, what they may cost, and how long posts are looked after.

    `queries` are X's own (`"acme air" -is:retweet lang:en`). `archive` searches all years instead
    of seven days; the plan must have it. `max_pages` bounds each query in each pass, and
    `posts_per_month` all that is read; the next pass goes on. For `recheck` after it was
    published a post is asked for again `recheck_every` so often, so that it disappears here when
    it did there: at most the `recheck_kept` newest of each query, `recheck_requests` times 100 a
    pass. Conversations of mentions that wait are read `follow_every` so often. `countries` are
    those whose orders bind you: what is withheld there is not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    queries: tuple[str, ...] = Field(min_length=1)
    token_env: str = Field("X_BEARER_TOKEN", min_length=1)
    api: str = API
    web: str = WEB
    archive: bool = False
    history: Duration = _DAY
    max_pages: int = Field(10, ge=1, le=1_000)
    page_size: int = Field(100, ge=FEWEST, le=500)
    posts_per_month: int = Field(10_000, ge=FEWEST)
    recheck: Duration = RECENT
    recheck_every: Duration = timedelta(hours=20)
    recheck_kept: int = Field(2_000, ge=0, le=20_000)
    recheck_requests: int = Field(5, ge=0, le=100)
    follow_every: Duration = timedelta(hours=6)
    countries: tuple[str, ...] = ()

    @field_validator("queries")
    @classmethod
    def _are_questions(cls, queries: tuple[str, ...]) -> tuple[str, ...]:
        if not all(query.strip() for query in queries):
            raise ValueError("holds an empty query; write what X should search for")
        return tuple(dict.fromkeys(query.strip() for query in queries))

    @field_validator("api", "web")
    @classmethod
    def _is_origin(cls, address: str) -> str:
        return web_address(address).rstrip("/")

    @field_validator("countries")
    @classmethod
    def _are_countries(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        for code in countries:
            if len(code) != 2 or not code.isalpha():
                raise ValueError(f"{code!r} is no country; write two letters, such as DE")
        return countries

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not self.archive and self.history > RECENT:
            raise ValueError(
                "history: recent search goes back 7d at most; write less, or archive: true where"
                " the plan has it"
            )
        if not self.archive and self.page_size > LOOKED_UP_AT_ONCE:
            raise ValueError("page_size: recent search gives 100 at most; write 100 or less")
        if self.recheck_every > _DAY:
            raise ValueError("recheck_every: X wants deletions followed within 24h; write 20h")
        return self

    def variables(self) -> tuple[str, ...]:
        """The environment variable with the bearer token."""
        return (self.token_env,)
