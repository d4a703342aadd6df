"""Brand: what is listened for."""

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Brand(BaseModel):
    """Name, query, owned handles, languages, context.

    `handles` are written '@acme' (on any platform) or 'mastodon:@acme@example.social' (on one).
    `context` are words that make it likely that the brand is meant; `not_context` are words of
    the name's other meanings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    query: str = Field(min_length=1, max_length=10_000)
    handles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    not_context: tuple[str, ...] = ()

    @field_validator("handles")
    @classmethod
    def _are_handles(cls, handles: tuple[str, ...]) -> tuple[str, ...]:
        for handle in handles:
            if "@" not in handle or not handle.rpartition(":")[2].startswith("@"):
                raise ValueError(
                    f"{handle!r} is no handle; write '@acme' or 'mastodon:@acme@example.social'"
                )
        return handles

    def handles_on(self, platform: str) -> frozenset[str]:
        """Owned handles on `platform`, lower case, without the leading '@'."""
        owned = set()
        for handle in self.handles:
            where, _, name = handle.rpartition(":")
            if where in ("", platform):
                owned.add(name.removeprefix("@").casefold())
        return frozenset(owned)

    def all_handles(self) -> frozenset[str]:
        """Owned handles on any platform, as `handles_on` gives them."""
        return frozenset(
            handle.rpartition(":")[2].removeprefix("@").casefold() for handle in self.handles
        )

    def owns(self, handle: str, platform: str) -> bool:
        """Whether the author `handle` is the brand's own account on `platform`.

        The whole handle counts, server included: anybody can be `acme` on another server.
        """
        return handle.removeprefix("@").casefold() in self.handles_on(platform)
