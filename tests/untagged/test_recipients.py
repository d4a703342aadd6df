"""Whoever was disabled is told nothing more, also of what waited to be sent already."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts import outbox
from alerts.escalation import runs_of
from alerts.messages import cases_payload
from alerts.outbox import Delivered
from cases import desk
from mentions.mention import BrandMatch
from tests.alerts.receiver import Receiver
from tests.cases.world import STANDARD, TO_CARE
from tests.untagged.test_escalating import complained
from tests.untagged.test_escalating import (
    config as config,  # noqa: PLC0414  # a fixture
)
from tests.untagged.test_escalating import (
    receiver as receiver,  # noqa: PLC0414  # a fixture
)
from tests.untagged.world import HOUR, MINUTE, NOON, mention
from untagged.accounts import book
from untagged.accounts.book import By
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

BY = By("test", NOON)


@pytest.fixture
def pipeline(config: Path) -> Iterator[Pipeline]:
    with open_pipeline(config) as opened:
        yield opened


def add(pipeline: Pipeline, name: str, agent: str) -> None:
    with pipeline.begin() as connection:
        book.add_user(connection, name, role="agent", agent=agent, by=BY)


def disable(pipeline: Pipeline, name: str) -> None:
    with pipeline.begin() as connection:
        book.disable(connection, book.named_user(connection, name), by=BY)


def opened_case(pipeline: Pipeline) -> int:
    said = mention(1, "acme lost my bag", NOON, brands=(BrandMatch(name="Acme"),))
    with pipeline.begin() as connection:
        opened = desk.open_case(
            connection, said, TO_CARE, policy=STANDARD, teams=pipeline.settings.teams, now=NOON
        )
    return opened.case.id


def test_a_note_that_names_somebody_is_not_told_them_once_they_are_disabled(
    pipeline: Pipeline, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("ana", "ben"):
        add(pipeline, name, name)
    number = opened_case(pipeline)
    with pipeline.begin() as connection:
        for name in ("ana", "ben"):
            desk.watch(connection, number, name, teams=pipeline.settings.teams, now=NOON)
        desk.note(connection, number, "@ana @ben look", now=NOON, actor="cem")
    disable(pipeline, "ben")
    with caplog.at_level(logging.WARNING):
        done = pipeline.deliver(now=NOON + MINUTE)
    assert done == Delivered(sent=1, dropped=1)
    assert [one.path for one in receiver.got] == ["/ana"]
    assert "ben-phone is not sent: ben is disabled" in caplog.text


def test_what_waited_for_the_server_is_dropped_as_well_and_told_nobody(
    pipeline: Pipeline, receiver: Receiver
) -> None:
    add(pipeline, "ben", "ben")
    number = opened_case(pipeline)
    receiver.answers = [(503, {})]
    with pipeline.begin() as connection:
        desk.watch(connection, number, "ben", teams=pipeline.settings.teams, now=NOON)
        desk.note(connection, number, "look", now=NOON, actor="cem")
    assert pipeline.deliver(now=NOON) == Delivered(delayed=1)
    disable(pipeline, "ben")
    assert pipeline.deliver(now=NOON + HOUR) == Delivered(dropped=1)
    assert pipeline.deliver(now=NOON + 2 * HOUR) == Delivered()
    assert len(receiver.got) == 1
    with pipeline.read() as connection:
        assert outbox.letters(connection) == []


def test_an_agent_whom_another_user_still_is_goes_on_being_told(
    pipeline: Pipeline, receiver: Receiver
) -> None:
    add(pipeline, "ben-of-old", "ben")
    add(pipeline, "ben-again", "ben")
    number = opened_case(pipeline)
    with pipeline.begin() as connection:
        desk.watch(connection, number, "ben", teams=pipeline.settings.teams, now=NOON)
        desk.note(connection, number, "look", now=NOON, actor="cem")
    disable(pipeline, "ben-of-old")
    assert pipeline.deliver(now=NOON).sent == 1


def test_who_a_playbook_calls_in_is_not_called_once_they_are_disabled(pipeline: Pipeline) -> None:
    add(pipeline, "ben", "ben")
    disable(pipeline, "ben")
    with pipeline.begin() as connection:
        for key, agents, channel in (
            ("called", ["ben"], "ben-phone"),
            ("both", ["ana", "ben"], "ana-phone"),
            ("team", [], "ben-phone"),
        ):
            payload = cases_payload("new", team="care", cases=[], agents=agents)
            outbox.enqueue(
                connection, key=key, channel=channel, kind="cases", payload=payload, now=NOON
            )
    assert pipeline.deliver(now=NOON) == Delivered(sent=2, dropped=1)


def test_an_escalation_passes_over_who_is_disabled_at_once(
    pipeline: Pipeline, receiver: Receiver
) -> None:
    add(pipeline, "ana", "ana")
    disable(pipeline, "ana")
    complained(pipeline)
    for minute in (0, 5):
        pipeline.respond(now=NOON + minute * MINUTE)
    assert [one.path for one in receiver.got] == ["/chat", "/chat"]
    with pipeline.read() as connection:
        (run,) = runs_of(connection, [1])
    assert "ana is on call in week and is disabled" in str(run.log)


def test_an_escalation_that_waits_is_not_sent_to_who_was_disabled_meanwhile(
    pipeline: Pipeline, receiver: Receiver
) -> None:
    add(pipeline, "ana", "ana")
    complained(pipeline)
    pipeline.respond(now=NOON)
    receiver.answers = [(503, {})]
    pipeline.respond(now=NOON + 5 * MINUTE)
    assert [one.path for one in receiver.got] == ["/chat", "/ana"]
    disable(pipeline, "ana")
    assert pipeline.deliver(now=NOON + 10 * MINUTE) == Delivered(dropped=1)
