"""A board says the same as one series alone, whatever it is watched with and whenever it began."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.series import Series, Spike
from nlp.spike_board import Board
from nlp.spike_boards import Boards
from nlp.spike_layout import Watched
from nlp.spikes import SpikeSettings, board_of, current_spike, find_spikes

START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = timedelta(hours=1)
ASKED = SpikeSettings(sensitivity="many", minimum=5)


def series(counts: list[int], *, name: str = "Acme", lead: int = 0) -> Series:
    return Series(name, "all", START + lead * HOURS, HOURS, tuple(counts))


def board_at(rows: list[Series], midnight: int, *, upto: int) -> Board:
    """A board made at a midnight (or at the start), which then looks at every hour after it."""
    watched = Watched.of(rows)
    counts = np.array([one.counts for one in rows])
    board = Board(watched, counts[:, :midnight], ASKED)
    for end in range(midnight, upto + 1):
        board.look(counts[:, midnight:end])
    return board


eventful = st.lists(
    st.one_of(st.integers(0, 6), st.integers(0, 6), st.integers(30, 90)), min_size=97, max_size=97
)


@settings(deadline=None, max_examples=40)
@given(st.lists(eventful, min_size=1, max_size=5), st.integers(0, 23), st.data())
def test_many_together_say_what_each_says_alone(
    many: list[list[int]], lead: int, data: st.DataObject
) -> None:
    upto = data.draw(st.integers(1, 97))
    rows = [series(counts[:upto], name=f"n{at}", lead=lead) for at, counts in enumerate(many)]
    board = board_of(rows, ASKED)
    assert board.found() == [find_spikes(one, ASKED) for one in rows]
    assert board.current() == [current_spike(one, ASKED) for one in rows]


@settings(deadline=None, max_examples=30)
@given(st.lists(eventful, min_size=1, max_size=3), st.integers(0, 4), st.data())
def test_a_board_begun_at_any_midnight_says_what_the_series_up_to_then_says(
    many: list[list[int]], day: int, data: st.DataObject
) -> None:
    upto = data.draw(st.integers(24 * day, min(24 * day + 24, 97)))
    rows = [series(counts, name=f"n{at}") for at, counts in enumerate(many)]
    board = board_at(rows, 24 * day, upto=upto)
    for one, counts, spike in zip(rows, many, board.current(), strict=True):
        assert spike == current_spike(series(counts[:upto], name=one.brand), ASKED)


@settings(deadline=None, max_examples=30)
@given(eventful, st.data())
def test_an_earlier_moment_of_the_day_is_told_as_it_was_then(
    counts: list[int], data: st.DataObject
) -> None:
    upto = data.draw(st.integers(0, 24))
    board = Board(Watched.of([series(counts)]), np.array([counts[:72]]), ASKED)
    board.look(np.array([counts[72:96]]))
    assert board.current(upto=upto) == [current_spike(series(counts[: 72 + upto]), ASKED)]


def test_a_late_post_is_counted_where_it_belongs() -> None:
    counts = [4] * 24 * 14 + [4] * 10
    board = board_of([series(counts)], ASKED)
    assert board.current() == [None]
    with_late = np.array([[4] * 9 + [60]])
    board.look(with_late)
    (spike,) = board.current()
    assert isinstance(spike, Spike)
    assert spike.started_at == START + (24 * 14 + 9) * HOURS
    board.look(np.array([[4] * 10]))
    assert board.current() == [None]


def test_a_day_that_is_over_needs_a_new_board() -> None:
    board = board_of([series([4] * 48)], ASKED)
    assert board.today == START + timedelta(days=2)
    with pytest.raises(ValueError, match="make a new board"):
        board.look(np.zeros((1, 25)))


def test_series_of_different_beginnings_are_not_watched_together() -> None:
    with pytest.raises(ValueError, match="share their start and bucket"):
        board_of([series([1]), series([1], lead=1)], ASKED)


def test_while_a_source_is_silent_more_is_needed_and_nothing_is_learnt() -> None:
    usual = np.random.default_rng(3).poisson(20, 24 * 15)
    silent_from = 24 * 14
    usual[silent_from:] = usual[silent_from:] // 4
    whole = series([int(count) for count in usual])
    doubtful = Series(
        "Acme", "all", START, HOURS, whole.counts, uncertain_since=START + silent_from * HOURS
    )
    for back in (45, 65):
        counts = (*whole.counts[:-1], back)
        sure = current_spike(Series("Acme", "all", START, HOURS, counts), ASKED)
        unsure = current_spike(
            Series("Acme", "all", START, HOURS, counts, uncertain_since=doubtful.uncertain_since),
            ASKED,
        )
        assert sure is not None
        assert unsure is None or unsure.score < sure.score


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=200), st.integers(1, 8))
def test_of_a_small_series_kept_boards_say_what_the_series_says(
    counts: list[int], minimum: int
) -> None:
    asked = SpikeSettings(sensitivity="many", minimum=minimum)
    assert Boards().current(series(counts), asked) == current_spike(series(counts), asked)


@settings(deadline=None, max_examples=25)
@given(eventful, st.lists(st.integers(1, 97), min_size=1, max_size=6), st.data())
def test_kept_boards_say_what_the_series_says_whatever_was_asked_before(
    counts: list[int], moments: list[int], data: st.DataObject
) -> None:
    boards = Boards()
    for upto in moments:
        known = counts[:upto]
        known[data.draw(st.integers(0, upto - 1))] += data.draw(st.sampled_from([0, 0, 40]))
        assert boards.current(series(known), ASKED) == current_spike(series(known), ASKED)
