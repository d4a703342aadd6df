"""Growth is judged against how much the windows before scatter, and by how many they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.growth import growth

COUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=12)


def test_four_times_as_many_as_in_four_calm_weeks_is_no_chance() -> None:
    seen = growth(48, [12, 15, 11, 14])
    assert seen.expected == pytest.approx(13.1, abs=0.1)
    assert seen.times == pytest.approx(3.7, abs=0.1)
    assert seen.score > 4


def test_what_swings_from_week_to_week_must_grow_further() -> None:
    assert growth(48, [2, 30, 5, 15]).score < growth(48, [12, 15, 11, 14]).score / 2


def test_few_windows_say_less_than_many() -> None:
    assert growth(30, [10]).score < growth(30, [10] * 4).score < growth(30, [10] * 12).score


def test_nothing_before_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one window"):
        growth(3, [])


@given(st.integers(0, 500), st.integers(0, 500), COUNTS)
def test_more_is_never_less_unusual(first: int, more: int, earlier: list[int]) -> None:
    assert growth(first + more, earlier).score >= growth(first, earlier).score


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_usual_is_not_unusual(count: int, windows: int) -> None:
    assert growth(count, [count] * windows).score < 0.5


def test_a_quarter_of_the_usual_is_no_chance_either() -> None:
    seen = growth(12, [48, 52, 47, 50])
    assert seen.fall > 4
    assert seen.score < 0.1


@given(st.integers(0, 500), st.integers(0, 500), COUNTS)
def test_fewer_is_never_less_of_a_fall(first: int, more: int, earlier: list[int]) -> None:
    assert growth(first, earlier).fall >= growth(first + more, earlier).fall


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_usual_is_no_fall(count: int, windows: int) -> None:
    assert growth(count, [count] * windows).fall < 0.5
