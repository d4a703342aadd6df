"""The team page: what the command line tells of response times, work and surveys, at a glance."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from cases import desk, survey
from tests.untagged.entered import entered
from tests.untagged.world import import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

MINUTE = timedelta(minutes=1)
SECRET = "a secret that is long enough for it"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    now = datetime.now(UTC)  # of this moment: what waits is missed in ten minutes
    with open_pipeline(settings_file(folder)) as opened:
        words = "@acme how many <b>bags</b> may I take on board?"
        rows = [post(number, words, now - 50 * MINUTE) for number in range(3)]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=now)
        opened.process(now=now)
        opened.respond(now=now - 30 * MINUTE)
        with opened.begin() as connection:
            first, *_ = desk.list_cases(connection)
            at = now - 20 * MINUTE
            desk.record_reply(connection, first.id, at=at, now=at, actor="ana")
            desk.resolve(connection, first.id, now=at, actor="ana")
            token = survey.ask(
                connection, first.id, secret=SECRET, valid=timedelta(days=1), now=at, actor="ana"
            )
            survey.answer(connection, token, score=4, comment="", secret=SECRET, now=at)
        yield opened


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        yield client


def cells(page: str, section: str) -> list[list[str]]:
    """The rows of a section's table, as its readers see them."""
    _, _, behind = page.partition(f'<h2 id="{section}">')
    body = behind.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [_plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).replace("\xa0", " ").replace("\u202f", " ")


def test_the_page_says_how_fast_each_team_was_and_all_together(browser: TestClient) -> None:
    rows = cells(browser.get("/team").text, "answers")
    assert [row[0] for row in rows] == ["care", "all"]
    assert rows[0][1:6] == ["3", "1", "0%", "100%", "30 min (30 min)"]


def test_the_page_says_who_has_how_much_and_who_is_there(browser: TestClient) -> None:
    rows = cells(browser.get("/team").text, "work")
    assert [row[:2] for row in rows] == [["care", "ana"], ["care", "ben"], ["crisis", "farah"]]
    assert sum(int(row[2]) for row in rows) == 2
    assert {row[5] for row in rows} == {"yes"}


def test_the_page_says_how_satisfied_people_were(browser: TestClient) -> None:
    rows = cells(browser.get("/team").text, "surveys")
    assert rows[0] == ["care", "all", "1", "1", "100%", "4.0"]


def test_the_page_shows_the_words_of_questions_as_words(browser: TestClient) -> None:
    page = browser.get("/team").text
    assert "&lt;b&gt;bags&lt;/b&gt;" in page
    assert "<b>bags" not in page


def test_what_is_asked_for_in_vain_shows_the_usual(browser: TestClient) -> None:
    page = browser.get("/team?days=4&by=moon").text
    assert "<option selected>7</option>" in page
    assert '<option value="team" selected>team</option>' in page
    assert cells(browser.get("/team?by=agent").text, "answers")[0][0] in ("ana", "ben")
