"""From a complaint to the person on call: settings, pipeline, commands and page together."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts import book, life, outbox
from alerts.escalation import runs_of
from alerts.outbox import Letter
from mentions.errors import SettingsError
from mentions.mention import BrandMatch
from tests.alerts.receiver import Receiver, receiving
from tests.alerts.rota import WEEKLY, calendar, event
from tests.untagged.entered import entered
from tests.untagged.world import HOUR, MINUTE, NOON, mention
from untagged.checkup import examined
from untagged.cli import app
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.wiring import open_pipeline

SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///ops.db
journal: journal
brands: [{name: Acme, query: acme}]
notifications: {group_wait: 0s}
channels:
  - {name: chat, url: 'URL/chat'}
  - {name: ana-phone, url: 'URL/ana'}
  - {name: ben-phone, url: 'URL/ben'}
  - {name: boss, webhook: 'HTTP/boss', secret_env: A_SECRET}
rules:
  - {name: unanswered, kind: unanswered, query: '*', opens_case: false, notify: [chat],
     escalate: crisis, repeat: 24h, team: care, lookback: 21d}
escalations:
  - name: crisis
    steps:
      - {wait: 5m, notify: {on_call: week}}
      - {wait: 10m, notify: {team: care}}
      - {wait: 10m, notify: {agent: ben}}
on_call: [{name: week, calendar: on call.ics}]
templates: our templates
teams:
  - name: care
    agents: [{name: ana, notify: [ana-phone]}, {name: ben, notify: [ben-phone]}]
    notify: [chat]
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, receiver: Receiver) -> Path:
    folder = tmp_path / "a firm"
    (folder / "our templates").mkdir(parents=True)
    (folder / "on call.ics").write_text(WEEKLY)
    path = folder / "untagged.yaml"
    services = receiver.url.replace("http://", "json://")
    path.write_text(SETTINGS.replace("URL", services).replace("HTTP", receiver.url))
    return path


def complained(pipeline: Pipeline) -> None:
    """A post that waits for an answer, as if read."""
    said = mention(
        1, "acme lost my bag, where is it?", NOON - MINUTE, brands=(BrandMatch(name="Acme"),)
    )
    pipeline.store.upsert([said])


def letters(pipeline: Pipeline) -> list[Letter]:
    with pipeline.read() as connection:
        return outbox.letters(connection)[::-1]


def test_nobody_answers_and_one_after_another_is_told_until_somebody_takes_it_on(
    config: Path, receiver: Receiver
) -> None:
    with open_pipeline(config) as pipeline:
        complained(pipeline)
        for minute in (0, 4, 5, 6, 15):
            pipeline.respond(now=NOON + minute * MINUTE)
        with pipeline.begin() as connection:
            (alert,) = book.list_alerts(connection)
            life.acknowledge(connection, alert.id, who="ana", now=NOON + 16 * MINUTE)
        pipeline.respond(now=NOON + HOUR)
        with pipeline.read() as connection:
            (run,) = runs_of(connection, [alert.id])
        told = letters(pipeline)
    assert [(one.kind, one.channel) for one in told] == [
        ("unanswered", "chat"),
        ("escalation", "ana-phone"),
        ("escalation", "chat"),
    ]
    assert [(one.created_at - NOON) / MINUTE for one in told] == [0, 5, 15]
    assert [request.path for request in receiver.got] == ["/chat", "/ana", "/chat"]
    assert "ana (on call in week)" in json.loads(receiver.got[1].body)["message"]
    assert run.ended_by == "acknowledged by ana"


def test_the_week_after_the_other_one_is_told(config: Path, receiver: Receiver) -> None:
    with open_pipeline(config) as pipeline:
        complained(pipeline)
        for minute in (0, 5):
            pipeline.respond(now=NOON + timedelta(days=7) + minute * MINUTE)
    assert [request.path for request in receiver.got] == ["/chat", "/ben"]


def test_where_the_calendar_was_never_good_the_next_step_comes_at_once_and_says_so(
    config: Path, receiver: Receiver
) -> None:
    (config.parent / "on call.ics").write_text("<html>log in</html>")
    with open_pipeline(config) as pipeline:
        complained(pipeline)
        for minute in (0, 5):
            pipeline.respond(now=NOON + minute * MINUTE)
    assert [request.path for request in receiver.got] == ["/chat", "/chat"]
    assert "Nobody is known to be on call in week" in json.loads(receiver.got[1].body)["message"]


def test_a_teams_template_is_used_and_a_broken_one_loses_nothing(
    config: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    team = config.parent / "our templates" / "care"
    team.mkdir()
    (team / "unanswered.txt.j2").write_text("Care, {{ alert.brand }} has work\nSee {{ link }}")
    (team / "escalation.txt.j2").write_text("{{ alert.nothing }}")
    with caplog.at_level(logging.WARNING), open_pipeline(config) as pipeline:
        complained(pipeline)
        for minute in (0, 5):
            pipeline.respond(now=NOON + minute * MINUTE)
    first, second = [json.loads(request.body) for request in receiver.got]
    assert first["title"] == "Care, Acme has work"
    assert second["title"].startswith("Nobody has acknowledged this yet: ")
    assert "has no attribute 'nothing'; mend the template; the built-in one" in caplog.text


def findings(config: Path) -> dict[str, tuple[bool, str]]:
    wanted = ("on call week", "templates", "notifications")
    found = {one.what: (one.is_ok, one.said) for one in examined(config, now=NOON)}
    return {name: found[name] for name in wanted}


@pytest.mark.slow
def test_the_doctor_finds_what_would_keep_somebody_from_being_told(config: Path) -> None:
    well = findings(config)
    assert all(is_ok for is_ok, _ in well.values())
    assert well["on call week"][1] == (
        "ana on call until 2026-03-09 08:00 UTC; nobody is missing for 7 days"
    )
    assert well["templates"][1].startswith("0 of your own")

    (config.parent / "on call.ics").write_text(
        calendar(
            event(1, "DTSTART:20260304T080000Z", "DTEND:20260305T080000Z"),
            event(2, "DTSTART:20260305T080000Z", "DTEND:20260306T080000Z", summary="Zoe"),
        )
    )
    templates = config.parent / "our templates"
    (templates / "spike.html.j2").write_text("{{ posts[0].text }}")
    (templates / "other.txt.j2").write_text("{% if %}")
    (templates / "crae").mkdir()
    (templates / "crae" / "spike.txt.j2").write_text("x")
    with open_pipeline(config) as pipeline, pipeline.begin() as connection:
        put_dead(connection)
    ill = findings(config)
    assert not any(is_ok for is_ok, _ in ill.values())
    said = ill["on call week"][1]
    assert "event 'Zoe' names no agent of the settings (ana, ben)" in said
    assert "nobody is on call from 2026-03-05 08:00 UTC for 6 d 4 h" in said
    assert "crae is no team's folder; the teams are care" in ill["templates"][1]
    assert "spike.html.j2 cannot be filled" in ill["templates"][1]
    assert "other.txt.j2 cannot be read" in ill["templates"][1]
    assert "1 could not be sent; `untagged outbox list --state dead`" in ill["notifications"][1]

    (config.parent / "on call.ics").unlink()
    assert "the copy of 2026-03-04 12:00 UTC is used" in findings(config)["on call week"][1]


def put_dead(connection: object, key: str = "test:1") -> int:
    """A letter that could not be sent; returns its number."""
    from alerts.samples import samples
    from alerts.tables import outbox as table

    outbox.enqueue(
        connection,  # type: ignore[arg-type]
        key=key,
        channel="chat",
        kind="spike",
        payload=samples("spike")[0],
        now=NOON,
    )
    dead = table.update().where(table.c.idempotency_key == key)
    connection.execute(dead.values(state="dead", error="the webhook answered <b>410</b>"))  # type: ignore[attr-defined]
    return outbox.letters(connection)[0].id  # type: ignore[arg-type]


def run(config: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["--config", str(config), *words])
    assert done.exit_code == code, done.output + repr(done.exception)
    return done.output + (repr(done.exception) if code else "")


def test_on_call_says_who_until_when_and_through_what(config: Path) -> None:
    out = run(config, "on-call", "--at", "2026-03-10T12:00", "--json")
    duty = json.loads(out)
    assert duty["agents"] == ["ben"]
    assert duty["until"] == "2026-03-16T08:00:00+00:00"
    assert duty["channels"] == ["ben-phone"]
    assert duty["problem"] == ""
    assert "nobody" in run(config, "on-call", "--at", "2026-01-01")


def test_a_chain_at_work_shows_who_was_told_and_who_comes_next(config: Path) -> None:
    with open_pipeline(config) as pipeline:
        complained(pipeline)
        for minute in (0, 5):
            pipeline.respond(now=NOON + minute * MINUTE)
        with entered(pipeline) as browser:
            page = browser.get("/outbox").text
    assert "1 mention of Acme has no answer, for 1 min" in page
    assert "told ana (on call in week) through ana-phone" in page
    assert "team care" in page
    (shown,) = run(config, "escalations", "--json").splitlines()
    assert (json.loads(shown)["step"], json.loads(shown)["ended_at"]) == (2, None)
    assert "told ana" in run(config, "escalations", "--all")


def test_dead_letters_are_listed_shown_resent_and_dropped(config: Path) -> None:
    with open_pipeline(config) as pipeline, pipeline.begin() as connection:
        first, second, third = (put_dead(connection, f"test:{number}") for number in range(3))
    listed = run(config, "outbox", "list", "--state", "dead", "--json")
    assert [json.loads(line)["id"] for line in listed.splitlines()] == [third, second, first]
    shown = json.loads(run(config, "outbox", "show", str(first), "--json"))
    assert shown["title"].startswith("Still going on: Acme: 43")
    assert shown["error"] == "the webhook answered <b>410</b>"
    assert "410" in run(config, "outbox", "list")
    run(config, "outbox", "drop", str(first))
    assert "there is no notification" in run(config, "outbox", "show", str(first), code=1)
    run(config, "outbox", "resend", str(second))
    assert "only dead letters can be dropped" in run(config, "outbox", "drop", str(second), code=1)
    run(config, "outbox", "resend", "--all")
    run(config, "outbox", "resend", code=2)
    run(config, "outbox", "list", "--state", "lost", code=2)
    with open_pipeline(config) as pipeline:
        assert {(one.id, one.state) for one in letters(pipeline)} == {
            (second, "waiting"),
            (third, "waiting"),
        }
        assert pipeline.deliver(now=NOON + 10_000 * HOUR).sent == 2


def test_a_channel_can_be_tried_and_says_what_came_back(
    config: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "JSON accepted it" in run(config, "channels", "test", "chat", "--as", "ana")
    assert "ana sent this" in json.loads(receiver.got[0].body)["message"]
    assert "A_SECRET is not set" in run(config, "channels", "test", "boss", code=1)
    monkeypatch.setenv("A_SECRET", "whsec_YSBzZWNyZXQgb2YgdHdlbnR5LWZvdXIh")
    assert "the webhook answered 204" in run(config, "channels", "test", "boss")
    receiver.answers = [(403, {})]
    assert "answered 403" in run(config, "channels", "test", "boss", code=1)
    assert "the settings have chat, ana-phone" in run(config, "channels", "test", "chta", code=1)
    listed = run(config, "channels", "list", "--json").splitlines()
    assert json.loads(listed[0]) == {"name": "chat", "way": "json"}
    assert json.loads(listed[3]) == {"name": "boss", "way": "signed webhook"}


def test_the_page_shows_what_died_and_gives_it_a_new_start(config: Path) -> None:
    with open_pipeline(config) as pipeline, entered(pipeline) as browser:
        assert "could not be sent" not in browser.get("/").text
        with pipeline.begin() as connection:
            first, second = put_dead(connection), put_dead(connection, "test:2")
        assert "2 notifications could not be sent" in browser.get("/").text
        page = browser.get("/outbox").text
        assert "the webhook answered &lt;b&gt;410&lt;/b&gt;" in page
        assert "Still going on: Acme: 43 negative mentions" in page
        assert browser.post(f"/outbox/{first}/drop").status_code == 200
        assert browser.post(f"/outbox/{first}/drop").status_code == 404
        assert browser.post(f"/outbox/{second}/resend").status_code == 200
        assert browser.post(f"/outbox/{second}/resend").status_code == 409
        assert [one.state for one in letters(pipeline)] == ["waiting"]
        foreign = browser.post("/outbox/resend", headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("escalate: crisis", "escalate: crsis", "line 14: rules.0.escalate: there is no 'crsis'"),
        ("on_call: week}}", "on_call: month}}", "steps.0.notify.on_call: there is no 'month'"),
        ("{team: care}}", "{team: crae}}", "steps.1.notify.team: there is no 'crae'"),
        ("{agent: ben}}", "{agent: bne}}", "steps.2.notify.agent: there is no 'bne'"),
        ("{name: ben, notify: [ben-phone]}", "{name: ben}", "agent 'ben' has no channels"),
        ("    notify: [chat]\n", "", "team 'care' has no channels"),
        ("notify: [ana-phone]", "notify: [ana-pone]", "agents.0.notify: there is no 'ana-pone'"),
        ("calendar: on call.ics", "calendar: 'http://x.example/tok'", "begins with https://"),
    ],
)
def test_names_that_lead_nowhere_are_told_with_their_line(
    config: Path, was: str, now: str, said: str
) -> None:
    text = config.read_text()
    assert was in text
    config.write_text(text.replace(was, now))
    with pytest.raises(SettingsError) as caught:
        load_settings(config)
    assert said in str(caught.value)
    assert "x.example/tok" not in str(caught.value)
