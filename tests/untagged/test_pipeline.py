"""The thread through the house: what is imported is read, indexed, noticed, assigned and told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts import outbox
from alerts.book import list_alerts
from cases import desk
from mentions.collected import AuthorDeletion
from mentions.errors import StoreUnavailable
from mentions.query.parser import parse_query
from spiders import state
from tests.untagged.world import HOUR, MINUTE, NOON, import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path / "a firm")) as opened:
        yield opened


def bring(pipeline: Pipeline, folder: Path, rows: list[Any], **options: Any) -> Any:
    path = import_rows(folder, rows)
    pipeline.import_file(path, columns=None, source="import", now=NOON, **options)
    return pipeline.process(now=NOON)


def found(pipeline: Pipeline, query: str) -> list[str]:
    return sorted(m.native_id for m in pipeline.store.iterate(parse_query(query)))


def all_cases(pipeline: Pipeline) -> list[Any]:
    with pipeline.begin() as connection:
        return desk.list_cases(connection, limit=1000)


def all_letters(pipeline: Pipeline) -> list[outbox.Letter]:
    with pipeline.begin() as connection:
        return outbox.letters(connection, limit=1000)


COMPLAINT = "Acme lost my parcel again, this is the worst service ever. Where is my refund?"


def test_posts_that_name_a_brand_are_found_and_others_are_counted(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    done = bring(pipeline, tmp_path, [post(1, COMPLAINT), post(2, "Nice weather today")])
    assert (done.indexed, done.unmatched, done.quarantined) == (1, 1, 0)
    assert found(pipeline, "*") == ["1"]


def test_the_same_file_twice_changes_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    rows = [post(n, f"Acme is number {n}") for n in range(50)]
    bring(pipeline, tmp_path, rows)
    bring(pipeline, tmp_path, rows)
    assert len(found(pipeline, "*")) == 50


BAD = {
    "no JSON": "{broken",
    "no object": "[1, 2]",
    "no text": post(1, "   "),
    "200 KB": post(2, "acme " * 40_000),
    "control": post(3, "acme \x07 bell"),
    "surrogate": post(4, "acme \ud800"),
    "year 0": {**post(5, "acme"), "published": "0000-01-01T00:00:00Z"},
    "year 9999": {**post(6, "acme"), "published": "9999-12-31T23:59:59Z"},
    "no id": {k: v for k, v in post(7, "acme").items() if k != "native_id"},
}


def test_whatever_cannot_be_read_is_kept_with_its_reason_and_stops_nothing(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    done = bring(pipeline, tmp_path, [*BAD.values(), post(8, COMPLAINT)])
    assert (done.indexed, done.quarantined) == (1, len(BAD))
    with pipeline.begin() as connection:
        kept = state.quarantined(connection, 100)
    assert len(kept) == len(BAD)
    assert all(row["reason"] for row in kept)
    assert len({row["reason"] for row in kept}) >= 7


def test_processing_a_batch_again_doubles_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT), "{broken"])
    (name,) = pipeline.journal.names()
    with pipeline.begin() as connection:
        state.forget_batch(connection, name)
    again = pipeline.process(now=NOON + HOUR)
    assert (again.indexed, again.quarantined) == (1, 1)
    with pipeline.begin() as connection:
        assert len(state.quarantined(connection, 100)) == 1
    assert found(pipeline, "*") == ["1"]


def test_an_account_that_is_gone_takes_its_posts_of_that_source_along(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    def by(author: dict[str, str], number: int) -> dict[str, Any]:
        return post(number, COMPLAINT, author=author)

    gone = {"id": "did:plc:1", "handle": "amber"}
    namesakes = [{"id": "did:plc:2", "name": "did:plc:1"}, {"id": "did:plc:3", "handle": "bodo"}]
    bring(pipeline, tmp_path, [by(gone, 1), by(gone, 2), by(namesakes[0], 3), by(namesakes[1], 4)])
    path = import_rows(tmp_path, [by(gone, 5)])
    pipeline.import_file(path, columns=None, source="elsewhere", now=NOON)
    pipeline.process(now=NOON)
    lines = [AuthorDeletion("import", "did:plc:1"), AuthorDeletion("import", "did:plc:9")]
    pipeline.journal.write("import", lines, at=NOON + HOUR)
    done = pipeline.process(now=NOON + HOUR)
    assert (done.deleted, done.indexed) == (2, 0)
    assert found(pipeline, "*") == ["3", "4", "5"]


def test_a_store_that_is_away_leaves_the_batch_waiting(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_mentions: Any) -> Any:
        raise StoreUnavailable("gone for an hour")

    with monkeypatch.context() as broken:
        broken.setattr(pipeline.store, "upsert", away)
        with pytest.raises(StoreUnavailable):
            bring(pipeline, tmp_path, [post(1, COMPLAINT)])
    assert found(pipeline, "*") == []
    assert pipeline.process(now=NOON).indexed == 1


@pytest.mark.parametrize("answer_first", [True, False])
def test_an_answer_by_an_owned_account_counts_whichever_comes_first(
    pipeline: Pipeline, tmp_path: Path, answer_first: bool
) -> None:
    question = post(1, COMPLAINT)
    answer = post(
        2,
        "We are so sorry! Please send us your parcel number.",
        NOON + 5 * MINUTE,
        author={"handle": "acme"},
        reply_to="import:1",
    )
    for rows in ([answer], [question]) if answer_first else ([question], [answer]):
        bring(pipeline, tmp_path, rows)
    stored = pipeline.store.get("import:1")
    assert stored is not None
    assert stored.answered_at == NOON + 5 * MINUTE


def test_an_answer_by_somebody_else_is_no_answer(pipeline: Pipeline, tmp_path: Path) -> None:
    rows = [
        post(1, COMPLAINT),
        post(2, "Same here with acme", author={"handle": "acme@elsewhere"}, reply_to="import:1"),
    ]
    bring(pipeline, tmp_path, rows)
    stored = pipeline.store.get("import:1")
    assert stored is not None
    assert stored.answered_at is None


def test_a_complaint_becomes_one_assigned_case_with_its_clock_from_the_post(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT)])
    pipeline.respond(now=NOON + 20 * MINUTE)
    (case,) = all_cases(pipeline)
    assert (case.team, case.agent, case.mention_id) == ("care", "ana", "import:1")
    assert case.frt_due_at == NOON + HOUR
    assert case.route_reason
    assert case.assign_reason
    assert found(pipeline, "case.team:care") == ["1"]


def test_an_answer_that_comes_with_the_post_itself_stops_its_cases_clock(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT)])
    pipeline.respond(now=NOON + 20 * MINUTE)
    (review,) = pipeline.store.iterate(parse_query("*"))
    answered = review.model_copy(update={"answered_at": NOON + 30 * MINUTE})
    pipeline.journal.write("import", [answered], at=NOON + 40 * MINUTE)
    pipeline.process(now=NOON + 40 * MINUTE)
    (case,) = all_cases(pipeline)
    assert case.first_reply_at == NOON + 30 * MINUTE
    assert found(pipeline, "answered:true") == ["1"]


def test_responding_again_tells_nobody_twice(pipeline: Pipeline, tmp_path: Path) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT), post(2, COMPLAINT.replace("parcel", "bag"))])
    first = pipeline.respond(now=NOON + 20 * MINUTE)
    later = [pipeline.respond(now=NOON + minute * MINUTE) for minute in (21, 22, 30)]
    assert [event.event for event in first.events] == ["alert", "case", "case"]
    assert [event for response in later for event in response.events] == []
    assert len(all_cases(pipeline)) == 2
    kinds = sorted(letter.kind for letter in all_letters(pipeline))
    assert kinds == ["cases", "unanswered"]  # the team's new cases, and after its wait the alert


def test_a_rule_that_fails_holds_no_message_back(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT)])
    pipeline.respond(now=NOON + 20 * MINUTE)
    tries = sum(letter.tries for letter in all_letters(pipeline))

    def away(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("gone for an hour")

    monkeypatch.setattr(pipeline.store, "series", away)
    with pytest.raises(StoreUnavailable):
        pipeline.respond(now=NOON + HOUR)
    assert sum(letter.tries for letter in all_letters(pipeline)) > tries


def test_a_rule_that_is_broken_stops_neither_the_others_nor_the_clocks(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("in the first rule")

    monkeypatch.setattr(pipeline.store, "series", broken)
    bring(pipeline, tmp_path, [post(1, COMPLAINT)])
    with pytest.raises(ZeroDivisionError):
        pipeline.respond(now=NOON + 2 * HOUR)
    (case,) = all_cases(pipeline)
    assert case.breached == ["FRT"]


def test_a_post_waits_until_the_rule_says_so(pipeline: Pipeline, tmp_path: Path) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT)])
    assert pipeline.respond(now=NOON + 9 * MINUTE).events == ()
    assert len(pipeline.respond(now=NOON + 10 * MINUTE + timedelta(seconds=1)).events) == 2


def test_backfill_and_what_is_old_raise_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT)], added="backfill")
    bring(pipeline, tmp_path, [post(2, COMPLAINT, NOON - 60 * HOUR)])
    assert pipeline.respond(now=NOON + 20 * MINUTE).events == ()
    assert found(pipeline, "*") == ["1", "2"]


def test_an_answer_stops_the_clock_of_the_case(pipeline: Pipeline, tmp_path: Path) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT)])
    pipeline.respond(now=NOON + 20 * MINUTE)
    reply = post(
        2, "Sorry! Let us look.", NOON + 30 * MINUTE, author={"handle": "acme"}, reply_to="import:1"
    )
    bring(pipeline, tmp_path, [reply])
    (case,) = all_cases(pipeline)
    assert case.first_reply_at == NOON + 30 * MINUTE
    pipeline.respond(now=NOON + 3 * HOUR)
    assert all_cases(pipeline)[0].frt_breached_at is None


def crisis(since: datetime) -> list[dict[str, Any]]:
    """Ten days of four unhappy posts a day, then forty within the hour."""
    calm = [
        post(f"calm{n}", f"Acme was terrible today {n}, I hate it", since - n * 6 * HOUR)
        for n in range(1, 40)
    ]
    burst = [
        post(f"burst{n}", f"Acme is down, awful, horrible failure {n}", since + n * MINUTE)
        for n in range(40)
    ]
    return calm + burst


def test_a_crisis_is_told_once_with_reason_owner_and_posts(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    bring(pipeline, tmp_path, crisis(NOON - HOUR))
    events = pipeline.respond(now=NOON).events
    alert = next(event for event in events if event.kind == "spike" and event.event == "alert")
    assert (alert.brand, alert.signal, alert.severity) == ("Acme", "negative", 2)
    assert alert.observed is not None
    assert alert.expected is not None
    assert alert.observed >= 20 > alert.expected
    assert alert.reason
    again = pipeline.respond(now=NOON + 15 * MINUTE).events
    assert not [event for event in again if event.kind == "spike"]
    owners = [case.agent for case in all_cases(pipeline) if case.alert_key]
    assert owners == ["farah"]
    # It began with complaints that nobody answered: they are told together.
    (letter,) = [one for one in all_letters(pipeline) if one.kind == "alerts"]
    told = {one["alert"]["kind"]: one["posts"] for one in letter.payload["alerts"]}
    assert set(told) == {"spike", "unanswered"}
    assert told["spike"]


def test_a_replay_says_what_would_have_fired_and_writes_nothing(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    bring(pipeline, tmp_path, crisis(NOON - HOUR))
    before = [m.to_json() for m in pipeline.store.iterate(parse_query("*"))]
    window = {"since": NOON - 3 * HOUR, "until": NOON + 3 * HOUR, "step": 15 * MINUTE}
    events = list(pipeline.replay(**window))
    spikes = [e for e in events if e.kind == "spike" and e.event == "alert"]
    assert len(spikes) == 1
    assert NOON - HOUR < spikes[0].at <= NOON
    assert sum(event.event == "case" for event in events) > 1
    assert [m.to_json() for m in pipeline.store.iterate(parse_query("*"))] == before
    assert all_cases(pipeline) == []
    assert all_letters(pipeline) == []
    assert list(pipeline.replay(**window)) == events


def test_a_replay_is_not_changed_by_what_was_done_live(pipeline: Pipeline, tmp_path: Path) -> None:
    bring(pipeline, tmp_path, crisis(NOON - HOUR))
    window = {"since": NOON - 3 * HOUR, "until": NOON, "step": 15 * MINUTE}
    before = list(pipeline.replay(**window))
    pipeline.respond(now=NOON)
    assert list(pipeline.replay(**window)) == before


class Killed(BaseException):
    """Stands for kill -9: nothing may catch it."""


@pytest.mark.parametrize("after", range(1, 12))
def test_a_response_cut_off_anywhere_loses_and_doubles_nothing(
    pipeline: Pipeline, tmp_path: Path, after: int
) -> None:
    bring(pipeline, tmp_path, [*crisis(NOON - HOUR), post("b", COMPLAINT + " Bolt Bank")])
    whole, transactions = pipeline.begin, 0

    @contextmanager
    def cut_off() -> Iterator[Any]:
        nonlocal transactions
        transactions += 1
        with whole() as connection:
            yield connection
            if transactions == after:
                raise Killed

    def respond_for_a_while() -> None:
        for minute in range(20):
            pipeline.respond(now=NOON + minute * MINUTE)

    pipeline.begin = cut_off
    with pytest.raises(Killed):
        respond_for_a_while()
    pipeline.begin = whole
    for minute in (20, 21, 26):  # what fires only now is told after its wait
        pipeline.respond(now=NOON + minute * MINUTE)
    cases = all_cases(pipeline)
    told = [letter.idempotency_key for letter in all_letters(pipeline)]
    assert len(cases) == len({case.mention_id or case.alert_key for case in cases})
    assert len([case for case in cases if case.alert_key]) == 1
    assert len(told) == len(set(told))
    with pipeline.read() as connection:
        fired = [alert.id for alert in list_alerts(connection)]
    assert sorted(news(all_letters(pipeline))) == sorted(fired)


def news(letters: list[outbox.Letter]) -> list[int]:
    """The alerts that the letters say are new, as often as they say so."""
    payloads = [letter.payload for letter in letters if letter.kind != "cases"]
    told = [one["alert"] for payload in payloads for one in payload.get("alerts", [payload])]
    return [alert["id"] for alert in told if alert["notification"] == 1]


def test_housekeeping_forgets_what_is_older_than_the_settings_keep(
    tmp_path: Path,
) -> None:
    with open_pipeline(settings_file(tmp_path, more="keep_days: 30\n")) as pipeline:
        bring(pipeline, tmp_path, [post(1, "Acme"), post(2, "Acme", NOON - 40 * 24 * HOUR)])
        kept = pipeline.housekeeping(now=NOON)
        assert kept.mentions == 1
        assert found(pipeline, "*") == ["1"]
        assert len(pipeline.journal.names()) == 1
        later = pipeline.housekeeping(now=NOON + 31 * 24 * HOUR)
        assert (later.mentions, later.batches) == (1, 1)
        assert pipeline.journal.names() == []
        assert pipeline.process(now=NOON).batches == 0


def test_events_are_plain_json(pipeline: Pipeline, tmp_path: Path) -> None:
    bring(pipeline, tmp_path, [post(1, COMPLAINT)])
    events = pipeline.respond(now=NOON + 20 * MINUTE).events
    names = [
        "event",
        "kind",
        "rule",
        "brand",
        "signal",
        "at",
        "severity",
        "observed",
        "expected",
        "reason",
        "key",
        "posts",
    ]
    assert [list(json.loads(json.dumps(event.to_json()))) for event in events] == [names, names]
