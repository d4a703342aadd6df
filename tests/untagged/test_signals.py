"""Signals: what a rule may watch, and which mentions each counts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentions.mention import Mention
from mentions.series import SIGNALS, signal_condition
from mentions.sqlite import SqliteStore
from tests.stores.posts import brands, feeling, post, wanting
from untagged.detecting import BUCKET, beginning, brand_series, live_series

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("signal", ["", "angry", "topic:", 'topic:a"b', "topic: "])
def test_what_is_no_signal_is_told_with_those_there_are(signal: str) -> None:
    with pytest.raises(ValueError, match=r"write one of all, .*, or topic:NAME"):
        signal_condition(signal)


def test_each_signal_counts_its_mentions_in_buckets_of_five_minutes(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "mentions.db") as store:
        store.prepare()
        store.upsert(
            [
                said(1, minute=1, sentiment=feeling("negative")),
                said(2, minute=7, intents=wanting("incident"), topics=["late delivery"]),
                said(3, minute=8, topics=["billing"]),
            ]
        )
        counts = {
            signal: brand_series(
                store, "Acme", signal, since=NOON, until=NOON + timedelta(minutes=12)
            ).counts
            for signal in (*SIGNALS, "topic:late delivery", "topic:billing", "topic:taste")
        }
    assert counts["all"] == (1, 2)
    assert counts["negative"] == (1, 0)
    assert counts["complaints"] == (0, 0)
    assert counts["incidents"] == (0, 1)
    assert counts["topic:late delivery"] == counts["topic:billing"] == (0, 1)
    assert counts["topic:taste"] == (0, 0)


def test_a_series_begins_four_weeks_before_todays_midnight_all_day(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "mentions.db") as store:
        store.prepare()
        series = live_series(store)("Acme", "all", NOON + timedelta(minutes=3))
    assert series.start == beginning(NOON) == datetime(2026, 2, 2, tzinfo=UTC)
    assert series.end == NOON
    assert series.bucket == BUCKET


def said(number: int, *, minute: int, **read: object) -> Mention:
    moment = NOON + timedelta(minutes=minute)
    return post(str(number), published=moment, brands=brands("Acme"), **read)
