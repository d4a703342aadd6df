"""A case page and `cases show` with the author's past and their record beside the conversation."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from cases import desk
from mentions.errors import SettingsError
from tests.cases.customers.services import says, service
from tests.untagged.entered import entered
from tests.untagged.world import import_rows, post, settings_file
from untagged import replying
from untagged.cli import app
from untagged.cli.main import main
from untagged.customers import customer_behind
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
EVIL = "<script>alert(1)</script>"
CUSTOMERS = """
customers:
  kind: csv
  file: records/customers.csv
  columns: {id: 'No', name: Name, link: CRM, handles: {board: Handle}, fields: {'<b>Tier': Tier}}
"""
ROWS = (
    "No,Name,CRM,Handle,Tier\n"
    f'C-17,"Ada {EVIL} Lovelace",javascript:alert(1),@ADA,"gold {EVIL}"\n'
    "C-18,Eve,https://crm.example/18?a=1&b=2,eve,iron\n"
)
ADA = {"handle": "ada", "name": "Ada"}


def opened_with(folder: Path, more: str, rows: list[Any]) -> Path:
    path = settings_file(folder, more=more)
    with open_pipeline(path) as pipeline:
        pipeline.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        pipeline.process(now=NOW)
        pipeline.respond(now=NOW)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a firm")
    (folder / "records").mkdir()
    (folder / "records" / "customers.csv").write_text(ROWS)
    rows = [
        post(1, f"Acme lost my bag {EVIL} again, worst service ever", NOW - 2 * HOUR, author=ADA),
        post(2, "@acme my bag is lost, where is my refund?", NOW - HOUR, author=ADA),
        post(3, "@acme where is my order?", NOW - HOUR, author={"handle": "nobody_known"}),
        post(4, "@acme where is my invoice?", NOW - HOUR, author={}),
    ]
    return opened_with(folder, CUSTOMERS, rows)


@pytest.fixture(scope="module")
def pipeline(path: Path) -> Iterator[Pipeline]:
    with open_pipeline(path) as opened:
        number = number_of(opened, 1)
        reply = replying.keep(opened, number, "We search for it until Friday.", now=NOW, actor="a")
        replying.hand_over(opened, reply.id, now=NOW, actor="a")
        with opened.begin() as connection:
            answer = "https://acme.example/bags"
            desk.resolve_with(connection, number, answer, title="Bags", now=NOW, actor="ana")
        yield opened


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        yield client


def number_of(pipeline: Pipeline, native_id: int) -> int:
    with pipeline.read() as connection:
        case = desk.case_of_mention(connection, f"import:{native_id}")
    assert case, native_id
    return case.id


def test_the_page_shows_the_past_and_the_record_escaped(
    pipeline: Pipeline, browser: TestClient
) -> None:
    page = browser.get(f"/cases/{number_of(pipeline, 2)}")
    assert page.headers["Cache-Control"] == "no-store"
    assert "<script>alert" not in page.text
    assert "<b>Tier" not in page.text
    assert "javascript:" not in page.text
    for said in (
        "Ada &lt;script&gt;alert(1)&lt;/script&gt; Lovelace",
        "&lt;b&gt;Tier",
        "Not shown: a link that is no address of the web.",
        "1 other post in 90 days, 1 negative.",
        f'<a href="/cases/{number_of(pipeline, 1)}">',
        "told “We search for it until Friday.”; settled by Bags",
    ):
        assert said in page.text
    link = page.text.partition('in 90 days, 1 negative. <a href="')[2].partition('"')[0]
    assert "import:1" not in link
    found = browser.get(link.replace("&amp;", "&"))
    assert "where is my refund" in found.text
    assert "where is my order" not in found.text


def test_who_is_in_no_record_and_who_has_no_name_are_said_so(
    pipeline: Pipeline, browser: TestClient
) -> None:
    unknown = browser.get(f"/cases/{number_of(pipeline, 3)}").text
    assert "The author is in no record." in unknown
    assert "No other posts." in unknown
    nameless = browser.get(f"/cases/{number_of(pipeline, 4)}").text
    assert 'id="customer"' not in nameless
    assert 'id="author"' not in nameless


def test_a_fact_in_a_public_reply_is_marked_while_one_types(
    pipeline: Pipeline, browser: TestClient
) -> None:
    data = {"text": "Sorry, customer c-17!"}
    number = number_of(pipeline, 2)
    piece = browser.post(f"/cases/{number}/check/piece", data=data)
    assert "<mark>c-17</mark>" in piece.text
    assert "personal data (the customer&#39;s number) in public" in piece.text
    page = browser.post(f"/cases/{number}/check", data=data)
    assert "<mark>c-17</mark>" in page.text
    private = browser.post(f"/cases/{number}/check/piece", data=data | {"private": "true"})
    assert "Nothing to mend." in private.text


def test_no_fact_of_a_record_is_kept_anywhere(pipeline: Pipeline, browser: TestClient) -> None:
    browser.get(f"/cases/{number_of(pipeline, 2)}")
    folder = Path(pipeline.settings.journal).parent
    records = folder / "records"
    kept = [one for one in folder.rglob("*") if one.is_file() and records not in one.parents]
    assert len(kept) > 3
    for one in kept:
        if one.name != "untagged.yaml":
            content = one.read_bytes()
            assert b"Lovelace" not in content
            assert b"C-17" not in content


def test_the_command_line_has_it_as_well(path: Path, pipeline: Pipeline) -> None:
    config, number = ["--config", str(path)], str(number_of(pipeline, 2))
    shown = CliRunner().invoke(app, [*config, "cases", "show", number, "--json"])
    known = json.loads(shown.stdout)
    assert known["customer"]["id"] == "C-17"
    assert known["customer_problem"] == ""
    history = known["author_history"]
    assert (history["last_90_days"], history["sentiments"]) == (1, {"negative": 1})
    (case,) = history["cases"]
    assert (case["status"], case["told"]) == ("resolved", "We search for it until Friday.")
    told = CliRunner().invoke(app, [*config, "cases", "show", number])
    assert "the author's other posts, 1 in 90 days" in told.stdout
    assert "C-17" in told.stdout
    checked = CliRunner().invoke(app, [*config, "cases", "check", number, "--text", "Hi Lovelace"])
    assert checked.exit_code == 1


def test_a_customer_is_found_by_command(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = ["--config", str(path), "customers", "find"]
    found = CliRunner().invoke(app, [*find, "@Eve", "--platform", "board", "--json"])
    assert json.loads(found.stdout) == {
        "id": "C-18",
        "name": "Eve",
        "fields": {"<b>Tier": "iron"},
        "accounts": [{"platform": "board", "name": "eve"}],
        "link": "https://crm.example/18?a=1&b=2",
        "cut": "",
    }
    assert "C-18" in CliRunner().invoke(app, [*find, "eve"]).stdout
    monkeypatch.setattr("sys.argv", ["untagged", *find, "zoe", "--platform", "x"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "no record has the handle 'zoe' on x" in capsys.readouterr().err


def test_a_service_that_is_away_is_said_beside_the_case(tmp_path: Path) -> None:
    with service(says(503)) as crm:
        more = f"""
customers:
  kind: http
  url: 'http://127.0.0.1:{crm.port}/?handle={{handle}}'
  allow_private: true
  timeout: 10s
"""
        rows = [post(1, "@acme where is my refund?", NOW - HOUR, author=ADA)]
        path = opened_with(tmp_path, more, rows)
        with open_pipeline(path) as pipeline, entered(pipeline) as browser:
            for _ in range(2):
                page = browser.get(f"/cases/{number_of(pipeline, 1)}")
                assert page.status_code == 200
                assert "Not to be seen now: the service answered 503" in page.text
            mention = pipeline.store.get("import:1")
            assert customer_behind(pipeline.customers, mention) is None
        assert crm.paths == ["/?handle=ada"]


def test_the_doctor_tries_the_records(path: Path) -> None:
    said = CliRunner().invoke(app, ["--config", str(path), "doctor", "--json"]).stdout
    findings = {one["what"]: one for one in map(json.loads, said.splitlines())}
    assert findings["customers"]["is_ok"]
    assert findings["customers"]["said"] == "2 customers with 2 handles"


def test_wrong_settings_name_their_line(tmp_path: Path) -> None:
    path = settings_file(tmp_path, more=CUSTOMERS.replace("'No'", "No"))
    with pytest.raises(SettingsError, match=r"line \d+: customers.*in quotes, such as 'No'"):
        load_settings(path)
    path = settings_file(tmp_path, more="customers: {kind: http, url: 'https://crm.example/'}\n")
    with pytest.raises(SettingsError, match=r"line \d+: customers.*must have \{handle\}"):
        load_settings(path)
