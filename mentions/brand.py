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
