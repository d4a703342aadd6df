"""A source that was silent in the period is told with its share, also if it is back."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mentions.query.parser import parse_query
from spiders.source import Source
from tests.untagged.digests.heard import DAY, HOUR, MONDAY, NEXT, WEEK, a_firm, said
from untagged.digests.silences import LOOKS, looks, silences
from untagged.listening import Listened
from untagged.pipeline import Pipeline

BEGAN, ENDED = MONDAY + 2 * DAY, MONDAY + 4 * DAY
EVERYTHING = parse_query("*")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Pipeline]:
    with a_firm(tmp_path) as pipeline:
        hours = range(7 * 24)
        pipeline.store.upsert(
            said(
                number,
                MONDAY - 5 * DAY + number * HOUR,
                source="board" if number % 4 else "other",
            )
            for number in hours
        )
        yield pipeline


def heard_at(at: datetime) -> list[Listened]:
    """'board' is silent for two days, 'tiny' all the time."""
    is_silent = BEGAN <= at < ENDED
    return [_listened("board", BEGAN if is_silent else None), _listened("tiny", MONDAY)]


def _listened(name: str, since: datetime | None) -> Listened:
    source = Source(name=name, spider="feed", every=HOUR)
    return Listened(source, "fine", "", None, None, None, silent_since=since)


def test_it_is_looked_for_through_the_whole_period_and_not_more_often_than_daily_a_month() -> None:
    seen = looks(heard_at, since=MONDAY, until=NEXT)
    assert len(seen) == 28
    assert seen[-1].at == NEXT
    assert all(MONDAY < look.at <= NEXT for look in seen)
    assert len(looks(heard_at, since=MONDAY, until=MONDAY + 52 * WEEK)) == LOOKS
    assert [one.at for one in looks(heard_at, since=MONDAY, until=MONDAY + HOUR)] == [MONDAY + HOUR]


def test_a_silence_has_its_share_its_beginning_and_its_end(firm: Pipeline) -> None:
    (one,) = silences(firm.store, EVERYTHING, looks(heard_at, since=MONDAY, until=NEXT))
    assert (one.source, one.since, one.until) == ("board", BEGAN, ENDED)
    assert one.share == pytest.approx(0.75, abs=0.02)
    assert str(one) == (
        "source board, which brought 75 % of the mentions in the week before, was silent "
        "from 25 Feb 00:00 to 27 Feb 00:00 UTC"
    )


def test_one_that_lasts_has_no_end(firm: Pipeline) -> None:
    (one,) = silences(firm.store, EVERYTHING, looks(heard_at, since=MONDAY, until=BEGAN + DAY))
    assert one.until is None
    assert str(one).endswith("was silent since 25 Feb 00:00 UTC")
