"""What lies outside somebody's brands and teams is as if it were not there."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alerts.book import list_alerts
from alerts.incident_listing import list_incidents
from cases import desk
from tests.untagged.entered import entered
from tests.untagged.incident_world import crisis, decide
from tests.untagged.world import import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
OURS, THEIRS = "where is my blue umbrella", "where is my green bicycle"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as opened:
        rows = [
            post(1, f"Acme lost my bag, worst service ever, {OURS}?", NOW - HOUR),
            post(2, f"Bolt Bank lost my money, worst service ever, {THEIRS}?", NOW - HOUR),
            "{broken <b>bicycle</b>",
        ]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        for brand in ("Acme", "Bolt Bank"):
            key = f"crisis:crisis:{brand}:negative"
            decide(opened, crisis(NOW, NOW - HOUR, brand=brand, key=key), now=NOW)
        yield opened


@pytest.fixture
def of_acme(pipeline: Pipeline) -> TestClient:
    """A lead who sees one brand."""
    return entered(pipeline, name="lena", role="lead", brands=("Acme",))


@pytest.fixture
def ana(pipeline: Pipeline) -> TestClient:
    """An agent of the team that has the cases of Acme."""
    return entered(pipeline, name="ana", role="agent")


def numbers(pipeline: Pipeline, what: str) -> dict[str, int]:
    """Of each brand the number of its case, alert or incident."""
    with pipeline.read() as connection:
        if what == "cases":
            found = [(one.brand, one.id) for one in desk.list_cases(connection)]
        elif what == "alerts":
            found = [(one.brand, one.id) for one in list_alerts(connection)]
        else:
            found = [(one.brand, one.id) for one in list_incidents(connection)]
    return dict(reversed(found))


@pytest.mark.parametrize("what", ["cases", "alerts", "incidents"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_seen_is_answered_like_what_is_not_there(
    pipeline: Pipeline, of_acme: TestClient, what: str, method: str
) -> None:
    known = numbers(pipeline, what)
    form = {"do": "note", "text": "hello", "version": "1"}
    sent = form if method == "POST" else None
    there = of_acme.request(method, f"/{what}/{known['Acme']}", data=sent)
    assert there.status_code != 404
    hidden = of_acme.request(method, f"/{what}/{known['Bolt Bank']}", data=sent)
    nowhere = of_acme.request(method, f"/{what}/99999", data=sent)
    assert (hidden.status_code, nowhere.status_code) == (404, 404)
    words = [re.findall(r'role="alert">(.*?)</p>', one.text) for one in (hidden, nowhere)]
    assert words[0] == [words[1][0].replace("99999", str(known["Bolt Bank"]))]


@pytest.mark.parametrize(
    "path",
    ["/", "/cases?status=all", "/alerts", "/incidents", "/search?q=*&period=all", "/sources"],
)
def test_no_list_shows_another_brand(pipeline: Pipeline, of_acme: TestClient, path: str) -> None:
    page = of_acme.get(path).text
    assert "Bolt Bank" not in page
    assert "bicycle" not in page
    everything = entered(pipeline, name="all", role="admin").get(path).text
    assert "Bolt Bank" in everything or "bicycle" in everything


@pytest.mark.parametrize(
    "path", ["/brands/Bolt%20Bank", "/brands/Bolt%20Bank/volume.svg", "/brands/Bolt%20Bank/spike"]
)
def test_another_brand_has_no_page(of_acme: TestClient, path: str) -> None:
    assert of_acme.get(path, params={"signal": "all", "began": NOW.isoformat()}).status_code == 404


@pytest.mark.parametrize(
    "query", ['brand:"Bolt Bank"', "bicycle", "NOT umbrella", "bicycle OR umbrella", "*"]
)
def test_no_search_finds_another_brand(of_acme: TestClient, query: str) -> None:
    for path in ("/search", "/search/lint"):
        page = of_acme.get(path, params={"q": query, "period": "all"}).text
        assert "my money" not in page
        assert "green bicycle" not in page


def test_a_search_counts_what_is_seen(of_acme: TestClient) -> None:
    page = of_acme.get("/search/lint", params={"q": "bicycle", "period": "all"}).text
    assert "occurs in none of 1 posts" in page


def test_an_agent_sees_the_cases_of_own_teams(pipeline: Pipeline, ana: TestClient) -> None:
    known = numbers(pipeline, "cases")
    page = ana.get("/cases?status=all").text
    assert "umbrella" in page
    assert "bicycle" not in page
    assert ana.get(f"/cases/{known['Acme']}").status_code == 200
    for path in ("", "/check", "/replies", "/survey"):
        form = {"text": "x", "do": "note", "version": "1"}
        assert ana.post(f"/cases/{known['Bolt Bank']}{path}", data=form).status_code == 404
    stranger = entered(pipeline, name="zoe", role="agent")
    assert "umbrella" not in stranger.get("/cases?status=all").text


def test_counts_are_of_what_is_seen(pipeline: Pipeline, ana: TestClient) -> None:
    with pipeline.read() as connection:
        everything = desk.count_cases(connection, now=NOW)
        own = desk.count_cases(connection, now=NOW, teams={"care"})
        nothing = desk.count_cases(connection, now=NOW, teams=set())
    assert 0 < own["open"] < everything["open"]
    assert nothing == {"overdue": 0, "unassigned": 0}
    assert f"{own['open']} open" in ana.get("/").text


def test_who_hands_a_case_over_to_others_is_back_in_the_inbox(pipeline: Pipeline) -> None:
    ben = entered(pipeline, name="ben", role="agent", follow_redirects=False)
    number = numbers(pipeline, "cases")["Acme"]

    def assigned(client: TestClient, to: str) -> str:
        with pipeline.read() as connection:
            version = desk.show_case(connection, number).case.version
        form = {"do": "assign", "to": to, "version": version}
        return client.post(f"/cases/{number}", data=form).headers["location"]

    assert assigned(ben, "care/ben") == f"/cases/{number}"
    assert assigned(ben, "crisis/farah") == "/cases"
    assert ben.get(f"/cases/{number}").status_code == 404
    lead = entered(pipeline, name="lead", role="lead", follow_redirects=False)
    assert assigned(lead, "care/ana") == f"/cases/{number}"


def test_only_who_may_silence_does_so_from_an_alert(
    pipeline: Pipeline, of_acme: TestClient, ana: TestClient
) -> None:
    path = f"/alerts/{numbers(pipeline, 'alerts')['Acme']}"
    form = {"do": "silence", "to": "1h"}
    assert 'value="silence"' not in ana.get(path).text
    assert ana.post(path, data=form).status_code == 403
    assert of_acme.post(path, data={**form, "scope": "rule"}).status_code == 403
    assert of_acme.post(path, data={**form, "scope": "brand"}).status_code == 200


def test_a_reply_of_a_case_that_is_not_seen_is_not_there(
    pipeline: Pipeline, ana: TestClient
) -> None:
    number = numbers(pipeline, "cases")["Bolt Bank"]
    admin = entered(pipeline, name="all", role="admin")
    admin.post(f"/cases/{number}/replies", data={"text": "On our way"})
    with pipeline.read() as connection:
        (reply,) = desk.replies_of(connection, number)
    hidden = ana.post(f"/replies/{reply.id}", data={"do": "withdraw"})
    assert hidden.status_code == 404
    assert f"there is no reply {reply.id}" in hidden.text


def test_an_incident_is_not_merged_into_one_that_is_not_seen(
    pipeline: Pipeline, of_acme: TestClient
) -> None:
    known = numbers(pipeline, "incidents")
    form = {"do": "merge", "to": known["Bolt Bank"], "version": "1"}
    answer = of_acme.post(f"/incidents/{known['Acme']}", data=form)
    assert answer.status_code == 404
    assert f"there is no incident {known['Bolt Bank']}" in answer.text


def test_many_at_once_are_those_that_are_seen(pipeline: Pipeline, of_acme: TestClient) -> None:
    known = numbers(pipeline, "cases")
    with pipeline.read() as connection:
        versions = {one.id: one.version for one in desk.list_cases(connection)}
    ticked = [f"{number}:{versions[number]}" for number in known.values()]
    of_acme.post("/bulk", data={"do": "tag", "tags": "seen", "case": ticked})
    with pipeline.read() as connection:
        tags = {one.brand: one.tags for one in desk.list_cases(connection)}
    assert "seen" in tags["Acme"]
    assert "seen" not in tags["Bolt Bank"]


def test_nobody_is_told_who_is_at_a_case_that_is_not_seen(
    pipeline: Pipeline, of_acme: TestClient
) -> None:
    known = numbers(pipeline, "cases")
    with pipeline.begin() as connection:
        for number in known.values():
            desk.be_there(connection, number, "farah", is_writing=False, now=datetime.now(UTC))
    ids = ",".join(map(str, known.values()))
    assert of_acme.get("/presence", params={"ids": ids}).json().keys() == {str(known["Acme"])}
    assert of_acme.get(f"/presence/{known['Bolt Bank']}").status_code == 404


def test_what_the_author_said_of_another_brand_is_not_beside_the_case(
    pipeline: Pipeline, of_acme: TestClient, tmp_path: Path
) -> None:
    rows = [
        post(n, f"{brand} lost it, where is my {thing}?", NOW - HOUR, author={"handle": "x"})
        for n, brand, thing in ((11, "Acme", "kettle"), (12, "Bolt Bank", "wallet"))
    ]
    pipeline.import_file(import_rows(tmp_path, rows), columns=None, source="import", now=NOW)
    pipeline.process(now=NOW)
    pipeline.respond(now=NOW)
    with pipeline.read() as connection:
        case = desk.case_of_mention(connection, "import:11")
    assert case
    assert "wallet" not in of_acme.get(f"/cases/{case.id}").text
    assert "wallet" in entered(pipeline, name="all", role="admin").get(f"/cases/{case.id}").text
