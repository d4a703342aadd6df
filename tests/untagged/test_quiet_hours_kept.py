"""What fires in quiet hours is in the book at once, and in the mail when they end: once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sql

from alerts import book, life, outbox
from alerts.kinds.spike import SpikeRule
from alerts.messages import render
from alerts.tables import metadata
from tests.alerts.world import HOUR, NOW, firing
from untagged.decisions import Decisions
from untagged.settings import Settings

RULE = SpikeRule.model_validate(
    {
        "name": "negative spike",
        "notify": ["chat"],
        "repeat": "1h",
        "quiet_hours": [{"from": "20:00", "until": "07:00", "broken_by": "severity 1"}],
    }
)
CHAT = {"name": "chat", "url": "json://127.0.0.1:9/nobody-listens"}


class Begin:
    """Transactions of a database in memory."""

    def __init__(self) -> None:
        self._engine = sql.create_engine(
            "sqlite://", poolclass=sql.StaticPool, connect_args={"check_same_thread": False}
        )
        metadata.create_all(self._engine)

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        with self._engine.begin() as connection:
            yield connection


@pytest.fixture
def begin() -> Begin:
    return Begin()


def step(begin: Begin, hours: float, *, severity: int | None = 2) -> None:
    """Respond once; the rule holds if there is a severity."""
    now = NOW + hours * HOUR
    settings = Settings.model_validate({"rules": [RULE], "channels": [CHAT]})
    decisions = Decisions(settings=settings, begin=begin)
    if severity is not None:
        decisions.alert(RULE, firing(at=now, severity=severity), (), now=now)
    decisions.resolve_absent(RULE, [], now=now)
    decisions.tell(now)


def told(begin: Begin) -> list[str]:
    with begin() as connection:
        letters = outbox.letters(connection, limit=99)
    return [render(letter.kind, letter.payload).title for letter in letters]


def test_a_night_brings_one_letter_in_the_morning(begin: Begin) -> None:
    for hours in range(10):
        step(begin, hours)
        assert told(begin) == []
    step(begin, 10)  # seven in the morning
    (title,) = told(begin)
    assert "Acme" in title
    with begin() as connection:
        (alert,) = book.list_alerts(connection)
    assert alert.started_at == NOW


def test_what_was_over_by_the_morning_is_told_as_over_once(begin: Begin) -> None:
    step(begin, 1)
    for hours in (2, 5, 9.9):
        step(begin, hours, severity=None)
        assert told(begin) == []
    for hours in (10, 10.5, 15):
        step(begin, hours, severity=None)
        assert len(told(begin)) == 1


@pytest.mark.parametrize("does", ["acknowledges", "closes"])
def test_what_somebody_knew_and_was_over_by_the_morning_is_not_told(begin: Begin, does) -> None:
    step(begin, 1)
    with begin() as connection:
        (alert,) = book.list_alerts(connection)
        if does == "acknowledges":
            life.acknowledge(connection, alert.id, who="ana", now=NOW + 2 * HOUR)
        else:
            life.resolve(connection, alert.id, who="ana", now=NOW + 2 * HOUR)
    for hours in (2, 5, 10, 10.5, 15):
        step(begin, hours, severity=None)
    assert told(begin) == []


def test_what_gets_bad_enough_in_the_night_is_told_at_once(begin: Begin) -> None:
    step(begin, 0)
    assert told(begin) == []
    step(begin, 0.5, severity=1)
    assert len(told(begin)) == 1
    step(begin, 0.6, severity=1)
    assert len(told(begin)) == 1


def test_by_day_nothing_waits(begin: Begin) -> None:
    step(begin, 12)
    step(begin, 12.1)
    assert len(told(begin)) == 1
    step(begin, 13, severity=None)  # over: nobody asked to be told of that
    assert len(told(begin)) == 1
