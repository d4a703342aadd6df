"""The cockpit shows what changed in a spike, harmlessly, and draws it in the reader's time."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from alerts import outbox
from mentions.series import Series
from tests.untagged.entered import entered
from tests.untagged.world import HOUR, MINUTE, import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.web.charts import usual_per
from untagged.web.spikes import known_zone
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
QUARTER = 15 * MINUTE
HOSTILE = "<script>alert(1)</script> the Acme app is down, terrible {{7*7}} \u202e <img src=x>"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    calm = [
        post(f"calm{n}", f"my Acme parcel is late again, awful, {n}", NOW - DAY - n * 3 * HOUR)
        for n in range(60)
    ]
    burst = [
        post(f"b{n}", f"the Acme app is down in shop {n}, terrible", NOW - HOUR + n * 2 * MINUTE)
        for n in range(24)
    ]
    author = {"handle": "<b>star</b>", "followers": 70_000}
    burst.append(post("hostile", HOSTILE, NOW - 40 * MINUTE, author=author))
    with open_pipeline(settings_file(folder)) as opened:
        path = import_rows(folder, calm + burst)
        opened.import_file(path, columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        yield opened


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        yield client


def test_the_list_of_notifications_draws_no_chart(
    browser: TestClient, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn(_chart: object) -> bytes:
        raise AssertionError("a picture that nobody sees was drawn")

    with pipeline.read() as connection:
        letters = outbox.letters(connection)
    told = [
        one for letter in letters for one in (letter.payload, *letter.payload.get("alerts", ()))
    ]
    assert any(one.get("chart") for one in told)
    monkeypatch.setattr("alerts.messages.png", drawn)
    assert browser.get("/outbox").status_code == 200


def test_a_spike_of_before_anybody_listened_is_not_there(browser: TestClient) -> None:
    for page in ("spike", "spike.svg"):
        answer = browser.get(f"/brands/Acme/{page}?signal=negative&began=0001-01-01")
        assert answer.status_code == 404


def spike_page(browser: TestClient) -> str:
    found = re.search(r'href="(/brands/Acme/spike\?[^"]+)"', browser.get("/brands/Acme").text)
    assert found
    return html.unescape(found.group(1))


def test_a_firing_alert_shows_its_words_its_shares_and_its_posts(browser: TestClient) -> None:
    page = browser.get("/brands/Acme").text
    assert "<details open><summary>What changed</summary>" in page
    assert re.search(r'class="chip"[^>]*><bdi>[^<]*app[^<]*</bdi> \d+</a>', page)
    assert "25 posts by 25 authors" in page
    assert "The widest: 70,000 may have seen it" in page
    assert '<img data-zoned src="/brands/Acme/spike.svg?signal=negative' in page


@pytest.mark.parametrize("which", ["brand", "spike"])
def test_hostile_posts_are_shown_and_run_nothing(browser: TestClient, which: str) -> None:
    page = browser.get("/brands/Acme" if which == "brand" else spike_page(browser)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{7*7}}" in page
    assert "@&lt;b&gt;star&lt;/b&gt;" in page
    scripts = re.findall(r"<script[^>]*>", page)
    assert scripts == [f'<script src="/static/{one}.js" defer>' for one in ("words", "local-times")]
    assert not re.search(r"\sstyle=|\son\w+=", page)


def test_the_page_of_a_spike_tells_what_its_chart_shows_in_words_and_numbers(
    browser: TestClient,
) -> None:
    page = browser.get(spike_page(browser)).text
    assert "25 negative mentions" in page
    assert re.search(r'alt="Negative mentions of Acme: at most \d+ negative mentions', page)
    counted = re.findall(r"UTC</time></td><td class=\"number\">(\d+)</td>", page)
    assert len(counted) > 100
    assert max(map(int, counted)) >= 20


def test_a_spike_without_an_alert_is_explained_as_well(browser: TestClient) -> None:
    began = (NOW - 3 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = browser.get("/brands/Acme/spike", params={"signal": "all", "began": began})
    assert answer.status_code == 200
    assert "no spike begins then" in answer.text
    quiet = browser.get("/brands/Bolt%20Bank/spike", params={"signal": "all", "began": began})
    assert quiet.status_code == 200
    assert "nothing to compare with" in quiet.text


@pytest.mark.parametrize(
    ("brand", "signal", "began"),
    [
        ("Nobody", "all", "2026-03-01T00:00:00Z"),
        ("Acme", "moon", "2026-03-01T00:00:00Z"),
        ("Acme", "all", "<script>"),
        ("Acme", "all", "0001-01-01T00:00:00+14:00"),
    ],
)
@pytest.mark.parametrize("page", ["spike", "spike.svg"])
def test_what_is_no_spike_is_not_found(
    browser: TestClient, page: str, brand: str, signal: str, began: str
) -> None:
    answer = browser.get(f"/brands/{brand}/{page}", params={"signal": signal, "began": began})
    assert answer.status_code == 404
    assert "<script>" not in answer.text.split("That did not work")[1]


def test_the_chart_is_a_picture_in_the_readers_time(browser: TestClient) -> None:
    address = spike_page(browser).replace("/spike?", "/spike.svg?")
    answer = browser.get(f"{address}&zone=Asia/Kolkata&theme=dark")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "time (Asia/Kolkata)" in answer.text
    assert not re.search(r'(href|src)="http', answer.text)
    assert "time (Asia/Kolkata)" in browser.get("/brands/Acme/volume.svg?zone=Asia/Kolkata").text
    assert "time (UTC)" in browser.get(f"{address}&zone=Moon/Base").text


@pytest.mark.parametrize("name", ["", "Moon/Base", "../../etc/passwd", "/etc", "a\x00b", "x" * 999])
def test_a_zone_that_nobody_knows_is_utc(name: str) -> None:
    assert known_zone(name) == "UTC"


def test_what_is_usual_in_a_day_is_a_days_expectation() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    fine = Series("Acme", "all", start, QUARTER, (1,) * 96 * 28)
    days = Series("Acme", "all", start + 21 * DAY, DAY, (96,) * 7 + (40,))
    usual = usual_per(fine, days)
    assert [one.start for one in usual] == [start + (21 + n) * DAY for n in range(7)]
    assert all(one.low <= one.expected <= one.high for one in usual)
    assert usual[-1].expected == pytest.approx(96, rel=0.05)
