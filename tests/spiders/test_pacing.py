"""When a source is asked next: slower while it brings nothing, resting while it only fails."""

from datetime import datetime, timedelta

import pytest

from mentions.errors import SourceBusy, SourceRefused, SourceResting, SourceUnavailable
from spiders.pacing import LONGEST_REST, REMEMBERED, Pass, Turn, fault_of, next_turn
from spiders.source import Source
from tests.spiders.posts import NOW

EVERY = timedelta(minutes=5)
SOURCE = Source(name="board", spider="feed", every=EVERY)
REFUSED = fault_of(SourceRefused("it is closed"))
DOWN = fault_of(SourceUnavailable("it is down"))
BUSY = fault_of(SourceBusy("slow down"))
RESTED = fault_of(SourceResting("it rests"))


def after(*faults: float, posts: int = 0, source: Source = SOURCE) -> Turn:
    """The turn after passes with these faults; those without a fault brought `posts`."""
    passes = [
        Pass(_at(number), fault, 0 if fault else posts) for number, fault in enumerate(faults)
    ]
    return next_turn(source, passes[-REMEMBERED:])


def _at(number: int) -> datetime:
    return NOW + number * EVERY


def interval(turn: Turn) -> timedelta:
    return turn.at - turn.asked_at


def test_a_source_that_brings_something_is_asked_at_its_usual_interval() -> None:
    assert interval(after(0, 0, 0, posts=3)) == EVERY


def test_a_source_that_brings_nothing_is_asked_more_and_more_seldom_within_bounds() -> None:
    intervals = [interval(after(*[0] * empty)) for empty in range(1, 9)]
    assert intervals[0] == 1.5 * EVERY
    assert intervals == sorted(intervals)
    assert intervals[-1] == 4 * EVERY


def test_one_post_brings_the_usual_interval_back() -> None:
    quiet = [Pass(_at(number), 0, 0) for number in range(8)]
    assert interval(next_turn(SOURCE, [*quiet, Pass(_at(8), 0, 1)])) == EVERY


def test_the_operator_bounds_the_interval() -> None:
    steady = SOURCE.model_copy(update={"every_at_most": EVERY})
    slow = SOURCE.model_copy(update={"every_at_most": timedelta(hours=2)})
    assert interval(after(*[0] * 9, source=steady)) == EVERY
    assert interval(after(*[0] * 20, source=slow)) == timedelta(hours=2)


@pytest.mark.parametrize(("fault", "passes"), [(REFUSED, 3), (DOWN, 6), (BUSY, 12)])
def test_faults_add_up_whole_and_in_parts_until_the_source_rests(fault: float, passes: int) -> None:
    assert not after(*[fault] * (passes - 1)).is_resting
    assert after(*[fault] * passes).is_resting
    assert interval(after(*[fault] * passes)) == 2 * EVERY


def test_each_rest_is_twice_as_long_up_to_an_hour_and_every_pass_after_one_is_a_trial() -> None:
    rests = [interval(after(*[REFUSED] * times)) for times in range(3, 9)]
    assert rests[:3] == [2 * EVERY, 4 * EVERY, 8 * EVERY]
    assert rests[-1] == LONGEST_REST
    mended = after(*[REFUSED] * 8, 0, posts=2)
    assert (mended.is_resting, interval(mended)) == (False, EVERY)


def test_a_source_that_is_asked_seldom_never_rests_for_less_than_its_interval() -> None:
    daily = SOURCE.model_copy(update={"every": timedelta(days=1)})
    assert interval(after(*[REFUSED] * 9, source=daily)) == timedelta(days=1)


def test_a_host_that_asks_for_rests_sets_its_own_pace() -> None:
    assert not after(*[RESTED] * REMEMBERED).is_resting


def test_an_error_of_our_own_counts_like_a_refusal() -> None:
    assert fault_of(KeyError("unforeseen")) == REFUSED
