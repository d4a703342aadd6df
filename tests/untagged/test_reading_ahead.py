"""What a replay reads ahead it shows only when its time has come."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentions.mention import BrandMatch, Mention
from mentions.query.parser import parse_query
from mentions.sqlite import SqliteStore
from tests.untagged.world import HOUR, MINUTE, NOON, mention
from untagged.watches.answers import Answers
from untagged.watches.waiting import Waiting

ACME = (BrandMatch(name="Acme"),)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "mentions.db") as opened:
        opened.prepare()
        yield opened


def waits(number: int, at: datetime, answered_at: datetime | None = None) -> Mention:
    return mention(number, "Acme, help", at, brands=ACME, needs_reply=True, answered_at=answered_at)


def waiting(store: SqliteStore, *, is_replay: bool) -> Waiting:
    return Waiting(
        store,
        parse_query("needs_reply:true").tree,
        ["Acme"],
        after=10 * MINUTE,
        lookback=5 * HOUR,
        is_replay=is_replay,
    )


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # emptied in each example
)
@given(
    posts=st.lists(
        st.tuples(st.integers(0, 24 * 60), st.none() | st.integers(0, 600)), max_size=25
    ),
    steps=st.lists(st.integers(1, 400), min_size=1, max_size=10),
)
def test_a_replay_that_reads_ahead_sees_what_a_fresh_look_sees(
    store: SqliteStore, posts: list[tuple[int, int | None]], steps: list[int]
) -> None:
    store.retain(NOON + 100 * HOUR)
    store.upsert(
        waits(
            number,
            NOON + minutes * MINUTE,
            None if later is None else NOON + (minutes + later) * MINUTE,
        )
        for number, (minutes, later) in enumerate(posts)
    )
    ahead, now = waiting(store, is_replay=True), NOON
    for step in steps:
        now += step * MINUTE
        fresh = waiting(store, is_replay=False)
        assert [m.id for m in ahead.at(now)] == [m.id for m in fresh.at(now)]


def test_answers_are_told_once_in_order_and_none_before_its_time(store: SqliteStore) -> None:
    store.upsert(
        [
            waits(1, NOON, NOON + 3 * HOUR),
            waits(2, NOON, NOON + HOUR),
            waits(3, NOON),
            waits(4, NOON - 9 * HOUR, NOON - timedelta(seconds=1)),
        ]
    )
    answers = Answers(store, since=NOON)
    assert [*answers.until(NOON + HOUR)] == []  # the end is excluded
    assert [*answers.until(NOON + 2 * HOUR)] == [(NOON + HOUR, "board:2")]
    assert [*answers.until(NOON + 9 * HOUR)] == [(NOON + 3 * HOUR, "board:1")]
    assert [*answers.until(NOON + 9 * HOUR)] == []
