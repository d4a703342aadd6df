"""kill -9 at random points: what is collected afterwards is what an undisturbed run collects."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from bench.spiders import example_sources
from tests.spiders.in_town import NOW as TOWN_NOW
from tests.spiders.mastodon_server import MastodonServer
from tests.spiders.passes import Collector, feed, mastodon
from tests.spiders.test_collecting import rss
from tests.spiders.test_pass_process import passes
from tests.spiders.web import Answer, Asked, site
from untagged.town.access import TOKEN
from untagged.town.server import TownSettings, running

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("UNTAGGED_KILLS", "4"))
FEEDS = 12


class Deadly:
    """A site that ends its visitor at some request, or a moment after it."""

    def __init__(self) -> None:
        self.server = MastodonServer(posts=6_000, page=400)
        self.deadly_request = -1
        self.delay_seconds = 0.0
        self.requests = 0
        self.lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answer:
        with self.lock:
            self.requests += 1
            is_deadly = self.requests == self.deadly_request
        if is_deadly:
            threading.Thread(target=self.kill).start()
        if asked.path.startswith("/feed/"):
            number = int(asked.path.rpartition("/")[2])
            return Answer(rss(*range(number * 100, number * 100 + 30)))
        return self.server(asked)

    def kill(self) -> None:
        time.sleep(self.delay_seconds)
        kill_children()


def kill_children() -> None:
    for pid in passes():
        os.kill(pid, signal.SIGKILL)


def ids(collector: Collector) -> list[str]:
    return sorted({post.id for post in collector.posts()})


def test_killed_passes_followed_by_another_lose_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    deadly = Deadly()
    with site(deadly) as web:
        board = feed("board", *(f"{web.url}/feed/{number}" for number in range(FEEDS)))
        params = {"timelines": ["public"], "history": "30d"}
        sources = (board, mastodon("m", web.url, params=params))
        undisturbed = Collector(tmp_path / "undisturbed")
        assert all(run.ok for run in undisturbed.run(*sources))
        expected = ids(undisturbed)
        assert len(expected) == 6_000 + FEEDS * 30
        requests = deadly.requests
        struck = 0
        for kill in range(KILLS):
            collector = Collector(tmp_path / f"killed {kill}")
            deadly.requests = 0
            deadly.deadly_request = chance.randint(1, requests)
            deadly.delay_seconds = chance.choice([0, 0.01, 0.05, 0.2])
            runs = collector.run(*sources)
            deadly.deadly_request = -1
            struck += any("SIGKILL" in run.error for run in runs)
            if kill % 2:
                # The one who waits died too, before it remembered anything.
                collector.cursors = {}
            assert all(run.ok for run in collector.run(*sources))
            assert ids(collector) == expected
        assert struck


def test_every_source_of_the_town_survives_kills_at_random_moments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOWN_TOKEN", TOKEN)
    chance = random.Random(11)
    with running(TownSettings(now=TOWN_NOW, days=3, pace=0)) as url:
        sources = example_sources(url.removeprefix("http://"), days=3)
        calm = Collector(tmp_path / "calm")
        began = time.monotonic()
        undisturbed = calm.run(*sources, now=TOWN_NOW)
        whole_pass = time.monotonic() - began
        assert {run.source: run.error for run in undisturbed if not run.ok} == {}
        assert len({run.source for run in undisturbed if run.posts}) >= 10
        struck = 0
        for kill in range(KILLS):
            stormy = Collector(tmp_path / f"killed {kill}")
            killer = threading.Timer(chance.uniform(0.4, 1.0) * whole_pass, kill_children)
            killer.start()
            runs = stormy.run(*sources, now=TOWN_NOW)
            killer.cancel()
            struck += any("SIGKILL" in run.error for run in runs)
            assert all(run.ok for run in stormy.run(*sources, now=TOWN_NOW))
            assert set(ids(stormy)) == set(ids(calm))
        assert struck
