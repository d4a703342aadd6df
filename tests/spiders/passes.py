"""Collecting passes of tests, and a caller that remembers as the pipeline does."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mentions.collected import Deletion
from mentions.mention import Mention
from spiders.collecting import collect
from spiders.journal import Journal
from spiders.run import SourceRun
from spiders.source import Source
from tests.spiders.posts import NOW

USER_AGENT = "untagged-test/0.1 (+https://untagged.example/about)"


def feed(name: str, *urls: str, **fields: Any) -> Source:
    params = {"urls": list(urls), **fields.pop("params", {})}
    return made(name, "feed", params, **fields)


def mastodon(name: str, server: str, **fields: Any) -> Source:
    params = {"server": server, **fields.pop("params", {"timelines": ["public"]})}
    return made(name, "mastodon", params, **fields)


def made(name: str, spider: str, params: dict[str, Any], **fields: Any) -> Source:
    manners = {"allow_private": True, "delay_seconds": 0, **fields}
    return Source.model_validate({"name": name, "spider": spider, "params": params, **manners})


def x(name: str, server: str, *queries: str, **fields: Any) -> Source:
    params = {"queries": queries, "api": server, "web": server, "token_env": "X_TOKEN"}
    return made(name, "x", {**params, **fields.pop("params", {})}, **fields)


def gdelt(name: str, server: str, *queries: str, **fields: Any) -> Source:
    params = {"queries": queries, "api": server, **fields.pop("params", {})}
    return made(name, "gdelt", params, **fields)


class Collector:
    """Collects again and again into one journal, moving cursors only after a run came back."""

    def __init__(self, folder: Path) -> None:
        self.url = str(folder / "a journal")
        self.journal = Journal(self.url)
        self.cursors: dict[str, Any] = {}

    def run(self, *sources: Source, now: datetime = NOW, **options: Any) -> list[SourceRun]:
        options = {"answer_timeout": timedelta(seconds=10), **options}
        runs = collect(
            sources,
            journal_url=self.url,
            cursors=self.cursors,
            user_agent=USER_AGENT,
            now=now,
            **options,
        )
        for run in runs:
            if run.cursor is not None:
                self.cursors[run.source] = run.cursor
        return runs

    def items(self, run: SourceRun | None = None) -> list[Any]:
        """What a run brought, or everything that is in the journal."""
        names = [batch.name for batch in run.batches] if run else self.journal.names()
        return [item for name in names for item in self.journal.read(name)]

    def posts(self, run: SourceRun | None = None) -> list[Mention]:
        return [item for item in self.items(run) if isinstance(item, Mention)]

    def deleted(self, run: SourceRun) -> set[str]:
        """The ids of mentions that a run reported deleted."""
        return {item.mention_id for item in self.items(run) if isinstance(item, Deletion)}
