"""Brand: what is listened for."""

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

MAX_COMPETITORS = 20
_SCHEME = re.compile(r"\A(?:https?://)?(?:(?:www|m|mobile)\.)?")
_BEHIND_PATH = re.compile(r"[?#]")


class Brand(BaseModel):
    """Name, query, owned handles, languages, context.

    `handles` are written '@acme' (on any platform) or 'mastodon:@acme@example.social' (on one).
    `context` are words that make it likely that the brand is meant; `not_context` are words of
    the name's other meanings. `links` are the brand's own pages, 'acme.example/shop' with all
    below. `misspellings` says whether a name one letter off is taken for this one.
    `sectors` are its lines of business, which have topics of their own; `topics` are its own
    besides, each with cue phrases between commas. `competitors` are other brands of the settings,
    against which its share of voice is taken; without any these are all others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    query: str = Field(min_length=1, max_length=10_000)
    handles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    not_context: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    topics: dict[str, str] = {}
    links: tuple[str, ...] = ()
    competitors: tuple[str, ...] = Field((), max_length=MAX_COMPETITORS)
    misspellings: bool = True

    @field_validator("handles")
    @classmethod
    def _are_handles(cls, handles: tuple[str, ...]) -> tuple[str, ...]:
        for handle in handles:
            _, name = _split(handle)
            if not name.startswith("@") or not name.strip("@"):
                raise ValueError(
                    f"{handle!r} is no handle; write '@acme' or 'mastodon:@acme@example.social'"
                )
        return handles

    @field_validator("links")
    @classmethod
    def _are_pages(cls, links: tuple[str, ...]) -> tuple[str, ...]:
        for link in links:
            host = page_of(link).partition("/")[0]
            if "." not in host.strip(".") or any(char.isspace() or char == "@" for char in host):
                raise ValueError(
                    f"{link!r} is no page; write 'acme.example' or 'acme.example/shop'"
                )
        return links

    @property
    def platforms(self) -> frozenset[str]:
        """The platforms that a handle names; '' for those owned on any."""
        return frozenset(_split(handle)[0] for handle in self.handles)

    def handles_on(self, platform: str) -> frozenset[str]:
        """Owned handles on `platform`, lower case, without the leading '@'."""
        return frozenset(
            name.removeprefix("@").casefold()
            for where, name in map(_split, self.handles)
            if where in ("", platform)
        )

    def all_handles(self) -> frozenset[str]:
        """Owned handles on any platform, as `handles_on` gives them."""
        return frozenset(name.removeprefix("@").casefold() for _, name in map(_split, self.handles))

    def owns(self, handle: str, platform: str) -> bool:
        """Whether the author `handle` is the brand's own account on `platform`.

        The whole handle counts, server included: anybody can be `acme` on another server.
        """
        if not self.handles:
            return False
        return handle.removeprefix("@").casefold() in self.handles_on(platform)


def _split(handle: str) -> tuple[str, str]:
    """Platform ('' for any) and '@name'; a server's name may hold a colon of its own."""
    if handle.startswith("@"):
        return "", handle
    platform, _, name = handle.partition(":")
    return platform, name


def page_of(link: str) -> str:
    """Host and path of a link as they are compared: lower case, without scheme, 'www.' or query."""
    bare = _SCHEME.sub("", link.strip().casefold())
    return _BEHIND_PATH.split(bare, maxsplit=1)[0].rstrip("/.,;:!)")
