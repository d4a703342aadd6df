"""Webhooks of the settings: which address hears of which events, and how they are filtered."""

from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from alerts.events.news import TYPES as OF_ALERTS
from mentions.errors import QueryError
from mentions.query.parser import parse_query

OF_CASES = (
    "case.opened",
    "case.assigned",
    "case.breached",
    "case.resolved",
    "case.reopened",
    "case.merged",
)
EVENTS = ("mention.matched", "spike.detected", *OF_ALERTS.values(), *OF_CASES, "digest.ready")
"""Every type of event; in a CloudEvent it stands behind `untagged.`."""
TEST = "webhook.test"
"""What `untagged webhooks test` sends. Nobody subscribes to it."""
HERE = ("127.0.0.1", "::1", "localhost")


class Webhook(BaseModel):
    """One address that hears of events. `events` may hold patterns, such as `case.*`.

    `query` narrows the mentions, `brands` all events, and `teams` those that belong to a team.
    What was told, and what waits to be, is kept for `keep_days`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]*$")
    url: str = Field(max_length=2_000, repr=False)
    secret_env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    events: tuple[str, ...] = Field(min_length=1, max_length=50)
    query: str = Field("", max_length=10_000)
    brands: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    keep_days: int = Field(30, ge=1, le=365)

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError as error:
            raise ValueError(f"is no address: {error}") from error
        is_plain = url.isascii() and url.isprintable() and " " not in url
        if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or not is_plain:
            raise ValueError("is no http(s) address; write for example https://acme.example/hook")
        if parts.scheme == "http" and host not in HERE:
            raise ValueError("would send posts where all can read them; write https://")
        return url

    @field_validator("events")
    @classmethod
    def _are_known(cls, events: tuple[str, ...]) -> tuple[str, ...]:
        for said in events:
            if not any(fnmatchcase(known, said) for known in EVENTS):
                listed = ", ".join(EVENTS)
                raise ValueError(f"{said!r} is no event; write some of {listed}, or case.* or *")
        return events

    @field_validator("query")
    @classmethod
    def _is_readable(cls, query: str) -> str:
        try:
            if query.strip():
                parse_query(query)
        except QueryError as error:
            raise ValueError(f"{error}\n{error.pointed()}") from error
        return query.strip()

    @model_validator(mode="after")
    def _has_use_for_its_query(self) -> "Webhook":
        if self.query and not self.wants("mention.matched"):
            raise ValueError("has a query, which is for mentions; add mention.matched to events")
        return self

    def wants(self, event: str) -> bool:
        """Whether it hears of events of that type."""
        return event == TEST or any(fnmatchcase(event, said) for said in self.events)

    def passes(self, brands: frozenset[str], team: str) -> bool:
        """Whether what is about these brands and that team ('' is none) gets through."""
        is_of_brand = not self.brands or bool(brands.intersection(self.brands))
        return is_of_brand and (not self.teams or not team or team in self.teams)
