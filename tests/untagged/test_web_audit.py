"""The audit page: the accounts' trail, newest first, each line once however one pages."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.untagged.entered import entered
from tests.untagged.world import settings_file
from untagged.accounts import book
from untagged.accounts.book import By
from untagged.accounts.trail import note_down
from untagged.pipeline import Pipeline
from untagged.web import audit
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path)) as opened:
        yield opened


@pytest.fixture
def boss(pipeline: Pipeline) -> TestClient:
    return entered(pipeline, name="boss")


def noted(pipeline: Pipeline, *actions: str) -> None:
    with pipeline.begin() as connection:
        for action in actions:
            note_down(connection, action, at=NOW, actor="x", user_id=None)


def test_paging_shows_each_line_once_though_more_are_written(
    pipeline: Pipeline, boss: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "LINES", 3)
    noted(pipeline, *(f"deed-{number}" for number in range(8)))
    seen, where = list[str](), "/admin/audit"
    while where:
        page = boss.get(where).text
        seen += re.findall(r"deed-\d", page)
        noted(pipeline, "meanwhile")
        older = re.search(r'href="([^"]*)" rel="next"', page)
        where = older[1].replace("&amp;", "&") if older else ""
    assert seen == [f"deed-{number}" for number in reversed(range(8))]


def test_the_trail_of_one_user_is_about_them_alone(pipeline: Pipeline, boss: TestClient) -> None:
    by = By("boss", NOW, "203.0.113.9")
    with pipeline.begin() as connection:
        ana = book.add_user(connection, "ana", role="agent", by=by, brands=["Acme", "Bolt Bank"])
        book.add_user(connection, "ben", role="agent", by=by, full_name="Ben of Nowhere")
        book.set_role(connection, ana, "lead", by=by)
    everybody = boss.get("/admin/audit").text
    assert "Ben of Nowhere" in everybody
    page = boss.get("/admin/audit?user=ana").text
    assert "Ben of Nowhere" not in page
    assert "role: agent → lead" in page
    assert "brands: Acme, Bolt Bank" in page
    assert "203.0.113.9" in page
    assert page.index("agent → lead") < page.index("brands: Acme"), "the newest is first"


def test_what_the_trail_quotes_is_text(pipeline: Pipeline, boss: TestClient) -> None:
    with pipeline.begin() as connection:
        by = By(HOSTILE, NOW)
        book.add_user(connection, "<b>ana</b>", role="agent", by=by, full_name=HOSTILE)
    page = boss.get("/admin/audit").text
    assert HOSTILE not in page
    assert "<b>" not in page
    assert page.count("&lt;script&gt;") == 2


def test_a_list_is_escaped_once_and_no_more(pipeline: Pipeline, boss: TestClient) -> None:
    by = By("boss", NOW)
    with pipeline.begin() as connection:
        ana = book.add_user(connection, "ana", role="agent", by=by, brands=["Fish & Chips"])
        book.set_scope(connection, ana, brands=["Salt & Co", "Fish & Chips"], teams=[], by=by)
    page = boss.get("/admin/audit?user=ana").text
    assert "brands: Fish &amp; Chips → Fish &amp; Chips, Salt &amp; Co" in page
    assert "brands: Fish &amp; Chips<" in page
    assert "&amp;amp;" not in page


@pytest.mark.parametrize(
    ("query", "status"), [("user=nobody", 404), ("before=0", 422), ("before=99999999999999", 422)]
)
def test_a_page_that_there_is_not_is_told_of(boss: TestClient, query: str, status: int) -> None:
    assert boss.get(f"/admin/audit?{query}").status_code == status


def test_a_page_stays_small_however_long_the_trail_is(boss: TestClient, pipeline: Pipeline) -> None:
    noted(pipeline, *["deed"] * 500)
    assert len(boss.get("/admin/audit").text) < 50_000
