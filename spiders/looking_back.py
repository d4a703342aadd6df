"""LookingBack: a spider of searches that are read from now back to where they were read before."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mentions.errors import SourceRefused, SourceUnavailable
from spiders.harvest import Harvest
from spiders.mention_spider import MentionSpider
from spiders.past import Past
from spiders.source import Duration
from spiders.stretch import Stretch
from spiders.window import Item, Window


class Lookback(BaseModel):
    """How far such a spider looks back.

    The first pass goes back `history`, each later one `reread` further than the last, for posts
    that are found late, edits, counts and deletions. `max_pages` bounds each part of a pass,
    `max_checks` how often a pass asks what became of a post that is no longer found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    history: Duration = timedelta(days=7)
    reread: Duration = timedelta(days=1)
    max_pages: int = Field(20, ge=1, le=10_000)
    max_checks: int = Field(20, ge=0, le=1_000)


class LookingBack(MentionSpider, ABC):
    """A spider of its own says `read_back` and, where its platform can be asked, `ask_about`."""

    def begun_in(self, past: Past, part: str) -> Stretch:
        """The way back through a backfill's window, where its end can be asked for by time."""
        del part
        return Stretch.through(past.since, past.until)

    @abstractmethod
    async def read_back(self, part: str, stretch: Stretch) -> tuple[Iterable[Item], Stretch]:
        """The items of one page, the oldest first, and where to go on after it."""

    @abstractmethod
    async def ask_about(self, native_id: str, window: Window) -> Sequence[Item]:
        """What became of a post that is no longer found; nothing where it stands as it was.

        It forgets in the window what is gone, and renews there what changed.
        """

    async def look_back(
        self, parts: Iterable[str], params: Lookback
    ) -> AsyncGenerator[Harvest, None]:
        """Each part in turn; one that fails does not stop the others."""
        self._checks_left = params.max_checks
        for part in self.parts_to_read(parts):
            collect = self._collect(part, params)
            if self.past:
                collect = self._read_past(part, self.past, params)
            try:
                async for harvest in collect:
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)

    async def _collect(self, part: str, params: Lookback) -> AsyncGenerator[Harvest, None]:
        known = self.cursor.get(part, {})
        stretch, window = Stretch(**known.get("stretch", {})), Window.remembered(known)
        goes_on = not stretch.is_whole
        vanished: list[str] = []
        for _ in range(params.max_pages):
            stretch = stretch.begin(self.clock(), history=params.history, reread=params.reread)
            floor = stretch.floor
            items, stretch = await self.read_back(part, stretch)
            news = list(window.news(items, now=self.clock()))
            if stretch.is_whole:
                vanished = window.vanished(since=floor)
                window.moved(floor=stretch.until - int(params.reread.total_seconds()))
            yield _harvest(part, news, stretch, window)
            if stretch.is_whole:
                if not goes_on:
                    break
                goes_on = False  # that was the way back of an earlier pass; now what came since
        for native_id in vanished:
            if self._checks_left > 0:
                self._checks_left -= 1
                window.asked(native_id)
                answer = await self.ask_about(native_id, window)
                yield _harvest(part, list(answer), stretch, window)

    async def _read_past(
        self, part: str, past: Past, params: Lookback
    ) -> AsyncGenerator[Harvest, None]:
        """A backfill's window from its end to its beginning."""
        known = self.cursor.get(part)
        stretch = Stretch(**known["stretch"]) if known else self.begun_in(past, part)
        window = Window.remembered(known or {})
        for _ in range(params.max_pages):
            items, stretch = await self.read_back(part, stretch)
            news = list(window.news(items, now=self.clock()))
            yield _harvest(part, news, stretch, window, is_last=stretch.is_whole)
            if stretch.is_whole:
                return


def _harvest(
    part: str, items: list[Item], stretch: Stretch, window: Window, *, is_last: bool = False
) -> Harvest:
    # What the cursor is now, not what it will be when the sink asks.
    place: dict[str, Any] = {"stretch": asdict(stretch), **window.to_json()}
    return Harvest(part, items, partial(dict, place), is_last=is_last)
