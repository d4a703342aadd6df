"""The routing page and its form: rules as they are, each slip at its field, nothing hidden."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from cases import desk
from cases.routing import RoutingRule
from tests.untagged.entered import entered, work_as
from tests.untagged.world import mention, settings_file
from untagged.pipeline import Pipeline
from untagged.web.routing_draft import FIELDS, rearranged
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
HOSTILE = "acme <script>alert(1)</script> {{7*7}} lost my bag"
MORE = """
playbooks: [{name: bank, steps: ['Call <b>them</b>'], approval: true, voice: serious,
             templates: ['question, we find out']}]
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    config = settings_file(tmp_path, more=MORE)
    text = config.read_text(encoding="utf-8").replace("when: '*',", "when: '*', playbook: bank,")
    config.write_text(text, encoding="utf-8")
    with open_pipeline(config) as opened:
        at, brands = NOW - timedelta(hours=1), ({"name": "Acme"},)
        opened.store.upsert([mention(1, HOSTILE, at, needs_reply=True, brands=brands, lang="en")])
        yield opened


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline, follow_redirects=False) as client:
        yield client


def rows(*changed: dict[str, str]) -> dict[str, list[str]]:
    """A form's lists: the last rule takes everything."""
    usual = {
        "name": "rest",
        "when": "*",
        "team": "care",
        "priority": "medium",
        "sla": "standard",
        "tags": "",
        "playbook": "",
        "opens": "always",
    }
    made = [{**usual, **one} for one in (*changed, {})]
    return {name: [one[name] for one in made] for name in FIELDS}


BANK = {"name": "bank", "when": "brand:acme", "team": "crisis", "priority": "urgent"}


def sent(browser: TestClient, do: str, *changed: dict[str, str], **more: object):
    data = {"do": do, "seen": 0, "tried": "", "comment": "", **rows(*changed), **more}
    return browser.post("/routing/edit", data=data)


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def saved(pipeline: Pipeline) -> desk.RoutingVersion | None:
    with pipeline.read() as connection:
        return desk.latest_version(connection)


def test_the_page_shows_the_rules_and_what_each_took(browser: TestClient):
    page = browser.get("/routing").text
    assert "The rules are those of the settings file." in page
    row = re.search(r"<tr><td class=\"number\">2</td>.*?</tr>", page, re.DOTALL)
    assert row
    assert "everything else" in row[0]
    assert '<td class="number">1</td></tr>' in row[0]


def test_a_typed_post_and_one_that_is_there_are_tried_and_are_no_markup(browser: TestClient):
    page = browser.get("/routing", params={"text": HOSTILE, "followers": "312"}).text
    assert "<script>alert(1)" not in page
    assert "takes every post" in page
    assert "Who would get it now" in page
    page = browser.get("/routing", params={"mention": "board:1"}).text
    assert "&lt;script&gt;alert(1)" in page
    assert "brand:&#34;bolt bank&#34; is false: Acme" in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"mention": "board:9"}, "there is no mention"),
        ({"text": "hm", "followers": "many"}, "is no number of followers"),
        ({"text": "x" * 20_001}, "at most 20,000 characters"),
    ],
)
def test_what_cannot_be_tried_is_said_on_the_page(
    browser: TestClient, asked: dict[str, str], told: str
):
    answer = browser.get("/routing", params=asked)
    assert answer.status_code == 400
    assert told in answer.text


def test_rules_are_tried_before_they_are_saved_and_saved_as_tried(
    browser: TestClient, pipeline: Pipeline
):
    first = sent(browser, "save", BANK)
    assert first.status_code == 200
    assert "Here is what would change" in first.text
    assert saved(pipeline) is None
    assert "everything else (medium for care)" in first.text
    assert "bank (urgent for crisis)" in first.text
    tried = field(first.text, "tried")
    other = sent(browser, "save", {**BANK, "priority": "low"}, tried=tried)
    assert other.status_code == 200
    assert saved(pipeline) is None
    done = sent(browser, "save", BANK, tried=tried, comment="Acme is <b>on fire</b>")
    assert (done.status_code, done.headers["location"]) == (303, "/routing")
    version = saved(pipeline)
    assert version is not None
    assert (version.number, version.actor) == (1, "tester")
    assert [rule["name"] for rule in version.rules or ()] == ["bank", "rest"]
    page = browser.get("/routing").text
    assert "Acme is &lt;b&gt;on fire" in page
    assert "is not used until" in page
    assert pipeline.respond(now=NOW).events[1].reason.startswith("urgent case for farah of crisis")


@pytest.mark.parametrize(
    ("slip", "field_name", "told"),
    [
        ({"when": "intent:(bug"}, "when", "intent:(bug\n"),
        ({"when": ""}, "when", "at least 1 character"),
        ({"team": "nobody"}, "team", "there is no team"),
        ({"sla": ""}, "sla", "at least 1 character"),
        ({"priority": "asap"}, "priority", "low"),
        ({"playbook": "none such"}, "playbook", "there is no playbook"),
        ({"opens": "maybe"}, "opens", "always"),
        ({"name": "rest"}, "name", "never reached"),
        ({"name": "rest", "when": "brand:acme"}, None, "two routing rules are called"),
        ({"when": "brand:acne"}, "when", "there is no brand"),
    ],
)
def test_each_slip_is_shown_at_its_field_and_nothing_is_saved(
    browser: TestClient,
    pipeline: Pipeline,
    slip: dict[str, str],
    field_name: str | None,
    told: str,
):
    first = {**BANK, "when": "*"} if field_name == "name" else BANK
    answer = sent(browser, "save", {**first, **slip})
    assert answer.status_code == 400
    assert told in html.unescape(answer.text)
    if field_name not in (None, "name"):
        assert f'id="slip-0-{field_name}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert saved(pipeline) is None


def test_a_list_without_a_last_rule_is_refused(browser: TestClient):
    data = {name: values[:1] for name, values in rows(BANK).items()}
    answer = browser.post("/routing/edit", data={"do": "try", "seen": 0, **data})
    assert answer.status_code == 400
    assert "No rule takes what the others leave" in answer.text
    none = browser.post("/routing/edit", data={"do": "try", "seen": 0})
    assert "There is no rule" in none.text


def test_a_form_that_no_page_sent_is_refused(browser: TestClient):
    data = {"do": "try", "seen": 0, **rows(BANK), "team": ["care"]}
    assert "open the page of the routing anew" in browser.post("/routing/edit", data=data).text
    many = {"do": "try", "seen": 0, **{name: ["x"] * 101 for name in FIELDS}}
    assert "at most 100 rules" in browser.post("/routing/edit", data=many).text


def test_who_saves_after_somebody_else_keeps_what_they_typed_and_sees_it(
    browser: TestClient, pipeline: Pipeline
):
    tried = field(sent(browser, "try", BANK).text, "tried")
    other = RoutingRule(name="all", team="crisis", sla="standard")
    with pipeline.begin() as connection:
        desk.save_version(connection, [other], seen=0, now=NOW, actor="ben")
    answer = sent(browser, "save", BANK, tried=tried)
    assert answer.status_code == 409
    assert "somebody saved other routing rules" in answer.text
    assert "all (medium for crisis)" in answer.text
    assert 'value="brand:acme"' in answer.text
    again = sent(browser, "save", BANK, tried=tried, seen=int(field(answer.text, "seen")))
    assert again.status_code == 303


def test_an_earlier_version_is_gone_back_to_by_saving_it_again(
    browser: TestClient, pipeline: Pipeline
):
    tried = field(sent(browser, "try", BANK).text, "tried")
    sent(browser, "save", BANK, tried=tried)
    of_file = browser.get("/routing/edit?version=0").text
    assert 'value="brand:&#34;bolt bank&#34;"' in of_file
    assert field(of_file, "seen") == "1"
    assert field(of_file, "comment") == "back to version 0"
    assert 'value="brand:acme"' in browser.get("/routing/edit?version=1").text
    assert browser.get("/routing/edit?version=7").status_code == 404
    assert browser.post("/routing/reset", data={"seen": 0}).status_code == 409
    assert browser.post("/routing/reset", data={"seen": 1}).status_code == 303
    version = saved(pipeline)
    assert version is not None
    assert version.rules is None
    assert "those of the settings file again" in browser.get("/routing").text


def test_a_version_that_this_release_cannot_read_is_told(browser: TestClient, pipeline: Pipeline):
    class Older(RoutingRule):
        colour: str = "red"

    with pipeline.begin() as connection:
        rules = [Older(name="all", team="care", sla="standard")]
        desk.save_version(connection, rules, seen=0, now=NOW, actor="ana")
    assert "no longer fits" in browser.get("/routing").text
    answer = browser.get("/routing/edit?version=1")
    assert answer.status_code == 400
    assert "version 1 no longer fits: colour Extra" in answer.text


def test_rules_are_moved_added_and_deleted_without_saving(browser: TestClient, pipeline: Pipeline):
    page = sent(browser, "down 0", BANK).text
    assert re.findall(r'name="name" value="([^"]*)"', page) == ["rest", "bank"]
    page = sent(browser, "add 1", BANK).text
    assert re.findall(r'name="name" value="([^"]*)"', page) == ["bank", "", "rest"]
    page = sent(browser, "delete 0", BANK).text
    assert re.findall(r'name="name" value="([^"]*)"', page) == ["rest"]
    assert saved(pipeline) is None


@pytest.mark.parametrize("do", ["up 0", "down 1", "delete 9", "up", "launch 1", "up -1", "up ²"])
def test_a_move_that_there_is_not_changes_nothing(do: str):
    given = [{"name": "a"}, {"name": "b"}]
    assert rearranged(given, do, new={"name": ""}) == given


def test_a_cases_playbook_is_shown_ticked_and_asked_for_a_second_yes(
    browser: TestClient, pipeline: Pipeline
):
    pipeline.respond(now=NOW)
    page = browser.get("/cases/1").text
    assert "Playbook: bank" in page
    assert "Call &lt;b&gt;them&lt;/b&gt;" in page
    assert "replies need a second yes" in page
    assert re.search(r'title="the playbook prefers it[^"]*"><bdi>question, we find out', page)
    (seen,) = re.findall('name="seen" value="([^"]*)"', page)
    ticked = {"done": "true", "seen": html.unescape(seen)}
    assert browser.post("/cases/1/steps/1", data={**ticked, "seen": "Rest"}).status_code == 409
    assert browser.post("/cases/1/steps/1", data=ticked).status_code == 303
    page = browser.get("/cases/1").text
    assert 'aria-pressed="true"' in page
    assert '<td>step done</td><td class="quiet">Call &lt;b&gt;them&lt;/b&gt;' in page
    assert browser.post("/cases/1/steps/9", data={"done": "true"}).status_code == 404
    work_as(browser, "ana")
    browser.post("/cases/1/replies", data={"text": "We look into it", "private": "false"})
    page = browser.get("/cases/1").text
    assert "waits for a second yes" in page
    assert html.escape("playbook 'bank' asks for it", quote=True).replace("&#x27;", "&#39;") in page
    joking = browser.post("/cases/1/check/piece", data={"text": "Oops, haha, bags love to travel!"})
    assert "is out of place" in joking.text
