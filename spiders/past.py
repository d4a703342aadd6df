"""The past that a backfill reads: one window of a source, on the side of the live run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from mentions.collected import Collected
from mentions.mention import Mention
from spiders.harvest import Harvest, Withheld

_WHOLE, _SHORT = "whole", "short"


class Past(BaseModel):
    """`since` (included) to `until` (excluded), by when a post was published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    until: AwareDatetime

    @model_validator(mode="after")
    def _is_no_empty_window(self) -> Self:
        if self.since >= self.until:
            raise ValueError(f"a window from {self.since} to {self.until} holds nothing")
        return self

    def harvested(self, harvest: Harvest) -> Harvest:
        """The harvest with the window's posts alone, as backfilled ones.

        Of a part that was read to its end only that is remembered.
        """
        found = replace(harvest, items=self._within(harvest.items))
        if not harvest.is_last:
            return found
        return replace(found, cursor=lambda: {_WHOLE: True, _SHORT: harvest.short})

    def _within(self, items: Iterable[Collected | Withheld]) -> Iterator[Collected | Withheld]:
        for item in items:
            if not isinstance(item, Mention):
                yield item
            elif self.since <= item.published < self.until:
                yield item.model_copy(update={"added": "backfill"})


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a source's parts a backfill has read to their end, and what it could not have."""

    whole: int
    parts: int
    short: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to read."""
        return self.parts > 0 and self.whole == self.parts


def is_whole(cursor: Mapping[str, Any], part: str) -> bool:
    """Whether a backfill's cursor says that the part was read to its end."""
    return bool(cursor.get(part, {}).get(_WHOLE))


def coverage(cursor: Mapping[str, Any], parts: Iterable[str]) -> Coverage:
    """How far a backfill has come whose source is read in these parts."""
    parts = list(parts)
    whole = [part for part in parts if is_whole(cursor, part)]
    said = ((part, cursor[part].get(_SHORT)) for part in whole)
    return Coverage(len(whole), len(parts), tuple(f"{part}: {why}" for part, why in said if why))


def short_of(past: Past, oldest: datetime | None, why: str) -> str:
    """What is missing where a list ends before the window begins; empty where nothing is."""
    if oldest is not None and oldest <= past.since:
        return ""
    return f"nothing before {oldest:%Y-%m-%d %H:%M}Z: {why}" if oldest else f"nothing: {why}"
