"""Whatever befalls all sites of the town: each source says what, and later misses nothing."""

import re
from datetime import timedelta

import httpx
import pytest

from bench.spiders import example_sources
from spiders.run import SourceRun
from tests.spiders.in_town import NOW
from tests.spiders.passes import Collector
from untagged.town.access import TOKEN
from untagged.town.server import TownSettings, running

SAID = {
    "down": r"is in trouble \(500",
    "busy": r"too many requests \(429|asked us to wait|asked to be left alone",
    "page": "HTML|JSON|no feed|no sitemap",
    "broken off": "breaks off|broke off|damaged|JSON|no feed|no list",
    "silent": "did not answer in time",
}
READ_AS_FAR_AS_THEY_GO = {"town-boards", "town-paper"}
"""Feeds: what one had before it broke off is kept, and the whole asked for again."""
PATIENCE = timedelta(seconds=1)


def ids(collector: Collector) -> set[str]:
    return {post.id for post in collector.posts()}


def errors(runs: list[SourceRun]) -> dict[str, str]:
    return {run.source: run.error for run in runs if not run.ok}


@pytest.mark.slow
def test_every_source_says_what_befell_it_and_later_misses_nothing(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("TOWN_TOKEN", TOKEN)
    town = TownSettings(now=NOW, days=7, pace=0, control=True)
    with running(town) as url, httpx.Client(base_url=url) as client:
        sources = example_sources(url.removeprefix("http://"), days=7)

        def befalls(kind: str | None) -> None:
            client.post("/town/trouble", json={"kind": kind}).raise_for_status()

        for number, (kind, said) in enumerate(SAID.items()):
            befalls(kind)
            at = NOW + timedelta(minutes=5 * number)
            told = errors(collector.run(*sources, now=at, answer_timeout=PATIENCE))
            befalls(None)
            spared = READ_AS_FAR_AS_THEY_GO if kind == "broken off" else set[str]()
            assert {source.name for source in sources} - set(told) <= spared, kind
            unlike = {name: why for name, why in told.items() if not re.search(said, why)}
            assert unlike == {}, kind
        late = NOW + timedelta(hours=1)
        assert errors(collector.run(*sources, now=late)) == {}
        calm = Collector(tmp_path_factory.mktemp("calm"))
        assert errors(calm.run(*sources, now=late)) == {}
        assert ids(collector) == ids(calm)
