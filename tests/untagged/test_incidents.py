"""An incident through the house: opened with its alert, its cases gathered, reported honestly."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts import incident_life as life
from alerts import outbox
from alerts.incident_listing import list_incidents, show_incident
from alerts.kinds.crisis import CrisisRule
from cases import desk
from cases.routing import Route
from tests.untagged.incident_world import (
    DAY,
    RULE,
    attended,
    calm,
    crisis,
    decide,
    negative,
    outcry,
)
from tests.untagged.world import HOUR, MINUTE, NOON, mention, settings_file
from untagged.incidents.attending import carries
from untagged.incidents.report import incident_report
from untagged.incidents.report_text import markdown, report_json, status_text
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.watches.scene import Found
from untagged.web.incident_document import report_document
from untagged.wiring import open_pipeline

BEGAN = NOON + 15 * MINUTE
TOLD = NOON + 30 * MINUTE
LATER = NOON + 3 * HOUR
ACME = {"name": "Acme"}


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    more = "incidents: {quiet: 4h, cool_down: 8h}\n"
    with open_pipeline(settings_file(tmp_path / "a firm", more=more)) as opened:
        yield opened


@pytest.fixture
def shaken(pipeline: Pipeline) -> Pipeline:
    """The calm days, the outcry from noon on, and the alert half an hour later."""
    pipeline.store.upsert([*calm(NOON), *outcry(NOON)])
    decide(pipeline, crisis(TOLD, BEGAN), now=TOLD)
    return pipeline


def open_case(pipeline: Pipeline, number: int, *, now: datetime, **more: Any) -> int:
    """A case of such a post, opened by whoever."""
    post = negative(number, now - MINUTE, **more)
    pipeline.store.upsert([post])
    route = Route("all", "care", "medium", "standard", (), "all")
    teams, policy = pipeline.settings.teams, pipeline.settings.sla[0]
    with pipeline.begin() as connection:
        return desk.open_case(connection, post, route, policy=policy, teams=teams, now=now).id


def file_of(pipeline: Pipeline, number: int = 1) -> Any:
    with pipeline.read() as connection:
        return show_incident(connection, number)


def report_of(pipeline: Pipeline, now: datetime = LATER) -> Any:
    return incident_report(1, store=pipeline.store, read=pipeline.read, now=now)


def test_a_crisis_is_an_incident_that_its_message_leads_to(pipeline: Pipeline) -> None:
    (event,) = decide(pipeline, crisis(TOLD, BEGAN), now=TOLD)
    assert event.to_json()["incident"] == 1
    with pipeline.read() as connection:
        (letter,) = outbox.letters(connection)
    assert letter.payload["link"].endswith("/incidents/1")
    told = [entry for entry in file_of(pipeline).log if entry.what == "told"]
    assert [(entry.at, entry.text) for entry in told] == [(TOLD, "chat")]


def test_what_is_no_crisis_names_no_incident(pipeline: Pipeline) -> None:
    spike = crisis(TOLD, BEGAN, kind="spike", key="spike:x:Acme:negative")
    (event,) = decide(pipeline, spike, now=TOLD)
    assert "incident" not in event.to_json()
    with pipeline.read() as connection:
        assert list_incidents(connection) == []


def test_deciding_the_same_again_changes_nothing(shaken: Pipeline) -> None:
    before = file_of(shaken)
    assert decide(shaken, crisis(TOLD, BEGAN), now=TOLD) == []
    assert file_of(shaken) == replace(before, incident=file_of(shaken).incident)
    assert file_of(shaken).incident.version == before.incident.version


def test_cases_that_carry_it_are_gathered_from_its_beginning_on(pipeline: Pipeline) -> None:
    """Opened before it began, before it was told, and after; angry and not."""
    praise = {"sentiment": None, "intents": ({"label": "praise", "confidence": 0.9},)}
    broken = {"sentiment": None, "intents": ({"label": "incident", "confidence": 0.9},)}
    open_case(pipeline, 2001, now=BEGAN - MINUTE)
    wanted = [open_case(pipeline, 2002, now=BEGAN)]
    decide(pipeline, crisis(TOLD, BEGAN), now=TOLD)
    wanted.append(open_case(pipeline, 2003, now=TOLD + HOUR))
    wanted.append(open_case(pipeline, 2004, now=TOLD + HOUR, **broken))
    open_case(pipeline, 2005, now=TOLD + HOUR, **praise)
    open_case(pipeline, 2006, now=TOLD + HOUR, brands=[{"name": "Bolt Bank"}])
    for _ in range(2):
        attended(pipeline, LATER)
    assert file_of(pipeline).case_ids == tuple(wanted)
    late = open_case(pipeline, 2007, now=LATER + HOUR)
    attended(pipeline, LATER + HOUR)
    assert file_of(pipeline).case_ids == (*wanted, late)


def test_the_case_that_its_alert_opened_is_gathered(shaken: Pipeline) -> None:
    watched = crisis(
        LATER, LATER, kind="watchlist", key="watchlist:regulators:Acme:x", rule="regulators"
    )
    events = decide(shaken, watched, now=LATER, opens_case=True, team="crisis")
    assert [event.event for event in events] == ["alert", "case"]
    assert len(file_of(shaken).case_ids) == 1


def test_a_post_carries_by_what_it_says_of_this_brand() -> None:
    both = [{"name": "Acme", "sentiment": "positive"}, {"name": "Bolt Bank"}]
    post = negative(1, NOON, brands=both)
    assert not carries(post, "Acme")
    assert carries(post, "Bolt Bank")
    assert not carries(mention(2, "acme", NOON, brands=[{"name": "Acme"}]), "Acme")


def test_a_post_that_is_gone_gathers_no_case(shaken: Pipeline) -> None:
    open_case(shaken, 2002, now=TOLD + MINUTE)
    shaken.store.delete(["board:2002"])
    attended(shaken, LATER)
    assert file_of(shaken).case_ids == ()


def test_the_settings_say_when_it_is_over(shaken: Pipeline) -> None:
    from alerts.book import resolve_absent

    with shaken.begin() as connection:
        resolve_absent(connection, "crisis", [], now=LATER)
    attended(shaken, TOLD + 4 * HOUR - MINUTE)
    assert file_of(shaken).incident.is_open
    attended(shaken, TOLD + 4 * HOUR)
    assert file_of(shaken).incident.status == "resolved"


def test_the_report_says_how_it_rose_and_how_fast_we_were(shaken: Pipeline) -> None:
    case = open_case(shaken, 2_000, now=LATER - HOUR)
    attended(shaken, LATER - HOUR)
    with shaken.begin() as connection:
        life.acknowledge(connection, 1, who="farah", now=TOLD + 10 * MINUTE)
        desk.record_reply(connection, case, at=LATER - MINUTE, now=LATER, actor="ana")
        life.resolve(connection, 1, who="farah", now=LATER)
    report = report_of(shaken, LATER + DAY)
    assert report.until == LATER
    # The hour that ends at 12:10 holds ten posts and more, where two an hour are usual.
    assert report.crossed_at == NOON + 10 * MINUTE
    assert report.since == report.first.published == NOON
    assert (report.posts, report.authors) == (60 + 1, 61)
    assert report.reach == 60 * 100 + 90_000
    assert report.peak == (NOON, 5)
    assert report.day_before == 48
    assert report.alert_after_first_post == 30 * MINUTE
    assert report.widest[0].author.handle == "star"
    assert report.alert_after_crossing == 20 * MINUTE
    assert report.acknowledged_after == 10 * MINUTE
    assert report.first_answer_at == LATER - MINUTE
    assert (report.cases.opened, report.cases.answered, report.cases.breached) == (1, 1, 0)
    assert report.cases.median_first_response == HOUR
    whats = [one.what for one in report.timeline]
    assert whats[0] == "first post"
    assert whats[-1] == "farah resolved it"
    assert [one.at for one in report.timeline] == sorted(one.at for one in report.timeline)


def test_an_answer_by_an_owned_account_is_the_first_answer(shaken: Pipeline) -> None:
    shaken.store.upsert([negative(3_000, TOLD, answered_at=TOLD + 5 * MINUTE)])
    assert report_of(shaken).first_answer_at == TOLD + 5 * MINUTE


def test_a_young_brand_has_no_crossing_and_an_empty_incident_a_report(pipeline: Pipeline) -> None:
    decide(pipeline, crisis(TOLD, BEGAN), now=TOLD)
    empty = report_of(pipeline)
    assert (empty.posts, empty.first, empty.crossed_at, empty.peak[1]) == (0, None, None, 0)
    assert empty.alert_after_first_post is None
    for written in (markdown(empty), report_document(empty), json.dumps(report_json(empty))):
        assert "45 negative mentions" in written
    pipeline.store.upsert(outcry(NOON))
    assert report_of(pipeline).crossed_at is None


def test_a_report_of_a_moment_before_it_began_is_empty_but_there(shaken: Pipeline) -> None:
    early = report_of(shaken, BEGAN - HOUR)
    assert early.posts <= 15
    assert "after-report of incident 1" in markdown(early)


def test_no_form_of_the_report_has_anything_live_of_a_post(shaken: Pipeline) -> None:
    report = report_of(shaken)
    for written in (markdown(report), report_document(report), json.dumps(report_json(report))):
        assert "Acme is down ‹script›" in written.replace("\\u2039", "‹").replace(
            "\\u203a", "›"
        ).replace("\\\\", "")
        for live in ("<script>alert", "https://evil", "@everyone", "[click]("):
            assert live not in written
    assert "\\*\\*bold\\*\\*" in markdown(report)
    assert "\\| " in markdown(report)


def test_an_erased_author_lives_on_in_no_report(shaken: Pipeline) -> None:
    told = {"key": "influencer:x:Acme:x", "reason": "Star, read by 90,000, is angry at Acme"}
    wide = crisis(LATER, LATER, kind="influencer", mention_ids=("board:1001",), **told)
    decide(shaken, wide, now=LATER)
    assert "Star, read by 90,000" in markdown(report_of(shaken))
    shaken.store.delete(["board:1001"])
    report = report_of(shaken)
    for written in (markdown(report), report_document(report), json.dumps(report_json(report))):
        assert "Star" not in written
        assert "alert(1)" not in written
    assert "Star" not in status_text(file_of(shaken), now=LATER)
    log = [(entry.text, entry.detail) for entry in file_of(shaken).log]
    assert "Star" not in str(log)


def test_the_report_says_whom_each_message_reached(shaken: Pipeline) -> None:
    with shaken.begin() as connection:
        (letter,) = outbox.letters(connection)
    assert [(one.channel, one.state) for one in report_of(shaken).told] == [("chat", "waiting")]
    with shaken.begin() as connection:
        (claimed,) = outbox.claim(connection, now=LATER)
        outbox._mark_sent(connection, claimed, LATER)
        assert outbox.forget_old(connection, sent_before=LATER + DAY, written_before=LATER) == 1
    assert [(one.at, one.state) for one in report_of(shaken).told] == [(letter.created_at, "told")]


def test_the_status_says_what_colleagues_may_know(shaken: Pipeline) -> None:
    with shaken.begin() as connection:
        life.acknowledge(connection, 1, who="farah", now=TOLD)
        life.state(connection, 1, "See https://status.acme.example.", who="farah", now=TOLD)
        life.note(connection, 1, "we blame @bob", who="farah", now=TOLD)
        life.note(connection, 1, "fixed @18:00", who="farah", now=LATER, is_shared=True)
        life.promise_update(connection, 1, LATER + HOUR, who="farah", now=LATER)
    said = status_text(file_of(shaken), now=LATER)
    assert "acknowledged, severity 1" in said
    assert "With: farah" in said
    assert "What is known: 45 negative mentions" in said
    assert "What we say: See https://status.acme.example." in said
    assert "fixed ＠18:00" in said
    assert "Next update: 4 Mar 2026, 16:00 UTC" in said
    assert "blame" not in said


class Scripted:
    """A watch that finds a crisis at the hours it is told."""

    def __init__(self, hours: set[int], since: datetime) -> None:
        self._at = {since + hour * HOUR for hour in hours}

    def found(self, now: datetime) -> Iterator[Found]:
        if now in self._at:
            yield Found(crisis(now, now))


def test_a_replay_tells_which_incident_each_alert_is_of(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three nights of a crisis with quiet hours between, and another one four days later."""
    since, hours = NOON - 10 * DAY, {5, 9, 16, 120, 125}
    watch = Scripted(hours, since)
    monkeypatch.setattr("untagged.responding.watch", lambda _rule, _scene: watch)
    settings = pipeline.settings.model_copy(update={"rules": (RULE,)})
    monkeypatch.setattr(pipeline, "settings", settings)
    events = list(pipeline.replay(since=since, until=since + 6 * DAY, step=timedelta(hours=1)))
    assert [(event.kind, event.incident) for event in events] == [
        ("crisis", 1),
        ("crisis", 1),
        ("crisis", 1),
        ("crisis", 2),
        ("crisis", 2),
    ]
    with pipeline.read() as connection:
        assert list_incidents(connection) == []  # a replay writes nothing


def test_a_quiet_without_a_unit_is_refused(tmp_path: Path) -> None:
    from mentions.errors import SettingsError

    path = settings_file(tmp_path, more="incidents: {quiet: 4}\n")
    with pytest.raises(SettingsError, match="has no unit"):
        load_settings(path)


def test_a_responding_step_gathers_complaints_and_their_alert(shaken: Pipeline) -> None:
    """The crisis is told, then a whole step runs: who waits for an answer is part of it."""
    at = NOON + HOUR
    for _ in range(2):
        shaken.respond(now=at)
        file = file_of(shaken)
        assert [alert.kind for alert in file.alerts] == ["crisis", "spike", "unanswered"]
        with shaken.read() as connection:
            cases = desk.list_cases(connection, limit=1_000)
        # Those of the calm days waited, too: their cases opened since it began, and are angry.
        assert file.case_ids == tuple(sorted(case.id for case in cases))
        assert {case.alert_key is None for case in cases} == {True, False}


@pytest.mark.slow
def test_a_crisis_rule_opens_one_incident_live_and_in_a_replay(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = (
        mention(5_000 + number, "acme", NOON - 10 * DAY + number * 10 * MINUTE, brands=[ACME])
        for number in range(1_440)
    )
    pipeline.store.upsert([*calm(NOON), *usual, *outcry(NOON)])
    rules = (CrisisRule(name="crisis", notify=("chat",)),)
    settings = pipeline.settings.model_copy(update={"rules": rules})
    monkeypatch.setattr(pipeline, "settings", settings)
    events = list(pipeline.replay(since=NOON, until=NOON + 2 * HOUR, step=15 * MINUTE))
    assert {event.incident for event in events} == {1}
    for quarter in range(1, 5):
        pipeline.respond(now=NOON + quarter * 15 * MINUTE)
    with pipeline.read() as connection:
        (incident,) = list_incidents(connection)
    assert (incident.brand, incident.rule, incident.status) == ("Acme", "crisis", "open")
    assert "negative mentions by" in file_of(pipeline).known
    assert report_of(pipeline).alert_after_crossing == events[0].at - report_of(pipeline).crossed_at
