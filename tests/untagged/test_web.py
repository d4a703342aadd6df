"""The cockpit shows what there is, does what is asked, and is afraid of no post."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alerts import book
from alerts.history import history_of
from cases import desk
from tests.alerts.world import firing
from tests.untagged.entered import entered, work_as
from tests.untagged.world import import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
HOSTILE = (
    "Acme is terrible <script>alert(1)</script> <img src=x onerror=alert(2)> {{7*7}} "
    "{% for x in y %} \u202e evil \U0001f600 =1+1 where is my refund?"
)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as opened:
        rows = [
            post(1, "Acme lost my bag, worst service ever. Where is my refund?", NOW - HOUR),
            post(2, "I love my new Acme shoes", NOW - HOUR, author={"handle": "<b>bob</b>"}),
            post(
                3,
                HOSTILE,
                NOW - 2 * HOUR,
                title="<script>alert(3)</script>",
                url="javascript:alert(4)",
                author={"name": "<svg onload=alert(5)>", "url": "data:text/html,x"},
            ),
            "{broken <script>alert(6)</script>",
        ]
        path = import_rows(folder, rows)
        opened.import_file(path, columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        yield opened


HOUR = timedelta(hours=1)


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        yield client


PAGES = [
    "/",
    "/search",
    "/search?q=acme&period=all",
    "/search?q=sentiment:negative&sort=widest",
    "/brands/Acme",
    "/brands/Bolt%20Bank?days=28",
    "/cases",
    "/cases?status=all&team=care&who=nobody&overdue=true",
    "/cases?who=mentioned",
    "/cases?who=watched",
    "/cases/1",
    "/cases/1?template=sorry,%20we%20look%20into%20it",
    "/alerts",
    "/alerts?kind=unanswered",
    "/alerts/1",
    "/silences",
    "/silences?matchers=brand%3DAcme&span=1d&comment=known",
    "/sources",
    "/outbox",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_small_and_locked(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert len(answer.content) < 150_000
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<h1>" in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_no_page_runs_what_a_post_says(browser: TestClient, path: str) -> None:
    page = browser.get(path).text
    scripts = re.findall(r"<script[^>]*>", page)
    assert all(re.fullmatch(r'<script src="/static/[a-z-]+\.js" defer>', one) for one in scripts)
    assert "</script>" not in re.sub(r"(<script[^>]*>)</script>", "", page)
    assert not re.search(r"<(img|svg)[^>]*\son\w+=", page)
    assert 'href="javascript:' not in page
    assert 'href="data:' not in page
    assert not re.search(r"\bstyle=", page)


def test_post_text_is_shown_as_it_was_written(browser: TestClient) -> None:
    page = browser.get("/search?q=terrible&period=all").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{7*7}}" in page
    assert "<mark>terrible</mark>" in page


def test_a_wrong_query_is_pointed_at(browser: TestClient) -> None:
    answer = browser.get("/search", params={"q": "sentimnt:negative"})
    assert answer.status_code == 400
    assert "sentiment" in answer.text
    assert "^^^" in answer.text


def test_a_broken_link_to_older_results_says_so(browser: TestClient) -> None:
    answer = browser.get("/search", params={"q": "acme", "cursor": "nonsense"})
    assert answer.status_code == 400
    assert "search again" in answer.text


def test_facets_narrow_down(browser: TestClient) -> None:
    page = browser.get("/search?q=acme&period=all").text
    assert "sentiment%3A%22negative%22" in page


@pytest.mark.parametrize("path", ["/", "/alerts"])
def test_newer_alerts_do_not_hide_one_that_is_worse(tmp_path: Path, path: str) -> None:
    with open_pipeline(settings_file(tmp_path)) as opened:
        with opened.begin() as connection:
            for number in range(120):
                worst = firing(
                    key=f"spike:x:Acme:{number}",
                    severity=1 if number == 0 else 3,
                    reason="the worst of all" if number == 0 else "a small one",
                )
                at = NOW - 2 * HOUR + timedelta(seconds=number)
                book.record(connection, worst, repeat=HOUR, now=at)
        with entered(opened) as client:
            page = client.get(path).text
    assert "the worst of all" in page
    assert page.count("a small one") < 120


def test_many_alerts_are_shown_page_by_page(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path)) as opened:
        with opened.begin() as connection:
            for number in range(45):
                one = firing(key=f"spike:x:Acme:{number}", reason=f"number {number:02}.")
                book.record(connection, one, repeat=HOUR, now=NOW - HOUR)
        with entered(opened) as client:
            found = re.findall(r"number \d\d\.", client.get("/alerts").text)
            assert len(set(found)) == 20
            first, second = (
                set(
                    re.findall(r"number \d\d\.", client.get(f"/alerts?status=firing&page={n}").text)
                )
                for n in (1, 2)
            )
            assert (len(first), len(second)) == (40, 5)
            assert not first & second
            assert "None." in client.get("/alerts?status=resolved&page=9").text


@pytest.mark.parametrize(
    "path",
    ["/alerts/{}", "/incidents/{}", "/incidents/{}/status", "/silences/{}", "/outbox/{}/drop"],
)
def test_a_number_that_no_database_holds_is_refused(browser: TestClient, path: str) -> None:
    for number in (2**31, 10**25):
        answer = browser.post(path.format(number), data={"do": "end"})
        if answer.status_code == 405:
            answer = browser.get(path.format(number))
        assert answer.status_code == 422


def test_an_incident_is_not_merged_into_a_number_that_is_none(browser: TestClient) -> None:
    for to in ("9" * 25, "9" * 5_000):
        answer = browser.post("/incidents/1", data={"do": "merge", "version": "1", "to": to})
        assert "is nothing that one can do" in answer.text


@pytest.mark.parametrize("path", ["/brands/Nobody", "/cases/99999", "/alerts/99999", "/nothing"])
def test_what_is_not_there_is_told(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "That did not work" in answer.text


@pytest.mark.parametrize("days", [1, 7, 28])
def test_the_chart_is_a_picture_without_anything_from_elsewhere(
    browser: TestClient, days: int
) -> None:
    answer = browser.get(f"/brands/Acme/volume.svg?days={days}&theme=dark")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert not re.search(r'(href|src)="http', answer.text)


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def test_a_case_is_worked_and_the_trail_says_by_whom(
    browser: TestClient, pipeline: Pipeline
) -> None:
    work_as(browser, "ben")
    for do, extra in (
        ("note", {"text": "called <b>them</b>"}),
        ("assign", {"to": "care/ben"}),
        ("reply", {}),
        ("snooze", {"to": "4h"}),
        ("resolve", {}),
        ("reopen", {}),
    ):
        version = version_of(browser.get("/cases/1").text)
        answer = browser.post("/cases/1", data={"do": do, "version": version, **extra})
        assert answer.status_code == 200, (do, answer.text)
    with pipeline.begin() as connection:
        file = desk.show_case(connection, 1)
    assert {entry.actor for entry in file.audit[-5:]} == {"ben"}
    assert "called &lt;b&gt;them&lt;/b&gt;" in browser.get("/cases/1").text


def test_a_page_that_is_out_of_date_changes_nothing(browser: TestClient) -> None:
    answer = browser.post("/cases/1", data={"do": "resolve", "version": "0"})
    assert answer.status_code == 409


def test_an_unknown_action_is_refused(browser: TestClient) -> None:
    version = version_of(browser.get("/cases/1").text)
    answer = browser.post("/cases/1", data={"do": "explode", "version": version})
    assert "nothing that one can do" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_another_site_cannot_change_anything(browser: TestClient, headers: dict[str, str]) -> None:
    answer = browser.post("/cases/1", data={"do": "resolve", "version": "0"}, headers=headers)
    assert answer.status_code == 403


def test_a_name_that_is_not_ours_is_refused(browser: TestClient) -> None:
    assert browser.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere(browser: TestClient, back: str) -> None:
    answer = browser.get("/login", params={"to": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_the_quarantine_is_shown(browser: TestClient) -> None:
    page = browser.get("/sources").text
    assert "no JSON" in page or "JSON" in page
    assert "&lt;script&gt;alert(6)" in page


def test_an_alert_leads_to_its_posts(browser: TestClient) -> None:
    page = browser.get("/alerts?kind=unanswered").text
    found = re.search(r'href="(/search[^"]+)">See the posts', page)
    assert found
    posts = browser.get(html.unescape(found.group(1)))
    assert posts.status_code == 200
    assert "lost my bag" in posts.text


def test_an_alert_is_taken_on_handed_over_closed_and_each_undone(
    browser: TestClient, pipeline: Pipeline
) -> None:
    number = re.search(r'action="/alerts/(\d+)"', browser.get("/alerts?kind=unanswered").text)
    assert number
    path = f"/alerts/{number.group(1)}"
    work_as(browser, "ben")
    for do, extra, shown in (
        ("acknowledge", {"text": "on <b>it</b>"}, "on &lt;b&gt;it&lt;/b&gt;"),
        ("assign", {"to": "ana"}, "to ana"),
        ("unacknowledge", {}, "nobody yet"),
        ("resolve", {"text": "fixed"}, "Reopen"),
        ("reopen", {}, "Acknowledge"),
    ):
        page = browser.post(path, data={"do": do, **extra})
        assert page.status_code == 200, (do, page.text)
        assert shown in page.text
    with pipeline.read() as connection:
        lines = history_of(connection, int(number.group(1)))
    assert {line.who for line in lines[-5:]} == {"ben"}


def test_an_alert_is_acknowledged_once(browser: TestClient) -> None:
    page = browser.get("/alerts?kind=unanswered").text
    found = re.search(r'action="(/alerts/\d+)"', page)
    assert found
    assert browser.post(found.group(1), data={"do": "acknowledge"}).status_code == 200
    again = browser.post(found.group(1), data={"do": "acknowledge"})
    assert again.status_code == 409
    assert "has acknowledged" in again.text
    assert browser.post(found.group(1), data={"do": "unacknowledge"}).status_code == 200
    assert "nothing that one can do" in browser.post(found.group(1), data={"do": "explode"}).text


def test_an_alert_is_silenced_and_told_of_again_at_one_click(browser: TestClient) -> None:
    page = browser.post("/alerts/1", data={"do": "silence", "to": "1h", "text": "known <i>bug</i>"})
    assert "known &lt;i&gt;bug&lt;/i&gt;" in page.text
    path = re.search(r'action="(/silences/\d+)"', page.text)
    assert path
    extended = browser.post(path.group(1), data={"do": "extend", "span": "1d"})
    assert "ends <time" in extended.text
    ended = browser.post(path.group(1), data={"do": "end"})
    assert path.group(1) not in ended.text
    assert browser.post(path.group(1), data={"do": "end"}).status_code == 409


def test_a_silence_is_tried_before_it_is_made(browser: TestClient) -> None:
    asked = {"matchers": "brand=Acme\nkind=~unans.*", "span": "4h", "comment": "known"}
    preview = browser.get("/silences", params=asked)
    assert "It would match 1 open alert now" in preview.text
    made = browser.post("/silences", data=asked)
    assert "brand=&#34;Acme&#34;" in made.text
    path = re.search(r'action="(/silences/\d+)"', made.text)
    assert path
    browser.post(path.group(1), data={"do": "end"})
    wrong = browser.get("/silences", params={"matchers": "colour=red"})
    assert wrong.status_code == 400
    assert "cannot be matched" in wrong.text


def test_it_is_alive(browser: TestClient) -> None:
    assert browser.get("/healthz").json() == {"status": "ok"}


def test_times_carry_their_exact_utc(browser: TestClient) -> None:
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', browser.get("/").text)
