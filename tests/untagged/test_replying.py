"""A case is answered: from a template, looked over, agreed to, handed over, learnt from, asked."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from alerts import outbox
from alerts import tables as alert_tables
from cases import desk, survey
from cases.policy import SlaPolicy
from cases.reply_policy import SURVEY_SECRET
from mentions.errors import Conflict, NotFound, SettingsError
from tests.untagged.entered import entered, work_as
from tests.untagged.world import import_rows, post, settings_file
from untagged import replying
from untagged.cli import app
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.web.app import create_app
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = {"zone": "Europe/Berlin", "hours": {"mon-fri": "08:00-12:00"}}
HOSTILE = (
    "Acme lost my bag {{7*7}} {% include 'x' %} <script>alert(1)</script>. Where is my refund?"
)
REPLIES = """
replies: {folder: own replies, channels: [hub], approval_when: 'text:fire'}
surveys: {url: 'https://acme.example/ask/', valid: 7d}
"""
HUB = "  - {name: hub, webhook: 'http://127.0.0.1:9/x', secret_env: HUB_SECRET}\n"
OWN = "---\nname: own\nbrand: Acme\n---\nHi {{ author }}, {{ brand }} here, case {{ case }}.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("a firm")
    path = settings_file(place, more=REPLIES)
    path.write_text(path.read_text().replace("rules:\n", HUB + "rules:\n", 1))
    (place / "own replies").mkdir()
    (place / "own replies" / "own.md").write_text(OWN)
    return place


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Iterator[Pipeline]:
    with open_pipeline(folder / "untagged.yaml") as opened:
        rows = [
            post(1, HOSTILE, NOW - HOUR, author={"handle": "bob", "name": "{{ 7*7 }} <b>"}),
            post(2, "My Acme phone is on fire, help!", NOW - HOUR, author={"name": "Lena"}),
            post(3, "@acme how many bags may I take on board?", NOW - HOUR),
            post(4, "@acme are two bags allowed on board?", NOW - HOUR),
        ]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        yield opened


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SURVEY_SECRET, "a secret that is long enough for it")


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        work_as(client, "ana")
        yield client


def number_of(pipeline: Pipeline, native_id: int) -> int:
    with pipeline.read() as connection:
        case = desk.case_of_mention(connection, f"import:{native_id}")
    assert case, native_id
    return case.id


def parts(pipeline: Pipeline, number: int):
    with pipeline.read() as connection:
        file = desk.show_case(connection, number)
        mention = replying.mention_of(pipeline, file.case)
        return file, mention, replying.reply_box(pipeline, connection, file, mention)


def test_a_case_has_templates_with_reasons_and_advice(pipeline: Pipeline) -> None:
    _, _, box = parts(pipeline, number_of(pipeline, 1))
    assert box.advice
    assert box.advice.where == "private"
    assert "own" in [one.template.name for one in box.suggestions]
    assert any("intent complaint" in one.reasons for one in box.suggestions)


def test_template_syntax_in_a_post_is_never_run(pipeline: Pipeline) -> None:
    file, mention, _ = parts(pipeline, number_of(pipeline, 1))
    text = replying.filled(pipeline.settings, file.case, mention, "own", "ana")
    assert text == f"Hi @bob, Acme here, case {file.case.id}."


def test_personal_data_is_found_in_a_public_reply_alone(pipeline: Pipeline) -> None:
    file, mention, _ = parts(pipeline, number_of(pipeline, 1))
    text = "We refund it to DE89 3704 0044 0532 0130 00, sorry."
    public = replying.looked_over(file.case, mention, text, is_private=False)
    assert [(one.kind, one.phrase) for one in public.findings] == [
        ("personal_data", "DE89 3704 0044 0532 0130 00")
    ]
    assert replying.looked_over(file.case, mention, text, is_private=True).findings == ()


def test_a_reply_goes_to_a_channel_once_and_only_to_one_of_replies(pipeline: Pipeline) -> None:
    number = number_of(pipeline, 1)
    reply = replying.keep(pipeline, number, "Sorry!", now=NOW, actor="ana")
    with pytest.raises(NotFound, match="copy, hub"):
        replying.hand_over(pipeline, reply.id, to="chat", now=NOW, actor="ana")
    for _ in range(2):
        replying.hand_over(pipeline, reply.id, to="hub", now=NOW, actor="ana")
    with pipeline.read() as connection:
        letters = [one for one in outbox.letters(connection) if one.kind == "reply"]
    (letter,) = letters
    assert letter.payload["text"] == "Sorry!"
    assert letter.payload["to"] == "@bob"


def test_what_the_settings_or_the_template_say_needs_a_second_yes(pipeline: Pipeline) -> None:
    number = number_of(pipeline, 2)
    reply = replying.keep(pipeline, number, "We look into it", now=NOW, actor="ana")
    assert (reply.state, reply.needs) == ("waiting", "the post is one of text:fire")
    with pytest.raises(Conflict, match="yes of somebody other than ana"):
        replying.hand_over(pipeline, reply.id, now=NOW, actor="ana")
    by_template = replying.keep(
        pipeline,
        number_of(pipeline, 1),
        "We are on it",
        template="incident, we are on it",
        now=NOW,
        actor="ana",
    )
    assert by_template.state == "waiting"


def test_the_page_fills_checks_keeps_and_hands_over(
    browser: TestClient, pipeline: Pipeline
) -> None:
    number = number_of(pipeline, 1)
    page = browser.get(f"/cases/{number}?template=own").text
    assert f"Hi @bob, Acme here, case {number}.</textarea>" in page
    words = {"text": "You just need to wait <b>", "template": "own"}
    checked = browser.post(f"/cases/{number}/check", data=words).text
    assert "<mark>just need to</mark> wait &lt;b&gt;" in checked
    piece = browser.post(f"/cases/{number}/check/piece", data=words).text
    assert "<mark>just need to</mark> wait &lt;b&gt;" in piece
    assert "<html" not in piece
    assert "Check</button>" in browser.post(f"/cases/{number}/replies", data=words).text
    with pipeline.read() as connection:
        reply = desk.replies_of(connection, number)[-1]
    assert (reply.text, reply.written_by, reply.template) == (words["text"], "ana", "own")
    browser.post(f"/replies/{reply.id}", data={"do": "hand", "to": "copy"})
    with pipeline.read() as connection:
        assert desk.read_reply(connection, reply.id).state == "handed"
        assert desk.template_uses(connection)["own"] == 1
    assert "nothing that one can do" in browser.post(f"/replies/{reply.id}", data={"do": "x"}).text


def test_what_was_handed_over_is_not_sent_again_once_the_outbox_forgot_it(
    pipeline: Pipeline,
) -> None:
    reply = replying.keep(pipeline, number_of(pipeline, 1), "Sent once", now=NOW, actor="ana")
    replying.hand_over(pipeline, reply.id, to="hub", now=NOW, actor="ana")
    with pipeline.begin() as connection:
        (letter,) = [one for one in outbox.letters(connection) if "Sent once" in str(one.payload)]
        connection.execute(
            alert_tables.outbox.delete().where(alert_tables.outbox.c.id == letter.id)
        )
    replying.hand_over(pipeline, reply.id, to="hub", now=NOW, actor="ana")
    with pipeline.read() as connection:
        assert not [one for one in outbox.letters(connection) if "Sent once" in str(one.payload)]


def test_lines_count_the_same_whether_the_browser_or_the_script_sends_them(
    browser: TestClient, pipeline: Pipeline
) -> None:
    number = number_of(pipeline, 3)
    pages = [
        browser.post(f"/cases/{number}/check/piece", data={"text": f"one{ends}two{ends}three"}).text
        for ends in ("\n", "\r\n")
    ]
    assert pages[0] == pages[1]
    assert "13 " in pages[0]


def test_an_agent_is_who_they_are_in_any_script(
    browser: TestClient, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams = pipeline.settings.teams
    named = teams[0].agents[0].model_copy(update={"name": "Łucja %41 Дарья"})
    team = teams[0].model_copy(update={"agents": (*teams[0].agents, named)})
    settings = pipeline.settings.model_copy(update={"teams": (team, *teams[1:])})
    monkeypatch.setattr(pipeline, "settings", settings)
    work_as(browser, named.name)
    assert f"me ({named.name})" in browser.get("/cases").text


@pytest.mark.parametrize("path", ["/cases?page=" + "9" * 30, "/cases/" + "9" * 30])
def test_numbers_beyond_the_database_are_no_failure(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code in (200, 404)


def test_a_slip_in_a_template_closes_no_case(
    browser: TestClient, pipeline: Pipeline, folder: Path
) -> None:
    broken = folder / "own replies" / "broken.md"
    broken.write_text("---\nname: broken\n---\n{% for %}\n")
    try:
        page = browser.get(f"/cases/{number_of(pipeline, 1)}")
    finally:
        broken.unlink()
    assert page.status_code == 200
    assert "No templates: " in page.text
    assert "broken.md" in page.text
    assert "No templates: " not in browser.get(f"/cases/{number_of(pipeline, 1)}").text


def test_an_answer_to_authors_without_names_is_not_called_a_long_matter(
    pipeline: Pipeline,
) -> None:
    with pipeline.read() as connection:
        file = desk.show_case(connection, number_of(pipeline, 3))
        nameless = replace(file.case, author="")
        posts = tuple(replace(file.posts[0], author="") for _ in range(5))
        seen = replace(file, case=nameless, posts=posts)
        mention = replying.mention_of(pipeline, nameless)
        box = replying.reply_box(pipeline, connection, seen, mention)
    assert box.advice is not None
    assert box.advice.where == "public"


def test_a_second_agent_says_yes_on_the_page(browser: TestClient, pipeline: Pipeline) -> None:
    number = number_of(pipeline, 2)
    browser.post(f"/cases/{number}/replies", data={"text": "On our way"})
    with pipeline.read() as connection:
        reply = desk.replies_of(connection, number)[-1]
    assert browser.post(f"/replies/{reply.id}", data={"do": "approve"}).status_code == 409
    work_as(browser, "ben")
    page = browser.post(f"/replies/{reply.id}", data={"do": "approve"}).text
    assert "yes by ben" in page


def test_an_answer_is_suggested_to_the_next_who_asks_the_like(
    browser: TestClient, pipeline: Pipeline
) -> None:
    first, second = number_of(pipeline, 3), number_of(pipeline, 4)
    page = browser.get(f"/cases/{first}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    url = "https://help.example/bags"
    done = {"do": "resolve", "version": version[1], "to": url}
    assert f'href="{url}"' in browser.post(f"/cases/{first}", data=done).text
    assert [one.url for one in parts(pipeline, second)[2].answers] == [url]
    assert f'href="{url}"' in browser.get(f"/cases/{second}").text


def test_questions_without_an_answer_are_listed(pipeline: Pipeline, folder: Path) -> None:
    number = number_of(pipeline, 4)
    with pipeline.begin() as connection:
        if desk.show_case(connection, number).case.status != "resolved":
            desk.resolve(connection, number, now=NOW, actor="ana")
    found = replying.questions(pipeline, since=NOW - HOUR, until=NOW + HOUR)
    assert number in [case.id for case, _ in found]


def resolved(pipeline: Pipeline, native_id: int) -> int:
    number = number_of(pipeline, native_id)
    with pipeline.begin() as connection:
        if desk.show_case(connection, number).case.status != "resolved":
            desk.resolve(connection, number, now=NOW, actor="ana")
    return number


def test_an_author_answers_a_survey_behind_a_proxy_and_is_asked_once(
    browser: TestClient, pipeline: Pipeline
) -> None:
    number = resolved(pipeline, 2)
    page = html.unescape(browser.post(f"/cases/{number}/survey").text)
    found = re.search(r"https://acme\.example/ask/survey/(\S+?)<", page)
    assert found
    path = f"/survey/{found[1]}"
    with TestClient(create_app(pipeline)) as author:
        shown = author.get(path)
        assert shown.status_code == 200
        assert "ana" not in re.sub(r"<[^>]*>", "", shown.text).split()
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert author.get("/survey/style.css").headers["content-type"].startswith("text/css")
        foreign = {"Origin": "https://acme.example", "Sec-Fetch-Site": "same-origin"}
        said = {"score": "2", "comment": "<script>x</script>"}
        thanks = author.post(path, data=said, headers=foreign)
        assert "Thank you" in thanks.text
        assert "<script>" not in thanks.text
        author.post(path, data={"score": "4"}, headers=foreign)
        assert author.post(path, data={"score": "9"}, headers=foreign).status_code == 422
    with pipeline.read() as connection:
        kept = survey.survey_of(connection, number)
    assert kept
    assert kept.score == 4
    assert browser.post(f"/cases/{number}/survey").status_code == 409
    assert "4 of 5" in browser.get(f"/cases/{number}").text


@pytest.mark.parametrize("token", ["nonsense", "a/b", "a.b.c", "..%2f..%2fcases%2f1"])
def test_a_made_up_survey_link_shows_nothing_of_ours(browser: TestClient, token: str) -> None:
    answer = browser.get(f"/survey/{token}")
    assert answer.status_code == 404
    assert "none of ours" in answer.text
    assert "<nav" not in answer.text


def test_a_missing_secret_is_no_author_s_business(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SURVEY_SECRET)
    answer = browser.get("/survey/x")
    assert answer.status_code == 503
    assert SURVEY_SECRET not in answer.text


def test_a_troll_is_not_asked(pipeline: Pipeline) -> None:
    number = resolved(pipeline, 3)
    mention = pipeline.store.get("import:3")
    assert mention
    pipeline.store.upsert([mention.model_copy(update={"troll": 0.9})])
    with pytest.raises(Conflict, match="troll"):
        replying.survey_link(pipeline, number, now=NOW, actor="ana")


def test_the_command_line_does_the_same(pipeline: Pipeline, folder: Path) -> None:
    number = str(number_of(pipeline, 1))

    def said(*words: str, expected: int = 0) -> str:
        given = ["--config", str(folder / "untagged.yaml"), "cases", *words]
        done = CliRunner().invoke(app, given)
        assert done.exit_code == expected, (done.output, done.exception)
        return done.stdout

    assert f"Hi @bob, Acme here, case {number}." in said("draft", number, "--template", "own")
    private = ("draft", number, "--template", "sorry, by message", "--keep", "--json")
    by_login = json.loads(said(*private, "--as", "root"))
    assert "root" not in by_login["text"]
    assert json.loads(said(*private, "--as", "ana"))["text"].endswith("/ana")
    with pipeline.read() as connection:
        assert desk.read_reply(connection, by_login["reply"]).is_private
    listed = json.loads(said("draft", number, "--json"))
    assert listed["advice"]["where"] == "private"
    told = said("check", number, "--text", "You just need to wait", "--json", expected=1)
    found = [one["kind"] for one in json.loads(told)["findings"]]
    assert found == ["no_empathy", "small"]
    said("check", number, "--text", "I'm sorry. We look into it.")
    kept = json.loads(
        said("draft", number, "--text", "Sorry you wait.", "--keep", "--as", "ana", "--json")
    )
    assert "Sorry you wait." in said("hand-over", str(kept["reply"]), "--as", "ana")
    for command in ("questions", "survey-results"):
        for line in said(command, "--json").splitlines():
            json.loads(line)
        said(command)


@pytest.mark.parametrize(
    ("promise", "said"),
    [
        ({}, ""),
        ({"next_response": "2h"}, "within 2 hours"),
        ({"next_response": "90m"}, "within 90 minutes"),
        ({"next_response": "1d"}, "within 1 day"),
        ({"next_response": "1d", "hours": "business", "calendar": WEEK}, "within 24 working hours"),
        ({"next_response": "1d", "priorities": {"high": {"next_response": "1h"}}}, "within 1 hour"),
    ],
)
def test_what_to_expect_is_what_was_promised(promise: dict, said: str) -> None:
    policy = SlaPolicy(name="standard", first_response="1h", **promise)
    assert replying.expected(policy, "high") == said


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("replies: {channels: [nowhere]}", "nowhere"),
        ("replies: {approval_when: 'sentimnt:x'}", "sentiment"),
        ("surveys: {url: 'acme.example'}", "surveys.url"),
        ("surveys: {valid: 1m}", "surveys.valid"),
    ],
)
def test_wrong_settings_are_pointed_at(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load_settings(settings_file(tmp_path, more=more + "\n"))
