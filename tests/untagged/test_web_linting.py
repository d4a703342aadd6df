"""The piece of a page under the search bar: what a query would find, and that it costs little."""

import contextlib
import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from mentions.mention import Author, Mention
from tests.untagged.entered import entered
from tests.untagged.world import mention, settings_file
from untagged.web import linting
from untagged.web.page import excerpt
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> {{7*7}} my grudge"


def few_posts() -> list[Mention]:
    texts = ["Heron Air lost my bag"] * 4 + ["a heron flew through the air"] * 8 + ["late"] * 12
    found = [mention(n, text, NOW - timedelta(hours=n)) for n, text in enumerate(texts)]
    author = Author(name="<svg onload=alert(3)>")
    old = NOW - timedelta(days=20)
    return [*found, mention(99, HOSTILE, old, title="<b>title</b>", author=author)]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"))) as pipeline:
        pipeline.store.upsert(few_posts())
        with entered(pipeline) as client:
            yield client


def piece(browser: TestClient, query: str, period: str = "all") -> str:
    answer = browser.get("/search/lint", params={"q": query, "period": period})
    assert answer.status_code == 200, answer.text
    assert "<html" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def test_it_tells_the_number_what_looks_wrong_and_the_newest(browser: TestClient) -> None:
    said = piece(browser, "heron air")
    assert "Would find <strong>12</strong> of 25 mentions, all time" in said
    assert "heron air finds 12 posts with both words anywhere" in said
    assert 'data-query="&#34;heron air&#34;"' in said
    assert said.count("<article>") == 3
    assert "<mark>Heron</mark> <mark>Air</mark> lost my bag" in said


def test_the_suggestion_leaves_the_rest_of_the_query_as_it_is(browser: TestClient) -> None:
    said = html.unescape(piece(browser, "title:heron OR heron  air OR late"))
    assert 'data-query="title:heron OR "heron air" OR late"' in said


@pytest.mark.parametrize(
    ("period", "found"), [("7d", "0</strong> of 24"), ("all", "1</strong> of 25")]
)
def test_only_the_period_is_looked_at(browser: TestClient, period: str, found: str) -> None:
    assert found in piece(browser, "grudge", period)


def test_an_unknown_period_is_the_default(browser: TestClient) -> None:
    assert "last 7d" in piece(browser, "late", "3 moons")


def test_a_query_that_cannot_be_read_is_answered_with_the_place(browser: TestClient) -> None:
    said = piece(browser, "sentimnt:negative bus")
    assert 'class="note bad" id="error"' in said
    assert "sentimnt:negative bus\n" in said
    assert '<span class="caret">^^^^^^^^</span>' in said
    assert 'data-query="sentiment:negative bus"' in said


@pytest.mark.parametrize(
    "query", ['"lost ba', "late AND", "(late OR bus", "sentiment:neg", "lang:"]
)
def test_what_is_not_finished_raises_no_alarm(browser: TestClient, query: str) -> None:
    said = piece(browser, query)
    assert 'class="note hint"' in said
    assert 'class="caret"' in said
    assert 'id="error"' not in said


def test_nothing_that_a_post_or_a_query_says_is_markup(browser: TestClient) -> None:
    for query in ("grudge", '"<script>grudge</script>" OR grudge', 'lang:"<script>', "<script>"):
        said = piece(browser, query)
        for markup in ("<script", "<img", "<svg", "<b>"):
            assert markup not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in piece(browser, "grudge")
    assert "{{7*7}}" in piece(browser, "grudge")


def test_once_it_is_enough_the_number_is_all_that_is_told(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linting, "ENOUGH_SECONDS", 0.0)
    said = piece(browser, "heron air")
    assert "Would find <strong>12</strong>" in said
    assert "not every word was looked at" in said
    assert "both words anywhere" not in said


def test_while_enough_others_are_looked_at_it_asks_to_try_again(browser: TestClient) -> None:
    with contextlib.ExitStack() as others:
        while linting.AT_ONCE.acquire(blocking=False):
            others.callback(linting.AT_ONCE.release)
        answer = browser.get("/search/lint", params={"q": "heron"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "never closed" in piece(browser, '"heron')
    piece(browser, "heron")


def test_a_look_that_failed_makes_room_for_the_next(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path)) as pipeline:
        (tmp_path / "mentions.db").unlink()
        (tmp_path / "mentions.db").write_text("no database " * 1000)
        with entered(pipeline) as browser:
            seen = {browser.get("/search/lint?q=heron").status_code for _ in range(5)}
    assert seen == {500}


@given(text=st.text(max_size=600), most=st.integers(8, 300), data=st.data())
def test_an_excerpt_holds_the_first_words_that_were_found(
    text: str, most: int, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    said, within = excerpt(text, spans, most=most)
    assert len(said) <= most + 2
    for (start, end), (left, right) in zip(spans, within, strict=False):
        assert text[start:end].startswith(said[left:right])
    assert bool(within) == bool(spans)
    if len(text) <= most:
        assert (said, within) == (text, spans)
