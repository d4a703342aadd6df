"""A source that falls silent is told once, and what it feeds is called uncertain, not low."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.book import Alert, list_alerts
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Site
from tests.untagged.entered import entered
from untagged.pipeline import Pipeline
from untagged.web import page
from untagged.wiring import open_pipeline

HOUR = timedelta(hours=1)
SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///ops.db
journal: journal
brands: [{{name: Acme, query: acme}}]
sources:
  - {{name: board, spider: feed, allow_private: true, delay_seconds: 0, every: 1h,
      params: {{urls: ['{url}/feed']}}}}
channels: [{{name: chat, url: 'json://127.0.0.1:9/nobody-listens'}}]
rules: [{{name: silence, kind: flatline, after: 2h, severity: 3, notify: [chat]}}]
"""
ITEM = """<item><guid>{number}</guid><title>Acme again</title><link>https://board.example/{number}</link>
<pubDate>Sun, 22 Feb 2026 {hour:02}:00:00 GMT</pubDate></item>"""


@pytest.fixture
def board() -> Iterator[Site]:
    items = "".join(ITEM.format(number=number, hour=7 + number) for number in range(4))
    feed = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    with Site(lambda _: Answer(feed), robots="").running() as site:
        yield site


@pytest.fixture
def pipeline(board: Site, tmp_path: Path) -> Iterator[Pipeline]:
    path = tmp_path / "untagged.yaml"
    path.write_text(SETTINGS.format(url=board.url), encoding="utf-8")
    with open_pipeline(path) as opened:
        opened.collect(now=NOW)
        opened.process(now=NOW)
        yield opened


def told(pipeline: Pipeline) -> list[Alert]:
    with pipeline.read() as connection:
        return list_alerts(connection, kinds=("flatline",))


def test_silence_is_told_once_with_its_reason_and_ends_when_the_source_is_back(
    pipeline: Pipeline, board: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = board.answering
    board.answering = lambda _: Answer(status=403)
    for hours in (1, 2, 3):
        pipeline.collect(now=NOW + hours * HOUR)
        pipeline.respond(now=NOW + hours * HOUR)
    for minutes in (1, 2):
        pipeline.respond(now=NOW + 3 * HOUR + timedelta(minutes=minutes))
    (alert,) = told(pipeline)
    assert alert.started_at >= NOW + 2 * HOUR
    assert alert.reason.startswith("source board is silent: failed")
    assert alert.notifications == 1

    monkeypatch.setattr(page, "clock_now", lambda: NOW + 3 * HOUR)
    monkeypatch.setattr("untagged.web.brands.clock_now", lambda: NOW + 3 * HOUR)
    with entered(pipeline) as browser:
        shown = browser.get("/brands/Acme").text
        assert 'source <strong dir="auto">board</strong>, which brought 100' in shown
        assert "Hatched is what is uncertain" in shown
        assert "<svg" in browser.get("/brands/Acme/volume.svg").text
        alerts = browser.get("/alerts?kind=flatline").text
        assert "source board is silent" in alerts

    board.answering = heard
    for hours in (4, 5):
        pipeline.collect(now=NOW + hours * HOUR)
        pipeline.respond(now=NOW + hours * HOUR)
    assert [one.status for one in told(pipeline)] == ["resolved"]


def test_a_source_that_only_fails_rests_and_one_that_is_named_is_asked_at_once(
    pipeline: Pipeline, board: Site
) -> None:
    board.answering = lambda _: Answer(status=403)
    for hours in (1, 2, 3):
        assert pipeline.collect(now=NOW + hours * HOUR, due_only=True)
    soon = NOW + 3 * HOUR + timedelta(minutes=61)
    (listened,) = pipeline.sources(now=soon)
    assert listened.state == "resting"
    asked = len(board.asked)
    assert pipeline.collect(now=soon - timedelta(minutes=30), due_only=True) == []
    assert len(board.asked) == asked
    assert pipeline.collect(["board"], now=soon)
    assert len(board.asked) > asked
